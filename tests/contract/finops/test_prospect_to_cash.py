"""Masters of prospect to cash in F&O, by its fact sheet and the published entities."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.finops.probe import CROSS, Probe, organization

SITES = [{"dataAreaId": "usmf", "SiteId": "1"}, {"dataAreaId": "usmf", "SiteId": "2"}]
WAREHOUSES = [{"dataAreaId": "usmf", "WarehouseId": code, "OperationalSiteId": code[0]} for code in ("13", "21")]


@pytest.fixture
def probe() -> Probe:
    probe = Probe()
    probe.group()
    probe.group(company="demf")
    probe.twin.load("OperationalSites", SITES)
    probe.twin.load("Warehouses", WAREHOUSES)
    return probe


def contact(**values: Any) -> dict[str, Any]:
    """A contact person of the customer ACC-1."""
    key = {"ContactPersonPartyNumber": "CON-1", "AssociatedPartyNumber": "ACC-1"}
    return {**key, "FirstName": "Mira", "LastName": "Novak", **values}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 201),
        ({"SiteId": "1"}, 201),
        ({"SiteId": "1", "WarehouseId": "13"}, 201),
        ({"WarehouseId": "13"}, 201),
        ({"SiteId": "3"}, 400),
        ({"WarehouseId": "99"}, 400),
        ({"SiteId": "1", "WarehouseId": "21"}, 400),
        ({"SiteId": "1", "dataAreaId": "demf"}, 400),
    ],
)
def test_sites_and_warehouses(probe: Probe, given: dict[str, Any], status: int) -> None:
    """Site and warehouse exist in the company, and the warehouse belongs to the site (sheet 2.1, rows 19 and 20; 5)."""
    assert probe.post("CustomersV3", organization(**given)).status == status


def test_a_warehouse_needs_its_site(probe: Probe) -> None:
    """OperationalSiteId is mandatory in the table, and names a site."""
    body = {"dataAreaId": "usmf", "WarehouseId": "14"}
    assert probe.post("Warehouses", body).status == 400
    assert probe.post("Warehouses", {**body, "OperationalSiteId": "9"}).status == 400
    assert probe.delete("OperationalSites(dataAreaId='usmf',SiteId='1')").status == 400


@pytest.mark.parametrize(("code", "status"), [("US", 201), ("us", 201), ("", 201), ("ZZ", 400), ("usa", 400)])
def test_countries(probe: Probe, code: str, status: int) -> None:
    """An address has a country of the list, by its ISO code of two letters (sheet 2.1, row 8)."""
    probe.twin.load("AddressCountryRegions", [{"CountryRegion": "USA", "ISOcode": "US"}])
    assert probe.post("CustomersV3", organization(AddressCountryRegionISOCode=code)).status == status
    assert probe.post("CustomersV3", organization(DeliveryAddressCountryRegionISOCode=code)).status == status


@pytest.mark.parametrize(
    ("roles", "status"), [("Business", 201), ("Invoice", 201), ("Business;Delivery", 201), ("Office", 400)]
)
def test_roles_of_an_address(probe: Probe, roles: str, status: int) -> None:
    """AddressLocationRoles is text of known roles (sheet 2.1, row 17)."""
    assert probe.post("CustomersV3", organization(AddressLocationRoles=roles)).status == status


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("AddressDescription", "x" * 60, 201),
        ("AddressDescription", "x" * 61, 400),
        ("DeliveryAddressDescription", "x" * 61, 400),
        ("IsExternallyMaintained", "Yes", 201),
        ("IsExternallyMaintained", True, 400),
        ("SalesCurrencyCode", "XXX", 400),
        ("CustomerGroupId", "11", 400),
        ("CustomerAccount", "ACC-01000-BVRCPS", 201),
        ("CustomerAccount", "x" * 21, 400),
    ],
)
def test_customers(probe: Probe, name: str, value: Any, status: int) -> None:
    """Lengths, enumerations and references of a customer (published entity)."""
    assert probe.post("CustomersV3", organization(**{name: value})).status == status


@pytest.mark.parametrize(
    ("sequence", "body", "status"),
    [
        (("CustomerAccount", "usmf"), {"CustomerAccount": "ACC-1"}, 400),
        (("CustomerAccount", "usmf"), {}, 201),
        (("CustomerAccount", "demf"), {"CustomerAccount": "ACC-1"}, 201),
        (("PartyNumber", ""), {"PartyNumber": "ACC-1"}, 400),
        (("PartyNumber", ""), {"CustomerAccount": "ACC-1"}, 201),
    ],
)
def test_sequences_that_are_not_manual(
    probe: Probe, sequence: tuple[str, str], body: dict[str, Any], status: int
) -> None:
    """Sequences of customers and parties must allow manual numbers, or Sales cannot give them."""
    probe.twin.numbers.automatic.add(sequence)
    assert probe.post("CustomersV3", organization(**body)).status == status


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 201),
        ({"AssociatedPartyNumber": "ACC-2"}, 400),
        ({"AssociatedPartyNumber": ""}, 400),
        ({"ContactPersonPartyNumber": ""}, 400),
        ({"ContactPersonPartyType": "Person"}, 201),
        ({"ContactPersonPartyType": "Organization"}, 400),
        ({"ContactPersonPartyNumber": "ACC-1"}, 400),
        ({"MaritalStatus": "Widowed"}, 400),
        ({"Gender": "Female", "MaritalStatus": "Widowhood", "IsReceivingDirectMail": "No", "IsInactive": "Yes"}, 201),
        ({"dataAreaId": "demf"}, 400),
        ({"FirstName": "x" * 26}, 400),
    ],
)
def test_contact_persons(probe: Probe, change: dict[str, Any], status: int) -> None:
    """A contact person works for a party that is a customer or vendor of the company, and is a person (sheet 2.2)."""
    probe.post("CustomersV3", organization(CustomerAccount="ACC-1", PartyNumber="ACC-1"))
    assert probe.post("CDSContactPersons", contact(**change)).status == status


def test_the_key_of_a_contact_person_is_fixed(probe: Probe) -> None:
    """A person who moves to another customer is another contact person."""
    for number in ("ACC-1", "ACC-2"):
        probe.post("CustomersV3", organization(CustomerAccount=number, PartyNumber=number))
    said = probe.post("CDSContactPersons", contact())
    key = "dataAreaId='usmf',ContactPersonPartyNumber='CON-1',AssociatedPartyNumber='ACC-1'"
    assert probe.get(f"CDSContactPersons({key})?{CROSS}").json["ContactPersonPartyType"] == "Person"
    assert probe.patch(said.headers["location"], {"AssociatedPartyNumber": "ACC-2"}).status == 400
    assert probe.post("CDSContactPersons", contact(AssociatedPartyNumber="ACC-2")).status == 201


def test_a_contact_person_becomes_a_customer(probe: Probe) -> None:
    """One party, with the number of the contact: the contact person stays."""
    probe.post("CustomersV3", organization(CustomerAccount="ACC-1", PartyNumber="ACC-1"))
    probe.post("CDSContactPersons", contact())
    person = {"PartyType": "Person", "PersonFirstName": "Mira", "CustomerGroupId": "10"}
    body = {**person, "CustomerAccount": "CON-1", "PartyNumber": "CON-1"}
    assert probe.post("CustomersV3", body).status == 201
    assert [row["ContactPersonPartyNumber"] for row in probe.twin.rows("CDSContactPersons")] == ["CON-1"]


def product(**values: Any) -> dict[str, Any]:
    return {"dataAreaId": "usmf", "ProductNumber": "P-1", "ProductName": "Coffee", "SalesUnitSymbol": "ea", **values}


def test_products_are_read(probe: Probe) -> None:
    """SellableReleasedProducts is read-only, in the accounting currency of its company (sheet 2.4, row 1)."""
    probe.twin.load("UnitsOfMeasure", [{"UnitSymbol": "ea", "DecimalPrecision": 0}])
    probe.twin.create("SellableReleasedProducts", product(SalesPrice=12.5))
    (row,) = probe.get(f"SellableReleasedProducts?{CROSS}").rows
    assert (row["CurrencyCode"], row["SalesPrice"], row["ProductType"]) == ("USD", 12.5, "Item")
    address = "SellableReleasedProducts(dataAreaId='usmf',ProductNumber='P-1')"
    assert probe.post("SellableReleasedProducts", product(ProductNumber="P-2")).status >= 400
    assert probe.patch(address, {"SalesPrice": 13}).status >= 400
    assert probe.delete(address).status >= 400
    assert len(list(probe.twin.rows("SellableReleasedProducts"))) == 1


def test_a_product_has_a_unit_that_exists(probe: Probe) -> None:
    """Units are those of UnitsOfMeasure."""
    with pytest.raises(Exception, match="related table"):
        probe.twin.create("SellableReleasedProducts", product())
