"""Customers and vendors: what they need, what comes with them, and what hinders their end (scenarios CUS, VEN)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.emulator.business_central.probe import DE, ZERO, Probe

DIALOG = "Application_DialogException"


def test_a_customer_needs_a_name(probe: Probe, c100: str) -> None:
    """CUS-01: on create and on change, in words of their own."""
    needed = (400, DIALOG, 'A "displayName" must be provided.')
    assert probe.post("customers", {"city": "X"}).error == needed
    assert probe.post("customers", {"displayName": ""}).error == needed
    assert probe.write(c100, {"displayName": ""}).error == (400, DIALOG, 'The blank "displayName" is not allowed.')


def test_a_vendor_needs_none(probe: Probe) -> None:
    """VEN-01."""
    assert probe.post("vendors", {"number": "GV0002"}).json["displayName"] == ""


def test_everything_that_a_customer_refers_to(probe: Probe) -> None:
    """CUS-05: all ids are kept, and the id of the currency follows its code."""
    ids = {
        "paymentTermsId": probe.there("paymentTerms", {"code": "30D"})[-37:-1],
        "shipmentMethodId": probe.there("shipmentMethods", {"code": "EXW"})[-37:-1],
        "paymentMethodId": probe.there("paymentMethods", {"code": "BANK"})[-37:-1],
        "taxAreaId": probe.there("taxAreas", {"code": "DOMESTIC", "displayName": "Domestic"})[-37:-1],
    }
    currency = probe.there("currencies", {"code": "USD"})[-37:-1]
    body = {"displayName": "X", **ids, "currencyCode": "USD", "taxLiable": True, "blocked": "All"}
    made = probe.post("customers", body).json
    assert {name: made[name] for name in body} == body
    assert (made["currencyId"], made["taxAreaDisplayName"]) == (currency, "Domestic")
    assert probe.write(f"customers({made['id']})", {"taxAreaId": "1" * 8 + ZERO[8:]}).status == 400


def test_an_address_with_what_did_not_change(probe: Probe) -> None:
    """CUS-08: a body may repeat what is there."""
    probe.there("countriesRegions", {"code": "DK"})
    target = probe.customer("C1", country="DK")
    body = {"number": "C1", "country": "DK", "addressLine1": "Vej 1", "city": "Odense"}
    said = probe.write(target, body)
    assert {name: said.json[name] for name in body} == body
    assert probe.get(target).json == said.json


def test_a_customer_in_an_open_order(probe: Probe, c100: str) -> None:
    """CUS-14: it cannot be deleted; without one it can (CUS-13)."""
    usage = probe.twin.company(DE).usage
    usage.orders.append(("C100", "I100"))
    text = "You cannot delete Customer C100 because there is at least one outstanding Sales Order for this customer."
    assert probe.remove(c100).error == (400, DIALOG, text)
    usage.orders.clear()
    usage.entries.add(("Customer", "C100"))
    assert probe.remove(c100).error[:2] == (400, DIALOG)
    usage.entries.clear()
    assert probe.remove(c100).status == 204


def test_what_hangs_on_a_customer_follows_its_number(probe: Probe, c100: str) -> None:
    """Orders and entries are those of the renamed customer."""
    probe.twin.company(DE).usage.orders.append(("C100", "I100"))
    probe.write(c100, {"number": "C101"})
    assert "Customer C101" in probe.remove(c100).refusal[1]


@pytest.mark.parametrize(("name", "relation"), [("customers", "Customer"), ("vendors", "Vendor")])
def test_a_contact_comes_with_it(probe: Probe, name: str, relation: str) -> None:
    """CUS-15: where the set-up names a relation, a company contact is made that stands for it."""
    made = probe.post(name, {"displayName": "Adatum", "city": "Odense", "email": "a@b.c"}).json
    (contact,) = probe.get("contacts").rows
    assert (contact["type"], contact["displayName"], contact["city"], contact["email"]) == (
        "Company", "Adatum", "Odense", "a@b.c",
    )  # fmt: skip
    assert contact["contactBusinessRelation"] == relation
    told = probe.get(f"{name}({made['id']})/contactsInformation")
    assert told.column("contactId") == [contact["id"]]


@pytest.mark.parametrize("name", ["customers", "vendors"])
def test_no_contact_without_a_relation(probe: Probe, name: str) -> None:
    """CUS-15: without a relation code none is made."""
    company = probe.twin.company(DE)
    company.customer_relation = company.vendor_relation = ""
    made = probe.post(name, {"displayName": "Adatum"}).json
    assert probe.get("contacts").rows == []
    assert probe.get(f"{name}({made['id']})/contactsInformation").rows == []


def test_the_contact_follows(probe: Probe) -> None:
    """bc-115: the company contact gets the new name and address; nothing else makes a new version of it."""
    made = probe.post("customers", {"displayName": "Adatum"}).json
    before = probe.get("contacts").rows[0]
    probe.pass_time(60)
    target = f"customers({made['id']})"
    probe.write(target, {"creditLimit": 5})
    assert probe.get("contacts").rows == [before]
    probe.write(target, {"displayName": "Trey", "city": "Odense"})
    (after,) = probe.get("contacts").rows
    assert (after["displayName"], after["companyName"], after["searchName"], after["city"]) == (
        "Trey", "Trey", "TREY", "Odense",
    )  # fmt: skip
    assert after["lastModifiedDateTime"] == "2025-01-06T09:01:00Z"


def test_nobody_stands_for_a_customer_that_is_gone(probe: Probe) -> None:
    """The contact stays, and stands for nobody."""
    made = probe.post("customers", {"displayName": "Adatum"}).json
    probe.remove(f"customers({made['id']})")
    assert probe.get("contacts").column("contactBusinessRelation") == ["None"]


def test_a_field_of_other_countries(probe: Probe) -> None:
    """VEN-03: it is taken and kept nowhere."""
    target = probe.there("vendors", {"number": "V1"})
    said = probe.write(target, {"irs1099Code": "MISC"})
    assert (said.status, said.json["irs1099Code"]) == (200, "")


def test_financial_details(probe: Probe, c100: str) -> None:
    """Calculated values, under the customer's id, read-only."""
    probe.twin.calculate(DE, "customerFinancialDetails", c100[-37:-1], "balance", Decimal("12.5"))
    (row,) = probe.get("customerFinancialDetails").rows
    assert (row["id"], row["number"], row["balance"]) == (c100[-37:-1], "C100", 12.5)
    assert probe.get(f"{c100}?$expand=customerFinancialDetail").json["customerFinancialDetail"]["balance"] == 12.5


@pytest.mark.parametrize(("blocked", "name"), [("Ship", "customers"), ("Payment", "vendors"), ("All", "customers")])
def test_blocking(probe: Probe, blocked: str, name: str) -> None:
    """Customers and vendors are blocked for other things."""
    target = probe.there(name, {"number": "X1", "displayName": "X"})
    assert probe.write(target, {"blocked": blocked}).json["blocked"] == blocked
    other = "vendors" if name == "customers" else "customers"
    if blocked != "All":
        wrong = probe.there(other, {"number": "X2", "displayName": "X"})
        assert probe.write(wrong, {"blocked": blocked}).error[1] == "Application_EvaluateException"
