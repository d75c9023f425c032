"""What is measured: the same work by Koppel and by the floor, each on its own fresh stage, in this process."""

from __future__ import annotations

import resource
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from functions.runtime import catalogue
from shared.engine import House, Tally, start_job, work_on
from shared.settings import Settings
from tests.bench.by_hand import customer_values
from tests.bench.floor import Floor
from tests.bench.memory import planned_memory
from tests.bench.stage import CUSTOMERS, REFERENCES, Stage, stage
from tests.bench.systems import COMPANIES, made_customers

GOALS: Final[Mapping[str, float]] = {
    "initial load": 1.25,
    "no-change pass": 1.1,
    "projection": 1.3,
    "plan memory, MiB": 1.1,
}
CHANGED: Final = 0.01


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


@dataclass(slots=True)
class Times:
    """Seconds by name of the measure; rows and calls of Koppel's turn."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)


async def measured(customers: int) -> list[Measure]:
    """Every measure that needs systems, for so many customers."""
    async with stage(customers) as here, here.koppel() as house:
        koppel = await _koppel(here, house)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    async with stage(customers) as here:
        floor = await _floor(here, await here.floor())
    return [
        Measure(name, customers, rows, seconds, floor.seconds[name], 1000 * koppel.calls[name] / max(rows, 1), peak,
                GOALS.get(name))
        for (name, seconds), rows in zip(koppel.seconds.items(), koppel.rows.values(), strict=True)
    ]  # fmt: skip


async def _koppel(here: Stage, house: House) -> Times:
    times = Times()

    async def timed(name: str, work: Callable[[], Awaitable[int]]) -> None:
        before, began = _calls(house), time.perf_counter()
        times.rows[name] = await work()
        times.seconds[name] = time.perf_counter() - began
        times.calls[name] = _calls(house) - before

    await _pass(house, "compare", *REFERENCES)
    await timed("initial load", lambda: _pass(house, "compare", CUSTOMERS))
    await timed("no-change pass", lambda: _pass(house, "compare", CUSTOMERS))
    await _rename_some(here)
    await timed("incremental 1 %", lambda: _pass(house, "catch-up", CUSTOMERS))
    return times


async def _pass(house: House, kind: Any, *flows: str) -> int:
    """One job from start to end; how many customers it has seen."""
    began = await start_job(house, kind, flows)
    job: Mapping[str, Any] = began
    while job["state"] == "running":
        job = await work_on(house, began["id"], lambda: False)
    if job["errors"]:
        raise RuntimeError(f"{kind}: {job['errors']}")
    tally = Tally.from_json(job["tallies"].get(flows[-1], {}))
    return sum(tally.counts[kind] for kind in ("equal", "created", "matched", "updated"))


async def _floor(here: Stage, floor: Floor) -> Times:
    times = Times()

    async def timed(name: str, work: Callable[[], Awaitable[int]]) -> None:
        began = time.perf_counter()
        times.rows[name] = await work()
        times.seconds[name] = time.perf_counter() - began

    await timed("initial load", floor.load)
    delta = await floor.track()
    await timed("no-change pass", floor.compare)
    await _rename_some(here)
    await timed("incremental 1 %", lambda: floor.catch_up(delta))
    return times


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
    return sum(house.erps["finops"].calls.values()) + sum(house.dataverse.calls.values())


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
