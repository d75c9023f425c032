"""What the preflight looks for beside the maps: what Business Central can tell, that its currencies are there, and that
salespeople can still own what is made for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

from functions.business_central.subscriptions import SYSTEM, resources_of, without_ear
from functions.runtime import runtime
from shared.engine import House
from shared.errors import Denied, Gone, KoppelError
from shared.ledger import PAIRED, read_identity
from shared.mapping import fold
from shared.setup import Finding
from shared.systems import BusinessCentral, Dataverse, Subscriber

SALESPEOPLE: Final = f"{SYSTEM}.salespeople"
SHOWN: Final = 5


async def company_names(here: House) -> Mapping[str, str]:
    """What companies are called, by their ids: lists and requests may name them so."""
    central = here.erps.get(SYSTEM)
    return await central.companies() if isinstance(central, BusinessCentral) else {}


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


async def salesperson_findings(here: House, flows: Collection[str]) -> list[Finding]:
    """Users of coupled salespeople who are out of the scope by now: disabled, without a licence, integration users."""
    flow = next((each for each in here.catalogue.sound() if each.name == SALESPEOPLE), None)
    if flow is None or SALESPEOPLE not in flows:
        return []
    part, gone = flow.dataverse, list[str]()
    columns = [*part.columns, "fullname"]
    try:
        async for page in here.ledger(SALESPEOPLE).summaries():
            rows = [
                each.key.partition("~")[2]
                for each in page
                if read_identity(each.cells) and each.cells.get("state") in PAIRED
            ]
            found = await asyncio.gather(*(here.dataverse.read(part.entity, (each,), columns) for each in rows))
            gone += [str(each.row["fullname"]) for each in found if each and not part.scope.includes(each.row)]
    except KoppelError:
        return []  # what keeps these from being read has a finding of its own
    if not gone:
        return []
    names = ", ".join(sorted(gone, key=fold)[:SHOWN]) + (f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else "")
    what = f"salespeople are coupled with users who are disabled, without a licence, or integration users: {names}"
    remedy = (
        "give them a licence, or uncouple them and couple others: new rows of theirs may be refused, or seen by nobody"
    )
    return [Finding("warning", what, remedy, (SALESPEOPLE,))]
