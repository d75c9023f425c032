"""What is measured: the same work by Koppel and by the floor, each on its own fresh stage, in this process."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from functions.runtime import catalogue
from shared.engine import House, Tally, start_job, work_on
from shared.mapping import Creates
from shared.settings import Settings
from tests.bench.by_hand import customer_values
from tests.bench.central_floor import CentralFloor
from tests.bench.memory import peak, planned_memory
from tests.bench.sales_floor import SalesFloor
from tests.bench.stage import BESIDE_TRADED, CUSTOMERS, REFERENCES, SOLD, TRADED, Stage, stages
from tests.bench.systems import COMPANIES, made_customers
from tests.emulator.demo.sales import SUITE as PROSPECT_TO_CASH
from tests.emulator.local import BUSINESS_CENTRAL

GOALS: Final[Mapping[str, float]] = {
    "initial load": 1.25,
    "no-change pass": 1.1,
    "projection": 1.3,
    "plan memory, MiB": 1.1,
}
CHANGED: Final = 0.01

Work = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table. calls: API requests per 1,000 rows. peak: MiB this process has ever held, so far."""

    name: str
    customers: int
    rows: int
    koppel: float
    floor: float
    calls: float = 0.0
    peak: float = 0.0
    goal: float | None = None

    @property
    def ratio(self) -> float:
        return self.koppel / self.floor

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 3)}


async def measured(customers: int) -> AsyncIterator[Measure]:
    """Every measure that needs systems, for so many customers, each as soon as both have done the same work."""
    async with stages(customers) as (here, there), here.koppel() as house:
        floor = await there.floor()
        await _pass(house, "compare", *REFERENCES)
        yield await _side_by_side(
            customers, "initial load", house, partial(_pass, house, "compare", CUSTOMERS), floor.load
        )
        delta = await floor.track()
        yield await _side_by_side(
            customers, "no-change pass", house, partial(_pass, house, "compare", CUSTOMERS), floor.compare
        )
        for each in (here, there):
            await _rename_some(each)
        catch_up = partial(_pass, house, "catch-up", CUSTOMERS)
        yield await _side_by_side(customers, "incremental 1 %", house, catch_up, partial(floor.catch_up, delta))


async def sold(customers: int) -> Measure:
    """The initial load of prospect to cash: so many accounts and contacts go to F&O, as far as they are in scope."""
    async with stages(customers, PROSPECT_TO_CASH) as (here, there), here.koppel() as house:
        floor = await there.sales_floor()

        async def load() -> int:
            return sum([await _pass(house, "compare", flow) for flow in SOLD])

        return _as_many(await _side_by_side(customers, "sales initial load", house, load, floor.load), floor)


async def traded(customers: int) -> Measure:
    """The initial load of Business Central: so many customers become accounts.

    Who owns them, and the options that they hold, Koppel has brought to both stages before.
    """
    async with stages(customers, BUSINESS_CENTRAL) as (here, there):
        async with there.koppel() as elsewhere:
            await _pass(elsewhere, "compare", *BESIDE_TRADED)
        async with here.koppel() as house:
            await _pass(house, "compare", *BESIDE_TRADED)
            floor, load = await there.central_floor(), partial(_pass, house, "compare", TRADED, creates="dataverse")
            return _as_many(await _side_by_side(customers, "central initial load", house, load, floor.load), floor)


def _as_many(measure: Measure, floor: SalesFloor | CentralFloor) -> Measure:
    """The measure, if both have brought as many records over."""
    if floor.made != measure.rows:
        raise RuntimeError(f"Koppel has brought {measure.rows} records over, and the floor {floor.made}")
    return measure


async def _side_by_side(customers: int, name: str, house: House, ours: Work, by_hand: Work) -> Measure:
    """Koppel's turn, then the floor's."""
    before = _calls(house)
    koppel, rows = await _timed(ours)
    calls, height = _calls(house) - before, peak()
    floor, _ = await _timed(by_hand)
    return Measure(name, customers, rows, koppel, floor, 1000 * calls / max(rows, 1), height, GOALS.get(name))


async def _timed(work: Work) -> tuple[float, int]:
    began = time.perf_counter()
    rows = await work()
    return time.perf_counter() - began, rows


async def _pass(house: House, kind: Any, *flows: str, creates: Creates | None = None) -> int:
    """One job from start to end; how many customers it has seen. creates: where it may, if not as the maps say."""
    began = await start_job(house, kind, flows, creates=creates)
    job: Mapping[str, Any] = began
    while job["state"] == "running":
        job = await work_on(house, began["id"], lambda: False)
    if job["errors"]:
        raise RuntimeError(f"{kind}: {job['errors']}")
    tally = Tally.from_json(job["tallies"].get(flows[-1], {}))
    return sum(tally.counts[kind] for kind in ("equal", "created", "matched", "updated"))


async def _rename_some(here: Stage) -> None:
    """People rename one account in a hundred."""
    url = f"{here.web.dataverse}/accounts?$select=accountid,name&$filter=customertypecode eq 3"
    rows = await here.web.rows(url)
    for row in rows[:: round(1 / CHANGED)]:
        await here.web.patch(f"{here.web.dataverse}/accounts({row['accountid']})", {"name": f"{row['name']} & Co"})


def memory(customers: int) -> Measure:
    """The height of memory at the end of a dry run (in place of Koppel's seconds), and half-way through it."""
    half, end = planned_memory(customers)
    name = "plan memory, MiB"
    return Measure(name, customers, customers, end, half, goal=GOALS[name])


def _calls(house: House) -> int:
    return sum(sum(system.calls.values()) for system in (*house.erps.values(), house.dataverse))


def projection(customers: int = 2000, rounds: int = 10) -> Measure:
    """Rows to canonical values, the best of some rounds: the compiled map against code written out by hand."""
    maps = catalogue(Settings(dataverse_url="https://unused", finops_url="https://unused"))
    read = maps.map(CUSTOMERS).erp.read
    rows = made_customers(customers, COMPANIES)
    ours, by_hand = [], []
    for _ in range(rounds):
        ours.append(_seconds(read, rows))
        by_hand.append(_seconds(customer_values, rows))
    return Measure("projection", customers, customers, min(ours), min(by_hand), goal=GOALS["projection"])


def _seconds(read: Callable[[Mapping[str, Any]], object], rows: list[dict[str, Any]]) -> float:
    began = time.perf_counter()
    for row in rows:
        read(row)
    return time.perf_counter() - began
