"""The preflight of Business Central: sign-in, companies, and the pages that the maps stand on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.business_central.looks import salesperson_findings
from shared.mapping import DATAVERSE
from shared.setup import Finding, Site, preflight
from shared.setup._central import page_findings, pages_of
from shared.setup._central_probes import outdated
from shared.systems import BusinessCentral, Dataverse
from tests.simulation.central import CUSTOMERS, Central, on_stage
from tests.simulation.test_central_connector import connected
from tests.simulation.test_central_flows import salesperson


def site(central: Central) -> Site:
    erp, dataverse = central.house.erps["business_central"], central.house.dataverse
    assert isinstance(erp, BusinessCentral)
    assert isinstance(dataverse, Dataverse)
    return Site(
        catalogue=central.maps,
        dataverse=dataverse,
        central=erp,
        documents=central.house.documents,
        clock=central.clock,
        named=central.house.chosen_companies,
    )


async def errors(central: Central, at: Site | None = None) -> list[Finding]:
    report = await preflight(at or site(central), central.maps.names)
    return [each for each in report.findings if each.severity == "error"]


async def test_nothing_stands_in_the_way() -> None:
    """Every page and property that the shipped maps ask for is there."""

    async def story(central: Central) -> None:
        assert [each for each in await errors(central) if "Business Central" in each.what] == []

    await on_stage(story)


async def test_a_company_that_cannot_be_seen() -> None:
    """Is named along with those that can, by id and name."""

    async def story(central: Central) -> None:
        found = await errors(
            central, replace(site(central), named=lambda _flow: ["11111111-0000-0000-0000-000000000001"])
        )
        told = [each.what for each in found if "BUSINESS_CENTRAL_COMPANIES" in each.what]
        assert len(told) == 1
        assert f"CRONUS DE ({central.company})" in told[0]

    await on_stage(story)


def test_a_page_and_a_property_that_are_not_there() -> None:
    """bc-028: the extension is not installed, or the version is older than the map; each is told by itself."""
    flow = Central().maps.map("business_central.customers")
    (gone,) = page_findings(flow, {})
    assert "no page customers under v2.0" in gone.what
    of_ours = connected().map("business_central.customers")
    (missing,) = page_findings(of_ours, {("v2.0", "customers"): {*flow.erp.columns}})
    assert "no page customerCards under koppel/sync/v1.0" in missing.what
    assert "install the extension that has it" in missing.remedy
    assert not [*page_findings(of_ours, {("koppel/sync/v1.0", "customerCards"): {*of_ours.erp.columns}})]
    names = {*flow.erp.columns} - {"creditLimit"}
    (lacking,) = page_findings(flow, {("v2.0", "customers"): names})
    assert "has no creditLimit" in lacking.what


def test_what_no_page_shows_is_asked_of_the_lists_behind_it() -> None:
    """The rate of a currency is on no page of currencies, but the list of rates has to be there."""
    flow = Central().maps.map("business_central.currencies")
    shown = {"company", "id", "code", "symbol", "displayName", "lastModifiedDateTime"}
    assert [each.name for each in pages_of([flow])] == ["currencies", "currencyExchangeRates"]
    assert [*page_findings(flow, {("v2.0", "currencies"): shown, ("v2.0", "currencyExchangeRates"): {}})] == []
    (lacking,) = page_findings(flow, {("v2.0", "currencies"): shown})
    assert "no page currencyExchangeRates under v2.0, from which the map fills currencies" in lacking.what


async def test_a_sign_in_that_is_refused() -> None:
    """Is a finding with its way out, and what Dataverse says is looked at all the same."""

    async def story(central: Central) -> None:
        central.gates["erp"].order(
            "answer", status=401, times=9, body=b'{"error": {"code": "Authentication_InvalidCredentials"}}'
        )
        (found, *_) = [each for each in await errors(central) if "Business Central refuses" in each.what]
        assert "Microsoft Entra Applications" in found.remedy

    await on_stage(story)


async def told(central: Central, *flows: str) -> list[str]:
    """What the preflight finds of some flows, each with its way out."""
    report = await preflight(site(central), flows or (CUSTOMERS,))
    assert all(each.remedy for each in report.findings)
    return [f"{each.severity}: {each.what}; {each.remedy}" for each in report.findings]


@pytest.mark.parametrize("enforces", [True, False])
async def test_whether_versions_are_enforced_is_tried_and_nothing_is_left_behind(enforces: bool) -> None:
    """One record is written as it is over a version that it does not have; twice, and it is as it was."""

    async def story(central: Central) -> None:
        central.erp.behaviour.ignore_if_match = set() if enforces else {"customers"}
        identity = central.customer(displayName="Adatum")
        before = {name: value for name, value in central.row(identity).items() if "odified" not in name}
        for _ in range(2):
            report = await preflight(site(central), (CUSTOMERS,))
            assert report.versions["erp"] == {"customers": enforces}
        assert any("does not enforce If-Match" in each.what for each in report.findings) is not enforces
        assert {name: value for name, value in central.row(identity).items() if "odified" not in name} == before
        assert len(central.rows()) == 1

    await on_stage(story)


@pytest.mark.parametrize("etag", ['W/"JzE5OzEwMjM0NTY3ODkwMTIzNDU2Nzg5MTswMDsn"', 'W/"x"', ""])
def test_an_outdated_version_has_the_shape_of_one(etag: str) -> None:
    """And is another one, whatever the record's own looks like."""
    assert outdated(etag) != etag
    assert outdated(etag).startswith('W/"')


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        ("customers:read", "error: customers in Business Central: not allowed"),
        ("customers:modify", "error: writing customers in Business Central: not allowed"),
    ],
)
async def test_a_permission_that_is_missing_is_named_with_the_set_to_give(missing: str, what: str) -> None:
    """Reading and writing are tried; to create would leave something behind."""

    async def story(central: Central) -> None:
        central.customer()
        central.erp.behaviour.missing_permissions = {missing}
        (found,) = [each for each in await told(central) if each.startswith(what)]
        assert "permission set" in found

    await on_stage(story)


