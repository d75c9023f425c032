"""Requests as a client sends them that nobody here wrote: d365fo-client 0.3."""

from __future__ import annotations

import pytest

from tests.emulator.finops.probe import CROSS, HOST, Probe, Said, organization
from tests.emulator.wire import Request


def raw(probe: Probe, path: str, query: str) -> Said:
    """A GET whose query is encoded as the client does it."""
    headers = {"authorization": f"Bearer {probe.token}", "accept": "application/json"}
    return Said(probe.twin.handle(Request("GET", path, query, headers)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$filter=contains(tolower(Name),+'customerv3')", True),
        ("$filter=contains(Name,'CustomerV3')", True),
        ("$filter=contains(Name,'customerv3')", False),
        ("$filter=startswith(Name,'CustCust')+and+IsReadOnly+eq+false", True),
        ("$filter=endswith(Name,'V3Entity')", True),
        ("$filter=endswith(Name,'V4Entity')", False),
    ],
)
def test_looking_for_an_entity(probe: Probe, query: str, found: bool) -> None:
    """It looks for a part of a name in small letters, blanks as plus signs."""
    rows = raw(probe, "/Metadata/DataEntities", query).rows
    assert ("CustCustomerV3Entity" in [each["Name"] for each in rows]) is found


@pytest.mark.parametrize(
    "query", ["$filter=contains(length(Name),'x')", "$filter=contains(Name,5)", "$filter=year(Name)"]
)
def test_other_functions_are_left_out(probe: Probe, query: str) -> None:
    """What the twin cannot compare is named."""
    said = raw(probe, "/metadata/DataEntities", query)
    assert said.refusal[0] == 501
    assert said.message.startswith("The twin does not implement ")


def test_labels(probe: Probe) -> None:
    """Each label that the metadata name can be read, in either spelling of the root."""
    label = probe.get("/metadata/PublicEntities('CustomerV3')").json["LabelId"]
    found = raw(probe, f"/Metadata/Labels(Id='{label}',Language='en-US')", "").json
    assert (found["Id"], found["Language"], found["Value"]) == (label, "en-US", "Customers")
    assert (
        raw(probe, "/Metadata/Labels(Id='%40Customer%20group',Language='en-us')", "").json["Value"] == "Customer group"
    )
    for unknown in ("@SYS1", "Customers"):
        assert raw(probe, f"/metadata/Labels(Id='{unknown}',Language='en-us')", "").status == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/data/DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion", "GetApplicationVersion"),
        ("/data/CustomersV3/Microsoft.Dynamics.DataEntities.Nothing()", "Nothing"),
        ("/api/services/UserSessionService/AifUserSessionService/GetUserSessionInfo", "GetUserSessionInfo"),
    ],
)
def test_actions_are_left_out(probe: Probe, path: str, name: str) -> None:
    """Actions of entities and operations of other services say so by name."""
    said = probe.post(f"{HOST}{path}", {})
    assert said.refusal[0] == 501
    assert name in said.message


def test_other_addresses_are_nothing(probe: Probe) -> None:
    """What no service has is no address."""
    for path in ("/api/nothing", "/data/NoSuchSet", "/nothing"):
        assert probe.get(f"{HOST}{path}").status == 404


def test_rows(probe: Probe) -> None:
    """A row is found by its whole key and `cross-company`, changed by PATCH and by PUT, and is gone after DELETE."""
    probe.group()
    row = probe.post("CustomersV3", organization()).json
    at = f"CustomersV3(dataAreaId='usmf',CustomerAccount='{row['CustomerAccount']}')?{CROSS}"
    assert probe.patch(at, {"OrganizationName": "A"}).status == 204
    assert probe.send("PUT", at, {"OrganizationName": "B"}).status == 204
    assert probe.get(f"{at}&$select=OrganizationName").json["OrganizationName"] == "B"
    assert probe.delete(at).status == 204
    assert probe.get(at).status == 404
