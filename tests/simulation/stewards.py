"""Whoever looks after an installation of business_central: the environment is restored or copied, a full
synchronisation is reviewed, and what somebody had coupled before is taken over; all while people are at work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from random import Random
from typing import Final

from functions.business_central.taking_over import RECORDS, has_connector
from shared.engine import (
    COUPLE,
    Choice,
    Given,
    House,
    approve,
    choose,
    confirm_environment,
    environments,
    open_review,
    restart,
    set_state,
    start_pairs,
    start_review,
    state_of,
    stored_review,
)
from shared.errors import KoppelError
from shared.mapping import SIDES, First
from tests.emulator.business_central.restores import Backup
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.simulation.judge import Judge
from tests.simulation.kinds import Kind
from tests.simulation.people import row_id_of
from tests.simulation.trace import Trace
from tests.simulation.trade_kinds import CHOICES, SUITE
from tests.simulation.world import World

RESTORED: Final = "restored"
COPIED: Final = "copied"
REVIEWED: Final = "a review"
TAKEN_OVER: Final = "taking over"
STEWARDS: Final = {RESTORED: 0.12, COPIED: 0.08, REVIEWED: 0.2, TAKEN_OVER: 0.2}
"""What may happen to an installation, and in how many histories it does."""
Deed = Callable[[House], Awaitable[None]]
ALIKE: Final = 0.7
"""How often a pair of a list is of two records that are called alike."""
FIRST: Final[Sequence[First | None]] = (None, "erp", "dataverse", "none")


@dataclass(slots=True)
class Stewards:
    """what: happens in this history. edits: how many people will make. by: lets somebody give an order through one of
    the instances. begin_anew: takes new instances in the place of all that there are, for an environment elsewhere.
    """

    world: World
    random: Random
    trace: Trace
    judge: Judge
    what: Collection[str]
    edits: int
    kinds: Mapping[str, Kind]
    by: Callable[[Deed], None]
    begin_anew: Callable[[], None]
    copies: int = 0
    backup: Backup | None = None
    reviewing: bool = False
    due: dict[int, list[Callable[[], None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in sorted(self.what):
            for part, deed in self._plan(name):
                self.due.setdefault(int(part * self.edits), []).append(deed)

    def _plan(self, name: str) -> Sequence[tuple[float, Callable[[], None]]]:
        """At which part of the history what is done."""
        at = self.random.uniform(0.1, 0.6)
        if name == RESTORED:
            return [(at, self._back_up), (self.random.uniform(at + 0.05, 0.9), self._restore)]
        if name == COPIED:
            return [(at, self._copy)]
        orders = self._review if name == REVIEWED else self._take_over
        return [(each, partial(self.by, self._told(name, orders))) for each in (at, at + 0.3)]

    def turn(self, number: int) -> None:
        """So many edits have been made."""
        for deed in self.due.get(number, ()):
            deed()
        if self.reviewing and self.random.random() < 0.4:
            self.by(self._told("go on with a review", self._go_on))
        if self.copies and self.random.random() < 0.5:
            self.by(self._told("confirm the environment", self.confirm))

    def _told(self, what: str, deed: Deed) -> Deed:
        """A person gives an order, and hears what stands in its way."""

        async def give(house: House) -> None:
            self.trace.tell(f"the operator: {what}")
            with self.judge.pauses.by_hand():
                try:
                    await deed(house)
                except KoppelError as refusal:
                    self.trace.tell(f"the operator is told: {refusal}")

        return give

    @property
    def _twin(self) -> BusinessCentralTwin:
        assert self.world.central is not None
        return self.world.central.twin

    # -- the environment

    def _back_up(self) -> None:
        self.trace.tell("from now on is what the environment goes back to")
        self.backup = self._twin.back_up()

    def _restore(self) -> None:
        """To an earlier point in time, in place: nobody is told of it."""
        assert self.world.central is not None
        assert self.backup is not None
        changed = self.world.central.restore(self.backup)
        self.trace.tell(f"the environment is restored: {changed} rows are what they were")

    def _copy(self) -> None:
        """The settings name a copy from now on, and every instance begins anew."""
        self.copies += 1
        self.trace.tell("the settings name a copy of the environment")
        self._twin.copy(f"Copy{self.copies}")
        self.begin_anew()

    async def confirm(self, house: House) -> None:
        """A person says that the other environment is meant, and resumes what it has paused."""
        found = await environments(house)
        if not found["known"] or found["known"] == found["now"]:
            return
        self.trace.tell("the operator confirms the environment")
        await confirm_environment(house)
        for name in house.catalogue.names:
            if (await state_of(house, name))["state"] == "paused":
                await set_state(house, name, "running")

    # -- a review

    async def _review(self, house: House) -> None:
        found = await open_review(house, SUITE)
        for name in found.entries:
            choice: Choice = self.random.choice(("full", "full", "couple", "skip"))
            if self.random.random() < 0.5:
                await choose(house, SUITE, [name], choice, self.random.choice((None, None, *SIDES)))
        await start_review(house, SUITE)
        self.reviewing = True

    async def _go_on(self, house: House) -> None:
        """Somebody approves what was planned, or does again what was broken off."""
        for each in (await stored_review(house, SUITE)).entries.values():
            if each.stands == "approval":
                await approve(house, each.flow)
            elif each.outcome.get("errors") and self.random.random() < 0.3:
                await restart(house, SUITE, each.flow)

    # -- taking over

    async def _take_over(self, house: House) -> None:
        """A list of pairs, or what the product itself has coupled."""
        kind = self.kinds[self.random.choice(sorted(self.kinds))]
        rows, first = self._pairs(kind), self.random.choice(FIRST)
        table = getattr(import_module(f"functions.{kind.flow}"), "TAKES_OVER", None)
        by_product = (
            table is not None and kind.flow not in CHOICES and has_connector(house) and self.random.random() < 0.5
        )
        self.trace.tell(f"{'the product has' if by_product else 'a list names'} pairs of {kind.flow}: {rows}, {first}")
        if by_product:
            for each in rows:
                row = {"tableNumber": table, "recordId": each.erp, "dataverseId": each.dataverse}
                self._twin.create(each.company, RECORDS, row)
            await start_pairs(house, COUPLE, {kind.flow: ()}, confirmed=True, first=first, source="product")
        else:
            confirmed = self.random.random() < 0.8
            await start_pairs(house, COUPLE, {kind.flow: rows}, confirmed=confirmed, first=first)

    def _pairs(self, kind: Kind) -> list[Given]:
        """Pairs that somebody names: mostly of records that are called alike, now and then of any two."""
        theirs, ours = [*self.world.erp.rows(kind.entity)], [*self.world.dataverse.rows(kind.table)]
        found = list[Given]()
        for at, erp in enumerate(self.random.sample(theirs, min(len(theirs), 4)), 1):
            alike = [row for row in ours if row.get(kind.column) == erp[kind.key]]
            fitting = alike if alike and self.random.random() < ALIKE else ours
            if fitting:
                row_id = row_id_of(kind, self.random.choice(fitting))
                found.append(Given(at, str(erp["id"]), row_id, str(erp["company"])))
        return found
