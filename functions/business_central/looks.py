"""What the preflight looks for beside the maps: what Business Central can tell, and that its currencies are there."""

from __future__ import annotations

from collections.abc import Collection

from functions.business_central.subscriptions import SYSTEM, resources_of, without_ear
from functions.runtime import runtime
from shared.engine import House
from shared.errors import Denied, Gone
from shared.setup import Finding
from shared.systems import BusinessCentral, Dataverse, Subscriber


async def subscription_findings(here: House, flows: Collection[str]) -> list[Finding]:
    """Why Business Central tells nothing, or of which lists it does not: their changes come with the schedules."""
    central = here.erps.get(SYSTEM)
    ours = tuple(each.name for each in here.catalogue.sound() if each.name in flows and each.erp.system == SYSTEM)
    if not ours or not isinstance(central, BusinessCentral):
        return []
    if why := without_ear(runtime().settings):
        what, _, remedy = why.partition(": ")
        late = "changes come with the schedules, and deletes with compare passes"
        return [Finding("warning", f"{what}, so it tells nothing", f"{remedy}; until then {late}", ours)]
    return [finding for name in ours for finding in await _silent(here, Subscriber(central), name)]


async def currency_findings(here: House, flows: Collection[str]) -> list[Finding]:
    """Local currencies of companies that Dataverse does not have: a blank in Business Central means just these."""
    ours = tuple(each.name for each in here.catalogue.sound() if each.name in flows and each.erp.system == SYSTEM)
    lacking = await missing_currencies(here, here.suites[SYSTEM].companies) if ours else {}
    remedy = "add it there (Currencies, with its ISO code); until then records in it wait"
    return [Finding("error", f"{code}, {whose}, is no currency in Dataverse", remedy, ours)
            for code, whose in lacking.items()]  # fmt: skip


async def missing_currencies(here: House, companies: Collection[str]) -> dict[str, str]:
    """Local currencies that Dataverse does not have, by ISO code, each with the words whose they are."""
    central, dataverse = here.erps.get(SYSTEM), here.dataverse
    if not isinstance(central, BusinessCentral) or not isinstance(dataverse, Dataverse):
        return {}
    names, local = await central.companies(), dict[str, str]()
    for each in (each for each in companies if each in names):
        url = f"v2.0/companies({each})/generalLedgerSetup?$select=localCurrencyCode"
        for row in (await central.get(url))["value"]:
            local[str(row["localCurrencyCode"])] = f"the local currency of {names[each]}"
    rows = (await dataverse.get("transactioncurrencies?$select=isocurrencycode"))["value"]
    there = {str(row["isocurrencycode"]).upper() for row in rows}
    return {code: whose for code, whose in local.items() if code and code.upper() not in there}


async def _silent(here: House, subscriber: Subscriber, name: str) -> list[Finding]:
    """Lists that a flow needs, and that this version of Business Central tells nobody of."""
    flow, silent = here.catalogue.map(name), dict[str, None]()
    for each in resources_of(here, flow):
        try:
            told = await subscriber.supported(each.company)
        except (Denied, Gone):
            continue  # this version does not say
        if told and (each.route, each.name) not in told:
            silent[each.name] = None
    what = "this version of Business Central tells nobody what changes in"
    remedy = "nothing to do: changes come with the schedule, and deletes with compare passes"
    return [Finding("note", f"{what} {each}", remedy, (name,)) for each in silent]
