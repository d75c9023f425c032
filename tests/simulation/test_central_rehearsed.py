"""A dry run of items comes to what the run comes to: of what is created on either side, blocked, retired or a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.engine import approve, set_state, start_job, work_on
from shared.mapping import ERP, Side
from tests.simulation.central_items import ACTIVE, DRAFT, ITEMS, RETIRED, REVISED, Shelf, with_shelf
from tests.simulation.test_central_items_asleep import retiring


def stocked(shelf: Shelf) -> None:
    """Items and products in every state, alone and with a partner of their number."""
    alone, both = ((True, None), (False, None), (None, ACTIVE), (None, RETIRED), (None, DRAFT)), (True, False)
    pairs = [(blocked, state) for blocked in both for state in (ACTIVE, RETIRED, DRAFT, REVISED)]
    for at, (blocked, state) in enumerate([*alone, *pairs]):
        if blocked is not None:
            shelf.item(f"N{at}", blocked=blocked)
        if state is not None:
            shelf.product(f"N{at}", state=state)
    shelf.item("NONE", baseUnitOfMeasureCode="")
    shelf.item("OTHER", displayName="Table")
    shelf.product("OTHER")


async def ran(shelf: Shelf, master: Side | None) -> Mapping[str, Any]:
    """What a first synchronisation comes to."""
    house = shelf.central.house
    job = await start_job(house, "sync", [ITEMS], master=master, creates="both", begin="initializing")
    while job["state"] == "running":
        job = await work_on(house, job["id"], lambda: False)
    assert not job["errors"], job["errors"]
    told: Mapping[str, Any] = job["tallies"][ITEMS]
    return told


@pytest.mark.parametrize("master", [None, ERP])
@pytest.mark.parametrize("overlay", [False, True])
async def test_a_dry_run_of_items_comes_to_what_the_run_comes_to(overlay: bool, master: Side | None) -> None:
    """Number by number, reason by reason: whoever approves it knows how many items and products there will be."""

    async def story(shelf: Shelf) -> None:
        house = shelf.central.house
        await set_state(house, ITEMS, "not running")
        stocked(shelf)
        planned = await shelf.planned("both", master)
        await approve(house, ITEMS, planned["job"])
        done = await ran(shelf, master)
        assert {part: planned[part] for part in ("counts", "reasons")} == done
        assert done["counts"]["created erp"] == (2 if overlay else 1)

    await with_shelf(story, retiring() if overlay else None)


async def test_what_is_created_and_then_set_aside_was_created() -> None:
    """The row is there: it is counted so, and with what became of it."""

    async def story(shelf: Shelf) -> None:
        shelf.central.dataverse.behaviour.refused_values["products"] = {"statecode": frozenset({ACTIVE})}
        await set_state(shelf.central.house, ITEMS, "not running")
        shelf.item()
        planned = await shelf.planned("both")
        await approve(shelf.central.house, ITEMS, planned["job"])
        counts = (await ran(shelf, None))["counts"]
        assert (counts["parked"], counts["created dataverse"], len(shelf.products())) == (1, 1, 1)
        assert not counts.get("updated dataverse")

    await with_shelf(story)


async def test_a_product_that_could_not_begin_so_is_told_before_anybody_refuses_it() -> None:
    """Dataverse makes none that is retired: the item says which field and why, and goes over once it is for sale."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item(blocked=True)
        assert (await shelf.hears(ERP, item, creates="both")).kind == "parked"
        assert [cause for cause, _ in shelf.central.troubles(ITEMS)] == ["member"]
        (words,) = shelf.said()
        assert "blocked would make statecode Retired, and a new row of Dataverse is Draft or Active" in words
        shelf.edits(item, blocked=False)
        assert (await shelf.created(item))["statecode"] == ACTIVE

    await with_shelf(story, retiring())
