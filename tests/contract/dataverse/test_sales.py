"""Quotes, orders and invoices of Sales, by the fact sheet of prospect to cash."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dataverse.catalogue import CURRENCY, Catalogue, catalogue, product_body
from tests.emulator.dataverse.probe import Probe

REFUSED = (400, "0x80040203")
TABLES = ["quotes", "salesorders", "invoices"]
LINES = {"quotes": "quotedetails", "salesorders": "salesorderdetails", "invoices": "invoicedetails"}
NUMBERS = {"quotes": "quotenumber", "salesorders": "ordernumber", "invoices": "invoicenumber"}
PREFIXES = {"quotes": "QUO", "salesorders": "ORD", "invoices": "INV"}


@pytest.fixture
def shop(probe: Probe) -> Catalogue:
    return catalogue(probe)


@pytest.mark.parametrize("table", TABLES)
def test_numbers(shop: Catalogue, table: str) -> None:
    """A document gets a number unless it has one, and keeps it: the number is create only."""
    own = shop.order(table, **{NUMBERS[table]: "X-1"})
    first, second = (shop.probe.twin.row(table, shop.order(table)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first[NUMBERS[table]].startswith(f"{PREFIXES[table]}-01000-")
    assert second[NUMBERS[table]].startswith(f"{PREFIXES[table]}-01001-")
    assert shop.probe.patch(f"{table}({own})", {NUMBERS[table]: "X-2"}).status == 400


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("missing", ["name", "customerid_account@odata.bind", "pricelevelid@odata.bind"])
def test_what_only_the_form_requires(shop: Catalogue, table: str, missing: str) -> None:
    """Customer, name and price list are ApplicationRequired: the service takes a document without one."""
    body = shop.document()
    del body[missing]
    assert shop.probe.post(table, body).status == 204


@pytest.mark.parametrize("table", TABLES)
def test_the_customer_is_an_account_or_a_contact(shop: Catalogue, table: str) -> None:
    """customerid points into two tables; accountid and contactid follow it and cannot be written."""
    person = shop.probe.created("contacts", lastname="Novak")
    body = shop.document() | {"customerid_contact@odata.bind": f"/contacts({person})"}
    assert shop.probe.post(table, body).status == 400
    del body["customerid_account@odata.bind"]
    row = shop.probe.post(table, body, prefer="return=representation").json
    assert (row["_customerid_value"], row["_contactid_value"], row["_accountid_value"]) == (person, person, None)
    bind = {"contactid@odata.bind": f"/contacts({person})"}
    assert shop.probe.post(table, {**shop.document(), **bind}).refusal == REFUSED


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("name", "value"),
    [("statecode", 0), ("totalamount", 5), ("totaltax", 1), ("totaldiscountamount", 1), ("totallineitemamount", 1)],
)
def test_update_only(shop: Catalogue, table: str, name: str, value: Any) -> None:
    """State and totals are refused on create (sheet, write access)."""
    assert shop.probe.post(table, shop.document(**{name: value})).refusal == REFUSED


@pytest.mark.parametrize("table", ["salesorders", "invoices"])
def test_the_price_lock_is_update_only(shop: Catalogue, table: str) -> None:
    """ispricelocked is refused on create, also with its default."""
    assert shop.probe.post(table, shop.document(ispricelocked=False)).refusal == REFUSED
    assert shop.probe.patch(f"{table}({shop.order(table)})", {"ispricelocked": True}).status == 204


@pytest.mark.parametrize("table", ["salesorders", "invoices"])
def test_the_currency_is_create_only(shop: Catalogue, table: str) -> None:
    """It is that of the price list, and cannot be changed."""
    dollar = shop.probe.created("transactioncurrencies", **CURRENCY)
    bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({dollar})"}
    assert shop.probe.patch(f"{table}({shop.order(table)})", bind).status == 400
    assert shop.probe.post(table, shop.document(**bind)).refusal == REFUSED


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("discountamount", -1, 400),
        ("freightamount", -0.01, 400),
        ("freightamount", 1_000_000_000_001, 400),
        ("name", "x" * 301, 400),
        ("shipto_line1", "x" * 250, 204),
        ("shipto_city", "x" * 81, 400),
        ("statuscode", 690970000, 204),
        ("statuscode", 3, 400),
    ],
)
def test_ranges(shop: Catalogue, name: str, value: Any, status: int) -> None:
    """Ranges, lengths and status reasons of an order (sheet, ranges and values)."""
    assert shop.probe.post("salesorders", shop.document(**{name: value})).status == status


@pytest.mark.parametrize(
    ("table", "state", "status"),
    [
        ("quotes", 1, None),
        ("quotes", 2, None),
        ("quotes", 3, 5),
        ("salesorders", 1, None),
        ("salesorders", 2, None),
        ("salesorders", 3, 100002),
        ("salesorders", 4, None),
        ("invoices", 2, 100001),
        ("invoices", 3, None),
    ],
)
def test_states_forbid_writing(shop: Catalogue, table: str, state: int, status: int | None) -> None:
    """Only a draft quote, an active order and an active invoice can be edited, and lines follow their header."""
    order = shop.order(table)
    line = shop.probe.created(LINES[table], **shop.line(order, table))
    body = {"statecode": state} | ({"statuscode": status} if status is not None else {})
    assert shop.probe.patch(f"{table}({order})", body).status == 204
    assert shop.probe.patch(f"{table}({order})", {"name": "Tea"}).refusal == REFUSED
    assert shop.probe.patch(f"{LINES[table]}({line})", {"quantity": 3}).refusal == REFUSED
    assert shop.probe.post(LINES[table], shop.line(order, table)).refusal == REFUSED
    assert shop.probe.delete(f"{LINES[table]}({line})").refusal == REFUSED
    assert shop.probe.patch(f"{table}({order})", {"statecode": 0}).status == 204
    assert shop.probe.patch(f"{table}({order})", {"name": "Tea"}).status == 204


def test_status_reasons_belong_to_states(shop: Catalogue) -> None:
    """A new order is New; a state gets its default reason; a reason of another state is refused."""
    order = shop.order()
    assert (shop.probe.get(f"salesorders({order})").json["statuscode"]) == 1
    assert shop.probe.patch(f"salesorders({order})", {"statecode": 3, "statuscode": 4}).status == 400
    shop.probe.patch(f"salesorders({order})", {"statecode": 3})
    assert (shop.probe.get(f"salesorders({order})").json["statuscode"]) == 100001


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "without",
    [["quoteid@odata.bind", "salesorderid@odata.bind", "invoiceid@odata.bind"], ["productid@odata.bind"],
     ["uomid@odata.bind"]],
)  # fmt: skip
def test_what_a_line_needs(shop: Catalogue, table: str, without: list[str]) -> None:
    """A line has a header, and a product with its unit unless it is a write-in."""
    body = shop.line(shop.order(table), table)
    for name in without:
        body.pop(name, None)
    assert shop.probe.post(LINES[table], body).refusal == REFUSED


@pytest.mark.parametrize("table", TABLES)
def test_write_ins(shop: Catalogue, table: str) -> None:
    """A write-in has its name in productdescription and no product; that it is one is set once."""
    body = shop.line(shop.order(table), table, isproductoverridden=True, productdescription="Freight Tax")
    assert shop.probe.post(LINES[table], body).refusal == REFUSED
    del body["productid@odata.bind"], body["uomid@odata.bind"]
    said = shop.probe.post(LINES[table], {**body, "priceperunit": 3})
    assert said.status == 204
    assert shop.probe.patch(said.headers["odata-entityid"], {"isproductoverridden": False}).status == 400


@pytest.mark.parametrize(("state", "status"), [(None, 400), (0, 204)])
def test_only_active_products_are_sold(shop: Catalogue, state: int | None, status: int) -> None:
    """A draft must be activated before it is used (sheet, 5)."""
    product = shop.probe.created("products", **product_body(shop.group, shop.unit, "P-2"))
    if state is not None:
        shop.probe.twin.update("products", product, {"statecode": state})
    body = shop.line(shop.order()) | {"productid@odata.bind": f"/products({product})"}
    assert shop.probe.post("salesorderdetails", body).status == status


@pytest.mark.parametrize(
    ("name", "value"),
    [("extendedamount", 5), ("baseamount", 5), ("volumediscountamount", 1), ("salesorderispricelocked", True)],
)
def test_what_a_line_does_not_take_on_create(shop: Catalogue, name: str, value: Any) -> None:
    """Amounts are update only, the rest is never writable (sheet, write access)."""
    assert shop.probe.post("salesorderdetails", shop.line(shop.order(), **{name: value})).refusal == REFUSED


def test_defaults_of_a_line(shop: Catalogue) -> None:
    """Product type, configuration and currency are filled in; the price is that of the list unless overridden."""
    order = shop.order()
    row = shop.probe.post("salesorderdetails", shop.line(order, priceperunit=99), prefer="return=representation").json
    assert (row["producttypecode"], row["propertyconfigurationstatus"], row["priceperunit"]) == (1, 2, 12.5)
    body = shop.line(order, priceperunit=99, ispriceoverridden=True)
    row = shop.probe.post("salesorderdetails", body, prefer="return=representation").json
    assert (row["priceperunit"], row["baseamount"]) == (99, 198)


def test_sales_computes_totals(shop: Catalogue) -> None:
    """While system pricing is on, totals follow the lines, and what is written over them is computed again."""
    order = shop.order(freightamount=5)
    before = shop.probe.get(f"salesorders({order})").json["@odata.etag"]
    shop.probe.created("salesorderdetails", **shop.line(order, manualdiscountamount=4, tax=1))
    row = shop.probe.get(f"salesorders({order})").json
    assert (row["totallineitemamount"], row["totaltax"], row["totalamount"]) == (21, 1, 27)
    assert row["@odata.etag"] != before
    assert shop.probe.patch(f"salesorders({order})", {"totalamount": 100}).status == 204
    assert shop.probe.get(f"salesorders({order})").json["totalamount"] == 27
    shop.probe.twin.update("organizations", shop.probe.twin.organization_id, {"oobpricecalculationenabled": False})
    assert shop.probe.patch(f"salesorders({order})", {"totalamount": 100}).status == 204
    assert shop.probe.get(f"salesorders({order})").json["totalamount"] == 100


def test_deletes(shop: Catalogue) -> None:
    """Lines go along with their order, totals follow a line that goes, and a customer with orders stays."""
    order = shop.order()
    first, _ = (shop.probe.created("salesorderdetails", **shop.line(order)) for _ in range(2))
    assert shop.probe.delete(f"accounts({shop.customer})").status == 405
    assert shop.probe.delete(f"salesorderdetails({first})").status == 204
    assert shop.probe.get(f"salesorders({order})").json["totalamount"] == 25
    assert shop.probe.delete(f"salesorders({order})").status == 204
    assert shop.probe.twin.rows("salesorderdetails") == []


def test_columns_of_the_solution_are_not_there(shop: Catalogue) -> None:
    """What the vendor's solution adds is unknown to an environment without it."""
    assert shop.probe.post("salesorders", shop.document(msdynce_processingstatus=647390011)).status == 400
