"""What a visit works with: one flow's map, systems and ledger, and everything that is passed in from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from shared.engine._actions import RecordAction
from shared.engine._budget import Budget
from shared.engine._discreet import journaled
from shared.engine._owners import Owners
from shared.engine._strangers import Approved
from shared.engine._suite_options import SuiteOptions
from shared.engine._watch import Watch
from shared.engine.lookups import Links
from shared.errors import TryLater
from shared.ledger import Buried, Coupling, FlowLedger, Hint, Intent, JournalEntry, Write, end_of, moment, who
from shared.mapping import CREATES, ERP, SIDES, Creates, Entity, Field, FlowMap, Row, Side, fold
from shared.systems import Observation, Reading, System

Kind = Literal[
    "equal",
    "matched",
    "updated",
    "created",
    "deleted",
    "uncoupled",
    "waiting",
    "parked",
    "conflict",
    "dormant",
    "ignored",
    "gone",
    "kept",
]
UNFINISHED: Final = frozenset[Kind]({"parked", "waiting", "conflict", "kept"})
"""How rounds and visits end after which the record is looked at again: the next one tells what became of it."""


TAKEN: Final = "taken"
"""Source of a hint: the platform has deleted the record because it deleted another one."""
WOKEN: Final = "woken"
"""Source of a hint: a row of another table that points to the record has changed."""
DELETES: Final = frozenset({"delete", TAKEN})
"""Sources of hints that tell of a record's end."""
RowName = tuple[str, str, tuple[str, ...]]
"""Side, entity and key of a record, as its system compares keys."""


