"""The company context: a caller sees its default company, unless it asks for more."""

from __future__ import annotations

import pytest

from tests.emulator.finops.probe import CROSS, Probe, organization

NOT_FOUND = "No resources were found when selecting for update."


@pytest.fixture
def probe() -> Probe:
    probe = Probe()
    probe.customer("US-001")
    probe.customer("DE-001", "demf")
    return probe


GERMAN = "CustomersV3(dataAreaId='demf',CustomerAccount='DE-001')"


def test_another_company_is_not_read(probe: Probe) -> None:
    """A record of another company is not found by its key."""
    assert probe.get(GERMAN).refusal[0] == 404
    assert probe.get(f"{GERMAN}?cross-company=false").refusal[0] == 404
    assert probe.get(f"{GERMAN}?{CROSS}").json["dataAreaId"] == "demf"
    assert probe.get(f"{GERMAN}?cross-company=True").status == 200


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_another_company_is_not_written(probe: Probe, method: str) -> None:
    """A write to a record of another company finds nothing to write to."""
    body = None if method == "DELETE" else {"SalesMemo": "x"}
    assert probe.send(method, GERMAN, body).refusal == (400, NOT_FOUND)
    assert probe.send(method, f"{GERMAN}?{CROSS}", body).status == 204


def test_lists_show_the_default_company(probe: Probe) -> None:
    """A set holds the default company only; a filter does not widen it."""
    german = "dataAreaId eq 'demf'"
    assert probe.get("CustomersV3").column("CustomerAccount") == ["US-001"]
    assert probe.get(f"CustomersV3?$filter={german}").rows == []
    assert probe.get("CustomersV3/$count").text == "1"
    assert probe.get(f"CustomersV3?{CROSS}").column("dataAreaId") == ["demf", "usmf"]
    assert probe.get(f"CustomersV3?$filter={german}&{CROSS}").column("CustomerAccount") == ["DE-001"]
    assert probe.get(f"CustomersV3/$count?{CROSS}").text == "2"


def test_default_company_is_the_users(probe: Probe) -> None:
    """The default company belongs to the calling user."""
    probe.twin.behaviour.default_company = "DEMF"
    assert probe.get(GERMAN).status == 200
    assert probe.get("CustomersV3").column("dataAreaId") == ["demf"]
    assert probe.post("CustomersV3", organization()).json["dataAreaId"] == "demf"


@pytest.mark.parametrize(
    ("sent", "stored"), [({}, "usmf"), ({"dataAreaId": "DeMf"}, "demf"), ({"dataAreaId": ""}, "usmf")]
)
def test_create_takes_the_company_from_the_body(probe: Probe, sent: dict[str, str], stored: str) -> None:
    """A create goes into the company of its body, else into the default company; answers hold lower case."""
    assert probe.post("CustomersV3", organization(**sent)).json["dataAreaId"] == stored


def test_unknown_company(probe: Probe) -> None:
    """A company that does not exist takes no records."""
    status, message = probe.post("CustomersV3", organization(dataAreaId="frrt")).refusal
    assert status == 400
    assert "'frrt'" in message


def test_company_in_filter_ignores_case(probe: Probe) -> None:
    """Companies are compared without letter case."""
    assert probe.get(f"CustomersV3?$filter=dataAreaId eq 'DEMF'&{CROSS}").column("dataAreaId") == ["demf"]


def test_inaccessible_company(probe: Probe) -> None:
    """Cross-company reaches the companies that the user may access, and no others."""
    probe.twin.behaviour.inaccessible_companies.add("demf")
    assert probe.get(f"CustomersV3?{CROSS}").column("dataAreaId") == ["usmf"]
    assert probe.get(f"{GERMAN}?{CROSS}").status == 404
    assert probe.patch(f"{GERMAN}?{CROSS}", {"SalesMemo": "x"}).refusal == (400, NOT_FOUND)
    assert probe.post(f"CustomersV3?{CROSS}", organization(dataAreaId="demf")).status == 400
    probe.twin.create("CustomersV3", organization(dataAreaId="demf"))


def test_global_entities_know_no_company(probe: Probe) -> None:
    """Entities without dataAreaId are the same for everybody."""
    assert probe.get("Currencies").column("CurrencyCode") == ["EUR", "USD"]
    assert probe.get("Currencies(CurrencyCode='EUR')").status == 200


def test_same_key_in_two_companies(probe: Probe) -> None:
    """A key is unique within its company."""
    assert probe.post("CustomersV3", organization(CustomerAccount="DE-001")).status == 201
    assert probe.get(f"CustomersV3?$filter=CustomerAccount eq 'DE-001'&{CROSS}").column("dataAreaId") == [
        "demf",
        "usmf",
    ]


def test_companies_can_be_listed(probe: Probe) -> None:
    """Legal entities and companies are read-only lists."""
    assert probe.get("LegalEntities").column("LegalEntityId") == ["DEMF", "USMF"]
    assert probe.get("Companies").column("DataArea") == ["demf", "usmf"]
    assert probe.post("LegalEntities", {"LegalEntityId": "frrt"}).status == 400
    assert probe.delete("LegalEntities(LegalEntityId='USMF')").status == 400
