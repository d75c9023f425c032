"""Contacts: companies and people, names in parts, and for whom they stand (scenarios CTC, CTI; checklist 15)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.business_central import contacts
from tests.emulator.business_central.probe import DE, Probe

DIALOG = "Application_DialogException"


@pytest.fixture
def adatum(probe: Probe) -> dict[str, Any]:
    """The company contact of a customer."""
    probe.customer("C100", displayName="Adatum")
    found: dict[str, Any] = probe.get("contacts").rows[0]
    return found


def person(probe: Probe, company: str, name: str = "Anna Berg", **values: Any) -> dict[str, Any]:
    body = {"type": "Person", "displayName": name, "companyNumber": company, **values}
    found: dict[str, Any] = probe.post("contacts", body).json
    return found


def test_a_contact_needs_a_name(probe: Probe, adatum: dict[str, Any]) -> None:
    """CTC-01, CTC-02."""
    assert probe.post("contacts", {"type": "Person"}).error == (400, DIALOG, 'A "displayName" must be provided.')
    said = probe.write(f"contacts({adatum['id']})", {"displayName": ""})
    assert said.error == (400, DIALOG, 'The blank "displayName" is not allowed.')


def test_a_company_is_its_own(probe: Probe) -> None:
    """CTC-03."""
    made = probe.post("contacts", {"displayName": "Adatum"}).json
    assert (made["type"], made["companyName"], made["searchName"]) == ("Company", "Adatum", "ADATUM")
    assert made["companyNumber"] == made["number"]
    changed = probe.write(f"contacts({made['id']})", {"number": "CX"}).json
    assert changed["companyNumber"] == "CX"


def test_a_company_under_another(probe: Probe, adatum: dict[str, Any]) -> None:
    """CTC-04: only people can be put under a company, and only under a company."""
    made = probe.post("contacts", {"displayName": "Trey"}).json
    said = probe.write(f"contacts({made['id']})", {"companyNumber": adatum["number"]})
    assert said.error[:2] == (400, "Application_FieldValidationException")
    assert "Type must be equal to 'Person'" in said.refusal[1]
    anna = person(probe, adatum["number"])
    wrong = probe.post("contacts", {"type": "Person", "displayName": "B", "companyNumber": anna["number"]})
    assert "Type must be equal to 'Company'" in wrong.refusal[1]
    nobody = probe.post("contacts", {"type": "Person", "displayName": "B", "companyNumber": "NOBODY"})
    assert nobody.error[:2] == (400, "Internal_InvalidTableRelation")


def test_a_person_of_a_customer(probe: Probe, adatum: dict[str, Any]) -> None:
    """A person stands for whom its company stands, and has its name."""
    anna = person(probe, adatum["number"])
    assert (anna["companyName"], anna["contactBusinessRelation"]) == ("Adatum", "Customer")
    alone = probe.post("contacts", {"type": "Person", "displayName": "B"}).json
    assert (alone["companyNumber"], alone["companyName"], alone["contactBusinessRelation"]) == ("", "", "None")
    moved = probe.write(f"contacts({alone['id']})", {"companyNumber": adatum["number"]}).json
    assert (moved["companyName"], moved["contactBusinessRelation"]) == ("Adatum", "Customer")


def test_the_relation_is_computed(probe: Probe, adatum: dict[str, Any]) -> None:
    """CTC-05: it cannot be written; a contact that stands for two is of several."""
    said = probe.write(f"contacts({adatum['id']})", {"contactBusinessRelation": "Vendor"})
    assert said.error[:2] == (400, "BadRequest_InvalidOperation")
    anna = person(probe, adatum["number"])
    probe.twin.company(DE).vendor_relation = ""
    vendor = probe.there("vendors", {"number": "V1", "displayName": "Adatum"})[-37:-1]
    probe.twin.link(DE, adatum["id"], "vendors", vendor)
    assert probe.get("contacts").column("contactBusinessRelation") == ["Multiple", "Multiple"]
    assert probe.get(f"vendors({vendor})/contactsInformation").column("contactId") == [adatum["id"], anna["id"]]


def test_a_contact_with_open_opportunities(probe: Probe, adatum: dict[str, Any]) -> None:
    """CTC-06."""
    probe.twin.company(DE).usage.opportunities.append((adatum["number"], "JR"))
    said = probe.remove(f"contacts({adatum['id']})")
    assert said.error[:2] == (400, DIALOG)
    assert said.refusal[1].endswith("because one or more opportunities are in not started or progress.")


def test_people_go_with_their_company(probe: Probe, adatum: dict[str, Any]) -> None:
    """A company that is deleted takes its people along, and each is told of."""
    anna = person(probe, adatum["number"])
    probe.subscribe("contacts")
    probe.remove(f"contacts({adatum['id']})")
    assert probe.get("contacts").rows == []
    probe.pass_time(60)
    told = probe.told()
    assert {each["changeType"] for each in told} == {"deleted"}
    assert {each["resource"][-37:-1] for each in told} == {adatum["id"], anna["id"]}


def test_people_follow_the_number_of_their_company(probe: Probe, adatum: dict[str, Any]) -> None:
    """A company contact that is renamed keeps its people."""
    anna = person(probe, adatum["number"])
    probe.write(f"contacts({adatum['id']})", {"number": "NEW"})
    assert probe.get(f"contacts({anna['id']})").json["companyNumber"] == "NEW"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Anna", ("Anna", "", "")),
        ("Anna Berg", ("Anna", "", "Berg")),
        ("Anna Maria Berg", ("Anna", "Maria", "Berg")),
        ("Anna Maria Luise Berg", ("Anna Maria", "Luise", "Berg")),
        ("  Anna   Berg ", ("Anna", "", "Berg")),
        ("A" * 31 + " Berg", ("A" * 30, "", "Berg")),
    ],
)
def test_names_of_people_in_parts(probe: Probe, adatum: dict[str, Any], name: str, parts: tuple[str, ...]) -> None:
    """Checklist 15: split at blanks, only the last word but one is a middle name, each cut at 30 letters."""
    made = person(probe, adatum["number"], name)
    (row,) = probe.get(f"customerContacts?$filter=id eq {made['id']}").rows
    assert (row["firstName"], row["lastName"]) == (parts[0], parts[2])
    assert tuple(each[:30] for each in contacts.parts(name)) == parts


def test_a_name_that_is_made_of_parts(probe: Probe, adatum: dict[str, Any]) -> None:
    """Writing one of them rebuilds the name."""
    made = person(probe, adatum["number"], "Anna Maria Berg")
    said = probe.write(f"customerContacts({made['id']})", {"lastName": "Holm"})
    assert (said.status, said.json["customerName"]) == (200, "Adatum")
    after = probe.get(f"contacts({made['id']})").json
    assert (after["displayName"], after["searchName"]) == ("Anna Maria Holm", "ANNA MARIA HOLM")


def test_a_company_has_no_parts(probe: Probe) -> None:
    """The type has to come before the name: a company is not split, and stays so."""
    made = probe.post("contacts", {"displayName": "Anna Berg", "type": "Person"}).json
    stored = probe.twin.company(DE).of("contacts").rows[made["id"]].values
    assert (stored["First Name"], stored["Surname"]) == ("", "")


def test_contacts_of_customers_alone(probe: Probe, adatum: dict[str, Any]) -> None:
    """customerContacts shows people of customers, and nobody can be made there."""
    anna = person(probe, adatum["number"], email="anna@adatum.example")
    person(probe, "")
    assert probe.get("customerContacts").column("email") == ["anna@adatum.example"]
    assert probe.post("customerContacts", {"lastName": "X"}).status == 405
    other = probe.customer("C200", displayName="Trey")[-37:-1]
    said = probe.write(f"customerContacts({anna['id']})", {"customerId": other})
    assert said.json["customerName"] == "Trey"
    wrong = probe.write(f"customerContacts({anna['id']})", {"customerId": anna["id"]})
    assert wrong.refusal[1] == f"Customer with provided id - {anna['id']} does not exist"


@pytest.mark.parametrize(("name", "relation"), [("customers", "Customer"), ("vendors", "Vendor")])
def test_contacts_information(probe: Probe, name: str, relation: str) -> None:
    """CTI-01, CTI-02: the company contact and the people under it, by the path or by both filters."""
    owner = probe.there(name, {"number": "X100", "displayName": "Adatum"})[-37:-1]
    (company,) = probe.get("contacts").rows
    anna = person(probe, company["number"])
    said = probe.get(f"{name}({owner})/contactsInformation")
    assert said.column("contactId") == [company["id"], anna["id"]]
    assert {(row["relatedId"], row["relatedType"]) for row in said.rows} == {(owner, relation)}
    asked = probe.get(f"contactsInformation?$filter=relatedId eq {owner} and relatedType eq '{relation}'")
    assert asked.rows == said.rows


@pytest.mark.parametrize("text", ["", "?$filter=contactType eq 'Person'", "?$filter=relatedType eq 'Customer'"])
def test_contacts_information_needs_both(probe: Probe, text: str) -> None:
    """CTI-03."""
    assert probe.get(f"contactsInformation{text}").error == (400, DIALOG, "id type not specified.")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_contacts_information_is_read_only(probe: Probe, method: str) -> None:
    """CTI-04."""
    target = "contactsInformation" if method == "POST" else f"contactsInformation({probe.company})"
    assert probe.send(method, target, {}, if_match="*").status == 405