@dataclass(frozen=True, slots=True)
class Options:
    """claim: how long an intent counts as alive. long_dead: after how long its owner, and the last request of that one,
    have certainly ended: where an entity does not enforce `If-Match`, nobody takes over before. rounds: how often a
    visit starts over before it leaves the hint.

    skew: how far the clocks of the two systems may differ; inside it nobody was later. looks: how often a record is
    looked for, later and later, that an event told of and nobody can see yet. unseen: how long a record that was just
    coupled may stay out of sight of reads; an absence is not believed before. orphaned: how long a claim whose record
    is gone waits for what the ERP may have numbered for it. journal: how long its rows are kept; journal_values: with
    old and new values, not only names of fields. unversioned: entities and tables that do not enforce `If-Match`, as
    the preflight found; one that was never tried is trusted. lately: so long it is remembered what lines were agreed at
    before. turned_back_from, turned_back_share: a flow pauses if at least so many records, and such a share, look
    turned back. blanked_share: a line is held that reads blank in so many records, and such a share. longest_wait: the
    longest pause before a record is tried again whose visits fail; parked_after: after so many in a row it is parked.
    visit: how long one may take.
    """

    claim: timedelta = timedelta(seconds=120)
    long_dead: timedelta = timedelta(minutes=15)
    rounds: int = 5
    first_pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(hours=1)
    longest_wait: timedelta = timedelta(days=1)
    parked_after: int = 5
    visit: timedelta = timedelta(seconds=100)
    skew: timedelta = timedelta(seconds=60)
    journal: timedelta = timedelta(days=400)
    journal_values: bool = True
    looks: int = 5
    unseen: timedelta = timedelta(seconds=60)
    orphaned: timedelta = timedelta(days=3)
    unversioned: frozenset[tuple[Side, str]] = frozenset()
    lately: timedelta = timedelta(days=7)
    turned_back_from: int = 10
    turned_back_share: float = 0.5
    blanked_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Wake:
    """Why a record is visited: a hint, or a row that a pass has just read.

    new: the pass saw no coupling for it. The claim will tell if there is one by now, so nobody needs to ask first.
    coupling: what the pass has just read for it, after the row; the visit begins with that.
    told: what the side's own feed of changes says of the record, update or delete; empty if nothing does.
    above: rows that are to be deleted as soon as this one no longer hangs on them. asked: what hangs on the record has
    been looked at in this visit; along: what of that went together with the record on the other side. defers: a delete
    is to wait until the others of its wave have been visited.
    """

    side: Side
    identity: tuple[str, ...]
    hint: Hint | None = None
    seen: Observation | None = None
    new: bool = False
    coupling: Coupling | None = None
    told: Literal["", "update", "delete"] = ""
    above: frozenset[RowName] = frozenset()
    asked: bool = False
    along: frozenset[RowName] = frozenset()
    defers: bool = False

    @property
    def end(self) -> str:
        return end_of(self.side, self.identity)

    @property
    def by_hand(self) -> bool:
        """A person asked for it: what was refused before is tried again."""
        return self.hint is not None and self.hint.asked

    def overtook(self, options: Options, *events: str) -> bool:
        """One of these events told of the record not long ago: it may be faster than its row's own transaction."""
        return self.hint is not None and self.hint.source in events and self.hint.tries + 1 < options.looks


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a visit ended. sides: which were written. codes: why it is parked or waiting, or what else is to be told of
    it. dataverse, erp: the record. made: it was created, whatever came of it then.
    """

    kind: Kind
    sides: tuple[Side, ...] = ()
    codes: tuple[str, ...] = ()
    dataverse: str = ""
    digests: Mapping[Side, bytes] = field(default_factory=dict)
    erp: tuple[str, ...] = ()
    made: bool = False

    @property
    def is_in_other_hands(self) -> bool:
        """Somebody else is at work on the record, and will soon be done; its hint stands."""
        return self.kind == "kept" and not self.codes


class Others(Protocol):
    """The other flows of the house."""

    def maps(self) -> Sequence[FlowMap]:
        """Every map that is sound."""

    def flow(self, name: str) -> Flow:
        """Another flow at work."""

    async def is_live(self, name: str) -> bool:
        """Whether a flow carries over what happens now."""

    async def buried(self, name: str) -> Mapping[bytes, Buried]:
        """The erased tombstones of a flow, by the digests of their ends, as they are or were a moment ago."""

    def unearthed(self, name: str) -> None:
        """Some of them are gone: they are read anew."""

    async def taken_along(self, entity: Entity) -> Sequence[tuple[Entity, Field]]:
        """What Dataverse deletes along with a row, as its relationships said lately."""


@dataclass(slots=True)
class Flow:
    """One flow at work. `links` lives as long as a slice; `master`, `chosen` and `job` come from the job that runs it,
    if any. chosen: where a person lets it create, in place of what the map says.

    troubled: ends that have a waiting or parked row, if a pass has read them all; None: look each time. put_off: ends
    whose hint is put off, if somebody had to read them; put_off_turn: while they are read. attempts: ours;
    unsent: those of them under which no create was sent, and which nobody has taken over here. lost: those whose
    request got no answer, so that nobody is at work on them any more. owners: only where the Dataverse table is shared
    with other flows. suite: what the settings say of its suite. nothing_coupled: a pass has seen that the flow has no
    couplings yet.
    numberless: whether there are claims whose records the ERP is to number, as a pass found after it had read a page;
    None: look. approved: strangers that may be coupled. companies: folded codes of those to sync; empty means every
    company that there is. watch: where work has to end when somebody pauses the flow; None for what a person
    asked for. overtaken: ends whose hint was repeated while a visit that it had woken was at work. moved: when each
    record was last in motion, sorted; None until somebody has to know. unseen: lines that column security keeps from
    flowing, and why. look: what keeps the flow as a whole from working, and these lines, as of now. held: per side,
    lines that read blank too often to be believed, and why. weighed: sides whose blanks a pass has counted before it
    visits a record; None outside of passes. compares: the pass comes to both sides. weighing: one record at a time that
    looks turned back, or reads blank. lost_parents: a table of which rows are gone that may have taken rows of the flow
    along; None until somebody asks. actions: what is done for a record beside its lines. live: whether other flows were
    at work when the slice first asked.
    """

    map: FlowMap
    erp: System
    dataverse: System
    ledger: FlowLedger
    links: Links
    others: Others
    approved: Approved
    budget: Budget
    clock: Callable[[], datetime]
    random: Random
    options: Options = field(default_factory=Options)
    job: str = ""
    master: Side | None = None
    chosen: Creates | None = None
    troubled: set[str] | None = None
    put_off: set[str] | None = None
    put_off_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    attempts: set[str] = field(default_factory=set)
    unsent: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    live: dict[str, bool] = field(default_factory=dict)
    owners: Owners | None = None
    suite: SuiteOptions = SuiteOptions()  # noqa: RUF009 - it is frozen
    nothing_coupled: bool = False
    numberless: bool | None = None
    companies: frozenset[str] = frozenset()
    watch: Watch | None = None
    overtaken: set[str] = field(default_factory=set)
    moved: list[str] | None = None
    unseen: Mapping[str, str] = field(default_factory=dict)
    look: Callable[[], Awaitable[tuple[str, Mapping[str, str]]]] | None = None
    held: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    weighed: frozenset[Side] | None = None
    compares: bool = False
    lost_parents: str | None = None
    weighing: asyncio.Lock = field(default_factory=asyncio.Lock)
    actions: Sequence[RecordAction] = ()

    def creates(self, rows: Mapping[Side, Row]) -> frozenset[Side]:
        """The sides on which a record without a partner may be made. rows: as it stands."""
        found = self.map.at(rows)
        return found.creates if self.chosen is None else CREATES[self.chosen] & found.targets

    async def go_on(self) -> None:
        """Before anything new is begun. Raises Halted if somebody has paused the flow meanwhile, or stopped its job."""
        if self.watch is not None:
            await self.watch.look()

    async def sure_of_columns(self, lines: Collection[str] = ()) -> None:
        """Before a blank, or a record out of scope, is believed of Dataverse, or a blank is filled there.

        Raises TryLater if column security hides what the flow stands on, or one of these lines, and we did not know.
        """
        stops, hidden = await self.look() if self.look else ("", {})
        if stops or any(name in hidden and name not in self.unseen for name in lines):
            raise TryLater(f"{self.map.name}: columns are secured since it was begun; it is looked at again")

    def syncs(self, company: str) -> bool:
        """True if an ERP company is to be synced. Records of a global flow have none, and are."""
        return not company or not self.companies or fold(company) in self.companies

    def writes_for(self, company: str) -> bool:
        """True if rows of Dataverse that hold no company may belong to this one."""
        columns = self.map.company
        if columns is not None and columns.dataverse is None:
            return True
        return self.suite.writes(company)

    def company_in(self, coupling: Coupling) -> str:
        """The ERP code of a coupling's company; empty for a global flow. A claim without a number says it otherwise."""
        columns = self.map.company
        if columns is None:
            return ""
        if coupling.erp:
            return coupling.erp[self.map.identity.index(columns.erp.name)]
        intended = coupling.intent.writes if coupling.intent else ()
        return next((each.constants.get(columns.erp.name, "") for each in intended), "")

    def system(self, side: Side) -> System:
        return self.erp if side == ERP else self.dataverse

    async def read(self, side: Side, identity: tuple[str, ...]) -> Observation | None:
        """A record of one side, with every column the map needs; None if the system says there is none."""
        part = self.map.side(side)
        return await self.system(side).read(part.entity, identity, part.columns)

    async def holds_rows(self, side: Side, companies: Sequence[str], *, inside: bool = False) -> bool:
        """Whether a side holds rows of these companies at all, or inside the scope."""
        part = self.map.side(side)
        reading = Reading(part.columns, part.scope.pushed if inside else "", companies, page=1)
        pages = self.system(side).pages(part.entity, reading, None)
        async with aclosing(pages) as following:  # type: ignore[type-var] # both clients' pages are generators
            async for page in following:
                if page.rows:
                    return True
        return False

    async def confirm_gone(self, side: Side, identity: tuple[str, ...]) -> None:
        """Raises Denied if a record that reads as absent may only be hidden from us."""
        await self.system(side).confirm_gone(self.map.side(side).entity, identity)

    def guid(self) -> str:
        """A new random id."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def token(self) -> str:
        """A new id for an operation or an attempt."""
        return f"{self.random.getrandbits(64):016x}"

    def attempt(self) -> str:
        """A new id for an attempt of our own."""
        token = self.token()
        self.attempts.add(token)
        self.unsent.add(token)
        return token

    def journal(
        self,
        row_id: str,
        operation: str,
        what: str,
        lines: Sequence[Mapping[str, Any]] = (),
        note: str = "",
        versions: Mapping[Side, tuple[str, str]] | None = None,
        job: str = "",
    ) -> Write:
        """The write of a journal row: names of fields, and their values where the settings keep them.

        versions: per side that was written, from which version to which. job: whose work it was, if not this one's.
        """
        lines = [journaled(line, self.map.private, values=self.options.journal_values) for line in lines]
        return JournalEntry(
            row_id, operation, self.clock(), what, lines, job or self.job, note, versions or {}, who()
        ).insert()

    def now(self) -> str:
        return moment(self.clock())

    def just_coupled(self, coupling: Coupling) -> bool:
        """True if the coupling is so young that its records may not be seen by every read yet."""
        return coupling.since > moment(self.clock() - self.options.unseen)

    def is_orphan(self, coupling: Coupling) -> bool:
        """True if whatever the ERP may have numbered for a claim would have come to light by now."""
        return coupling.since < moment(self.clock() - self.options.orphaned)

    def expiry(self) -> str:
        """When an intent stored now counts as abandoned."""
        options = self.options
        fenced = all(map(self.enforces_versions, SIDES))
        return moment(self.clock() + (options.claim if fenced else options.long_dead))

    def enforces_versions(self, side: Side) -> bool:
        """True if a side refuses to write over a version of this flow's records that is not current any more."""
        entity = self.map.side(side).entity
        return not entity.choice and (side, entity.name) not in self.options.unversioned

    def is_long_dead(self, intent: Intent) -> bool:
        """True if whoever stored an intent can neither send a request any more, nor have one under way."""
        return intent.expires < moment(self.clock() - self.options.long_dead)

    def until_dead(self, intent: Intent) -> str:
        """Until when a request under an intent may be under way."""
        return moment(datetime.fromisoformat(intent.expires) + self.options.long_dead)

    def first_master(self) -> Side | None:
        """Who wins where there is no base: as the running job says, else as the map says."""
        return self.master or self.map.policy.master
