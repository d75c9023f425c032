"""The operator: pauses, resumes, retries, decides conflicts, couples and uncouples, erases, lets a changed map run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from shared.engine import (
    Flow,
    House,
    accept,
    approve,
    clear,
    confirm_side,
    couple,
    demand_approval,
    erase,
    look_again,
    restore,
    set_state,
    start_job,
    state_of,
    turned_back,
    uncouple,
    work_on,
)
from shared.errors import Busy, KoppelError, NotFound, Refused
from shared.ledger import PARKED, WAITING, Coupling, Trouble, dataverse_end, end_of, read_coupling
from shared.mapping import DATAVERSE, ERP, SIDES, Side, other
from tests.simulation.desk import Desk
from tests.simulation.judge import Judge
from tests.simulation.listed import conflicts
from tests.simulation.reasons import untrue
from tests.simulation.seen import Order, Seen
from tests.simulation.trace import Trace
from tests.simulation.undoing import take_back

WISHES: Final = (
    "pause", "resume", "resume", "retry", "accept", "restore", "uncouple", "clear", "couple", "erase", "otherwise",
)  # fmt: skip
SLICES: Final = 500
RESTORES: Final = 0.7
"""How often a losing value is taken back rather than given up, where a person goes through the list."""
AT_ONCE: Final = 10**6
FITTING: Final = 0.6
"""How often an operator who does everything looks for a flow in a state that fits."""
FITS: Final[Mapping[str, frozenset[str]]] = {
    "run": frozenset({"not running"}),
    "resume flow": frozenset({"paused"}),
    "pause flow": frozenset({"running"}),
    "undo": frozenset({"paused", "not running"}),
    "rebuild": frozenset({"paused", "not running"}),
}
ANY_TWO: Final = 0.3
"""How often an operator who does everything asks for what cannot fit."""
LENGTHS: Final = (1, 2, 5)
"""Pages of a slice."""


@dataclass(slots=True)
class Operator:
    """Somebody with a key to the operator's API, and with no better plan than chance.

    does_all: gives every order there is, also where it does not fit. released: records of each table whose held deletes
    were released. counts: how often each kind of order was accepted or refused. seen: what the ledger held meanwhile.
    """

    random: Random
    judge: Judge
    trace: Trace
    does_all: bool = False
    released: Counter[str] = field(default_factory=Counter)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    seen: Seen = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.seen = Seen(self.judge.world)
        self.desk = Desk(self.judge.world, self.random, self.judge.undoing, self._note_all_released, let_run)

    async def decide(self, house: House) -> None:
        """Does one thing to one flow."""
        wishes = (*WISHES, *self.desk.orders) if self.does_all else WISHES
        what, name = self.random.choice(wishes), self.random.choice(house.catalogue.names)
        if self.does_all and self.random.random() < FITTING:
            name = self.random.choice(self._in_states(house, FITS.get(what, frozenset())) or [name])
        self.trace.tell(f"the operator wants to {what} {name}")
        await self.give(house, name, what)

    def _in_states(self, house: House, states: frozenset[str]) -> list[str]:
        """Flows that are in one of these states."""
        now = self.judge.world.loop.time()
        return [name for name in house.catalogue.names if self.seen.states(name, now) & states]

    async def give(self, house: House, name: str, what: str) -> None:
        """Gives an order. Raises what stands in its way."""
        with self.judge.pauses.by_hand():
            order = self._order(house, name)
            await self._counted(order, what, self._do(house, order, what))

    def _order(self, house: House, name: str) -> Order:
        return Order(name, self.judge.world.loop.time(), map=house.catalogue.map(name))

    async def _counted(self, order: Order, what: str, work: Awaitable[bool]) -> None:
        """Whatever comes of it is counted, and a refusal has to be so."""
        try:
            done = await work
        except (Busy, NotFound, Refused) as refusal:
            self.counts[what, "refused"] += 1
            self.judge.wrong += untrue(self.seen, order, str(refusal))
            raise
        except KoppelError:
            self.counts[what, "failed"] += 1
            raise
        self.counts[what, "accepted" if done else "nothing to do"] += 1

    async def _note_all_released(self, house: House, name: str) -> None:
        async for row in house.ledger(name).troubles(PARKED):
            self._note_released(house, name, row)

    def _note_released(self, house: House, name: str, row: Trouble) -> None:
        """A delete that was held, and that a person lets go on, is none of the budget's."""
        for gone in (item["gone"] for item in row.items if item["code"] == "held"):
            self.released[house.catalogue.map(name).side(other(gone)).entity.name] += 1

    async def take_back(self, house: House) -> None:
        """Undoes what the first synchronisation did to one flow."""
        with self.judge.pauses.by_hand():
            await take_back(house, self.judge.undoing, self.trace, self.random.choice(house.catalogue.names))

    async def _do(self, house: House, order: Order, what: str) -> bool:
        """True if there was something to do."""
        name = order.flow
        if what in self.desk.orders:
            return await self.desk.orders[what](house, name)
        if what in {"pause", "resume"}:
            return await self._switch(house, name, what)
        if what == "retry":
            return await self._retry(house, name)
        if what in {"accept", "restore"}:
            listed = [each async for each in conflicts(house.ledger(name))]
            if listed:
                await self._resolve(house.flow(name), order, self.random.choice(listed), what)
            return bool(listed)
        if what == "couple":
            return await self._couple(house.flow(name), order)
        if what == "otherwise":
            return await self._run_otherwise(house, name)
        return await self._end(house, order, what)

    async def _retry(self, house: House, name: str) -> bool:
        """Everything that is set aside."""
        found = False
        for prefix in (PARKED, WAITING):
            async for row in house.ledger(name).troubles(prefix):
                await house.ledger(name).ask(row.side, row.identity)
                self._note_released(house, name, row)
                found = True
        return found

    async def interrupt(self, house: House, name: str) -> None:
        """Pauses a flow that is just at work."""
        self.trace.tell(f"the operator pauses {name} in the middle")
        await self._switch(house, name, "pause")

    async def _switch(self, house: House, name: str, what: str) -> bool:
        if what == "pause":
            await set_state(house, name, "paused", "the operator")
        elif (await state_of(house, name))["state"] == "paused":
            try:
                await demand_approval(house, name)
            except Refused:
                await let_run(house, [name])
            await set_state(house, name, "running")
        else:
            return False
        return True

    async def _run_otherwise(self, house: House, name: str) -> bool:
        """Wants everything compared with the master that comes to mind. Nobody has to look where nothing can match."""
        master = self.random.choice(SIDES)
        approved = (await house.documents.get("reports", name)).value.get("approved")
        try:
            await demand_approval(house, name, master)
        except Refused as refusal:
            self.trace.tell(f"the operator is told: {refusal}")
            return False
        assert not approved or approved["master"] == master, f"{name}: {approved} was approved, and runs with {master}"
        await start_job(house, "compare", [name], master=master)
        return True

    async def _resolve(self, flow: Flow, order: Order, conflict: Mapping[str, Any], what: str) -> bool:
        """Decides one conflict, or takes the losing value back."""
        self.judge.decided(conflict)
        order.about, order.conflict = (dataverse_end(conflict["record"]["dataverse"]),), str(conflict["id"])
        since = self.judge.world.loop.time()
        if what == "restore":
            await restore(flow, conflict["id"])
        else:
            winner: Side = self.random.choice((ERP, DATAVERSE))
            await accept(flow, conflict["id"], winner if conflict["winner"] is None else None)
        self.judge.resolved(conflict, what, since)
        return True

    async def tidy_up(self, house: House) -> int:
        """Goes through every list of conflicts when all is quiet, and settles what can be; how many were."""
        settled = 0
        for name in house.catalogue.names:
            for row in [each async for each in conflicts(house.ledger(name))]:
                what = "restore" if row["winner"] is not None and self.random.random() < RESTORES else "accept"
                self.trace.tell(f"the operator wants to {what} {row['line']} in {name}")
                order = self._order(house, name)
                try:
                    await self._counted(order, what, self._resolve(house.flow(name), order, row, what))
                except KoppelError as refusal:
                    self.trace.tell(f"the operator is told: {refusal}")
                else:
                    settled += 1
        return settled

    async def _couple(self, flow: Flow, order: Order) -> bool:
        """Two records that have no partner, whatever they are called; or, now and then, any two."""
        world = self.judge.world
        erp = [flow.map.erp_identity(row) for row in world.erp.rows(flow.map.erp.entity.name)]
        dataverse = [
            (str(row[flow.map.dataverse.entity.id]),) for row in world.dataverse.rows(flow.map.dataverse.entity.name)
        ]
        if self.does_all and erp and dataverse and self.random.random() < ANY_TWO:
            await self._these(flow, order, self.random.choice(erp), self.random.choice(dataverse))
            return True
        left = [each for each in erp if await flow.ledger.coupling(end_of(ERP, each)) is None]
        right = [each for each in dataverse if await flow.ledger.coupling(end_of(DATAVERSE, each)) is None]
        if left and right:
            await self._these(flow, order, self.random.choice(left), self.random.choice(right))
        return bool(left and right)

    async def _these(self, flow: Flow, order: Order, one: tuple[str, ...], other: tuple[str, ...]) -> None:
        order.about, order.records = (end_of(ERP, one), end_of(DATAVERSE, other)), {ERP: one, DATAVERSE: other}
        await couple(flow, one, other[0])

    async def _end(self, house: House, order: Order, what: str) -> bool:
        """Ends a coupling, takes a tombstone away, or erases what is kept about a record.

        A claim whose number never came is not ended blindly: whoever does that answers for what the ERP has made of it.
        """
        name, found = order.flow, await _couplings(house, order.flow)
        wild = what == "erase" or (self.does_all and self.random.random() < ANY_TWO)
        fitting = [each for each in found if not each.numberless and (wild or each.ended == (what == "clear"))]
        if not fitting:
            return False
        row_id = self.random.choice(fitting).dataverse
        order.about, order.records = (dataverse_end(row_id),), {DATAVERSE: (row_id,)}
        if what == "erase":
            self.judge.erasing = self._ever_coupled(name, row_id)
            try:
                await erase(house, name, DATAVERSE, (row_id,), confirmed=True)
            finally:
                self.judge.erasing = ()
        else:
            await (clear if what == "clear" else uncouple)(house.flow(name), DATAVERSE, (row_id,))
        return True

    def _ever_coupled(self, name: str, row_id: str) -> Collection[str]:
        """Every row that a record of the ERP was coupled with which was ever coupled with this one."""
        pairs = self.judge.pairs.get(name, {})
        names = {erp for erp, dataverse in pairs if dataverse == row_id}
        return {row_id, *(dataverse for erp, dataverse in pairs if erp in names)}


