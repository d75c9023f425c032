"""Numbers from series, taken ones, templates, and names that change their number (checklist 4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.business_central import Template
from tests.emulator.business_central.probe import DE, ZERO, Probe

NUMBERED = {"customers": "C00010", "vendors": "V00010", "contacts": "CT000001", "items": "1001"}
MANUAL = "You may not enter numbers manually. If you want to enter numbers manually, please activate Manual Nos. in "


@pytest.mark.parametrize(("name", "number"), NUMBERED.items())
def test_the_series_numbers_what_has_none(probe: Probe, name: str, number: str) -> None:
    """CUS-02: the next number of the series; one that was taken by hand is skipped silently."""
    assert probe.post(name, {"displayName": "A"}).json["number"] == number
    series = {"customers": "Customer", "vendors": "Vendor", "contacts": "Contact", "items": "Item"}[name]
    found = probe.twin.company(DE).series[series]
    taken = f"{found.prefix}{found.last + found.step:0{found.digits}d}"
    assert probe.post(name, {"number": taken, "displayName": "B"}).json["number"] == taken
    assert probe.post(name, {"displayName": "C"}).json["number"] > taken


def test_a_refused_create_takes_no_number(probe: Probe) -> None:
    """What is rolled back leaves no gap."""
    assert probe.post("customers", {"city": "X"}).status == 400
    probe.twin.company(DE).templates["customers"] = [Template({"country": "XX"})]
    assert probe.post("customers", {"displayName": "A"}).status == 400
    probe.twin.company(DE).templates.clear()
    assert probe.post("customers", {"displayName": "A"}).json["number"] == "C00010"


def test_numbers_by_hand_are_not_allowed(probe: Probe) -> None:
    """CUS-03: if the series says so."""
    probe.twin.company(DE).series["Customer"].manual = False
    said = probe.post("customers", {"number": "MY1", "displayName": "X"})
    assert said.error == (400, "Application_DialogException", f"{MANUAL}No. Series CUST.")
    assert probe.post("customers", {"displayName": "X"}).status == 201


def test_no_series(probe: Probe) -> None:
    """Without one nothing can be numbered."""
    del probe.twin.company(DE).series["Item"]
    said = probe.post("items", {"displayName": "X"})
    assert said.error[:2] == (400, "Application_FieldValidationException")
    assert said.refusal[1].startswith("Item Nos. must have a value in Inventory Setup")


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("customers", {"number": "GC0001", "displayName": "X"}, ("Customer", "No.='GC0001'")),
        ("vendors", {"number": "GC0001"}, ("Vendor", "No.='GC0001'")),
        ("shipmentMethods", {"code": "exw"}, ("Shipment Method", "Code='EXW'")),
        ("itemCategories", {"code": "CHAIRS"}, ("Item Category", "Code='CHAIRS'")),
    ],
)
def test_a_number_that_is_taken(probe: Probe, name: str, body: dict[str, Any], said: tuple[str, str]) -> None:
    """CUS-04, SHM-01, CAT-03: nothing is made, whatever the letter case."""
    probe.there(name, body)
    text = f"The {said[0]} already exists. Identification fields and values: {said[1]}"
    assert probe.post(name, body).error == (400, "Internal_EntityWithSameKeyExists", text)
    assert len(probe.get(name).rows) == 1


@pytest.mark.parametrize("name", ["currencies", "unitsOfMeasure", "paymentTerms", "salespeoplePurchasers"])
def test_a_code_is_needed(probe: Probe, name: str) -> None:
    """Coded rows have no series."""
    assert probe.post(name, {"displayName": "X"}).error[:2] == (400, "BadRequest_RequiredParamNotProvided")
    target = probe.there(name, {"code": "X"})
    assert probe.write(target, {"code": ""}).error[:2] == (400, "BadRequest_RequiredParamNotProvided")


def test_templates_fill_what_was_not_sent(probe: Probe) -> None:
    """CUS-06: a property that was sent is never overwritten."""
    probe.there("countriesRegions", {"code": "DK"})
    probe.twin.company(DE).templates["customers"] = [Template({"city": "Odense", "state": "Fyn"}, {"country": "DK"})]
    made = probe.post("customers", {"displayName": "X", "country": "DK", "city": "Aarhus"}).json
    assert (made["city"], made["state"]) == ("Aarhus", "Fyn")
    assert probe.post("customers", {"displayName": "X", "city": "Aarhus"}).json["state"] == ""


def test_the_first_fitting_template(probe: Probe) -> None:
    """CUS-07: only the first one by its order; one without a condition always fits."""
    probe.twin.company(DE).templates["customers"] = [
        Template({"city": "first"}), Template({"city": "second", "state": "S"}),
    ]  # fmt: skip
    made = probe.post("customers", {"displayName": "X"}).json
    assert (made["city"], made["state"]) == ("first", "")


def test_templates_of_vendors_and_items(probe: Probe) -> None:
    """VEN-02, ITM-09: by any property, and ids follow the codes."""
    terms = probe.there("paymentTerms", {"code": "14D"})[-37:-1]
    bank = probe.there("paymentMethods", {"code": "BANK"})[-37:-1]
    probe.there("unitsOfMeasure", {"code": "PCS"})
    templates = probe.twin.company(DE).templates
    templates["vendors"] = [Template({"paymentTermsId": terms}, {"paymentMethodId": bank})]
    templates["items"] = [Template({"baseUnitOfMeasureCode": "PCS"}, {"unitCost": 1150})]
    assert probe.post("vendors", {"number": "V1", "paymentMethodId": bank}).json["paymentTermsId"] == terms
    item = probe.post("items", {"number": "I1", "unitCost": 1150}).json
    assert item["baseUnitOfMeasureCode"] == "PCS"
    assert item["baseUnitOfMeasureId"] != ZERO


def test_what_a_template_overwrites(probe: Probe) -> None:
    """The category of an item by its code is not noted as sent; by its id it is. On units nothing is kept."""
    chairs = probe.there("itemCategories", {"code": "CHAIRS"})[-37:-1]
    tables = probe.there("itemCategories", {"code": "TABLES"})[-37:-1]
    templates = probe.twin.company(DE).templates
    templates["items"] = [Template({"itemCategoryId": tables})]
    templates["unitsOfMeasure"] = [Template({"symbol": "#"})]
    assert probe.post("items", {"number": "I1", "itemCategoryId": chairs}).json["itemCategoryCode"] == "CHAIRS"
    assert probe.post("unitsOfMeasure", {"code": "PCS"}).json["symbol"] == ""


@pytest.mark.parametrize(
    ("name", "body", "kept"),
    [
        ("customers", {"displayName": "X"}, True),
        ("vendors", {"displayName": "X"}, True),
        ("contacts", {"displayName": "X"}, True),
        ("items", {"number": "I1"}, True),
        ("currencies", {"code": "X"}, True),
        ("paymentTerms", {"code": "X"}, True),
        ("paymentMethods", {"code": "X"}, True),
        ("shipmentMethods", {"code": "X"}, True),
        ("itemCategories", {"code": "X"}, True),
        ("countriesRegions", {"code": "X"}, True),
        ("unitsOfMeasure", {"code": "X"}, False),
        ("salespeoplePurchasers", {"code": "X"}, False),
        ("taxAreas", {"code": "X"}, False),
        ("taxGroups", {"code": "X"}, False),
    ],
)
def test_whose_new_rows_have_a_template(probe: Probe, name: str, body: dict[str, Any], kept: bool) -> None:
    """Section 5: rules of API Setup count for these sets, and for no others."""
    field = "state" if "displayName" in body else "displayName"
    probe.twin.company(DE).templates[name] = [Template({field: "given"})]
    assert probe.post(name, body).json[field] == ("given" if kept else "")


RENAMED = [
    ("currencies", "USD", "USX", "customers", "currencyCode"),
    ("itemCategories", "CHAIRS", "SEATS", "items", "itemCategoryCode"),
    ("countriesRegions", "DK", "GE", "customers", "country"),
    ("salespeoplePurchasers", "JR", "JRX", "customers", "salespersonCode"),
    ("unitsOfMeasure", "PCS", "ST", "items", "baseUnitOfMeasureCode"),
]


@pytest.mark.parametrize(("name", "old", "new", "holder", "field"), RENAMED)
def test_renames(probe: Probe, name: str, old: str, new: str, holder: str, field: str) -> None:
    """CUR-03, CAT-01, CTY-02: the same id under another code, and what holds the code follows without a stamp."""
    target = probe.there(name, {"code": old})
    other = probe.there(holder, {"number": "X1", "displayName": "X", field: old})
    before = probe.get(other).json
    probe.pass_time(60)
    said = probe.write(target, {"code": new})
    assert (said.status, said.json["code"], said.id) == (200, new, target[-37:-1])
    after = probe.get(other).json
    assert after[field] == new
    assert after["lastModifiedDateTime"] == before["lastModifiedDateTime"]
    assert probe.get(f"{name}?$filter=code eq '{old}'").rows == []


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("paymentTerms", "paymentTermsId"),
        ("paymentMethods", "paymentMethodId"),
        ("shipmentMethods", "shipmentMethodId"),
    ],
)
def test_renames_behind_an_id(probe: Probe, name: str, field: str) -> None:
    """PTM-02, PMT-01: who holds the id still does."""
    target = probe.there(name, {"code": "30D"})
    customer = probe.customer("C1", **{field: target[-37:-1]})
    assert probe.write(target, {"code": "N30"}).status == 200
    assert probe.get(customer).json[field] == target[-37:-1]


def test_a_customer_changes_its_number(probe: Probe, c100: str) -> None:
    """By a PATCH: the id stays; a number that is taken is refused."""
    probe.customer("C200")
    assert probe.write(c100, {"number": "C200"}).error[1] == "Internal_EntityWithSameKeyExists"
    said = probe.write(c100, {"number": "c101"})
    assert (said.json["number"], said.id) == ("C101", c100[-37:-1])
    assert probe.twin.history[-1].operation == "rename"


def test_followers_with_a_stamp(probe: Probe) -> None:
    """Whether rows that follow a rename get a new stamp is not known: there is a switch for both."""
    probe.twin.behaviour.rename_stamps = True
    target, customer = probe.there("currencies", {"code": "USD"}), probe.customer("C1", currencyCode="USD")
    probe.pass_time(60)
    probe.write(target, {"code": "USX"})
    assert probe.get(customer).json["lastModifiedDateTime"] == "2025-01-06T09:01:00Z"
