"""The first synchronisation of the whole suite over the demo data: every record ends as its kind says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pytest

from shared.engine import set_state, start_job, work_on
from tests.emulator.demo import Demo, demo
from tests.simulation.world import World, in_a_world, shipped_maps
from tests.unit.maps.shipped import FLOWS

CUSTOMERS: Final = 120
"""So few that no broken customer is half right."""

Counts = Mapping[str, Mapping[str, int]]


@cache
def played() -> tuple[Demo, Counts, Counts, list[str]]:
    """The data, what two passes over all flows came to, and the tables that the second one wrote to."""
    made = demo(CUSTOMERS)
    counts: list[Counts] = []
    changed: list[str] = []

    async def story(world: World) -> None:
        for table, rows in made.dataverse.items():
            world.dataverse.load(table, rows)
        for entity, rows in made.finops.items():
            world.finops.load(entity, rows)
        house = world.house()
        for name in house.catalogue.names:
            await set_state(house, name, "running")
        for _ in range(2):
            before = len(world.dataverse.history), len(world.finops.history)
            job: Mapping[str, Any] = await start_job(house, "compare", house.catalogue.names)
            while job["state"] == "running":
                job = await work_on(house, job["id"], lambda: False)
            assert not job["errors"], job["errors"]
            counts.append({name: tally["counts"] for name, tally in job["tallies"].items()})
        changed.extend(change.table for change in world.dataverse.history[before[0] :])
        changed.extend(change.entity for change in world.finops.history[before[1] :])

    in_a_world(1, story, maps=shipped_maps())
    return made, counts[0], counts[1], changed


@pytest.mark.parametrize("flow", FLOWS)
def test_every_record_ends_as_its_kind_says(flow: str) -> None:
    """What is on one side is created on the other, equals are matched, the others wait or are parked."""
    made, first, _, _ = played()
    expected, counts = made.expected[f"dual_write.{flow}"], first[f"dual_write.{flow}"]
    assert counts.get("created dataverse", 0) == expected.only_erp
    assert counts.get("created erp", 0) == expected.only_dataverse
    assert counts.get("matched", 0) == expected.equal
    assert counts.get("updated", 0) >= expected.different
    assert counts.get("waiting", 0) + counts.get("parked", 0) >= expected.broken


def test_another_pass_writes_nothing() -> None:
    """What is equal stays as it is; what waits or is parked is seen again, and left alone."""
    made, _, second, changed = played()
    assert changed == []
    assert made.expected.keys() == second.keys()
    for counts in second.values():
        assert {kind for kind, number in counts.items() if number} <= {"equal", "waiting", "parked"}
