"""The preflight of Business Central: sign-in, companies, and the pages that the maps stand on."""

from __future__ import annotations

from dataclasses import replace

from shared.setup import Finding, Site, preflight
from shared.setup._central import page_findings, pages_of
from shared.systems import BusinessCentral, Dataverse
from tests.simulation.central import Central, on_stage


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
    """The extension is not installed, or the version is older than the map."""
    flow = Central().maps.map("business_central.customers")
    (gone,) = page_findings(flow, {})
    assert "no page customers under v2.0" in gone.what
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