async def test_a_list_behind_a_flow_that_cannot_be_read_is_named() -> None:
    """Items are given the local currency of their company: without that list none of them can be read."""

    async def story(central: Central) -> None:
        central.erp.behaviour.missing_permissions = {"generalLedgerSetup"}
        found = await told(central, "business_central.items")
        assert any(each.startswith("error: items in Business Central: not allowed") for each in found)

    await on_stage(story)


async def test_what_several_records_share_is_told_before_it_parks() -> None:
    """On both sides, by each group of the match keys; numbers are unique in Business Central by themselves."""

    async def story(central: Central) -> None:
        for number in ("C1", "C2"):
            central.customer(number)
            central.account(accountnumber="C1")
        found = [each for each in await told(central) if "occur more than once" in each]
        assert sorted(each.partition(":")[2].partition(", such")[0].strip() for each in found) == [
            "1 values of accountnumber occur more than once in accounts",
            "1 values of displayName + postalCode occur more than once in customers of CRONUS DE",
            "1 values of name + address1_postalcode occur more than once in accounts",
        ]

    await on_stage(story)


@pytest.mark.parametrize("left", [{"islicensed": False}, {"isdisabled": True}, {"isintegrationuser": True}, {}])
async def test_a_salesperson_whose_user_has_left_is_told(left: dict[str, bool]) -> None:
    """A coupled user without a licence is named: what is made for that salesperson belongs to nobody who can see it."""

    async def story(central: Central) -> None:
        flow = "business_central.salespeople"
        _, user = salesperson(central)
        await central.visit(DATAVERSE, (user,), name=flow)
        central.dataverse.update("systemusers", user, left or {"mobilephone": "1"})
        found = await salesperson_findings(central.house, (flow,))
        assert ["Jim Olive" in each.what for each in found] == [True] * bool(left)

    await on_stage(story)


@pytest.mark.parametrize(("experience", "told"), [("Essential", False), ("Premium", False), ("Basic", True)])
async def test_what_the_users_of_a_company_see(experience: str, told: bool) -> None:
    """An experience that hides fields which flows write stops none of them, and is no surprise."""

    async def story(central: Central) -> None:
        central.erp.environment.companies[central.company].experience = experience
        report = await preflight(site(central), central.maps.names)
        found = [each for each in report.findings if "experience" in each.what]
        assert [each.severity for each in found] == ["warning"] * told
        assert all(f"CRONUS DE has the experience {experience}:" in each.what for each in found)
        assert report.sound

    await on_stage(story)


async def test_an_experience_that_cannot_be_read_stops_nothing() -> None:
    """No flow reads Company Information."""

    async def story(central: Central) -> None:
        central.erp.environment.behaviour.missing_permissions.add("companyInformation:read")
        report = await preflight(site(central), central.maps.names)
        (found,) = [each for each in report.findings if "experience" in each.what]
        assert (found.severity, report.sound) == ("note", True)

    await on_stage(story)
