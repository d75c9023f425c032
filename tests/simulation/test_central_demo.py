"""The first synchronisation of Business Central over its demo data: what matches is coupled, the rest left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

import pytest

from shared.engine import report, set_state, start_job, work_on
from tests.emulator.demo import Demo
from tests.emulator.demo.trading import SUITE, load, trading_demo
from tests.simulation.central import DE, US, Central
from tests.simulation.test_central_companies import of_both

CUSTOMERS: Final = 100
FLOWS: Final = of_both().names
OF_THE_DEMO: Final = ("customers", "vendors", "items")
SETS: Final = {"erp": ("customers", "vendors", "items", "salespeoplePurchasers", "currencies", "unitsOfMeasure"),
               "dataverse": ("accounts", "products", "systemusers", "transactioncurrencies")}  # fmt: skip
"""Where nothing is created."""
Told = Mapping[str, Mapping[str, Any]]


@dataclass
class Played:
    """The data, what was planned, and what two passes came to; how many writes each made, and rows there were."""

    made: Demo
    central: Central
    planned: Told = field(default_factory=dict)
    passes: list[Told] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)
    rows: list[Mapping[str, int]] = field(default_factory=list)

    def note(self) -> None:
        """How many rows there are."""
        erp = {
            name: sum(1 for company in (DE, US) for _ in self.central.erp.rows(company, name)) for name in SETS["erp"]
        }
        self.rows.append(erp | {name: len(list(self.central.dataverse.rows(name))) for name in SETS["dataverse"]})

    def history(self) -> int:
        return len(self.central.dataverse.history) + len(self.central.erp.history)


async def carried_out(central: Central, kind: Literal["plan", "compare"]) -> Mapping[str, Any]:
    """A job over all flows, to its end."""
    job: Mapping[str, Any] = await start_job(central.house, kind, central.maps.order())
    while job["state"] == "running":
        job = await work_on(central.house, job["id"], lambda: False)
    assert not job["errors"], job["errors"]
    return job


async def play(played: Played) -> None:
    """Plans, then synchronises twice."""
    central, house = played.central, played.central.house
    central.dataverse.set_up()
    for table, rows in played.made.dataverse.items():
        central.dataverse.load(table, rows)
    load(played.made, central.erp)
    played.note()
    planned = await carried_out(central, "plan")
    played.planned = {name: await report(house, name) for name in planned["flows"]}
    for name in central.maps.names:
        await set_state(house, name, "running")
    for _ in range(2):
        before = played.history()
        played.passes.append((await carried_out(central, "compare"))["tallies"])
        played.writes.append(played.history() - before)
        played.note()


@cache
def the_play() -> Played:
    """All of it, once."""
    played = Played(trading_demo(CUSTOMERS), Central(of_both(), companies=(DE, US)))
    asyncio.run(play(played))
    return played


@pytest.mark.parametrize("flow", FLOWS)
def test_the_plan_is_what_happens(flow: str) -> None:
    """Count by count, and for the same reasons."""
    planned, done = the_play().planned[flow], the_play().passes[0][flow]
    assert {kind: number for kind, number in planned["counts"].items() if number} == {
        kind: number for kind, number in done["counts"].items() if number
    }
    assert planned["reasons"] == done["reasons"]


@pytest.mark.parametrize("flow", OF_THE_DEMO)
def test_what_matches_is_coupled(flow: str) -> None:
    """Equals and those that differ; not one that two rows match."""
    played = the_play()
    expected, counts = played.made.expected[f"{SUITE}.{flow}"], played.passes[0][f"{SUITE}.{flow}"]["counts"]
    ambiguous = len(played.made.broken[f"{SUITE}.{flow}"].get("two_accounts_for_one", ())) if flow == "customers" else 0
    coupled = sum(counts.get(kind, 0) for kind in ("matched", "updated", "conflict"))
    assert coupled == expected.equal + expected.different - ambiguous > 0
    assert len(played.central.couplings(f"{SUITE}.{flow}")) == coupled


@pytest.mark.parametrize("flow", OF_THE_DEMO)
def test_what_nothing_matches_is_told_and_left_alone(flow: str) -> None:
    """It is neither created nor set aside, and its reason is counted."""
    told = the_play().passes[0][f"{SUITE}.{flow}"]
    assert told["counts"]["ignored"] == told["reasons"]["creates"] > 0
    assert told["counts"].get("waiting", 0) == 0


def test_nothing_is_created() -> None:
    """But for unit groups and options of choices, which the product's own integration makes, too."""
    played = the_play()
    assert played.rows[0] == played.rows[1] == played.rows[2]
    made = {name for name, told in played.passes[0].items() if told["counts"].get("created")}
    assert made == {f"{SUITE}.{name}" for name in ("payment_terms", "shipment_methods", "units_of_measure")}


def test_another_pass_writes_nothing() -> None:
    """What is equal stays as it is, what is in conflict waits for a person, what is alone stays alone."""
    played = the_play()
    assert played.writes[0] > 0
    assert played.writes[1] == 0
    for told in played.passes[1].values():
        counted = {kind for kind, number in told["counts"].items() if number}
        assert counted <= {"equal", "conflict", "parked", "ignored"}
