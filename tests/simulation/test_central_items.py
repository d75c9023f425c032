"""Items become products that can be sold, and products become items (reference: business-central 2.13, 3.6, 3.7)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from shared.engine import couple
from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import DE
from tests.simulation.central_items import ACTIVE, DRAFT, ITEMS, LIST, Shelf, with_shelf


@pytest.mark.parametrize("price", [120, 0])
async def test_an_item_becomes_a_product_that_can_be_sold(price: int) -> None:
    """bc-089, bc-090: it is active, and has unit group and unit, decimals, type, currency, a price list and its price
    on that, also where it costs nothing.
    """

    async def story(shelf: Shelf) -> None:
        row = await shelf.created(shelf.item(unitPrice=price))
        assert (row["productnumber"], row["name"], row["price"] or 0) == ("I100", "Chair", price)
        assert (row["statecode"], row["statuscode"], row["producttypecode"], row["quantitydecimal"]) == (0, 1, 1, 2)
        assert shelf.named(row, "_defaultuomscheduleid_value", "uomschedules") == "NAV PCS"
        assert shelf.named(row, "_defaultuomid_value", "uoms") == "PCS"
        assert shelf.named(row, "_pricelevelid_value", "pricelevels") == LIST
        assert shelf.named(row, "_transactioncurrencyid_value", "transactioncurrencies", "isocurrencycode") == "EUR"
        assert (shelf.prices(), shelf.said()) == ([(LIST, "PCS", price)], [])
        assert await shelf.silent()

    await with_shelf(story)


@pytest.mark.parametrize("there", [False, True], ids=["missing", "there"])
async def test_the_default_price_list_is_found_by_its_name_or_made(there: bool) -> None:
    """bc-221, bc-222: once for all items, in the local currency; the one that is there is taken."""

    async def story(shelf: Shelf) -> None:
        if there:
            bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({shelf.central.currency})"}
            shelf.central.dataverse.create("pricelevels", {"name": LIST.upper(), **bind})
        for number in ("I1", "I2"):
            assert (await shelf.hears(ERP, shelf.item(number), creates="dataverse")).kind == "created"
        (name,) = (str(row["name"]) for row in shelf.central.dataverse.rows("pricelevels"))
        assert name == (LIST.upper() if there else LIST)
        assert shelf.prices() == [(name, "PCS", 120)] * 2

    await with_shelf(story)


async def test_a_list_of_that_name_in_another_currency_is_left_alone() -> None:
    """A second one has the code of the local currency in its name, as the product calls it, and is found again."""

    async def story(shelf: Shelf) -> None:
        bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({shelf.currency('USD')})"}
        shelf.central.dataverse.create("pricelevels", {"name": LIST, **bind})
        for number in ("I1", "I2"):
            await shelf.hears(ERP, shelf.item(number), creates="dataverse")
        assert shelf.prices() == [("Business Central EUR Default Price List", "PCS", 120)] * 2

    await with_shelf(story)


async def test_a_price_is_in_the_local_currency_of_the_company() -> None:
    """Where that is not the base currency of Dataverse, too. Where Dataverse does not have it, it is waited for, and
    named: a person makes it (bc-210), for it has no row in Business Central.
    """

    async def story(shelf: Shelf) -> None:
        (setup,) = shelf.central.erp.rows("CRONUS DE", "generalLedgerSetup")
        shelf.central.erp.update("CRONUS DE", "generalLedgerSetup", str(setup["id"]), {"localCurrencyCode": "USD"})
        item = shelf.item()
        assert (await shelf.hears(ERP, item, creates="dataverse")).kind == "waiting"
        assert (shelf.products(), len(shelf.said())) == ([], 1)
        assert "'USD'" in shelf.said()[0]
        dollars = shelf.currency("USD")
        row = await shelf.created(item)
        assert (row["_transactioncurrencyid_value"], row["price"]) == (dollars, 120)
        (prices,) = shelf.central.dataverse.rows("pricelevels")
        assert (prices["name"], prices["_transactioncurrencyid_value"]) == (LIST, dollars)

    await with_shelf(story)


async def test_a_price_that_changes_reaches_the_list_and_one_typed_there_is_put_right() -> None:
    """bc-223: the same item is corrected, with the next change of the price, and there is never a second one."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        await shelf.created(item)
        (listed,) = shelf.central.dataverse.rows("productpricelevels")
        shelf.central.dataverse.update("productpricelevels", str(listed["productpricelevelid"]), {"amount": 99})
        shelf.edits(item, unitPrice=130)
        assert (await shelf.hears(ERP, item)).kind == "updated"
        assert shelf.prices() == [(LIST, "PCS", 130)]
        shelf.edits(item, unitPrice=-5)
        await shelf.hears(ERP, item)
        assert (shelf.prices(), shelf.made()["price"]) == ([(LIST, "PCS", 0)], None)
        assert await shelf.silent()

    await with_shelf(story)


