"""What the vendor's solution does by itself where it is installed, by the fact sheet's checked section."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dataverse.catalogue import Catalogue, catalogue, product_body
from tests.emulator.dataverse.probe import Probe

EXTERNAL = "msdynce_ismaintainedexternally"
ONLY = "msdynce_hasexternallymaintainedproductsonly"


@pytest.fixture
def shop(probe: Probe) -> Catalogue:
    """The solution was imported when the catalogue was there already."""
    found = catalogue(probe)
    probe.twin.install()
    return found


def row(shop: Catalogue, table: str, row_id: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.probe.get(f"{table}({row_id})").json
    return found


def test_numbers(shop: Catalogue) -> None:
    """Accounts and contacts are numbered before the write; what is given stays (3.2)."""
    account = row(shop, "accounts", shop.probe.created("accounts", name="Fabrikam"))
    contact = row(shop, "contacts", shop.probe.created("contacts", lastname="Novak"))
    own = row(shop, "accounts", shop.probe.created("accounts", accountnumber="A-1"))
    assert account["accountnumber"].startswith("ACC-01000-")
    assert contact["msdynce_contactnumber"].startswith("CON-01000-")
    assert own["accountnumber"] == "A-1"


def test_the_company_of_a_contact(shop: Catalogue) -> None:
    """IsCompanyAnAccount follows parentcustomerid: an account, a contact, nothing (3.7)."""
    boss = shop.probe.created("contacts", lastname="Silva")
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({shop.customer})"}
    contact = shop.probe.created("contacts", lastname="Novak", **bind)
    assert row(shop, "contacts", contact)["msdynce_iscompanyanaccount"] is True
    shop.probe.patch(f"contacts({contact})", {"parentcustomerid_contact@odata.bind": f"/contacts({boss})"})
    assert row(shop, "contacts", contact)["msdynce_iscompanyanaccount"] is False
    assert row(shop, "contacts", boss)["msdynce_iscompanyanaccount"] is False


def test_the_upgrade(probe: Probe) -> None:
    """Rows from before the solution get numbers, and contacts what the solution knows of them; numbers stay (3.3)."""
    shop = catalogue(probe)
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({shop.customer})"}
    own = probe.created("accounts", accountnumber="A-1")
    buyer, employee = probe.created("contacts", lastname="Silva"), probe.created("contacts", lastname="Novak", **bind)
    order = shop.document() | {"customerid_contact@odata.bind": f"/contacts({buyer})"}
    del order["customerid_account@odata.bind"]
    probe.created("salesorders", **order)
    probe.twin.install()
    probe.twin.upgrade()
    assert row(shop, "accounts", own)["accountnumber"] == "A-1"
    known = [row(shop, "contacts", contact) for contact in (buyer, employee)]
    assert all(contact["msdynce_contactnumber"].startswith("CON-0100") for contact in known)
    told = [(contact["msdynce_isactivecustomer"], contact["msdynce_iscompanyanaccount"]) for contact in known]
    assert told == [(True, False), (False, True)]


@pytest.mark.parametrize("table", ["quotes", "salesorders", "invoices"])
def test_an_active_customer(shop: Catalogue, table: str) -> None:
    """The customer of a document is active, by create or by change, and never turns back."""
    first, second = (shop.probe.created("contacts", lastname=name) for name in ("Novak", "Silva"))
    body = shop.document() | {"customerid_contact@odata.bind": f"/contacts({first})"}
    del body["customerid_account@odata.bind"]
    document = shop.probe.created(table, **body)
    assert row(shop, "contacts", first)["msdynce_isactivecustomer"] is True
    assert row(shop, "contacts", second)["msdynce_isactivecustomer"] is False
    shop.probe.patch(f"{table}({document})", {"customerid_contact@odata.bind": f"/contacts({second})"})
    assert row(shop, "contacts", second)["msdynce_isactivecustomer"] is True
    assert shop.probe.delete(f"{table}({document})").status == 204
    assert row(shop, "contacts", first)["msdynce_isactivecustomer"] is True


def test_products_of_one_system_only(shop: Catalogue) -> None:
    """A document without lines counts as external; a product of Sales' own makes it none, on header and lines."""
    order = shop.order()
    assert row(shop, "salesorders", order)[ONLY] is True
    body = product_body(shop.group, shop.unit, "P-2", price=3.0, **{EXTERNAL: True})
    external = shop.probe.created("products", **body)
    shop.probe.twin.update("products", external, {"statecode": 0})
    bind = {"productid@odata.bind": f"/products({external})"}
    line = shop.probe.created("salesorderdetails", **(shop.line(order) | bind))
    assert row(shop, "salesorderdetails", line)["msdynce_orderhasexternalmaintainedproductsonly"] is True
    shop.probe.created("salesorderdetails", **shop.line(order))
    assert row(shop, "salesorders", order)[ONLY] is False
    assert row(shop, "salesorderdetails", line)["msdynce_orderhasexternalmaintainedproductsonly"] is False


def test_an_external_product_has_a_price(shop: Catalogue) -> None:
    """It goes on the first valid price list of its currency by name, and its price follows."""
    shop.probe.created("pricelevels", name="Another list", enddate="2020-01-01T00:00:00Z")
    body = product_body(shop.group, shop.unit, "P-2", price=3.0, **{EXTERNAL: True})
    product = shop.probe.created("products", **body)
    items = [each for each in shop.probe.twin.rows("productpricelevels") if each["_productid_value"] == product]
    assert [(each["_pricelevelid_value"], each["amount"]) for each in items] == [(shop.prices, 3.0)]
    shop.probe.patch(f"products({product})", {"price": 4.0})
    items = [each for each in shop.probe.twin.rows("productpricelevels") if each["_productid_value"] == product]
    assert [each["amount"] for each in items] == [4.0]


def test_without_a_price_list_the_product_is_refused(shop: Catalogue) -> None:
    """A failure of the step fails the write; a product of Sales' own needs no list."""
    shop.probe.twin.update("pricelevels", shop.prices, {"statecode": 1})
    body = product_body(shop.group, shop.unit, "P-2", price=3.0)
    assert shop.probe.post("products", {**body, EXTERNAL: True}).refusal == (400, "0x80040265")
    assert shop.probe.post("products", body).status == 204


def test_an_invoice_closes_its_order(shop: Catalogue) -> None:
    """The order becomes Invoiced, and the invoice takes its owner."""
    order = shop.order()
    invoice = shop.probe.post(
        "invoices",
        shop.document(**{"salesorderid@odata.bind": f"/salesorders({order})"}),
        prefer="return=representation",
    ).json
    found = row(shop, "salesorders", order)
    assert (found["statecode"], found["statuscode"]) == (4, 100_003)
    assert row(shop, "invoices", invoice["invoiceid"])["_ownerid_value"] == found["_ownerid_value"]
