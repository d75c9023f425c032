"""The compare pass: everything on both sides against the ledger, in slices.

ERP, then Dataverse, then what was not met. It finds missing rows, repairs what a cursor or an event could miss, and
creates what is new: the first synchronisation is nothing else. The cursor moves only after everything before it is
agreed, parked, waiting or hinted; a slice may end, or die, anywhere.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.engine._blanked import Read, know_held, weigh_page
from shared.engine._flow import UNFINISHED, Flow, Kind, Outcome, Wake
from shared.engine._turned_back import doubt
from shared.engine.passes._aged import has_aged
from shared.engine.passes._ahead import ahead
from shared.engine.passes._feed import is_untracked
from shared.engine.passes._indexes import mend_indexes, walk_indexes
from shared.engine.passes._memory import Memory
from shared.engine.passes._reprint import reprint
from shared.engine.passes._rows import Judge
from shared.engine.passes._snapshot import (
    DORMANT,
    MARKERS,
    PLANNED,
    UNCOUPLED,
    UNKNOWN,
    Snapshot,
    ends_of,
    key_of,
    number,
    take_snapshot,
)
from shared.engine.passes._stones import drop_stones
from shared.engine.passes._suspects import Suspects
from shared.engine.passes._waves import Tally, visit_all
from shared.engine.record._numbered import numbers
from shared.engine.record._troubles import clear_stale
from shared.errors import KoppelError
from shared.ledger import COUPLING, PARKED, WAITING, Lease, end_of, erp_end
from shared.mapping import DATAVERSE, ERP, SIDES, Side, Values
from shared.systems import Page, Reading

PAGE: Final = 1000
CHECKPOINT: Final = 4
"""Pages between checkpoints."""
WAVE: Final = 200
"""Rows of records set aside that are looked at between checkpoints."""
MANY: Final = 100
"""New records of a page from which on it is read at once which of a shared table another flow has."""
TOLD: Final = 5
"""Records that cannot be read, and are named when a pass ends."""
SUSPICIOUS: Final = 10
"""A company with at least this many couplings that suddenly reads empty stops the flow."""

MISSING: Final[Mapping[Side, str]] = {side: f"missing {side}" for side in SIDES}
STONES: Final = "tombstones"
PHASES: Final = (*SIDES, *MISSING.values(), WAITING, PARKED, STONES, "done")
ENDED: Final = ("deleted", "uncoupled")
"""Kinds of outcomes after which a record has no partner any more."""


class EmptySource(KoppelError):
    """A company or table that held many coupled records suddenly reads empty: nothing is concluded from that."""


@dataclass(slots=True)
class Compare:
    """A compare pass of one flow, under its lease.

    feed: the flow's change feed, which rests meanwhile; if it has no cursor, Dataverse is read so that the last page
    marks where changes begin. companies: ERP codes; empty for a global flow. keep: of a dry run, sets down what it has
    done so far. pages: how many were read since the last checkpoint.
    """

    flow: Flow
    lease: Lease
    feed: Lease
    companies: Sequence[str]
    out_of_time: Callable[[], bool]
    keep: Callable[[], Awaitable[None]] | None = None
    judge: Judge = field(init=False)
    memory: Memory = field(init=False)
    suspects: Suspects = field(init=False)
    snapshot: Snapshot = field(default_factory=Snapshot)
    tally: Tally = field(default_factory=Tally)
    read: Counter[str] = field(default_factory=Counter)
    cursor: dict[str, Any] = field(default_factory=dict)
    pages: int = 0

    def __post_init__(self) -> None:
        self.suspects = Suspects(self.flow)

    async def run(self) -> bool:
        """One slice. True when the pass is complete; its `tally` and the cursor's `mark` tell what came of it.

        A phase in which nobody was met leaves no mark: whoever dies meanwhile passes through it again.
        """
        await self._prepare()
        while (phase := self.cursor.get("phase", ERP)) != "done":
            if not await self._phase(phase):
                return False
            self.cursor.update(phase=PHASES[PHASES.index(phase) + 1], at=None)
            if self._has_moved():
                await self._checkpoint()
        return True

    def _has_moved(self) -> bool:
        """Whether something is to be set down: somebody was met, or so much was read that nobody reads it again."""
        return self.pages >= CHECKPOINT or self.keep is not None or not self._is_calm(self.cursor.get("tally", {}))

    def _is_calm(self, before: Mapping[str, Any]) -> bool:
        """True if everything that was met since then was as agreed."""
        now = Tally.from_json(before)
        now.counts["equal"] = self.tally.counts["equal"]
        return now.as_json() == self.tally.as_json()

    async def _phase(self, phase: str) -> bool:
        """Goes on with a phase to its end or to the end of the slice. True at its end."""
        self.flow.weighed = frozenset({ERP} if phase == ERP else SIDES)
        for side in SIDES:
            if phase == side:
                return await self._read_side(side)
            if phase == MISSING[side]:
                return await self._visit_missing(side)
        if phase == STONES:
            return await self._drop_stones()
        return await self._visit_set_aside(phase)

    @property
    def mark(self) -> Mapping[str, Any] | None:
        """Where changes begin, if this pass read Dataverse with tracking."""
        return self.cursor.get("mark")

    def told(self) -> Mapping[str, Any]:
        """What came of it so far, for its job."""
        return {"tallies": self.tally.as_json(), "read": dict(self.read)}

    async def _prepare(self) -> None:
        flow = self.flow
        self.cursor = dict(self.lease.cursor)
        self.tally = Tally.from_json(self.cursor.get("tally", {}))
        self.read = Counter(self.cursor.get("read", {}))
        columns = flow.map.company
        self.judge = Judge(flow)
        place = flow.map.identity.index(columns.erp.name) if columns else None
        since = await self._look_at_the_ledger(place)
        self.suspects.deleted = self.snapshot.deleted if flow.map.policy.reborn == "sync" else frozenset()
        flow.nothing_coupled = not self.snapshot.index[ERP].keys
        flow.weighed, flow.compares = frozenset({ERP} if self.cursor.get("phase", ERP) == ERP else SIDES), True
        began = self.cursor.setdefault("began", flow.now())
        flow.troubled = set(since)
        before = {end for end, first in since.items() if first < began}
        self.memory = Memory(self.lease, self.cursor, self.snapshot, before)
        await self.memory.load()
        await self._resume_held()

    async def _look_at_the_ledger(self, company_place: int | None) -> Mapping[str, str]:
        """What stands about the flow, read at one time, with lost rows mended. The ends that are set aside, since when.

        A dry run mends nothing.
        """
        flow, is_sound = self.flow, self.keep is not None or bool(self.cursor.get("sound"))
        couples, indexes = array("q"), array("q")
        snapshot = take_snapshot(flow.ledger, company_place, None if is_sound else couples)
        known = self.judge.know_companies(self.companies)
        reads = asyncio.gather(snapshot, troubled_ends(flow), know_held(flow), known)
        if not is_sound:
            await asyncio.gather(reads, walk_indexes(flow, indexes))
            await mend_indexes(flow, couples, indexes)
            self.cursor["sound"] = True
        self.snapshot, since, *_ = await reads
        if self.snapshot.outdated and self.keep is None:
            await reprint(flow.ledger, self.out_of_time)
        return since

    async def _resume_held(self) -> None:
        """Rows that an earlier slice held are read again, and held unless they are all right by now."""
        for side in SIDES:
            if self.cursor.get("phase", ERP) == side and (names := self.cursor.get("held")):
                read = await asyncio.gather(*(self.flow.read(side, tuple(name)) for name in names))
                there = [(Wake(side, tuple(name), seen=row), row) for name, row in zip(names, read, strict=True) if row]
                rows, agreed = [row for _, row in there], [self._agreed(side, key_of(wake.end)) for wake, _ in there]
                values = await self.judge.values(side, rows, agreed)
                wakes = await self.suspects.known([wake for wake, _ in there])
                await self._visit(await self.suspects.sift(side, wakes, values))

    # -- reading one side

    async def _read_side(self, side: Side) -> bool:
        """Compares what one side holds."""
        async for page in ahead(self._pages(side)):
            await self.flow.go_on()
            await self._compare(side, page)
            self.cursor["at"] = page.cursor
            if page.mark is not None:
                self.cursor["mark"] = page.mark
            self.pages += 1
            over = self.out_of_time() and page.cursor is not None
            if over or (self.pages >= self._pages_at_once() and page.cursor is not None):
                if self.suspects.too_many_to_keep:
                    await self._visit(await self.suspects.released(side))
                await self._checkpoint()
            if over:
                return False
        await self._check_empty(side)
        await self._visit(await self.suspects.released(side, self.snapshot.unseen(side)))
        return True

    def _pages_at_once(self) -> int:
        """Pages between checkpoints. What a dry run would have written is in memory until then."""
        return 1 if self.keep else CHECKPOINT

    def _pages(self, side: Side) -> AsyncIterator[Page]:
        part = self.flow.map.side(side)
        track = side == DATAVERSE and (not self.feed.cursor or is_untracked(self.feed.cursor))
        reading = Reading(part.columns, "" if track else part.scope.pushed, self.companies, PAGE, track)
        return self.flow.system(side).pages(part.entity, reading, self.cursor.get("at"))

    async def _compare(self, side: Side, page: Page) -> None:
        """Visits the rows of a page that are not as agreed. Equal records are counted once, by their ERP row."""
        wakes: list[Wake] = []
        read: list[Values] = []
        identities = [self.judge.identity(side, row.row) for row in page.rows]
        keys = [key_of(end_of(side, identity)) for identity in identities]
        agreed = [self._agreed(side, key) for key in keys]
        values, lacking = await self.judge.values(side, page.rows, agreed), await self.judge.lacking(side, page.rows)
        index = self.snapshot.index[side]
        met: list[int] = []
        equal: list[int] = []
        judged = zip(page.rows, identities, keys, agreed, values, lacking, strict=True)
        for row, identity, key, stands, each, lacks in judged:
            verdict = self.judge.row(side, identity, row, each, stands, lacks=lacks)
            if isinstance(verdict, Wake):
                wakes.append(verdict)
                read.append(each)
            (equal if verdict == "equal" and not index.visited(key) else met).append(key)
        companies = (self.judge.company(row.row).lower() if side == ERP else "" for row in page.rows)
        self.read += Counter(f"{side} {company}" for company in companies)
        self.tally.add_equal(len(equal) if side == ERP else 0)
        self.memory.met(side, met, equal)
        if side == ERP and numbers(self.flow) and any(wake.new for wake in wakes):
            self.flow.numberless = bool(await self.flow.ledger.numberless())
        if self.flow.owners and sum(wake.new for wake in wakes) >= MANY:
            await self.flow.owners.look_around()
        wakes = await self.suspects.known(wakes)
        await self._weigh(side, page, values, wakes)
        await self._visit(await self.suspects.sift(side, wakes, read))
        self.flow.numberless = None
        if page.broken:
            await self._visit_broken(side, page.broken)

    def _agreed(self, side: Side, key: int) -> int | None:
        """What is known of a record. In a dry run, a record that it has deleted or uncoupled is there all the same."""
        index = self.snapshot.index[side]
        return PLANNED if self.keep is not None and key in index.ended else index.get(key)

    async def _visit_broken(self, side: Side, broken: Mapping[tuple[str, ...], str]) -> None:
        """Records of a page that cannot be read are not missing; what is to be done about each its visit says."""
        self.memory.met(side, [key_of(end_of(side, each)) for each in broken])
        keys = (dict(zip(self.flow.map.side(side).entity.key, each, strict=True)) for each in broken)
        self.read += Counter(f"{side} {self.judge.company(key).lower() if side == ERP else ''}" for key in keys)
        named = {" ".join(each): why for each, why in broken.items()}
        self.cursor["broken"] = {**self.cursor.get("broken", {}), **named}
        await self._visit(await self.suspects.known([Wake(side, each) for each in broken]))

    @property
    def unreadable(self) -> str:
        """What is to be said of records that cannot be read; empty if there are none."""
        broken: Mapping[str, str] = self.cursor.get("broken", {})
        names = "; ".join(f"{name}: {why}" for name, why in [*broken.items()][:TOLD])
        return f"{len(broken)} of its records cannot be read, the others were compared: {names}" if broken else ""

    async def _weigh(self, side: Side, page: Page, values: Sequence[Values], wakes: Sequence[Wake]) -> None:
        """Before anything of a page is written it is known how many of its rows read blank, line by line."""
        couplings = {wake.end: wake.coupling for wake in wakes if wake.coupling and wake.coupling.state == "coupled"}
        ends = (end_of(side, self.judge.identity(side, row.row)) for row in page.rows) if couplings else ()
        if couplings:
            rows = zip(page.rows, values, ends, strict=True)
            await weigh_page(self.flow, side, [Read(row.row, each, couplings.get(end)) for row, each, end in rows])

    async def _visit(self, wakes: Sequence[Wake]) -> None:
        """What is settled meanwhile is as agreed when the other side is read; what is coupled by now is not new.

        A record that this pass has visited before is not counted as equal because it is so by now, and no longer
        because its ERP row was. One that was left unfinished is counted once, by its last visit, with all that was
        written to it.
        """
        self.memory.looked_at(wake.end for wake in wakes)
        before = [self.snapshot.index[wake.side].visited(key_of(wake.end)) for wake in wakes]
        outcomes = await visit_all(self.flow, wakes, self.tally) if wakes else []
        again = zip(before, outcomes, strict=True)
        self.tally.add_equal(-sum(outcome.kind == "equal" and visited for visited, outcome in again))
        for visited, wake, last in zip(before, wakes, map(_whose, outcomes, wakes), strict=True):
            self.tally.add_equal(-self.memory.no_longer_equal(_erp_ends(wake, last)))
            outcome, end = last, end_of(DATAVERSE, (last.dataverse,)) if last.dataverse else wake.end
            counted = not (visited and last.kind == "equal")
            for earlier in self.memory.no_longer_aside(wake.end, end):
                outcome, counted = self._followed(earlier, outcome, counted=counted), True
            if outcome.kind in UNFINISHED:
                self.memory.set_aside(end, outcome)
            if outcome.dataverse:
                self._settled(DATAVERSE, end, outcome)
            if outcome.erp:
                self._settled(ERP, erp_end(outcome.erp), outcome)

    def _followed(self, earlier: Outcome, last: Outcome, *, counted: bool) -> Outcome:
        """What stands in the tally for a record that was unfinished before. counted: its last visit does already."""
        whole = last
        if earlier.sides and last.kind in {"equal", "updated", *UNFINISHED}:
            sides = tuple(side for side in SIDES if side in earlier.sides or side in last.sides)
            done: Kind = "created" if earlier.made else "updated"
            kind = done if last.kind in {"equal", "updated"} else last.kind
            whole = replace(last, kind=kind, sides=sides, made=earlier.made)
        self.tally.add(earlier, -1)
        self.tally.add(last, -1 if counted else 0)
        self.tally.add(whole)
        return whole

    def _settled(self, side: Side, end: str, outcome: Outcome) -> None:
        """What is known of a record from now on. What a dry run has settled is not there to be compared with."""
        if outcome.kind in ENDED:
            self.memory.ended(side, end)
        planned = self.keep is not None and len(outcome.digests) == len(SIDES)
        self.memory.settled(side, end, PLANNED if planned else number(outcome.digests.get(side, b"")))

    # -- what was not met

    async def _check_empty(self, side: Side) -> None:
        """What held many couplings and reads empty is a fault of the source, unless a person has said otherwise."""
        seen = self._is_empty(side)
        if not seen or await has_aged(self.flow, side, self.companies, self._silent() if side == ERP else ()):
            return
        if why := await doubt(self.flow, side, seen):
            raise EmptySource(why)

    def _is_empty(self, side: Side) -> str:
        """What reads empty of a side, in words, although many of its records are coupled."""
        name = self.flow.map.side(side).entity.name
        if self.snapshot.coupled >= SUSPICIOUS and not any(key.startswith(side) for key in self.read):
            return f"{name} reads empty, but {self.snapshot.coupled} of its records are coupled"
        for company in self._silent() if side == ERP else ():
            coupled = self.snapshot.companies[company]
            return f"{name} of {company} reads empty, but {coupled} of its records are coupled"
        return ""

    def _silent(self) -> list[str]:
        """Companies of the ERP of which nothing was read, although many records are coupled."""
        return [
            company
            for company, coupled in self.snapshot.companies.items()
            if coupled >= SUSPICIOUS and company in self.companies and not self.read[f"{ERP} {company}"]
        ]

    async def _visit_missing(self, side: Side) -> bool:
        """Couplings whose record was not met: absence is only a hint, the visit reads the record itself."""
        at = self.cursor.get("at") or COUPLING
        if not (unseen := self.snapshot.unseen(side)):
            return True
        async for page in self.flow.ledger.summaries(at):
            rows = [row for row in page if row.key > at]
            wakes = [Wake(side, identity) for key, identity in ends_of(rows, side) if key in unseen]
            await self._visit(wakes)
            if wakes and await self._is_over(rows[-1].key):
                return False
        return True

    async def _visit_set_aside(self, prefix: str) -> bool:
        """Rows that stand for records without a coupling that were not met: gone by now, or out of scope.

        A row that another worker stored while its record was being coupled stands for nothing, and goes. Where none was
        there when the slice began, and the pass has set nothing aside, none is asked for.
        """
        if not self.flow.troubled and self._is_calm({}):
            return True
        at = self.cursor.get("at") or ""
        if prefix == WAITING and not at and any(self.tally.counts[kind] for kind in ENDED):
            self.memory.look_again()  # what blocked a record when it was met may have ended since
        rows = [row async for row in self.flow.ledger.troubles(prefix) if row.key > at]
        for start in range(0, len(rows), WAVE):
            wave = rows[start : start + WAVE]
            left = {row.end: self.snapshot.agreed(row.side, row.end) for row in wave}
            await self._visit([Wake(row.side, row.identity) for row in wave if self._is_left(row.end, left[row.end])])
            for row in wave:
                agreed = left[row.end]
                if agreed is not None and (row.side == ERP or agreed not in {UNKNOWN, *MARKERS}):
                    await clear_stale(self.flow, row)
            if await self._is_over(wave[-1].key) and start + WAVE < len(rows):
                return False
        return True

    async def _drop_stones(self) -> bool:
        """Tombstones that stand for nobody any more. A dry run drops none."""
        at = self.cursor.get("at") or ""
        keys = [key for key in self.snapshot.old_stones() if key > at] if self.keep is None else []
        for start in range(0, len(keys), WAVE):
            await self.flow.go_on()
            wave = keys[start : start + WAVE]
            await drop_stones(self.flow, wave)
            if await self._is_over(wave[-1]):
                return False
        return True

    async def _is_over(self, at: str) -> bool:
        """Everything up to this key is done: true if the slice ends with it."""
        self.cursor["at"] = at
        await self._checkpoint()
        return self.out_of_time()

    def _is_left(self, end: str, agreed: int | None) -> bool:
        """A record that was not met, and whose coupling is none, asleep or over: nobody else has looked at it."""
        return end not in self.memory.looked and agreed in {None, UNKNOWN, UNCOUPLED, DORMANT}

    # -- checkpoints

    async def _checkpoint(self) -> None:
        self.pages = 0
        self.cursor.update(tally=self.tally.as_json(), read=dict(self.read), held=self.suspects.names)
        await self.memory.store((self.feed, self.feed.cursor))
        if self.keep is not None:
            await self.keep()


def _erp_ends(wake: Wake, outcome: Outcome) -> set[str]:
    """The ends under which a record may have been read in the ERP."""
    former = wake.identity if wake.side == ERP else wake.coupling.erp if wake.coupling else None
    return {erp_end(identity) for identity in (former, outcome.erp) if identity}


def _whose(outcome: Outcome, wake: Wake) -> Outcome:
    """The outcome with both ends of its record, where a visit that could not be finished does not tell them."""
    if outcome.kind not in {"kept", "parked"} or outcome.dataverse or wake.coupling is None:
        return outcome
    return replace(outcome, dataverse=wake.coupling.dataverse, erp=wake.coupling.erp or ())


async def troubled_ends(flow: Flow) -> Mapping[str, str]:
    """Ends that have a waiting or parked row, and since when."""
    ends: dict[str, str] = {}
    async for row in flow.ledger.aside():
        ends[row.end] = min(row.since, ends.get(row.end, row.since))
    return ends
