"""What the preflight looks for beside the maps: units and price lists that products of finance and operations need in
Sales (reference: prospect-to-cash 3.7). Without them a product waits, or has no price.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

from functions.product_actions import PRODUCTS as ACTIONS
from functions.product_actions import first_valid, lists_in
from shared.engine import House
from shared.mapping import ABSENT, DATAVERSE, FlowMap, Line, Values, entity, fold
from shared.setup import Finding, erp_rows
from shared.systems import Condition, Finops, System

PRODUCTS: Final = "prospect_to_cash.products"
SHOWN: Final = 5


async def catalogue_findings(here: House, flows: Collection[str]) -> list[Finding]:
    """What products name and Sales lacks, where their flow is looked at."""
    finops = here.erps.get("finops")
    if PRODUCTS not in flows or not isinstance(finops, Finops):
        return []
    found = here.catalogue.map(PRODUCTS)
    unit, currency = (_line(found, column) for column in ("defaultuomid", "transactioncurrencyid"))
    units, currencies = set[str](), set[str]()
    async for values in _values(found, finops, here.chosen_companies(found), (unit, currency)):
        units.add(values[unit.index])
        currencies.add(values[currency.index])
    lacking = await _units(here.dataverse, unit, units - {"", ABSENT})
    if any(each.is_ours(found) for each in ACTIONS if each.name == "price list item"):
        lacking += await _price_lists(here.dataverse, currencies - {"", ABSENT}, here.clock())
    return lacking


def _line(found: FlowMap, column: str) -> Line:
    return next(line for line in found.lines if line.dataverse.name == column)


async def _values(
    found: FlowMap, finops: Finops, companies: Sequence[str], lines: Sequence[Line]
) -> AsyncIterator[Values]:
    """What products name, as the map makes codes of Sales of it."""
    names = [each.wire_name for line in lines for each in line.erp.read_from]
    of = " or ".join(f"dataAreaId eq '{company}'" for company in companies)
    async for row in erp_rows(finops, found.erp.entity.name, names, of):
        yield found.erp.read(row)


async def _units(dataverse: System, unit: Line, named: Collection[str]) -> list[Finding]:
    """Units that the unit group of new products lacks, or the group itself."""
    assert unit.lookup is not None
    (path,) = unit.lookup.paths
    within, uoms = path.within, entity(DATAVERSE, path.table)
    conditions: list[Condition] = []
    if within is not None:
        groups = entity(DATAVERSE, within.table)
        found = await dataverse.find(groups, [(groups.fields[within.key], within.code)], [groups.id])
        if not found:
            what, remedy = f"Sales has no unit group {within.code}, which the map gives to products", "make it there"
            return [Finding("warning", what, f"{remedy}, or name another by an overlay", (PRODUCTS,))]
        conditions = [(uoms.fields[within.column], str(found[0].row[groups.id]))]
    rows = await dataverse.find(uoms, conditions, [uoms.id, path.key]) if conditions else []
    known = {fold(str(row.row[path.key])) for row in rows}
    lacking = sorted(each for each in named if fold(each) not in known) if conditions else []
    if not lacking:
        return []
    what = f"products of F&O name units that their unit group lacks in Sales: {_some(lacking)}"
    remedy = "add them to the group, or give their names in the list unit_names by an overlay: until then they wait"
    return [Finding("warning", what, remedy, (PRODUCTS,))]


async def _price_lists(dataverse: System, codes: Collection[str], now: datetime) -> list[Finding]:
    """Currencies of products for which no price list is valid; one that Sales does not have is waited for anyway."""
    table = entity(DATAVERSE, "transactioncurrencies")
    lacking: list[str] = []
    for code in sorted(codes):
        rows = await dataverse.find(table, [(table.fields["isocurrencycode"], code)], [table.id])
        lists = [each for row in rows for each in await lists_in(dataverse, str(row.row[table.id]))]
        lacking += [] if first_valid(lists, now) else [code]
    if not lacking:
        return []
    what = f"no active price list of Sales is valid today in {_some(lacking)}, in which F&O sells products"
    remedy = "make one: until then products in that currency are on no list, and quotes find no price"
    return [Finding("warning", what, remedy, (PRODUCTS,))]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