async def test_where_products_come_into_being_active_nobody_sets_them_so() -> None:
    """A setting of the organisation."""

    async def story(shelf: Shelf) -> None:
        organization = shelf.central.dataverse.organization_id
        setting = {"createproductswithoutparentinactivestate": True}
        shelf.central.dataverse.update("organizations", organization, setting)
        assert (await shelf.created(shelf.item()))["statecode"] == ACTIVE
        assert not [entry for entry in shelf.journal() if entry["what"] == "active state"]
        assert await shelf.silent()

    await with_shelf(story)


async def test_a_product_that_cannot_be_set_active_is_told_and_goes_on_as_a_draft() -> None:
    """Our own draft is no stranger outside the scope: its lines flow, it is not let go, and a person sends it again."""

    async def story(shelf: Shelf) -> None:
        refused = shelf.central.dataverse.behaviour.refused_values
        refused["products"] = {"statecode": frozenset({ACTIVE})}
        item = shelf.item()
        assert (await shelf.hears(ERP, item, creates="dataverse")).kind == "parked"
        row = shelf.made()
        assert (row["statecode"], len(shelf.said()), shelf.prices()) == (DRAFT, 1, [(LIST, "PCS", 120)])
        told = await shelf.explained(ERP, item)
        assert [(each["action"], each["done"]) for each in told["actions"]] == [
            ("default price list", True), ("price list item", True), ("active state", False),
        ]  # fmt: skip
        shelf.edits(item, displayName="Armchair")
        assert (await shelf.hears(ERP, item)).kind == "parked"
        assert (shelf.made()["name"], shelf.couplings()) == ("Armchair", ["coupled"])
        assert await shelf.silent()
        refused.clear()
        assert (await shelf.retries(str(row["productid"]))).kind == "updated"
        assert (shelf.made()["statecode"], shelf.said()) == (ACTIVE, [])
        assert (await shelf.explained(ERP, item))["why"] == "in sync"

    await with_shelf(story)


