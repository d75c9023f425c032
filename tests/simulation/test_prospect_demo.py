"""The first synchronisation of prospect to cash over its demo data: every record ends as its kind says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

import pytest

from shared.engine import set_state, start_job, work_on
from tests.emulator.demo import Demo
from tests.emulator.demo.sales import sales_demo
from tests.simulation.prospects import USMF
from tests.simulation.world import World, in_a_world
from tests.unit.maps.prospects import FLOWS, NAME, PUBLISHED, prospects

CUSTOMERS: Final = 60
Counts = Mapping[str, Mapping[str, int]]


def upgraded(made: Demo) -> Demo:
    """The data as the upgrade leaves it: numbers for everybody, and who is an active customer."""
    buyers = {
        str(row["customerid_contact@odata.bind"])[10:-1]
        for table in ("quotes", "salesorders", "invoices")
        for row in made.dataverse[table]
        if "customerid_contact@odata.bind" in row
    }
    contacts = [
        {
            **row,
            f"{PUBLISHED}contactnumber": f"CON-{place:05d}-ABCDEF",
            f"{PUBLISHED}isactivecustomer": row["contactid"] in buyers,
            f"{PUBLISHED}iscompanyanaccount": "parentcustomerid_account@odata.bind" in row,
        }
        for place, row in enumerate(made.dataverse["contacts"])
    ]
    accounts = [
        {"accountnumber": f"ACC-{place:05d}-ABCDEF", **row} for place, row in enumerate(made.dataverse["accounts"])
    ]
    return replace(made, dataverse={**made.dataverse, "contacts": contacts, "accounts": accounts})


@cache
def played() -> tuple[Demo, Counts, Counts, int]:
    """The data, what two passes over all flows came to, and how many writes the second one made."""
    made = upgraded(sales_demo(CUSTOMERS))
    counts: list[Counts] = []
    writes: list[int] = []

    async def story(world: World) -> None:
        world.options = replace(world.options, unseen=timedelta())
        world.companies = ()
        world.dataverse.add_columns(PUBLISHED)
        for table, rows in made.dataverse.items():
            world.dataverse.load(table, rows)
        for entity, rows in made.finops.items():
            world.finops.load(entity, rows)
        house = world.house()
        house.suites = {NAME: USMF}
        for name in house.catalogue.names:
            await set_state(house, name, "running")
        for _ in range(2):
            before = len(world.dataverse.history) + len(world.finops.history)
            job: Mapping[str, Any] = await start_job(house, "compare", house.catalogue.order())
            while job["state"] == "running":
                job = await work_on(house, job["id"], lambda: False)
            assert not job["errors"], job["errors"]
            counts.append({name: tally["counts"] for name, tally in job["tallies"].items()})
            writes.append(len(world.dataverse.history) + len(world.finops.history) - before)

    in_a_world(1, story, maps=prospects(prefix=PUBLISHED))
    return made, counts[0], counts[1], writes[1]


@pytest.mark.parametrize("flow", FLOWS)
def test_every_record_ends_as_its_kind_says(flow: str) -> None:
    """What is missing at the target is created there, equals are matched, what is broken waits or is parked; who works
    for a broken account waits with it.
    """
    made, first, _, _ = played()
    expected, counts = made.expected[f"{NAME}.{flow}"], first[f"{NAME}.{flow}"]
    left = counts.get("waiting", 0) if flow == "contacts" else 0
    created = left + counts.get("created erp", 0) + counts.get("created dataverse", 0)
    wanted = expected.only_erp if flow == "products" else expected.only_dataverse
    assert (created, counts.get("matched", 0)) == (wanted, expected.equal)
    assert counts.get("updated", 0) >= expected.different
    assert counts.get("waiting", 0) + counts.get("parked", 0) >= expected.broken


def test_another_pass_writes_nothing() -> None:
    """What is equal stays as it is; what waits or is parked is seen again, and left alone."""
    _, _, second, writes = played()
    assert writes == 0
    for counts in second.values():
        assert {kind for kind, number in counts.items() if number} <= {"equal", "waiting", "parked", "ignored"}
