"""Passes over flows of Business Central stand in for the product's jobs, which fall asleep and come with switches."""

from __future__ import annotations

from decimal import Decimal

import pytest

from functions.suites import suite
from shared.mapping import ERP
from tests.simulation.central import CUSTOMERS, DE, shipped
from tests.simulation.central_items import ITEMS, Shelf, with_shelf
from tests.simulation.overlays import with_overlays

DAY = 48
"""Passes of one, by the schedule that holds where nobody says otherwise."""


def test_flows_catch_up_every_half_hour_where_nobody_says_otherwise() -> None:
    """bc-033: as the product's jobs do, and all flows alike."""
    assert suite("business_central").settings.model_fields["schedule"].default == "0 */30 * * * *"


async def test_a_flow_does_not_fall_asleep_though_nothing_changes_for_a_day() -> None:
    """bc-297 to bc-299: each pass changes nothing, and the next one is due all the same. So the first after an edit
    carries it, of the flow that it is about; that of another one still has nothing to do.
    """

    async def story(shelf: Shelf) -> None:
        central = shelf.central
        item, customer = shelf.item(), central.customer()
        await shelf.created(item)
        await central.visit(ERP, customer, creates="both")
        for name in (ITEMS, CUSTOMERS):
            await central.compare(name)
        for _ in range(DAY):
            before = len(central.dataverse.history), len(central.erp.history)
            central.later(minutes=30)
            for name in (ITEMS, CUSTOMERS):
                await central.catch_up(name)
            assert (len(central.dataverse.history), len(central.erp.history)) == before
        shelf.edits(item, displayName="Armchair")
        await central.catch_up(CUSTOMERS)
        assert shelf.made()["name"] == "Chair"
        await central.catch_up(ITEMS)
        assert shelf.made()["name"] == "Armchair"
        central.later(minutes=30)
        central.dataverse.update("products", shelf.made()["productid"], {"name": "Sofa"})
        await central.catch_up(ITEMS)
        assert shelf.items()[0]["displayName"] == "Sofa"

    await with_shelf(story)


@pytest.mark.parametrize("line", ["on", "off"])
async def test_stock_goes_over_while_its_line_is_on(line: str) -> None:
    """bc-217: the product switches a job on and off; here it is a line of the map, which an overlay switches off."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        await shelf.created(item)
        shelf.central.erp.calculate(DE, "items", item[1], "inventory", Decimal(7))
        shelf.edits(item, displayName="Armchair")
        await shelf.central.compare(ITEMS)
        assert (shelf.made()["name"], shelf.made()["quantityonhand"]) == ("Armchair", 7 if line == "on" else None)
        shelf.central.house.catalogue = shipped()
        await shelf.central.compare(ITEMS)
        assert (shelf.made()["quantityonhand"], shelf.said()) == (7, [])

    off = "fields: |\n  inventory >> quantityonhand fn at_least_zero ; off"
    await with_shelf(story, with_overlays(shipped(), {ITEMS: [off]} if line == "off" else {}))
