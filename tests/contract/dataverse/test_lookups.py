"""Lookups: set by reference, emptied by null, read as ids with annotations on request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.dataverse.probe import Probe

ABSENT = "00000000-1111-4222-8333-444444444444"
URL = "http://127.0.0.1:7081/api/data/v9.2"
FORMATTED = "OData.Community.Display.V1.FormattedValue"


@pytest.mark.parametrize(
    "link",
    [
        "/contacts({id})",
        "contacts({id})",
        f"{URL}/contacts({{id}})",
        "/api/data/v9.2/contacts({id})",
        "/contacts(contactid={id})",
        "/contacts(msdyn_contactpersonid='P-1',_msdyn_company_value={company})",
    ],
)
def test_references(probe: Probe, link: str) -> None:
    """A reference is a relative or absolute path, by id or by alternate key."""
    company = probe.company()
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({company})"}
    contact = probe.created("contacts", lastname="Novak", msdyn_contactpersonid="P-1", **bind)
    body = {"primarycontactid@odata.bind": link.format(id=contact, company=company)}
    said = probe.post("accounts?$select=_primarycontactid_value", body, prefer="return=representation")
    assert said.json["_primarycontactid_value"] == contact


@pytest.mark.parametrize(
    ("name", "link", "status", "code"),
    [
        ("PrimaryContactId", "/contacts({id})", 400, "0x80048d19"),
        ("primarycontact", "/contacts({id})", 400, "0x80048d19"),
        ("name", "/contacts({id})", 400, "0x80048d19"),
        ("_primarycontactid_value", "/contacts({id})", 400, "0x80048d19"),
        ("parentcustomerid", "/accounts({id})", 400, "0x80048d19"),
        ("primarycontactid", "/accounts({id})", 400, "0x80060888"),
        ("primarycontactid", "/nothing({id})", 400, "0x80060888"),
        ("primarycontactid", "/contacts", 400, "0x80060888"),
        ("primarycontactid", "/contacts('{id}')", 400, "0x80060888"),
        ("primarycontactid", "https://example.com/contacts({id})", 400, "0x80060888"),
        ("primarycontactid", "{id}", 400, "0x80060888"),
        ("primarycontactid", 5, 400, "0x80060888"),
        ("primarycontactid", "$1", 400, "0x80060888"),
        ("primarycontactid", f"/contacts({ABSENT})", 404, "0x80040217"),
        ("msdyn_company", "/cdm_companies(cdm_companycode='XXXX')", 404, "0x80060891"),
        ("masterid", "/accounts({id})", 400, "0x80040203"),
    ],
)
def test_bad_references(probe: Probe, name: str, link: Any, status: int, code: str) -> None:
    """A wrong name, a wrong target or a row that is not there is refused, and nothing is kept."""
    contact = probe.created("contacts", lastname="Novak")
    value = link.format(id=contact) if isinstance(link, str) else link
    said = probe.post("accounts", {"name": "A", f"{name}@odata.bind": value})
    assert said.refusal == (status, code)
    assert probe.twin.rows("accounts") == []


def test_messages_of_bad_references(probe: Probe) -> None:
    """The refusals of a wrong name and of an absent row read as in the product."""
    said = probe.post("accounts", {"primarycontact@odata.bind": f"/contacts({ABSENT})"})
    assert "An undeclared property 'primarycontact' which only has property annotations" in said.message
    said = probe.post("accounts", {"primarycontactid@odata.bind": f"/contacts({ABSENT})"})
    assert said.message == f"contact With Id = {ABSENT} Does Not Exist"


@pytest.mark.parametrize("value", ["{id}", 5, True, []])
def test_values_of_navigation_properties(probe: Probe, value: Any) -> None:
    """A navigation property takes no value but null."""
    contact = probe.created("contacts")
    body = {"primarycontactid": value.format(id=contact) if isinstance(value, str) else value}
    assert probe.post("accounts", body).refusal == (400, "0x80048d19")


def test_ids_are_not_written(probe: Probe) -> None:
    """The id of a lookup cannot be written as a value."""
    contact = probe.created("contacts")
    said = probe.post("accounts", {"_primarycontactid_value": contact})
    assert said.refusal == (400, "0x80060888")
    assert "CRM do not support direct update of Entity Reference properties" in said.message


@pytest.mark.parametrize("name", ["primarycontactid@odata.bind", "primarycontactid"])
def test_null_empties(probe: Probe, name: str) -> None:
    """Null empties a lookup, with or without the bind suffix."""
    contact = probe.created("contacts")
    row_id = probe.created("accounts", **{"primarycontactid@odata.bind": f"/contacts({contact})"})
    assert probe.patch(f"accounts({row_id})", {name: None}).status == 204
    assert probe.get(f"accounts({row_id})").json["_primarycontactid_value"] is None
    assert probe.twin.history[-1].sent == ("primarycontactid",)


@pytest.mark.parametrize("answer", ["ignore", "refuse"])
@pytest.mark.parametrize(
    ("switch", "name"), [("bind_null", "primarycontactid@odata.bind"), ("navigation_null", "primarycontactid")]
)
def test_null_that_does_not_empty(probe: Probe, switch: str, name: str, answer: str) -> None:
    """A service may leave the lookup as it is, and take the rest of the body; or refuse the whole of it."""
    contact = probe.created("contacts")
    row_id = probe.created("accounts", **{"primarycontactid@odata.bind": f"/contacts({contact})"})
    setattr(probe.twin.behaviour, switch, answer)
    said = probe.patch(f"accounts({row_id})", {name: None, "name": "B"})
    assert said.refusal == (400, "0x80048d19") if answer == "refuse" else said.status == 204
    row = probe.get(f"accounts({row_id})").json
    assert (row["_primarycontactid_value"], row["name"] == "B") == (contact, answer == "ignore")
    other = {"bind_null": "primarycontactid", "navigation_null": "primarycontactid@odata.bind"}[switch]
    probe.patch(f"accounts({row_id})", {other: None})
    assert probe.get(f"accounts({row_id})").json["_primarycontactid_value"] is None


def test_polymorphic_lookups(probe: Probe) -> None:
    """A lookup with several targets has a name for each; the last target is kept with the id."""
    account, contact = probe.created("accounts", name="A"), probe.created("contacts", lastname="Novak")
    child = probe.created("contacts", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    asked = {"prefer": 'odata.include-annotations="*"'}

    def parent() -> tuple[str, str]:
        row = probe.get(f"contacts({child})?$select=_parentcustomerid_value", **asked).json
        logical = row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"]
        return row["_parentcustomerid_value"], logical

    assert parent() == (account, "account")
    probe.patch(f"contacts({child})", {"parentcustomerid_contact@odata.bind": f"/contacts({contact})"})
    assert parent() == (contact, "contact")
    both = {
        "parentcustomerid_contact@odata.bind": f"/contacts({contact})",
        "parentcustomerid_account@odata.bind": f"/accounts({account})",
    }
    assert probe.patch(f"contacts({child})", both).refusal == (400, "0x80048d19")
    one = {"parentcustomerid_contact@odata.bind": None, "parentcustomerid_account@odata.bind": f"/accounts({account})"}
    assert probe.patch(f"contacts({child})", one).status == 204
    assert parent() == (account, "account")
    probe.patch(f"contacts({child})", {"parentcustomerid_account": None})
    assert probe.get(f"contacts({child})").json["_parentcustomerid_value"] is None


def test_owners(probe: Probe) -> None:
    """A row is owned by a user or by a team, under one name."""
    team = probe.created("teams", name="Sales")
    row_id = probe.created("accounts", **{"ownerid@odata.bind": f"/teams({team})"})
    row = probe.get(f"accounts({row_id})", prefer='odata.include-annotations="*"').json
    assert (row["_ownerid_value"], row["_owninguser_value"]) == (team, None)
    assert row["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "team"
    user = probe.get("WhoAmI").json["UserId"]
    probe.patch(f"accounts({row_id})", {"ownerid@odata.bind": f"/systemusers({user})"})
    assert probe.get(f"accounts({row_id})").json["_owninguser_value"] == user


def test_annotations_of_lookups(probe: Probe) -> None:
    """With annotations a lookup says its label, its table and the name to bind it by; without, nothing."""
    account = probe.created("accounts", name="Fabrikam")
    child = probe.created("contacts", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    target = f"contacts({child})?$select=_parentcustomerid_value"
    assert not [name for name in probe.get(target).json if "@" in name and not name.startswith("@")]
    row = probe.get(target, prefer='odata.include-annotations="*"').json
    assert row[f"_parentcustomerid_value@{FORMATTED}"] == "Fabrikam"
    assert row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    name = "_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"
    assert row[name] == "parentcustomerid_account"


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("*", {"formatted", "table", "navigation"}),
        (FORMATTED, {"formatted"}),
        (f"{FORMATTED},Microsoft.Dynamics.CRM.lookuplogicalname", {"formatted", "table"}),
        ("Microsoft.Dynamics.CRM.*", {"table", "navigation"}),
        ("nothing", set()),
    ],
)
def test_chosen_annotations(probe: Probe, asked: str, wanted: set[str]) -> None:
    """Annotations are asked for by name, by prefix or all."""
    kinds = {
        "formatted": FORMATTED,
        "table": "Microsoft.Dynamics.CRM.lookuplogicalname",
        "navigation": "Microsoft.Dynamics.CRM.associatednavigationproperty",
    }
    row_id = probe.created("accounts", name="A")
    said = probe.get(f"accounts({row_id})?$select=_ownerid_value", prefer=f'odata.include-annotations="{asked}"')
    found = {name.removeprefix("_ownerid_value@") for name in said.json if name.startswith("_ownerid_value@")}
    assert found == {kinds[kind] for kind in wanted}


@pytest.mark.parametrize(
    ("values", "name", "label"),
    [
        ({"customertypecode": 3}, "customertypecode", "Customer"),
        ({}, "statecode", "Active"),
        ({"msdyn_onetimecustomer": True}, "msdyn_onetimecustomer", "Yes"),
        ({"creditlimit": 25000}, "creditlimit", "€25,000.00"),
        ({"numberofemployees": 4200}, "numberofemployees", "4,200"),
        ({}, "createdon", "1/6/2025 9:00 AM"),
    ],
)
def test_formatted_values(probe: Probe, values: dict[str, Any], name: str, label: str) -> None:
    """Choices, money, numbers and dates have labels."""
    row_id = probe.created("accounts", **values)
    row = probe.get(f"accounts({row_id})?$select={name}", prefer='odata.include-annotations="*"').json
    assert row[f"{name}@{FORMATTED}"] == label


def test_no_label_for_null(probe: Probe) -> None:
    """What is empty has no annotation."""
    row = probe.get(f"accounts({probe.created('accounts')})", prefer='odata.include-annotations="*"').json
    assert f"customertypecode@{FORMATTED}" not in row
    assert "_primarycontactid_value@Microsoft.Dynamics.CRM.lookuplogicalname" not in row


def test_reference_endpoint(probe: Probe) -> None:
    """A lookup is read, set and emptied at its reference address."""
    contact, account = probe.created("contacts"), probe.created("accounts")
    target = f"accounts({account})/primarycontactid/$ref"
    assert probe.get(target).status == 204
    assert probe.put(target, {"@odata.id": f"{URL}/contacts({contact})"}).status == 204
    assert probe.get(target).json["@odata.id"] == f"{URL}/contacts({contact})"
    assert probe.get(f"accounts({account})/primarycontactid").json["contactid"] == contact
    assert probe.get(f"accounts({account})/_primarycontactid_value").json["value"] == contact
    assert probe.delete(target).status == 204
    assert probe.get(f"accounts({account})/primarycontactid").status == 204


@pytest.mark.parametrize("body", [{}, {"@odata.id": 5}, {"@odata.id": "/accounts({id})"}, {"id": "x"}])
def test_bad_reference_bodies(probe: Probe, body: dict[str, Any]) -> None:
    """A reference is one fitting '@odata.id'."""
    account = probe.created("accounts")
    filled = {name: value.format(id=account) if isinstance(value, str) else value for name, value in body.items()}
    assert probe.put(f"accounts({account})/primarycontactid/$ref", filled).status == 400


def test_wrong_methods_of_references(probe: Probe) -> None:
    """A single-valued reference is not added to; a lookup's row is only read through it."""
    target = f"accounts({probe.created('accounts')})/primarycontactid"
    assert probe.post(f"{target}/$ref", {"@odata.id": "/contacts(1)"}).status == 405
    assert probe.patch(target, {"lastname": "X"}).status == 405


