"""The rows that point to a row, read through it by the name that was published for the list."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

import pytest

from tests.emulator.dataverse.probe import Probe

EDM: Final = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture
def account(probe: Probe) -> str:
    """An account with two contacts, and a contact of another one."""
    first, other = probe.created("accounts", name="A"), probe.created("accounts", name="B")
    for name, row_id in (("Ann", first), ("Bob", first), ("Cid", other)):
        probe.created("contacts", lastname=name, **{"parentcustomerid_account@odata.bind": f"/accounts({row_id})"})
    return first


def test_the_list_is_read(probe: Probe, account: str) -> None:
    """Rows of this one only, chosen, ordered and counted like any list."""
    path = f"accounts({account})/contact_customer_accounts"
    asked = f"{path}?$select=lastname&$orderby=lastname desc"
    assert [row["lastname"] for row in probe.get(asked).rows] == ["Bob", "Ann"]
    chosen = f"{path}?$select=lastname&$filter=lastname eq 'Ann' or lastname eq 'Cid'"
    assert [row["lastname"] for row in probe.get(chosen).rows] == ["Ann"]
    assert probe.get(f"{path}/$count").text.endswith("2")


def test_pages_of_a_list(probe: Probe, account: str) -> None:
    """The next page is of the same list."""
    path = f"accounts({account})/contact_customer_accounts?$select=lastname"
    first = probe.get(path, prefer="odata.maxpagesize=1").json
    following = probe.get(first["@odata.nextLink"], prefer="odata.maxpagesize=1").json
    assert "@odata.nextLink" not in following
    assert {row["lastname"] for row in (*first["value"], *following["value"])} == {"Ann", "Bob"}


def test_a_list_is_only_read(probe: Probe, account: str) -> None:
    """What is not served says so by name; a list that does not exist is no property."""
    path = f"accounts({account})/contact_customer_accounts"
    assert probe.post(path, {"lastname": "Dan"}).refusal == (501, "0x8006088a")
    assert probe.get(f"{path}/$ref").refusal == (501, "0x8006088a")
    assert probe.get(f"accounts({account})/contacts").refusal == (400, "0x80060888")


def test_lists_of_a_row_that_is_gone(probe: Probe, account: str) -> None:
    """Whoever is not there has no list."""
    path = f"accounts({account})/contact_customer_accounts"
    assert probe.delete(f"accounts({account})").status == 204
    assert probe.get(path).status == 404


def test_metadata_declare_lists_and_keys(probe: Probe) -> None:
    """`$metadata` has the list, and every alternate key under the names of its properties."""
    model = ET.fromstring(probe.get("$metadata").text)  # noqa: S314 - the twin's own
    found = next(each for each in model.iter(f"{EDM}EntityType") if each.get("Name") == "account")
    lists = {each.get("Name"): each.get("Type") for each in found.iter(f"{EDM}NavigationProperty")}
    assert lists["contact_customer_accounts"] == "Collection(Microsoft.Dynamics.CRM.contact)"
    assert lists["primarycontactid"] == "Microsoft.Dynamics.CRM.contact"
    (annotation,) = found.iter(f"{EDM}Annotation")
    assert annotation.get("Term") == "OData.Community.Keys.V1.AlternateKeys"
    paths = [each.get("PropertyPath") for each in annotation.iter(f"{EDM}PropertyValue") if each.get("PropertyPath")]
    assert paths == ["accountnumber", "_msdyn_company_value"]


@pytest.mark.parametrize("name", ["WinQuote", "QualifyLead", "RetrieveDuplicates", "ExportSolution"])
def test_operations_that_are_not_served(probe: Probe, name: str) -> None:
    """Each is refused by its name, unlike what the service itself does not know."""
    said = probe.post(name, {})
    assert said.refusal == (501, "0x8006088a")
    assert said.message == f"The twin does not implement the operation {name}."
    assert probe.post(name.lower(), {}).refusal == (404, "0x8006088a")


def test_operations_of_a_row_that_are_not_served(probe: Probe, account: str) -> None:
    """So are those that belong to a row."""
    said = probe.post(f"accounts({account})/Microsoft.Dynamics.CRM.AddToQueue", {})
    assert said.refusal == (501, "0x8006088a")
    assert "AddToQueue" in said.message


def test_a_list_inside_a_row(probe: Probe, account: str) -> None:
    """An expanded list takes what a list takes, in every row and in a single one."""
    options = "$select=lastname;$filter=startswith(lastname,'A') or lastname eq 'B;,)ob' or lastname eq 'Bob'"
    expand = f"$expand=contact_customer_accounts({options};$orderby=lastname desc)"
    row = probe.get(f"accounts({account})?$select=name&{expand}").json
    assert [each["lastname"] for each in row["contact_customer_accounts"]] == ["Bob", "Ann"]
    assert row["@odata.context"].endswith("#accounts(name,contact_customer_accounts(lastname))/$entity")
    rows = probe.get(f"accounts?$select=name&$orderby=name&{expand[:-1]};$top=1)").rows
    assert [len(each["contact_customer_accounts"]) for each in rows] == [1, 0]


def test_lists_of_lists_are_left_out(probe: Probe, account: str) -> None:
    """What the service does and the twin does not is said by name; what nobody has is no property."""
    inner = "contact_customer_accounts($expand=createdby)"
    assert probe.get(f"accounts?$expand={inner}").refusal == (501, "0x8006088a")
    assert probe.get("accounts?$expand=contact_customer_accounts($skip=1)").refusal == (400, "0x80060888")
    assert probe.get("accounts?$expand=contacts").refusal == (400, "0x80060888")
    probe.twin.behaviour.max_page_size = 1
    said = probe.get(f"accounts({account})?$expand=contact_customer_accounts")
    assert said.refusal == (501, "0x8006088a")
    assert "contact_customer_accounts" in said.message