async def _couplings(house: House, name: str) -> Sequence[Coupling]:
    ledger = house.ledger(name)
    return [read_coupling(row) async for page in ledger.commits.range(name, "d~", "d~~") for row in page]


async def begin(house: House, *, load: bool) -> None:
    """Plans unless there is a report, approves, and lets the flows run, with a first synchronisation or without."""
    names = house.catalogue.names
    try:
        await look_at_reports(house, names)
    except Refused:
        await let_run(house, names)
    for name in names:
        await look_again(house, name)
    if load:
        await start_job(house, "sync", names, begin="initializing")
    else:
        for name in names:
            await set_state(house, name, "running")


async def _plan(house: House, names: Sequence[str], length: int) -> Mapping[str, Any]:
    """A dry run in slices of so many pages; its job."""
    started: Mapping[str, Any] = await start_job(house, "plan", names)
    value = started
    for _ in range(SLICES):
        left = iter(range(length))
        value = await work_on(house, started["id"], lambda left=left: next(left, None) is None)  # type: ignore[misc] # bound at once
        if value["state"] != "running":
            break
    return value


async def differing_plans(house: House) -> list[str]:
    """Flows about which a dry run in slices tells something else than one at once, while nobody does anything."""
    told = [await _plan(house, house.catalogue.names, length) for length in (AT_ONCE, house.random.choice(LENGTHS))]
    at_once, in_slices = [{name: each["counts"] for name, each in plan["tallies"].items()} for plan in told]
    return [
        f"plan: {name} would have {in_slices.get(name)} in slices, {counts} at once"
        for name, counts in at_once.items()
        if _differ(house, name, Counter(in_slices.get(name)), Counter(counts))
    ]


