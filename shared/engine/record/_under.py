"""What a pair takes along when it is uncoupled: pairs of other flows that belong to it on both sides."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared.engine._flow import Flow
from shared.engine.record._observe import company_of, resolved
from shared.ledger import Coupling, dataverse_end
from shared.mapping import ERP, FlowMap, Line

Under = tuple[Flow, Coupling]


async def pairs_under(flow: Flow, coupling: Coupling) -> list[Under]:
    """The pairs of other flows whose two records both point to the two of this one, such as a contact of a customer and
    of his account. One that is under another record on one side is none of them.
    """
    leading = [(flow.others.flow(each.name), line) for each in flow.others.maps() for line in _leading(flow.map, each)]
    found = await asyncio.gather(*(_by(keeper, line, coupling) for keeper, line in leading))
    pairs = {(keeper.map.name, each.key): (keeper, each) for (keeper, _), rows in zip(leading, found, strict=True)
             for each in rows}  # fmt: skip
    return [each for _, each in sorted(pairs.items(), key=lambda item: item[0])]


def _leading(own: FlowMap, each: FlowMap) -> list[Line]:
    """Lines of another map over which its records belong to those of this one. A deferred line only points back."""
    if each.suite != own.suite or each.name == own.name:
        return []
    return [line for line in each.lookups if not line.deferred and line.lookup and _means(own, line)]


def _means(own: FlowMap, line: Line) -> bool:
    assert line.lookup is not None
    tables = {path.table for path in line.lookup.paths if not path.hops}
    return own.name in line.lookup.via or (not line.lookup.via and own.dataverse.entity.name in tables)


async def _by(keeper: Flow, line: Line, over: Coupling) -> Sequence[Coupling]:
    """The pairs of a flow that point to another pair over a line, on both sides."""
    table = keeper.map.dataverse.entity
    rows = await keeper.dataverse.find(table, [(line.dataverse, over.dataverse)], table.key)
    ends = [dataverse_end(str(row.row[table.id]).lower()) for row in rows]
    pairs = await asyncio.gather(*map(keeper.ledger.coupling, ends))
    alive = [each for each in pairs if each is not None and not each.ended and each.erp and each.intent is None]
    there = await asyncio.gather(*(_points(keeper, line, each, over.dataverse) for each in alive))
    return [each for each, points in zip(alive, there, strict=True) if points]


async def _points(keeper: Flow, line: Line, pair: Coupling, row_id: str) -> bool:
    """True if the record of the ERP points to the partner of a row, too."""
    seen = await keeper.read(ERP, pair.identity(ERP))
    company = await company_of(keeper, ERP, seen.row) if seen else None
    if seen is None or company is None:
        return False
    values = await resolved(keeper, keeper.map.alone(ERP, seen.row), company)
    return values[line.index] == row_id