async def test_a_unit_that_changes_after_the_product_was_active_is_told_with_the_way_out() -> None:
    """Sales does not take it: amounts stay with the unit that they are for, other lines go on, the old unit ends it."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        await shelf.created(item)
        shelf.edits(item, baseUnitOfMeasureCode="KG", displayName="Chairs by weight", unitPrice=7)
        assert (await shelf.hears(ERP, item)).kind == "parked"
        row = shelf.made()
        assert (row["name"], shelf.prices()) == ("Chairs by weight", [(LIST, "PCS", 120)])
        assert shelf.named(row, "_defaultuomid_value", "uoms") == "PCS"
        assert any("old unit back, or retire the product" in words for words in shelf.said())
        assert await shelf.silent()
        shelf.edits(item, baseUnitOfMeasureCode="PCS")
        await shelf.hears(ERP, item)
        assert (shelf.said(), shelf.prices()) == ([], [(LIST, "PCS", 7)])

    await with_shelf(story)


async def test_a_unit_that_business_central_gives_a_new_item_by_itself_is_told() -> None:
    """A template without a unit puts one in (microsoft/ALAppExtensions 15092): as if somebody had changed it there."""

    async def story(shelf: Shelf) -> None:
        unit = next(each for each in shelf.central.erp.rows(DE, "unitsOfMeasure") if each["code"] == "KG")
        made = {"baseUnitOfMeasureCode": "KG", "baseUnitOfMeasureId": str(unit["id"])}
        shelf.central.erp.behaviour.insisted = {"items": made}
        row_id = shelf.product("P-77", price=80)
        assert (await shelf.hears(DATAVERSE, (row_id,), creates="both")).kind == "parked"
        shelf.central.erp.behaviour.insisted = {}
        (item,) = shelf.items()
        assert (item["baseUnitOfMeasureCode"], shelf.prices()) == ("KG", [(LIST, "PCS", 80)])
        assert any("old unit back, or retire the product" in words for words in shelf.said())
        assert await shelf.silent()
        identity = (shelf.central.company, str(item["id"]))
        shelf.edits(identity, baseUnitOfMeasureCode="PCS", unitPrice=90)
        await shelf.hears(ERP, identity)
        assert (shelf.said(), shelf.prices()) == ([], [(LIST, "PCS", 90)])

    await with_shelf(story)


async def test_a_unit_that_business_central_keeps_without_a_word_is_told_by_its_code() -> None:
    """It answers with success (MicrosoftDocs/dynamics365smb-devitpro-pb 650): nothing is agreed, a person sets it."""

    async def story(shelf: Shelf) -> None:
        shelf.central.dataverse.behaviour.refused_values["products"] = {"statecode": frozenset({ACTIVE})}
        item = shelf.item()
        await shelf.hears(ERP, item, creates="dataverse")
        ours = str(shelf.made()["productid"])
        other = shelf.central.dataverse.row("products", shelf.product("P-9", group="NAV KG", state=DRAFT))
        assert other is not None
        bind = {"defaultuomscheduleid@odata.bind": f"/uomschedules({other['_defaultuomscheduleid_value']})",
                "defaultuomid@odata.bind": f"/uoms({other['_defaultuomid_value']})"}  # fmt: skip
        shelf.central.dataverse.update("products", ours, bind)
        (row,) = shelf.items()
        kept = {name: row[name] for name in ("baseUnitOfMeasureCode", "baseUnitOfMeasureId")}
        shelf.central.erp.behaviour.insisted = {"items": kept}
        await shelf.hears(DATAVERSE, (ours,))
        assert shelf.items()[0]["baseUnitOfMeasureCode"] == "PCS"
        assert any("left baseUnitOfMeasureId at 'PCS', instead of 'KG'" in words for words in shelf.said())
        shelf.central.erp.behaviour.insisted = {}
        shelf.edits(item, baseUnitOfMeasureCode="KG")
        await shelf.hears(ERP, item)
        assert not any("instead of" in words for words in shelf.said())

    await with_shelf(story)


async def test_stock_that_moves_without_its_item_comes_with_the_compare_pass() -> None:
    """It has no stamp (MicrosoftDocs/dynamics365smb-devitpro-pb 1762); Sales keeps two of its five decimals."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        await shelf.created(item)
        shelf.central.erp.calculate(DE, "items", item[1], "inventory", Decimal("7.12345"))
        await shelf.central.catch_up(ITEMS)
        assert shelf.made()["quantityonhand"] is None
        await shelf.central.compare(ITEMS)
        assert (shelf.made()["quantityonhand"], shelf.said()) == (7.12, [])
        assert await shelf.silent()
        shelf.central.erp.calculate(DE, "items", item[1], "inventory", Decimal(-3))
        await shelf.central.compare(ITEMS)
        assert shelf.made()["quantityonhand"] in {0, None}

    await with_shelf(story)


async def test_another_unit_in_the_group_has_no_price_and_does_no_harm() -> None:
    """The unit that is called like the code is the product's, and is put back; the other one is people's."""

    async def story(shelf: Shelf) -> None:
        units = {str(row["name"]): row for row in shelf.central.dataverse.rows("uoms")}
        bind = {"uomscheduleid@odata.bind": f"/uomschedules({units['PCS']['_uomscheduleid_value']})",
                "baseuom@odata.bind": f"/uoms({units['PCS']['uomid']})"}  # fmt: skip
        pallet = shelf.central.dataverse.create("uoms", {"name": "Pallet", "quantity": 48, **bind})
        row_id = str((await shelf.created(shelf.item()))["productid"])
        assert (shelf.prices(), shelf.said()) == ([(LIST, "PCS", 120)], [])
        shelf.central.dataverse.update("products", row_id, {"defaultuomid@odata.bind": f"/uoms({pallet})"})
        assert (await shelf.hears(DATAVERSE, (row_id,))).kind == "updated"
        assert shelf.named(shelf.made(), "_defaultuomid_value", "uoms") == "PCS"
        assert (shelf.prices(), shelf.said()) == ([(LIST, "PCS", 120)], [])

    await with_shelf(story)


