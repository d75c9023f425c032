"""Items that are blocked, and products that are drafts or retired: they sleep, or carry that over with the overlay."""

from __future__ import annotations

import pytest

from functions.runtime import catalogue
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from shared.settings import Settings
from tests.simulation.central_items import ACTIVE, DRAFT, ITEMS, LIST, RETIRED, REVISED, Shelf, with_shelf


def retiring() -> Catalogue:
    """The maps, with the overlay that carries blocked items and retired products over."""
    overlay = f"{ITEMS}=retire_blocked"
    chosen = Settings(dataverse_url="https://twin", suites=("business_central",), map_overlays=(overlay,))
    return catalogue(chosen, words={"business_central": ("person",)})


async def test_a_product_is_not_set_active_for_an_item_that_is_blocked_by_then() -> None:
    """The pair sleeps as it is; back in the scope, what was left is done."""

    async def story(shelf: Shelf) -> None:
        refused = shelf.central.dataverse.behaviour.refused_values
        refused["products"] = {"statecode": frozenset({ACTIVE})}
        item = shelf.item()
        await shelf.hears(ERP, item, creates="dataverse")
        shelf.edits(item, blocked=True)
        assert (await shelf.hears(ERP, item)).kind == "dormant"
        refused.clear()
        await shelf.central.compare(ITEMS)
        assert (shelf.made()["statecode"], shelf.couplings()) == (DRAFT, ["dormant"])
        shelf.edits(item, blocked=False)
        await shelf.hears(ERP, item)
        assert (shelf.made()["statecode"], shelf.couplings()) == (ACTIVE, ["coupled"])

    await with_shelf(story)


@pytest.mark.parametrize("state", [DRAFT, RETIRED, REVISED])
async def test_a_product_that_is_not_active_is_left_to_people(state: int) -> None:
    """Alone it is out of scope; an item of its number parks, and says what to do; then the two are coupled."""

    async def story(shelf: Shelf) -> None:
        row_id = shelf.product(state=state)
        assert (await shelf.hears(DATAVERSE, (row_id,), creates="both")).kind == "ignored"
        assert "outside the flow's scope" in str((await shelf.explained(DATAVERSE, (row_id,)))["why"])
        item = shelf.item()
        assert (await shelf.hears(ERP, item, creates="both")).kind == "parked"
        assert "bring it into that" in shelf.said()[0]
        shelf.sets(row_id, ACTIVE)
        assert (await shelf.hears(ERP, item, creates="both")).dataverse == row_id
        assert (len(shelf.products()), shelf.said()) == (1, [])

    await with_shelf(story)


@pytest.mark.parametrize("side", ["item", "product"])
async def test_what_is_blocked_or_retired_sleeps_until_it_is_back(side: str) -> None:
    """bc-220: nothing is retired or blocked on the other side; edits wait, and go over afterwards."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        row_id = str((await shelf.created(item))["productid"])
        shelf.edits(item, blocked=True) if side == "item" else shelf.sets(row_id, RETIRED)
        shelf.edits(item, unitPrice=130)
        assert (await shelf.hears(ERP, item)).kind == "dormant"
        assert shelf.prices() == [(LIST, "PCS", 120)]
        assert (shelf.made()["statecode"], shelf.items()[0]["blocked"]) == (
            (ACTIVE, True) if side == "item" else (RETIRED, False)
        )
        shelf.edits(item, blocked=False) if side == "item" else shelf.sets(row_id, ACTIVE)
        await shelf.hears(ERP, item)
        assert (shelf.prices(), shelf.said()) == ([(LIST, "PCS", 130)], [])

    await with_shelf(story)


async def test_a_blocked_item_becomes_no_product() -> None:
    """It is out of scope, whoever asks for it."""

    async def story(shelf: Shelf) -> None:
        assert (await shelf.hears(ERP, shelf.item(blocked=True), creates="both")).kind == "ignored"
        assert shelf.products() == []

    await with_shelf(story)


async def test_a_product_that_becomes_a_draft_again_sleeps() -> None:
    """Dataverse was restored, or an administrator did it: what was brought in once is not brought in again."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        row_id = str((await shelf.created(item))["productid"])
        shelf.central.dataverse.environment.tables["products"].rows[row_id].values |= {"statecode": DRAFT}
        shelf.edits(item, unitPrice=130)
        assert (await shelf.hears(DATAVERSE, (row_id,))).kind == "dormant"
        assert (shelf.made()["statecode"], shelf.prices()) == (DRAFT, [(LIST, "PCS", 120)])

    await with_shelf(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
async def test_an_overlay_carries_over_who_is_blocked_or_retired_and_who_is_back(side: Side) -> None:
    """bc-218, bc-219: from either side, with what is edited meanwhile."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        row_id = str((await shelf.created(item))["productid"])
        assert (shelf.made()["statecode"], await shelf.silent()) == (ACTIVE, True)
        for blocked, state in ((True, RETIRED), (False, ACTIVE)):
            if side == ERP:
                shelf.edits(item, blocked=blocked, displayName=f"Chair {state}")
            else:
                shelf.central.dataverse.update("products", row_id, {"statecode": state, "name": f"Chair {state}"})
            assert (await shelf.hears(side, item if side == ERP else (row_id,))).kind == "updated"
            (there,), row = shelf.items(), shelf.made()
            assert (there["blocked"], row["statecode"]) == (blocked, state)
            assert (there["displayName"], row["name"]) == (f"Chair {state}",) * 2
            assert (shelf.said(), await shelf.silent()) == ([], True)
        assert shelf.prices() == [(LIST, "PCS", 120)]

    await with_shelf(story, retiring())


async def test_with_the_overlay_a_blocked_item_is_no_product_until_it_is_for_sale() -> None:
    """A retired product becomes a blocked item; a draft, or one under revision, is left to people, as without it."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item(blocked=True)
        assert (await shelf.hears(ERP, item, creates="both")).kind == "parked"
        assert (shelf.products(), len(shelf.said())) == ([], 1)
        shelf.edits(item, blocked=False)
        assert (await shelf.created(item))["statecode"] == ACTIVE
        await shelf.hears(DATAVERSE, (shelf.product("P-7", state=RETIRED),), creates="both")
        assert sorted(each["blocked"] for each in shelf.items()) == [False, True]
        for state in (DRAFT, REVISED):
            row_id = shelf.product(f"P-{state}", state=state)
            assert (await shelf.hears(DATAVERSE, (row_id,), creates="both")).kind == "ignored"
        assert (shelf.said(), await shelf.silent()) == ([], True)

    await with_shelf(story, retiring())
