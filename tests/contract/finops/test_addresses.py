"""How records are addressed: names with their letter case, keys with all their fields by name."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.emulator.finops import Refusal
from tests.emulator.finops.addresses import _literal
from tests.emulator.finops.probe import CROSS, Probe
from tests.emulator.finops.schema import Field
from tests.unit.systems.finops.groups import FRONT

LINE = "5b4c3a29-1807-4f6e-9d5c-4b3a29180f7e"


@pytest.fixture
def probe() -> Probe:
    probe = Probe()
    probe.customer("US-001")
    probe.customer("O'Hara / 1% +")
    probe.twin.load("NameAffixes", [{"Type": "PersonalPrefix", "Affix": "Dr."}])
    probe.twin.load("PaymentSchedules", [{"dataAreaId": "usmf", "Name": "M3"}])
    probe.twin.load("PaymentScheduleLines", [{"dataAreaId": "usmf", "PaymentScheduleName": "M3", "LineNumber": 1}])
    probe.twin.load("PaymentDaysCds", [{"dataAreaId": "usmf", "Name": "FRI"}])
    probe.twin.load("PaymentDayLinesCds", [{"dataAreaId": "usmf", "CdsIntegrationKey": LINE, "Name": "FRI"}])
    return probe


@pytest.mark.parametrize(
    "target",
    [
        "CustomersV3('US-001')",
        "CustomersV3(US-001)",
        "CustomersV3()",
        "CustomersV3(dataAreaId='usmf',CustomerAccount=US-001)",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001',)",
        "CustomersV3(dataAreaId='usmf' CustomerAccount='US-001')",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001'",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='O'Hara')",
        "CustomersV3(dataAreaId='usmf',dataAreaId='usmf',CustomerAccount='US-001')",
        "CustomersV3(dataAreaId='usmf',OrganizationName='Contoso')",
        "CustomersV3(dataareaid='usmf',CustomerAccount='US-001')",
        "CustomersV3(DataAreaId='usmf',CustomerAccount='US-001')",
        "CustomersV3(dataAreaId=\"usmf\",CustomerAccount='US-001')",
        "PaymentScheduleLines(dataAreaId='usmf',PaymentScheduleName='M3',LineNumber='1')",
        "PaymentScheduleLines(dataAreaId='usmf',PaymentScheduleName='M3',LineNumber=one)",
        f"PaymentDayLinesCds(dataAreaId='usmf',CdsIntegrationKey='{LINE}')",
        f"PaymentDayLinesCds(dataAreaId='usmf',CdsIntegrationKey=guid'{LINE}')",
        "PaymentDayLinesCds(dataAreaId='usmf',CdsIntegrationKey=5b4c3a29)",
        "NameAffixes(Type='PersonalPrefix',Affix='Dr.')",
        "NameAffixes(Type=DirNameAffixType'PersonalPrefix',Affix='Dr.')",
        "NameAffixes(Type=Microsoft.Dynamics.DataEntities.NoYes'Yes',Affix='Dr.')",
        "NameAffixes(Type=Microsoft.Dynamics.DataEntities.DirNameAffixType'personalprefix',Affix='Dr.')",
        "NameAffixes(Type=Microsoft.Dynamics.DataEntities.DirNameAffixType'PersonalPrefix,Affix='Dr.')",
        "customersv3(dataAreaId='usmf',CustomerAccount='US-001')",
        "CustomerV3(dataAreaId='usmf',CustomerAccount='US-001')",
        "CustCustomerV3Entity",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')/OrganizationName",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')/$count",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='O''Hara / 1')",
        "CustomersV3/$value",
        "CustomersV3/CustomerGroups",
        "$1",
        "/DATA/CustomersV3",
        "/api/data/v9.2/accounts",
        "/",
    ],
)
def test_bad_address(probe: Probe, target: str) -> None:
    """An address that is not exactly right is not found, and it is the router that says so."""
    status, message = probe.get(f"{target}?{CROSS}").refusal
    assert status == 404
    assert message


@pytest.mark.parametrize(("character", "status"), FRONT.items())
def test_keys_that_the_front_does_not_let_through(probe: Probe, character: str, status: int) -> None:
    """The front decodes once more: such a key has to be encoded twice, while a filter on it is as any other."""
    probe.customer(f"A{character}1")
    once = quote(f"A{character}1", safe="")
    said = probe.get(f"CustomersV3(dataAreaId='usmf',CustomerAccount='{once}')?{CROSS}")
    assert said.status == status
    assert ("potentially dangerous" in said.text) == (status == 400)
    twice = quote(once, safe="")
    assert probe.get(f"CustomersV3(dataAreaId='usmf',CustomerAccount='{twice}')?{CROSS}").status == 200
    if character != "*":
        found = probe.get(f"CustomersV3?$filter=CustomerAccount eq '{once}'&{CROSS}")
        assert found.column("CustomerAccount") == [f"A{character}1"]


@pytest.mark.parametrize(
    ("target", "missing"),
    [
        ("CustomersV3(CustomerAccount='US-001')", "dataAreaId"),
        ("CustomersV3(dataAreaId='usmf')", "CustomerAccount"),
        ("PaymentScheduleLines(dataAreaId='usmf',LineNumber=1)", "PaymentScheduleName"),
        ("NameAffixes(Affix='Dr.')", "Type"),
    ],
)
def test_incomplete_key(probe: Probe, target: str, missing: str) -> None:
    """All key fields must be given."""
    status, message = probe.get(f"{target}?{CROSS}").refusal
    assert status == 400
    assert missing in message


@pytest.mark.parametrize(
    "target",
    [
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')",
        "CustomersV3(CustomerAccount='US-001',dataAreaId='usmf')",
        "CustomersV3(dataAreaId='USMF',CustomerAccount='us-001')",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001  ')",
        "CustomersV3(dataAreaId=%27usmf%27,CustomerAccount=%27US%2D001%27)",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='O''Hara%20%252F%201%2525%20%252B')",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='O%2527%2527Hara%2520%252F%25201%2525%2520%252B')",
        "PaymentScheduleLines(dataAreaId='usmf',PaymentScheduleName='M3',LineNumber=1)",
        "PaymentScheduleLines(dataAreaId='usmf',PaymentScheduleName='M3',LineNumber=1.0)",
        f"PaymentDayLinesCds(dataAreaId='usmf',CdsIntegrationKey={LINE})",
        f"PaymentDayLinesCds(dataAreaId='usmf',CdsIntegrationKey={LINE.upper()})",
        "NameAffixes(Type=Microsoft.Dynamics.DataEntities.DirNameAffixType'PersonalPrefix',Affix='Dr.')",
        "Currencies(CurrencyCode='usd')",
    ],
)
def test_good_address(probe: Probe, target: str) -> None:
    """Key fields stand in any order and are matched without letter case and trailing blanks."""
    said = probe.get(target)
    assert said.status == 200
    assert said.json["@odata.context"].endswith("/$entity")
    assert said.json["@odata.etag"].startswith('W/"')


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')"),
        ("PATCH", "CustomersV3"),
        ("DELETE", "CustomersV3"),
        ("PUT", "CustomersV3"),
        ("POST", "CustomersV3/$count"),
        ("POST", "/data"),
        ("DELETE", "$metadata"),
        ("GET", "$batch"),
        ("HEAD", "CustomersV3"),
        ("POST", "/metadata/DataEntities"),
    ],
)
def test_wrong_verb(probe: Probe, method: str, target: str) -> None:
    """Sets take GET and POST, records GET, PATCH, PUT and DELETE."""
    assert probe.send(method, target, {}).refusal[0] == 405


def test_unknown_record(probe: Probe) -> None:
    """A record that is not there is not found: the service says so in its own way, never as the router does."""
    target = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-002')"
    assert probe.get(target).refusal == (404, "")
    probe.twin.behaviour.missing_row_body = True
    assert probe.get(target).refusal == (404, "Not Found")


def test_location(probe: Probe) -> None:
    """The address that a create answers with leads to the record."""
    for name, row in (
        ("NameAffixes", {"Type": "PersonalSuffix", "Affix": "o'D jr."}),
        ("PaymentScheduleLines", {"PaymentScheduleName": "M3", "LineNumber": 2.5}),
        ("PaymentDayLinesCds", {"Name": "FRI"}),
    ):
        location = probe.post(name, row).headers["location"]
        assert probe.get(location).status == 200


def test_dates_in_keys() -> None:
    """A date in a key is bare, and the same point in time however it is written."""
    day = Field("Day", "datetime", is_key=True)
    assert _literal(day, "2020-01-01T02:00:00+02:00", "") == "2020-01-01T00:00:00Z"
    for text in ("'2020-01-01T00:00:00Z'", "2020-01-01"):
        with pytest.raises(Refusal, match="404"):
            _literal(day, text, "")
