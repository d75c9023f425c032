"""The house: everything that lives as long as the process, and the flows it can put to work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

from shared.engine._actions import RecordAction
from shared.engine._budget import Budget
from shared.engine._flow import Flow, Options
from shared.engine._for_all import for_all
from shared.engine._owners import Owners
from shared.engine._strangers import Approved
from shared.engine._suite_options import SuiteOptions
from shared.engine.lookups import Links, Target
from shared.errors import KoppelError
from shared.ledger import FLOWS, FRESH, Buried, Commits, Copies, Documents, FlowLedger, buried_in, unversioned
from shared.mapping import (
    Catalogue,
    Creates,
    Entity,
    Field,
    FlowMap,
    Line,
    Side,
    Unseen,
    code_place,
    entity,
    fold,
    secured_tables,
    unseen,
)
from shared.systems import Reading, System

Along = Sequence[tuple[Entity, Field]]
LIVE: Final = frozenset({"running", "resuming", "initializing"})
"""States of a flow in which hints are worked off."""
Upgrade = Callable[["House", Mapping[str, Any], str, Callable[[], bool]], Awaitable[bool]]
"""A slice of a job that upgrades a suite: house, job, suite, whether time is up. True when it is through."""
Pairs = Callable[["House", str], AsyncIterator[Sequence[Any]]]
"""Reads the pairs of a flow that another integration has made, page by page, as a job takes them."""
JUST_NOW: Final = timedelta(seconds=1)
"""So long what a run of the pump has seen at its beginning is news to the slice that it begins with."""
REMEMBERED: Final = timedelta(minutes=10)
"""So long what relationships say is not asked again."""


@dataclass(slots=True)
class House:
    """Systems, ledger, maps, clock and randomness of one process.

    erps: clients of the ERP systems by their names. companies: ERP codes to sync, in lower case, for suites that do not
    say so themselves; empty means every company that Dataverse knows. suites: what the settings say of each suite.
    environment_checked: when this process last saw that it is at the environment that the ledger was written for.
    environment_turn: where those queue who want to know. rehearsed: true for the house of a dry run. heard: the day on
    which it was last noted that events of a flow's side come. unseen: flows that column security keeps from something,
    as this process last saw. columns_looked: when it began that look; columns_turn: where those queue who want to know.
    marked: a ledger that is lost is told from a new one by a mark in Dataverse; not so in the local house.
    along: what Dataverse deletes along with a row, by table. itself: its user in Dataverse, once asked. marks: by
    flow, what rows of Dataverse hold that belong to companies with lines of their own; until they are known, no such
    line flows. upgrade: what jobs of that kind do. actions: by flow, what its module registers. copies: where copies of
    the ledger are kept; None where none are made. graves: by flow, its erased tombstones, and when they were read.
    pairs: reads those that another integration has made.
    """

    catalogue: Catalogue
    erps: Mapping[str, System]
    dataverse: System
    commits: Commits
    clock: Callable[[], datetime]
    random: Random
    options: Options = field(default_factory=Options)
    companies: Sequence[str] = ()
    suites: Mapping[str, SuiteOptions] = field(default_factory=dict)
    deletes: int = 50
    older: int = 200
    attempts: set[str] = field(default_factory=set)
    unsent: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    rehearsed: bool = False
    version: str = "this app"
    marked: bool = False
    environment_checked: datetime | None = None
    environment_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    heard: dict[str, str] = field(default_factory=dict)
    unseen: Mapping[str, Unseen] = field(default_factory=dict)
    columns_looked: datetime | None = None
    columns_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    along: dict[str, tuple[datetime, asyncio.Future[Along]]] = field(default_factory=dict)
    itself: asyncio.Future[str] | None = None
    marks: dict[str, Mapping[str, str]] = field(default_factory=dict)
    upgrade: Upgrade | None = None
    pairs: Pairs | None = None
    actions: Callable[[str], Sequence[RecordAction]] = lambda _flow: ()
    copies: Copies | None = None
    graves: dict[str, tuple[float, Mapping[bytes, Buried]]] = field(default_factory=dict)
    graves_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def documents(self) -> Documents:
        return Documents(self.commits)

    @property
    def budget(self) -> Budget:
        return Budget(self.documents, self.clock, self.deletes, self.older)

    def flow(self, name: str, *, job: str = "", master: Side | None = None, creates: Creates | None = None) -> Flow:
        """A flow for one slice: its lookups are answered anew. Raises NotFound or MapError.

        master: whom a person named, if it is another than the map's own.
        """
        hidden = self.unseen.get(name)
        found = (hidden.map if hidden else self.catalogue.map(name)).by(self.clock)
        found = found.marked(self.marks[name]) if name in self.marks else found
        erp, suite = self.erps[found.erp.system], self.suite_of(found)
        return Flow(
            map=found,
            erp=erp,
            dataverse=self.dataverse,
            ledger=self.ledger(name),
            links=Links(self.dataverse, erp, Keepers(self, found.suite), found.company, suite),
            others=self,
            approved=Approved(self.documents, name, self.rehearsed, self.options.journal_values),
            budget=self.budget,
            clock=self.clock,
            random=self.random,
            options=self.options,
            job=job,
            master=None if master == found.policy.master else master,
            chosen=creates,
            attempts=self.attempts,
            unsent=self.unsent,
            lost=self.lost,
            owners=self._owners(found),
            suite=suite,
            companies=frozenset(map(fold, self.chosen_companies(found))),
            unseen=hidden.lines if hidden else {},
            look=partial(self._columns_now, name),
            actions=[each for each in self.actions(name) if each.is_ours(found)],
        )

    def _owners(self, found: FlowMap) -> Owners | None:
        """Owner rows, if other flows of the suite are about the same Dataverse table."""
        table = found.dataverse.entity.name
        suite = [each for each in self.maps() if each.suite == found.suite and each.name != found.name]
        others = [each for each in suite if each.dataverse.entity.name == table]
        heir = next((each for each in others if each.name == found.hands_over_to), None)
        return Owners(self.documents, self.ledger(found.name), table, others, heir) if others else None

    def ledger(self, name: str) -> FlowLedger:
        return FlowLedger(self.commits, name, self.clock)

    def token(self) -> str:
        """A new random id."""
        return f"{self.random.getrandbits(64):016x}"

    async def learn(self) -> None:
        """Takes up which entities enforce versions, as preflights found in whichever process they ran."""
        self.options = replace(self.options, unversioned=await unversioned(self.documents))

    async def know_columns(self) -> None:
        """The same at the beginning of a slice, unless somebody has looked within the last second."""
        async with self.columns_turn:
            if self.columns_looked is None or self.clock() - self.columns_looked > JUST_NOW:
                await self.look_at_columns()

    async def look_at_columns(self) -> None:
        """Takes up which columns are secured, and what we may do with them: as they are now, for all flows at once."""
        began = self.clock()
        maps = self.catalogue.sound()
        secured = await self.dataverse.secured(sorted({table for each in maps for table in secured_tables(each)}))
        known = {each.name: each for each in maps}
        found = {each.name: unseen(each, secured, known.get(each.hands_over_to)) for each in maps} if secured else {}
        self.unseen = {name: each for name, each in found.items() if each is not None}
        for each in maps:
            if each.companies_named:
                self.marks[each.name] = await self._marks(each)
        self.columns_looked = began

    async def _marks(self, found: FlowMap) -> Mapping[str, str]:
        """What rows hold that belong to companies with lines of their own. Rows that hold none are the writer's."""
        links, writer = self.flow(found.name).links, fold(self.suite_of(found).writer)
        held = {code: await links.rows.company_mark(code) for code in found.companies_named}
        return {**({"": writer} if writer else {}), **{fold(mark): code for code, mark in held.items() if mark}}

    async def _columns_now(self, name: str) -> tuple[str, Mapping[str, str]]:
        """What column security hides of a flow, as of after this was asked; one look for all who ask together."""
        asked = self.clock()
        async with self.columns_turn:
            if self.columns_looked is None or self.columns_looked < asked:
                await self.look_at_columns()
        found = self.unseen.get(name)
        return (found.stops, found.lines) if found else ("", {})

    async def buried(self, name: str) -> Mapping[bytes, Buried]:
        """The erased tombstones of a flow, by the digests of their ends: read anew once what is known is not fresh."""
        async with self.graves_turn:
            now = asyncio.get_running_loop().time()
            at, known = self.graves.get(name, (-FRESH, {}))
            if now - at >= FRESH:
                known = await buried_in(self.ledger(name))
                self.graves[name] = now, known
            return known

    def unearthed(self, name: str) -> None:
        """Some of them are gone: they are read anew."""
        self.graves.pop(name, None)

    # -- what hangs together

    def maps(self) -> Sequence[FlowMap]:
        """Every map that is sound."""
        return [each.by(self.clock) for each in self.catalogue.sound()]

    async def is_live(self, name: str) -> bool:
        """Whether a flow carries over what happens now."""
        return (await self.documents.get(FLOWS, name)).value.get("state") in LIVE

    async def is_itself(self, user: str) -> bool:
        """Whether a user of Dataverse, by id, is the one that this app signs in as: anybody may send the tag of our
        writes. False while that cannot be asked: our own echo is harmless.
        """
        if not user:
            return False
        if self.itself is None:
            self.itself = for_all(self.dataverse.user())
        try:
            return await asyncio.shield(self.itself) == user
        except KoppelError:
            self.itself = None
            return False

    async def taken_along(self, table: Entity) -> Along:
        """What Dataverse deletes along with a row, asked once in a while."""
        known = self.along.get(table.name)
        if known is None or known[0] < self.clock() - REMEMBERED:
            known = self.clock(), for_all(self.dataverse.taken_along(table))
            self.along[table.name] = known
        try:
            return await asyncio.shield(known[1])
        except KoppelError:
            self.along.pop(table.name, None)
            raise

    # -- companies

    def suite_of(self, found: FlowMap) -> SuiteOptions:
        """What the settings say of a flow's suite. Rows without a company are nobody's where another suite is, too."""
        suite = self.suites.get(found.suite, SuiteOptions())
        beside = self.catalogue.of_table(found.dataverse.entity.name) if suite.writer else ()
        shared = any(each.suite != found.suite for each in beside)
        keeps = found.company is not None and found.company.dataverse is not None
        return replace(suite, writer="") if shared and keeps else suite

    def chosen_companies(self, found: FlowMap) -> Sequence[str]:
        """The companies that the settings name for a flow, in lower case; empty: all, or the flow is global."""
        if found.company is None:
            return ()
        suite = self.suites.get(found.suite, SuiteOptions())
        if found.company.dataverse is None:
            return sorted({suite.writer, *suite.units.values()} - {""})
        return suite.companies or self.companies

    async def synced_companies(self, name: str) -> Sequence[str]:
        """The companies of a flow to sync, in lower case: those that are named, else all that Dataverse lists."""
        found = self.catalogue.map(name)
        chosen, path = self.chosen_companies(found), found.company.path if found.company else None
        if chosen or path is None:
            return chosen
        table, column = entity("dataverse", path.table), path.key
        codes: list[str] = []
        async for page in self.dataverse.pages(table, Reading([table.id, column], page=500), None):
            codes += [str(row.row[column]).lower() for row in page.rows if row.row.get(column)]
        return sorted(codes)