def test_row_behind_a_lookup(probe: Probe) -> None:
    """The row behind a lookup is read with its own columns."""
    contact = probe.created("contacts", lastname="Novak")
    account = probe.created("accounts", **{"primarycontactid@odata.bind": f"/contacts({contact})"})
    row = probe.get(f"accounts({account})/primarycontactid?$select=lastname").json
    assert row["lastname"] == "Novak"
    assert probe.get(f"accounts({account})/primarycontactid?$select=name").refusal == (400, "0x80060888")


@pytest.mark.parametrize("chain", [1, 2, 3])
def test_no_contact_stands_above_himself(probe: Probe, chain: int) -> None:
    """A chain of parents that would lead back to where it begins is refused, and nothing of it is kept."""
    above = probe.created("contacts", lastname="Novak")
    names = [above]
    for _ in range(chain - 1):
        names.append(probe.created("contacts", **{"parentcustomerid_contact@odata.bind": f"/contacts({names[-1]})"}))
    said = probe.patch(f"contacts({above})", {"parentcustomerid_contact@odata.bind": f"/contacts({names[-1]})"})
    assert (said.status, said.json["error"]["code"]) == (400, "0x8004050a")
    assert probe.get(f"contacts({above})").json["_parentcustomerid_value"] is None
    assert probe.delete(f"contacts({above})").status == 204
    assert {probe.get(f"contacts({name})").status for name in names} == {404}