async def test_an_item_without_a_base_unit_becomes_no_product() -> None:
    """bc-097: Dataverse takes none without a unit group. It is told by the field, and goes over with its unit."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item(baseUnitOfMeasureCode="")
        before = len(shelf.central.dataverse.history)
        assert (await shelf.hears(ERP, item, creates="dataverse")).kind == "parked"
        assert (shelf.products(), shelf.couplings(), len(shelf.central.dataverse.history)) == ([], [], before)
        (words,) = shelf.said()
        assert words.startswith("baseUnitOfMeasureId is blank, and Dataverse takes no row without defaultuomscheduleid")
        shelf.edits(item, baseUnitOfMeasureCode="PCS")
        assert (await shelf.created(item))["statecode"] == ACTIVE
        assert shelf.said() == []

    await with_shelf(story)


async def test_an_item_without_a_description_becomes_no_product() -> None:
    """Nobody could find one without a name, nor save it on its form (reference: prospect-to-cash): the field is told.
    One that loses its description leaves the product its name.
    """

    async def story(shelf: Shelf) -> None:
        item = shelf.item(displayName="")
        before = len(shelf.central.dataverse.history)
        assert (await shelf.hears(ERP, item, creates="dataverse")).kind == "parked"
        assert (shelf.products(), len(shelf.central.dataverse.history)) == ([], before)
        assert shelf.said() == ["displayName is blank, and Dataverse takes no row without name: enter it"]
        shelf.edits(item, displayName="Chair")
        assert (await shelf.created(item))["name"] == "Chair"
        assert shelf.said() == []
        shelf.edits(item, displayName="")
        await shelf.hears(ERP, item)
        assert ([row["name"] for row in shelf.products()], len(shelf.said())) == (["Chair"], 1)

    await with_shelf(story)


async def test_an_item_that_loses_its_base_unit_leaves_the_product_its_own() -> None:
    """Its price is for no unit then: it waits with the unit, and the name goes on."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        await shelf.created(item)
        shelf.edits(item, baseUnitOfMeasureCode="", displayName="Armchair", unitPrice=7)
        assert (await shelf.hears(ERP, item)).kind == "parked"
        row = shelf.made()
        assert (row["name"], shelf.named(row, "_defaultuomid_value", "uoms")) == ("Armchair", "PCS")
        assert shelf.prices() == [(LIST, "PCS", 120)]
        assert any("baseUnitOfMeasureId is blank" in words for words in shelf.said()), shelf.said()
        assert await shelf.silent()
        shelf.edits(item, baseUnitOfMeasureCode="PCS")
        await shelf.hears(ERP, item)
        assert (shelf.said(), shelf.prices()) == ([], [(LIST, "PCS", 7)])

    await with_shelf(story)


async def test_a_dry_run_knows_what_would_be_done_for_a_new_product() -> None:
    """Row, list, price and state, and nothing is written."""

    async def story(shelf: Shelf) -> None:
        shelf.item()
        before = len(shelf.central.dataverse.history)
        told = await shelf.planned("dataverse")
        assert len(shelf.central.dataverse.history) == before
        assert told["counts"]["created"] == 1
        assert told["counts"].get("waiting", 0) == 0
        assert {"default price list", "price list item", "active state"} <= told["samples"].keys()

    await with_shelf(story)


