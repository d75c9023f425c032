"""Units, products and price lists of Sales, by the fact sheet of prospect to cash."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dataverse.catalogue import CURRENCY, Catalogue, catalogue, item_body, product_body, unit_group
from tests.emulator.dataverse.probe import Probe

REFUSED = (400, "0x80040203")


@pytest.fixture
def shop(probe: Probe) -> Catalogue:
    return catalogue(probe)


def test_a_new_unit_group_has_its_base_unit(probe: Probe) -> None:
    """The group names its base unit, which is there at once and is the base of its schedule."""
    group, unit = unit_group(probe)
    row = probe.get(f"uoms({unit})").json
    assert (row["name"], row["isschedulebaseuom"], row["_uomscheduleid_value"]) == ("Primary Unit", True, group)


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("products", {"name": "Coffee"}),
        ("uomschedules", {"description": "x"}),
        ("uoms", {"name": "Box"}),
        ("pricelevels", {"description": "x"}),
        ("productpricelevels", {"amount": 1}),
    ],
)
def test_what_the_system_requires(probe: Probe, table: str, body: dict[str, Any]) -> None:
    """A column that is SystemRequired without a default must be given (tables of the reference: req)."""
    assert probe.post(table, body).refusal == REFUSED


NEEDED: dict[str, dict[str, Any]] = {
    "transactioncurrencies": CURRENCY,
    "uomschedules": {"name": "Box"},
    "pricelevels": {"name": "Retail"},
    "businessunits": {"name": "Contoso North"},
    "teams": {"name": "Sellers"},
}


@pytest.mark.parametrize(("table", "name"), [(table, name) for table, body in NEEDED.items() for name in body])
def test_no_row_is_made_without_what_the_system_requires(probe: Probe, table: str, name: str) -> None:
    """Each column by itself; nothing is left of what was refused."""
    body = NEEDED[table]
    before = len(probe.get(table).rows)
    left = {each: value for each, value in body.items() if each != name}
    for wrong in (left, {**left, name: None}, *([{**left, name: ""}] if isinstance(body[name], str) else [])):
        said = probe.post(table, {**wrong, "description": "x"} if table == "pricelevels" else wrong)
        assert said.refusal == REFUSED, wrong
        assert name in said.message
    assert len(probe.get(table).rows) == before
    assert probe.post(table, body).status == 204


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("transactioncurrencies", ["currencyname", "currencysymbol", "exchangerate", "currencyprecision"]),
        ("uomschedules", ["name"]),
        ("uoms", ["name"]),
        ("products", ["productnumber"]),
        ("pricelevels", ["name"]),
        ("businessunits", ["name"]),
        ("teams", ["name"]),
        ("systemusers", ["domainname", "internalemailaddress", "islicensed", "isintegrationuser"]),
    ],
)
def test_what_the_system_requires_is_not_emptied(shop: Catalogue, table: str, names: list[str]) -> None:
    """Dataverse sheet, 4: a column that is SystemRequired cannot be null; the row stays what it was."""
    probe = shop.probe
    if table == "systemusers":
        probe.created(
            table, fullname="Anna", domainname="anna@contoso.example", internalemailaddress="a@contoso.example"
        )
    if table == "transactioncurrencies":
        probe.created(table, **CURRENCY)
    if table == "teams":
        probe.created(table, name="Sellers")
    (row, *_) = (
        each for each in reversed(list(probe.twin.rows(table))) if all(each[name] is not None for name in names)
    )
    target = f"{table}({row[probe.twin.environment.table(table).definition.id]})"
    before = probe.get(target).json
    for name in names:
        assert probe.patch(target, {name: None}).refusal == REFUSED, name
        if isinstance(before[name], str):
            assert probe.patch(target, {name: ""}).refusal == REFUSED, name
    assert probe.get(target).json == before


@pytest.mark.parametrize("missing", ["name", "quantitydecimal", "defaultuomid@odata.bind"])
def test_what_only_the_form_requires(probe: Probe, missing: str) -> None:
    """ApplicationRequired is for forms: the service takes a product without name, unit or decimals."""
    body = product_body(*unit_group(probe))
    del body[missing]
    assert probe.post("products", body).status == 204


def test_a_product_has_a_unit_group(probe: Probe) -> None:
    """Though the metadata says that only the form requires it, the service does, with a code of its own."""
    group, unit = unit_group(probe)
    row_id = probe.created("products", **product_body(group, unit))
    body = {**product_body(group, unit), "productnumber": "P-9"}
    del body["defaultuomscheduleid@odata.bind"]
    assert probe.post("products", body).refusal == (400, "0x80043b0a")
    empty = {"defaultuomscheduleid@odata.bind": None, "defaultuomid@odata.bind": None}
    assert probe.patch(f"products({row_id})", empty).refusal == (400, "0x80043b0a")


def test_products_begin_as_drafts(shop: Catalogue) -> None:
    """A new product is a draft, or active where a setting of the organisation says so (sheet, 5)."""
    body, probe = product_body(shop.group, shop.unit, "P-2"), shop.probe
    row = probe.post("products", body, prefer="return=representation").json
    assert (row["statecode"], row["statuscode"], row["productstructure"]) == (2, 0, 1)
    setting = {"createproductswithoutparentinactivestate": True}
    probe.twin.update("organizations", probe.twin.organization_id, setting)
    row = probe.post("products", {**body, "productnumber": "P-3"}, prefer="return=representation").json
    assert (row["statecode"], row["statuscode"]) == (0, 1)


@pytest.mark.parametrize(
    ("ways", "status"),
    [([0], 204), ([1], 400), ([0, 1], 204), ([0, 3], 204), ([0, 3, 0], 204), ([0, 2], 400), ([0, 1, 2], 400)],
)
def test_states_of_a_product(shop: Catalogue, ways: list[int], status: int) -> None:
    """Draft becomes active, active is revised or retired; nothing becomes a draft again."""
    product = shop.probe.created("products", **product_body(shop.group, shop.unit, "P-2"))
    answers = [shop.probe.patch(f"products({product})", {"statecode": state}).status for state in ways]
    assert answers[-1] == status
    assert set(answers[:-1]) <= {204}


@pytest.mark.parametrize(("state", "status"), [(2, 204), (0, 204), (1, 400), (3, 400)])
def test_a_product_begins_as_a_draft_or_active(probe: Probe, state: int, status: int) -> None:
    """What was never active can be neither retired nor revised."""
    body = product_body(*unit_group(probe), statecode=state)
    assert probe.post("products", body).status == status


def test_numbers_of_products_are_unique(shop: Catalogue) -> None:
    """The specified product ID conflicts with that of another product, in any letter case."""
    body = product_body(shop.group, shop.unit, "p-1")
    assert shop.probe.post("products", body).refusal == (400, "0x8004f973")


def test_the_default_unit_belongs_to_the_group(shop: Catalogue) -> None:
    """A unit of another group is refused."""
    other, _ = unit_group(shop.probe, "Weights", "kg")
    assert shop.probe.post("products", product_body(other, shop.unit, "P-2")).refusal == REFUSED


def test_the_price_list_of_a_product_is_set_once_it_is_there(shop: Catalogue) -> None:
    """product.pricelevelid is update only (sheet, write access): a create that names it is refused."""
    bind = {"pricelevelid@odata.bind": f"/pricelevels({shop.prices})"}
    body = product_body(shop.group, shop.unit, "P-2")
    assert shop.probe.post("products", {**body, **bind}).refusal == REFUSED
    assert shop.probe.patch(f"products({shop.product})", bind).status == 204


def test_an_item_takes_what_product_and_list_say(shop: Catalogue) -> None:
    """Unit and group of the product, currency of the list; the name of the product stands for the item."""
    (row,) = shop.probe.twin.rows("productpricelevels")
    assert (row["_uomid_value"], row["_uomscheduleid_value"]) == (shop.unit, shop.group)
    assert (row["productidname"], row["pricingmethodcode"], row["amount"]) == ("Product P-1", 1, 12.5)
    assert row["_transactioncurrencyid_value"] is not None


def test_one_price_for_product_and_unit(shop: Catalogue) -> None:
    """This product and unit combination has a price for this price list."""
    assert shop.probe.post("productpricelevels", item_body(shop.prices, shop.product)).refusal == REFUSED


def test_an_item_stays_in_its_list(shop: Catalogue) -> None:
    """productpricelevel.pricelevelid is create only."""
    other = shop.probe.created("pricelevels", name="Wholesale")
    (row,) = shop.probe.twin.rows("productpricelevels")
    bind = {"pricelevelid@odata.bind": f"/pricelevels({other})"}
    assert shop.probe.patch(f"productpricelevels({row['productpricelevelid']})", bind).status == 400


def test_a_retired_product_has_no_new_price(shop: Catalogue) -> None:
    """What is retired cannot be put on a list."""
    other = shop.probe.created("pricelevels", name="Wholesale")
    shop.probe.twin.update("products", shop.product, {"statecode": 1})
    assert shop.probe.post("productpricelevels", item_body(other, shop.product)).refusal == REFUSED


def test_what_goes_with_a_product(shop: Catalogue) -> None:
    """Prices go along with their product; a unit that products use stays."""
    assert shop.probe.delete(f"uoms({shop.unit})").status == 405
    assert shop.probe.delete(f"products({shop.product})").status == 204
    assert shop.probe.twin.rows("productpricelevels") == []
