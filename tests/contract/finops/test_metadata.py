"""What the service says about itself, as a preflight reads it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.emulator.finops.probe import Probe, organization

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
TYPES = {
    "CustomerAccount": ("Edm.String", False),
    "dataAreaId": ("Edm.String", False),
    "SalesMemo": ("Edm.String", True),
    "PartyType": ("Edm.String", True),
    "CreditLimit": ("Edm.Decimal", False),
    "OrganizationNumberOfEmployees": ("Edm.Int32", False),
    "OnHoldStatus": ("Microsoft.Dynamics.DataEntities.CustVendorBlocked", True),
}


@pytest.fixture
def probe() -> Probe:
    return Probe()


def schema(probe: Probe) -> ET.Element:
    said = probe.get("$metadata")
    assert said.headers["content-type"] == "application/xml"
    found = ET.fromstring(said.text.partition("?>")[2]).find(f".//{EDM}Schema")  # noqa: S314 - our own twin wrote it
    assert found is not None
    return found


def test_service_document(probe: Probe) -> None:
    """The root lists the entity sets."""
    for target in ("/data", "/data/"):
        said = probe.get(target).json
        assert said["@odata.context"].endswith("/data/$metadata")
        assert {"name": "CustomersV3", "kind": "EntitySet", "url": "CustomersV3"} in said["value"]
        assert {each["name"] for each in said["value"]} >= {"CDSContactPersonsV2", "LegalEntities", "Currencies"}


def test_model(probe: Probe) -> None:
    """The model has every entity with key, types and nullability, the enumerations and the sets."""
    found = schema(probe)
    assert found.get("Namespace") == "Microsoft.Dynamics.DataEntities"
    customer = found.find(f"{EDM}EntityType[@Name='CustomerV3']")
    assert customer is not None
    assert [each.get("Name") for each in customer.iter(f"{EDM}PropertyRef")] == ["dataAreaId", "CustomerAccount"]
    properties = {each.get("Name"): each for each in customer.iter(f"{EDM}Property")}
    for name, (edm, nullable) in TYPES.items():
        assert (properties[name].get("Type"), properties[name].get("Nullable", "true") == "true") == (edm, nullable)
    members = found.findall(f"{EDM}EnumType[@Name='NoYes']/{EDM}Member")
    assert [(each.get("Name"), each.get("Value")) for each in members] == [("No", "0"), ("Yes", "1")]
    sets = {each.get("Name"): each.get("EntityType") for each in found.iter(f"{EDM}EntitySet")}
    assert sets["CustomersV3"] == "Microsoft.Dynamics.DataEntities.CustomerV3"


def test_model_fits_the_rows(probe: Probe) -> None:
    """A row has exactly the properties that the model names."""
    probe.group()
    row = probe.post("CustomersV3", organization()).json
    customer = schema(probe).find(f"{EDM}EntityType[@Name='CustomerV3']")
    assert customer is not None
    names = [each.get("Name") for each in customer.iter(f"{EDM}Property")]
    assert [name for name in row if not name.startswith("@")] == names


def test_data_entities(probe: Probe) -> None:
    """The list of entities ties the X++ name to the public names."""
    found = {each["Name"]: each for each in probe.get("/metadata/DataEntities").rows}
    entity = found["CustCustomerV3Entity"]
    assert (entity["PublicEntityName"], entity["PublicCollectionName"]) == ("CustomerV3", "CustomersV3")
    assert entity["DataServiceEnabled"] is True
    assert probe.get("/metadata/DataEntities('CustCustomerV3Entity')").json["PublicCollectionName"] == "CustomersV3"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("$filter=PublicCollectionName eq 'CustomersV3'", ["CustCustomerV3Entity"]),
        ("$filter=IsReadOnly eq false and PublicEntityName eq 'CustomerV3'", ["CustCustomerV3Entity"]),
        ("$filter=IsReadOnly ne false and PublicEntityName eq 'CustomerV3'", []),
        ("$filter=PublicCollectionName eq 'CustomersV3'&$top=0", []),
    ],
)
@pytest.mark.parametrize("root", ["metadata", "Metadata"])
def test_chosen_data_entities(probe: Probe, root: str, query: str, names: list[str]) -> None:
    """Clients look one entity up, and write the address in either case."""
    assert [each["Name"] for each in probe.get(f"/{root}/DataEntities?{query}").rows] == names


@pytest.mark.parametrize(
    ("query", "status"),
    [("$filter=Name gt 'x'", 501), ("$filter=Nothing eq 'x'", 400), ("$filter=Name eq 5", 501), ("$top=x", 400)],
)
def test_what_data_entities_are_not_asked(probe: Probe, query: str, status: int) -> None:
    """What the twin does not do says so, and what is wrong is refused."""
    assert probe.get(f"/metadata/DataEntities?{query}").refusal[0] == status


def test_public_entities(probe: Probe) -> None:
    """A public entity tells which fields are keys, mandatory and open to change."""
    entity = probe.get("/metadata/PublicEntities('CustomerV3')").json
    assert (entity["EntitySetName"], entity["IsReadOnly"]) == ("CustomersV3", False)
    fields = {each["Name"]: each for each in entity["Properties"]}
    assert (fields["CustomerAccount"]["IsKey"], fields["CustomerAccount"]["AllowEdit"]) == (True, False)
    assert (fields["CustomerGroupId"]["IsMandatory"], fields["SalesMemo"]["IsMandatory"]) == (True, False)
    assert fields["OnHoldStatus"]["TypeName"] == "Microsoft.Dynamics.DataEntities.CustVendorBlocked"
    assert "CustomerV3" in [each["Name"] for each in probe.get("/metadata/PublicEntities").rows]


def test_public_enumerations(probe: Probe) -> None:
    """Enumerations are listed with their members and values."""
    found = probe.get("/metadata/PublicEnumerations('Gender')").json
    assert [(each["Name"], each["Value"]) for each in found["Members"]][:2] == [("Unknown", 0), ("Male", 1)]


@pytest.mark.parametrize(
    "target",
    [
        "/metadata",
        "/metadata/Nothing",
        "/metadata/PublicEntities('CustomersV3')",
        "/metadata/PublicEntities(CustomerV3)",
        "/metadata/publicentities",
        "/metadata/DataEntities/x",
        "$metadata/x",
    ],
)
def test_unknown_resource(probe: Probe, target: str) -> None:
    """What is not there is not found."""
    assert probe.get(target).refusal[0] == 404


@pytest.mark.parametrize("target", ["/data?$top=1", "$metadata?$select=x", "/metadata/DataEntities?$select=Name"])
def test_no_options(probe: Probe, target: str) -> None:
    """Metadata takes no other query options here."""
    assert probe.get(target).refusal[0] == 400
