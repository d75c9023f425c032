"""Taking over from Business Central's own integration: whether it still runs, and the couplings that it has made.

Both are seen through the connector's pages alone (reference: business-central 4.1, 4.2). Which table of the product a
flow is about is said by the flow's module (`TAKES_OVER`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from importlib import import_module
from typing import Final

from functions.business_central.looks import company_names
from functions.business_central.subscriptions import SYSTEM
from shared.engine import Given, House
from shared.errors import Refused
from shared.mapping import Row, entity
from shared.setup import Finding
from shared.systems import Reading

CONNECTIONS: Final = {
    "cdsConnectionSetups": "Dataverse Connection Setup",
    "crmConnectionSetups": "Microsoft Dynamics 365 Connection Setup",
}
"""The connector's pages that say whether it runs, with the page of the product on which it is switched off."""
RECORDS: Final = "crmIntegrationRecords"
OPTIONS: Final = "crmOptionMappings"
PAGE: Final = 5_000
AGAIN: Final = "skipped there: it had failed twice, and is looked at again"


async def product_findings(here: House, flows: Collection[str]) -> list[Finding] | None:
    """Where the product's own integration is switched on, in a company of these flows; None without the connector."""
    ours = tuple(each.name for each in here.catalogue.sound() if each.name in flows and each.erp.system == SYSTEM)
    if ours and not has_connector(here):
        return None
    companies = sorted({code for name in ours for code in here.chosen_companies(here.catalogue.map(name))})
    found = [(code, page) for page in CONNECTIONS for code in companies if await _runs(here, page, code)]
    names = await company_names(here) if found else {}
    return [
        Finding(
            "error",
            f"Business Central's own integration with Dataverse is switched on in company {names.get(code, code)}: "
            "two engines would write the same records",
            f"switch it off on the page {CONNECTIONS[page]}; its couplings stay, and can be taken over",
            ours,
        )
        for code, page in found
    ]


def has_connector(here: House) -> bool:
    """Whether maps stand on pages of the connector."""
    route = entity(SYSTEM, RECORDS).route
    return any(each.erp.entity.route == route for each in here.catalogue.sound())


async def _runs(here: House, page: str, company: str) -> bool:
    return any([row["enabled"] async for rows in _pages(here, page, ["enabled"], "", [company]) for row in rows])


async def product_pairs(here: House, name: str) -> AsyncIterator[Sequence[Given]]:
    """The couplings of the product that are of a flow's records, in the companies that are synchronised.

    Raises Refused without the connector, and for a flow that the product has no couplings of.
    """
    table = getattr(import_module(f"functions.{name}"), "TAKES_OVER", None)
    if table is None:
        raise Refused(f"{name}: Business Central's own integration keeps no couplings of it")
    if not has_connector(here):
        raise Refused(
            f"{name}: Business Central's couplings are seen through Koppel's connector alone: publish it and set "
            "BUSINESS_CENTRAL_CONNECTOR, or give them as CSV"
        )
    flow = here.catalogue.map(name)
    choice = flow.dataverse.entity.choice
    page, columns = (OPTIONS, ["record", "optionValue"]) if choice else (RECORDS, ["recordId", "dataverseId"])
    read = _pages(here, page, [*columns, "company", "skipped"], f"tableNumber eq {table}", here.chosen_companies(flow))
    async for rows in read:
        yield [_of_option(row) if choice else _of_record(row) for row in rows]


async def _pages(
    here: House, page: str, columns: Sequence[str], pushed: str, companies: Sequence[str]
) -> AsyncIterator[list[Row]]:
    reading = Reading(columns, pushed, companies, PAGE)
    async for each in here.erps[SYSTEM].pages(entity(SYSTEM, page), reading, None):
        yield [found.row for found in each.rows]


def _of_record(row: Row) -> Given:
    told = AGAIN if row["skipped"] else ""
    return Given(0, str(row["recordId"]), str(row["dataverseId"]), str(row["company"]), told)


def _of_option(row: Row) -> Given:
    """The record is told as its table and its code, such as `Payment Terms: 30 DAYS`."""
    code = str(row["record"]).partition(": ")[2]
    return Given(0, code, str(row["optionValue"]), str(row["company"]), AGAIN if row["skipped"] else "")