@dataclass(frozen=True, slots=True)
class Keepers:
    """Which flow keeps a lookup's target equal. A lookup is kept by flows of its own suite alone."""

    house: House
    suite: str

    def target(self, table: str, key: str) -> Target | None:
        """The flow that keeps rows of a table equal that are addressed by a key column."""
        keeper = self.house.catalogue.keeper(self.suite, table, key)
        return self._target(keeper, code_place(keeper, key)) if keeper else None

    def witnesses(self, table: str, key: str) -> list[tuple[FlowLedger, Line]]:
        """The flows that keep a code in that column equal, with the line of it: not where it only finds a partner, or
        is given once.
        """
        house = self.house
        found = [each for each in house.catalogue.of_table(table) if each.suite == self.suite]
        lines = (
            (each, next((line for line in each.lines if line.dataverse.name == key and line.update), None))
            for each in found
        )
        return [(house.ledger(each.name), line) for each, line in lines if line is not None]

    @property
    def rehearsed(self) -> bool:
        """True of a dry run."""
        return self.house.rehearsed

    async def keeps(self, flow: str) -> bool:
        """True from when a flow is run until it is stopped, also while it is paused."""
        found = (await self.house.documents.get(FLOWS, flow)).value
        return bool(found.get("state", "not running") != "not running")

    def by_flow(self, name: str) -> Target | None:
        """The flow of that name, unless its map is off."""
        if self.house.catalogue.switched_off(name):
            return None
        keeper = self.house.catalogue.map(name)
        return self._target(keeper, len(keeper.identity) - 1)

    def _target(self, keeper: FlowMap, code: int | None) -> Target:
        assert code is not None
        company = keeper.identity.index(keeper.company.erp.name) if keeper.company else None
        table, ledger = keeper.dataverse.entity, self.house.ledger(keeper.name)
        is_shared = keeper.company is not None and keeper.company.dataverse is None and keeper.match
        shared = tuple(line.erp for line in keeper.match[0]) if is_shared else ()
        return Target(ledger, keeper.erp.entity, table, len(keeper.identity), code, company, shared)