async def test_a_product_becomes_an_item_with_a_number_of_its_own_company() -> None:
    """bc-093: Business Central gives number, and the product gets it; the price of Sales stays until one is said."""

    async def story(shelf: Shelf) -> None:
        row_id = shelf.product("P-77", price=80)
        assert (await shelf.hears(DATAVERSE, (row_id,))).kind == "ignored"
        assert (await shelf.hears(DATAVERSE, (row_id,), creates="both")).kind == "created"
        (item,) = shelf.items()
        assert (item["displayName"], item["baseUnitOfMeasureCode"], item["blocked"]) == ("Chair", "PCS", False)
        row = shelf.made()
        assert (row["productnumber"], row["price"], row["statecode"]) == (item["number"], 80, ACTIVE)
        assert (row["productnumber"] != "P-77", shelf.prices()) == (True, [(LIST, "PCS", 80)])
        assert await shelf.silent()
        identity = (shelf.central.company, str(item["id"]))
        shelf.edits(identity, unitPrice=90)
        await shelf.hears(ERP, identity)
        assert shelf.prices() == [(LIST, "PCS", 90)]

    await with_shelf(story)


@pytest.mark.parametrize(("values", "kind"), [({"producttypecode": 3}, "ignored"), ({}, "waiting")])
async def test_a_product_that_can_be_no_item_says_why(values: dict[str, Any], kind: str) -> None:
    """A service is none; one whose unit group stands for no unit of Business Central waits, and names the group."""

    async def story(shelf: Shelf) -> None:
        shelf.group("Hours")
        row_id = shelf.product("P-77", group="Hours", **values)
        assert (await shelf.hears(DATAVERSE, (row_id,), creates="both")).kind == kind
        assert (shelf.items(), any("Hours" in words for words in shelf.said())) == ([], kind == "waiting")

    await with_shelf(story)


async def test_two_items_at_once_make_one_price_list() -> None:
    """Whoever comes second finds the list of the first."""

    async def story(shelf: Shelf) -> None:
        items = [shelf.item(f"I{number}") for number in range(4)]
        made = await asyncio.gather(*(shelf.hears(ERP, item, creates="dataverse") for item in items))
        assert [each.kind for each in made] == ["created"] * 4
        assert ([row["name"] for row in shelf.central.dataverse.rows("pricelevels")], shelf.said()) == ([LIST], [])
        assert shelf.prices() == [(LIST, "PCS", 120)] * 4

    await with_shelf(story)


async def test_our_list_is_known_whatever_it_is_called() -> None:
    """Somebody gives it a better name: the next product is put on it all the same."""

    async def story(shelf: Shelf) -> None:
        await shelf.created(shelf.item())
        (prices,) = shelf.central.dataverse.rows("pricelevels")
        shelf.central.dataverse.update("pricelevels", str(prices["pricelevelid"]), {"name": "Shop"})
        await shelf.hears(ERP, shelf.item("I2"), creates="dataverse")
        assert shelf.prices() == [("Shop", "PCS", 120)] * 2

    await with_shelf(story)


async def test_the_unit_is_that_of_its_group() -> None:
    """One of the same name in another group is another unit."""

    async def story(shelf: Shelf) -> None:
        shelf.group("Weights", "PCS")
        row = await shelf.created(shelf.item())
        unit = shelf.central.dataverse.row("uoms", row["_defaultuomid_value"])
        assert unit is not None
        assert unit["_uomscheduleid_value"] == row["_defaultuomscheduleid_value"]

    await with_shelf(story)


async def test_a_price_that_the_list_has_already_is_taken_over_and_no_second_one_is_made() -> None:
    """bc-082, bc-083: the item of the list for the product and its unit gets the price of Business Central, whoever has
    made it. Other lists are left alone: their prices have no flow yet.
    """

    async def story(shelf: Shelf) -> None:
        item, row_id = shelf.item(unitPrice=150), shelf.product()
        for name in (LIST, "Wholesale"):
            shelf.lists(name, row_id, 100)
        central = shelf.central
        await couple(central.house.flow(ITEMS), item, row_id, "erp")
        await shelf.hears(ERP, item)
        assert shelf.prices() == [(LIST, "PCS", 150), ("Wholesale", "PCS", 100)]
        assert (shelf.made()["price"], shelf.said()) == (150, [])
        assert await shelf.silent()

    await with_shelf(story)
