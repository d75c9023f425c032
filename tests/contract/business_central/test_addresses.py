"""Addresses: the environment, the company by path or query, sets, rows, and what stands nowhere (checklist 1)."""

from __future__ import annotations

import pytest

from tests.emulator.business_central.probe import DE, HOST, ROOT, US, Probe
from tests.emulator.business_central.schema import pages
from tests.emulator.identity import TENANT

NOWHERE = "BadRequest_ResourceNotFound"
OTHER = "11111111-1111-4111-a111-111111111111"


def test_companies(probe: Probe) -> None:
    """Companies are listed with id and name; each is found by its id."""
    said = probe.get("~companies")
    assert said.json["@odata.context"] == f"{HOST}{ROOT}$metadata#companies"
    assert said.column("name") == [DE, US]
    first = said.rows[0]
    assert list(first) == list(pages()["companies"].properties)
    assert probe.get(f"~companies({first['id']})").json["name"] == DE
    assert probe.get("~companies?$select=name").rows[0] == {"name": DE}
    assert probe.get("~companies/$count").text == "2"
    assert probe.get("~companies?$top=1&$count=true").json["@odata.count"] == 2
    assert probe.get("~companies?$orderby=name desc&$top=1").column("name") == [US]
    assert probe.get("~companies?$filter=name eq 'CRONUS US'").column("name") == [US]
    assert probe.get("~companies?$filter=nothing eq 1").status == 400


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_companies_are_made_elsewhere(probe: Probe, method: str) -> None:
    """COM-01: companies are read-only here."""
    target = "~companies" if method == "POST" else f"~companies({probe.company})"
    assert probe.send(method, target, {"name": "X"}, if_match="*").error[:2] == (405, "BadRequest_MethodNotAllowed")


def test_the_company_by_path_or_query(probe: Probe, c100: str) -> None:
    """A set is a company's: by the path, or by id or name in the query."""
    assert c100.startswith("~companies(")
    for target in ("customers", f"~customers?company={probe.company}", "~customers?company=CRONUS DE"):
        assert probe.get(target).column("number") == ["C100"]
    assert probe.get("~customers?company=CRONUS US").rows == []


def test_no_company(probe: Probe) -> None:
    """Without a company, unless the user has a default one; and one that is not there."""
    code = "Internal_CompanyNotFound"
    assert probe.get("~customers").error[:2] == (404, code)
    assert probe.get(f"~companies({OTHER})/customers").error[:2] == (404, code)
    assert probe.get("~customers?company=cronus de").error[:2] == (404, code)
    probe.twin.behaviour.default_company = DE
    assert probe.get("~customers").rows == []


def test_the_tenant_may_stand_in_the_path(probe: Probe) -> None:
    """With or without the tenant before the environment, whose name has no letter case."""
    for root in (f"/v2.0/{TENANT}/Sandbox/api/v2.0", "/v2.0/sandbox/api/v2.0", "/v2.0/SANDBOX/api/v2.0"):
        assert probe.get(f"{root}/companies").status == 200
    for root in (f"/v2.0/{OTHER}/Sandbox/api/v2.0", "/v2.0/Production/api/v2.0", "/Sandbox/api/v2.0", "/api/v2.0"):
        assert probe.get(f"{root}/companies").error[:2] == (404, NOWHERE)


def test_environments_of_the_tenant(probe: Probe) -> None:
    """Which environments there are is said beside them."""
    (found,) = probe.get("/environments/v1.2").rows
    assert (found["name"], found["aadTenantId"], found["applicationFamily"]) == ("Sandbox", TENANT, "BusinessCentral")


@pytest.mark.parametrize(
    "target",
    ["nothing", "customers/nothing", "customers($count)", "resources", "~nothing", "Customers", "customers(x)/$count"],
)
def test_what_is_not_there(probe: Probe, target: str) -> None:
    """A segment that the service does not have, letter case included, and a key that is no id."""
    assert probe.get(target).status in (400, 404)
    assert probe.get(target).error[1] in (NOWHERE, "BadRequest_InvalidRequestUrl")


def test_ids_stand_without_quotes(probe: Probe, c100: str) -> None:
    """The key of a row is a bare id, in either letter case."""
    row_id = c100[-37:-1]
    assert probe.get(f"customers({row_id.upper()})").id == row_id
    assert probe.get(f"customers('{row_id}')").status == 400


def test_a_row_that_is_not_there(probe: Probe) -> None:
    """404 with a code of its own."""
    said = probe.get(f"customers({OTHER})")
    assert said.error == (404, "Internal_RecordNotFound", f"The customer with id '{OTHER}' does not exist.")


def test_a_row_of_another_company(probe: Probe) -> None:
    """An id counts in its own company alone."""
    row_id = probe.customer("C1", US)[-37:-1]
    assert probe.get(f"customers({row_id})").status == 404


@pytest.mark.parametrize("name", [name for name, page in pages().items() if page.in_company])
@pytest.mark.parametrize(("method", "operation"), [("POST", "insert"), ("PATCH", "modify"), ("DELETE", "delete")])
def test_what_a_page_forbids(probe: Probe, name: str, method: str, operation: str) -> None:
    """A verb that the page does not allow is answered with 405."""
    target = name if method == "POST" else f"{name}({OTHER})"
    said = probe.send(method, target, {}, if_match="*")
    assert (said.status == 405) == (operation not in pages()[name].operations)


def test_the_service_document(probe: Probe) -> None:
    """The sets of the API, subscriptions included."""
    names = [each["name"] for each in probe.get("~").rows]
    assert names == [*pages(), "subscriptions"]


def test_metadata(probe: Probe) -> None:
    """Types with their properties, lengths and enumerations, and what can be expanded."""
    said = probe.get("~$metadata")
    assert said.headers["content-type"] == "application/xml"
    for part in (
        '<Schema Namespace="Microsoft.NAV"',
        '<EntityType Name="customer"><Key><PropertyRef Name="id"/></Key>',
        '<Property Name="number" Type="Edm.String" MaxLength="20"/>',
        '<Property Name="blocked" Type="Microsoft.NAV.customerBlocked"/>',
        '<NavigationProperty Name="currency" Type="Microsoft.NAV.currency"/>',
        '<EnumType Name="itemType"><Member Name="Inventory" Value="0"/>',
        '<EntitySet Name="salespeoplePurchasers" EntityType="Microsoft.NAV.salespersonPurchaser"/>',
    ):
        assert part in said.text
    probe.twin.behaviour.gone["customers"] = frozenset({"website"})
    assert said.text.count('Name="website"') == probe.get("~$metadata").text.count('Name="website"') + 1
