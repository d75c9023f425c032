"""What the preflight looks for beside the maps: whether Business Central can tell what changes, and of which lists;
whether Dataverse has the local currency of each company; whether salespeople can still own what is made for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from functions.business_central.subscriptions import SYSTEM, resources_of, without_ear
from functions.runtime import runtime
from shared.engine import House
from shared.errors import Denied, Gone, KoppelError
from shared.ledger import read_identity
from shared.mapping import DATAVERSE, FlowMap, entity, fold
from shared.setup import Finding
from shared.systems import BusinessCentral, Subscriber

SALESPEOPLE: Final = f"{SYSTEM}.salespeople"
CURRENCY: Final = "transactioncurrencies"
SHOWN: Final = 5


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


async def currency_findings(here: House, flows: Collection[str]) -> list[Finding]:
    """Local currencies of companies that Dataverse does not have: a blank in Business Central means them."""
    central = here.erps.get(SYSTEM)
    ours = [each for each in here.catalogue.sound() if each.name in flows and each.erp.system == SYSTEM]
    using = [each for each in ours if any(CURRENCY in line.dataverse.targets for line in each.lines)]
    if not using or not isinstance(central, BusinessCentral):
        return []
    try:
        return await _without_currency(here, central, using)
    except KoppelError:
        return []  # what keeps these from being read has a finding of its own


async def _without_currency(here: House, central: BusinessCentral, using: Collection[FlowMap]) -> list[Finding]:
    setup, table = entity(SYSTEM, "generalLedgerSetup"), entity(DATAVERSE, CURRENCY)
    there, found = await central.companies(), list[Finding]()
    for company in sorted({each for flow in using for each in here.chosen_companies(flow)} & there.keys()):
        row = await central.any_of(setup, company, ["localCurrencyCode"])
        code = str(row.row["localCurrencyCode"]) if row else ""
        known = await here.dataverse.find(table, [(table.fields["isocurrencycode"], code)], [table.id]) if code else []
        if not known:
            what = (
                f"the local currency of {there[company]}, {code or 'which is blank there'}, is no currency of Dataverse"
            )
            remedy = "add it in the admin center (Settings, Business, Currencies): until then what has it waits"
            found.append(Finding("warning", what, remedy, tuple(sorted(each.name for each in using))))
    return found


async def salesperson_findings(here: House, flows: Collection[str]) -> list[Finding]:
    """Users of coupled salespeople who are out of the scope by now: disabled, without a licence, integration users."""
    flow = next((each for each in here.catalogue.sound() if each.name == SALESPEOPLE), None)
    if flow is None or SALESPEOPLE not in flows:
        return []
    part, gone = flow.dataverse, list[str]()
    try:
        async for page in here.ledger(SALESPEOPLE).summaries():
            rows = [each.key.partition("~")[2] for each in page if read_identity(each.cells) and _lives(each.cells)]
            for row_id in rows:
                found = await here.dataverse.read(part.entity, (row_id,), [*part.columns, "fullname"])
                gone += [str(found.row["fullname"])] if found and not part.scope.includes(found.row) else []
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


def _lives(cells: Mapping[str, object]) -> bool:
    return cells.get("state") in {"coupled", "dormant"}
