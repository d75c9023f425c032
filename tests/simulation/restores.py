"""Histories of a day's work that a restore in place undoes, or that a security policy hides: drawn from a seed.

People work in both systems; then the ERP is as it was in the morning, or shows only some of its rows, and no event
tells of it. Events of Dataverse and passes come by, in slices, by instances that die. A person says at some time which
side is right. The judge knows the evening: what nobody undid must not be undone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Literal

from shared.engine import confirm_side, look_again, set_state, start_job, state_of, turned_back, work_on
from shared.errors import KoppelError
from shared.ledger import read_trouble
from shared.mapping import DATAVERSE, ERP, SIDES, Side
from tests.emulator.finops.restores import Backup
from tests.simulation.rig import CUSTOMERS, Rig, furnished
from tests.simulation.world import World, in_a_world

Names = Mapping[str, str]
What = Literal["restored", "restored, new versions", "hidden"]


@dataclass(frozen=True, slots=True)
class Plot:
    """What kind of history it is. work: how many records people touch. hidden: the share that a policy hides.

    gone: how many accounts people delete during the day.

    live: how many accounts people edit afterwards, whose events come. deletes: the budget. right: what a person says;
    empty for whoever puts the ERP right and resumes.
    """

    what: What
    size: int
    work: int
    born: int
    hidden: float
    live: int
    page: int
    deaths: float
    faults: float
    deletes: int
    right: Side | Literal[""]
    gone: int

    @classmethod
    def drawn(cls, random: Random) -> Plot:
        what: What = random.choice(("restored", "restored, new versions", "hidden"))
        size, deletes = random.randint(14, 24), random.choice((2, 1000))
        gone = random.choice((0, size // 2, size - 3)) if deletes > size and what != "hidden" else 0
        return cls(
            what=what,
            size=size,
            work=random.randint(10, size),
            born=random.randint(0, 6),
            hidden=random.choice((0.75, 0.9)),
            live=random.choice((0, 0, 3, 12)),
            page=random.choice((2, 5, 1000)),
            deaths=random.choice((0.0, 0.0, 0.4)),
            faults=random.choice((0.0, 0.0, 0.03)),
            deletes=deletes,
            right="" if what == "hidden" else random.choice(SIDES),
            gone=gone,
        )


@dataclass(slots=True)
class Day:
    """One history. evening: what every customer was called when the restore came."""

    rig: Rig
    random: Random
    plot: Plot
    broken: list[str] = field(default_factory=list)
    evening: Names = field(default_factory=dict)
    refills: int = 0
    faults: float = 0.0
    backup: Backup = field(init=False)

    async def play(self) -> None:
        rig, plot = self.rig, self.plot
        rig.world.deletes = plot.deletes
        await self._work()
        self.evening = self._names(DATAVERSE)
        if self.evening != self._names(ERP):
            self.broken.append("the day ends with a difference")
        await self._undo()
        self.faults = plot.faults
        await self._look_around()
        self.faults = 0.0
        self._judge_what_was_believed()
        await self._answer()
        await self._settle()
        self._judge_the_end()
        writes = rig.writes()
        await self._slices("compare")
        if rig.writes() != writes:
            self.broken.append("law 3: a further pass writes")

    # -- the day

    async def _work(self) -> None:
        rig, plot, random = self.rig, self.plot, self.random
        numbers = [f"D-{number:02}" for number in range(plot.size)]
        for number in numbers:
            await rig.visit(ERP, rig.customer(number, OrganizationName=f"Firm {number}"))
        rig.world.loop.pass_time(random.choice((1, 30)) * 86_400)
        self.backup = rig.world.finops.back_up()
        for number in random.sample(numbers, plot.work):
            if random.random() < 0.5:
                rig.edit(number, OrganizationName=f"New {number}")
                await rig.visit(ERP, ("usmf", number), source="update")
            else:
                row_id = self._row_id(number)
                rig.change(row_id, name=f"New {number}")
                await rig.visit(DATAVERSE, (row_id,), source="update")
        for number in random.sample(numbers, plot.gone):
            row_id = self._row_id(number)
            rig.world.dataverse.delete("accounts", row_id)
            await rig.visit(DATAVERSE, (row_id,), source="delete")
        for born in range(plot.born):
            row_id = rig.account(f"E-{born:02}", name=f"Born {born}")
            await rig.visit(DATAVERSE, (row_id,), source="create")
        rig.world.loop.pass_time(3 * 3600)

    async def _undo(self) -> None:
        finops, plot = self.rig.world.finops, self.plot
        finops.behaviour.max_page_size = self.rig.world.dataverse.behaviour.max_page_size = plot.page
        if plot.what == "hidden":
            numbers = sorted(self.evening)
            seen = set(self.random.sample(numbers, len(numbers) - round(plot.hidden * len(numbers))))
            finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] not in seen
        else:
            finops.put_back(self.backup, new_versions=plot.what == "restored, new versions")

    async def _look_around(self) -> None:
        """People go on in Dataverse, whose events come; passes come by."""
        for number in self.random.sample(sorted(self.evening), min(self.plot.live, len(self.evening))):
            self.rig.change(self._row_id(number), description="written afterwards")
            await self._by_an_instance(self._event(self._row_id(number)))
        for _ in range(3):
            await self._slices("compare")
        in_peace = not (self.plot.faults or self.plot.deaths)  # else no pass may have come to its end
        if self._changed() and in_peace and await self._state() != "paused":
            self.broken.append("nobody is asked which side is right")

    def _changed(self) -> bool:
        """True if so much was undone that it has to be noticed."""
        return self.plot.what == "hidden" or self.plot.work + self.plot.born >= 10

    async def _event(self, row_id: str) -> None:
        await self.rig.hint(DATAVERSE, (row_id,))
        await self.rig.pump()

    # -- the answer

    async def _answer(self) -> None:
        """The operator puts the ERP right, or says which side is; and lets the flow go on over its budgets."""
        rig, plot = self.rig, self.plot
        if plot.what == "hidden":
            rig.world.finops.behaviour.hidden_rows.clear()
            await look_again(rig.house, CUSTOMERS)
        elif plot.right and (await turned_back(rig.house, CUSTOMERS))[ERP]["reason"]:
            await confirm_side(rig.house, CUSTOMERS, plot.right)
        else:
            await rig.house.budget.refill(CUSTOMERS)
            self.refills += 1
        await set_state(rig.house, CUSTOMERS, "running")

    async def _settle(self) -> None:
        """Until all is quiet."""
        for _ in range(40):
            await self._slices("compare")
            await asyncio.sleep(3700)
            await self.rig.pump()
            if await self._state() == "running":
                break
            await self._answer()
        await self._slices("compare")

    # -- instances

    async def _slices(self, kind: Literal["compare"]) -> None:
        """A job in slices, by instances of which some die; the lease of a dead one runs out."""
        started = await start_job(self.rig.house, kind, [CUSTOMERS])
        for _ in range(40):
            self.rig.house = self.rig.world.house()
            end = await self._by_an_instance(work_on(self.rig.house, started["id"], lambda: self.random.random() < 0.5))
            if end is not None and end["state"] != "running":
                return
            await asyncio.sleep(200)

    async def _by_an_instance(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What came of it; None if it was refused for now, or the instance died."""
        dies = self.random.random() < self.plot.deaths
        self.rig.world.weather.chance = self.faults
        number, task = self.rig.world.instance(_tried(work))
        await asyncio.wait({task}, timeout=self.random.uniform(0.05, 3.0) if dies else 3600)
        self.rig.world.weather.chance = 0.0
        if task.done():
            return task.result()
        self.rig.world.loop.kill(number)
        self.rig.house = self.rig.world.house()
        return None

    async def _state(self) -> str:
        return str((await state_of(self.rig.house, CUSTOMERS))["state"])

    # -- what stands

    def _row_id(self, number: str) -> str:
        found = self.rig.dataverse(number)
        assert found is not None
        return str(found["accountid"])

    def _names(self, side: Side) -> dict[str, str]:
        world = self.rig.world
        if side == ERP:
            rows = [(row["CustomerAccount"], row["OrganizationName"]) for row in world.finops.rows("CustomersV3")]
        else:
            rows = [(row["accountnumber"], row["name"]) for row in world.dataverse.rows("accounts")]
        doubled = [number for number, times in Counter(number for number, _ in rows).items() if times > 1]
        self.broken += [f"law 6: {side} has {number} more than once" for number in doubled]
        return dict(rows)

    # -- the judge

    def _judge_what_was_believed(self) -> None:
        """Before anybody has spoken, less than ten or half of all may be carried over, and none by a pass alone."""
        now = self._names(DATAVERSE)
        lost = {number for number, name in self.evening.items() if now.get(number) != name}
        if self._changed() and len(lost) > self._allowed():
            self.broken.append(f"law 8: {len(lost)} records are undone in Dataverse, and nobody has said so")
        back = {*now} - {*self.evening}
        if self._changed() and len(back) > min(self._allowed(), 9):
            self.broken.append(f"law 8: {len(back)} deleted records are back, and nobody has said so")

    def _allowed(self) -> int:
        """How many records single visits may have believed; a pass alone believes none."""
        alone = not (self.plot.live or self.plot.faults or self.plot.deaths)
        return 0 if alone else max(9, len(self.evening) // 2)

    def _judge_the_end(self) -> None:
        erp, dataverse = self._names(ERP), self._names(DATAVERSE)
        aside = {each for row in self.rig.rows("p~") for each in self._numbers_of(row)}
        if self.plot.right != ERP:
            undone = {number for number, name in self.evening.items() if dataverse.get(number) != name}
            if self._changed() and len(undone) > self._allowed():  # one that was believed may be recovered later
                self.broken.append(f"law 1: {sorted(undone)} are not what they were in the evening")
            back = {*dataverse} - {*self.evening}
            if self._changed() and len(back) > min(self._allowed(), 9):
                self.broken.append(f"law 2: {sorted(back)} were deleted, and are back")
        different = {number for number in {*erp, *dataverse} if erp.get(number) != dataverse.get(number)}
        if different - aside:
            self.broken.append(f"law 7: {sorted(different - aside)} differ, and no row says why")
        self._judge_the_budget()

    def _numbers_of(self, row: Any) -> list[str]:
        trouble = read_trouble(row)
        rows = self.rig.world.dataverse.rows("accounts")
        numbers = {str(each["accountid"]): str(each["accountnumber"]) for each in rows}
        return [numbers.get(trouble.identity[0], ""), trouble.identity[-1]]

    def _judge_the_budget(self) -> None:
        """No hour sees more deletes than the budget, unless the operator has filled it up."""
        times = [change.time for change in self.rig.world.dataverse.history
                 if change.operation == "delete" and change.table == "accounts"]  # fmt: skip
        most = max((sum(since <= each < since + timedelta(hours=1) for each in times) for since in times), default=0)
        if most > self.plot.deletes * (1 + self.refills):
            self.broken.append(f"law 8: {most} deletes within an hour, with a budget of {self.plot.deletes}")


async def _tried(work: Coroutine[Any, Any, Any]) -> Any:
    """What a function of the platform does: it fails, and is called again another time."""
    try:
        return await work
    except KoppelError:
        return None


def play(seed: int) -> tuple[Plot, list[str]]:
    """Plays the history of a seed: what kind it was, and which laws were broken."""
    random = Random(f"restore {seed}")
    plot = Plot.drawn(random)
    broken: list[str] = []

    async def whole(world: World) -> None:
        day = Day(await furnished(world), Random(random.getrandbits(64)), plot, broken)
        await day.play()

    in_a_world(seed, whole)
    return plot, broken