def _differ(house: House, name: str, one: Counter[str], two: Counter[str]) -> bool:
    """True if two plans count differently.

    Where lines of what is created are deferred, they are filled at once, or by an update of it later.
    """
    deferred = any(line.deferred for line in house.catalogue.map(name).lines)
    return any(
        abs(one[what] - two[what]) > (two["created"] if deferred and what.startswith("updated") else 0)
        for what in one.keys() | two.keys()
    )


async def let_run(house: House, names: Sequence[str]) -> None:
    """A person looks at the match reports of maps that have changed, or never ran, and approves them."""
    await _plan(house, names, AT_ONCE)
    await look_at_reports(house, names)


async def look_at_reports(house: House, names: Sequence[str]) -> None:
    """The same where somebody has planned. Raises Refused where nobody has."""
    for name in names:
        await approve(house, name)
        await demand_approval(house, name)


async def says_who_is_right(house: House, trace: Trace, names: Sequence[str]) -> bool:
    """A person finds nothing wrong with a side that looks turned back, says so, and resumes. False if none does."""
    said = False
    for name in names:
        found = await turned_back(house, name)
        side = next((side for side in SIDES if found[side]["reason"]), None)
        if side is not None:
            trace.tell(f"the operator says that {side} is right: {found[side]['reason']}")
            await confirm_side(house, name, side)
            await set_state(house, name, "running")
            said = True
    return said


async def insist(house: House, trace: Trace, *, load: bool, tries: int = 8) -> None:
    """The same, as often as it takes."""
    for _ in range(tries):
        try:
            await begin(house, load=load)
        except KoppelError as problem:
            trace.tell(f"the operator is told: {problem}")
        else:
            return
