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


@pytest.mark.parametrize("name", ["Merge", "QualifyLead", "RetrieveDuplicates", "ExportSolution"])
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
