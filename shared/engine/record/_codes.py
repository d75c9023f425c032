"""Codes under another key: what tells that one which is gone in the ERP goes on there as another.

A code has no second identity. It holds the same as before, or everybody names it who named the old one: renaming a code
in the ERP follows at each of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from shared.engine._flow import Flow
from shared.engine.record._hanging import Hanging, Lookups, row_id_of
from shared.engine.record._source import Source
from shared.engine.record._striped import of_company, striped
from shared.errors import Denied, Refused, Rejected
from shared.ledger import Coupling, dataverse_end, end_of
from shared.mapping import ABSENT, BLANK, DATAVERSE, ERP, FlowMap, Line, Row, Side, Values, fold, reader
from shared.systems import Condition, Observation, exactly

SAMPLE: Final = 100
"""Records that are asked, of all that name a code."""


def is_code(flow: Flow) -> bool:
    """True for records of which nothing but a key of their own tells who they are."""
    made_of_others = any(line.lookup for line in flow.map.lines if line.erp.name in flow.map.identity)
    return flow.map.second is None and not made_of_others


# -- what it holds


async def holding_the_same(flow: Flow, coupling: Coupling, left: Observation) -> list[tuple[str, ...]]:
    """The records of the ERP that hold what a code, gone there, was agreed to hold."""
    company, values = flow.map.company, flow.map.dataverse.read(left.row)
    conditions: list[Condition] = []
    for line in _telling(flow):
        base, value = coupling.agreed.base(line), values[line.index]
        if base and base[0] == base[1] == line.print(value) and value not in {ABSENT, BLANK}:
            conditions.append((line.erp, value))
    if not conditions:
        return []
    if company is not None:
        conditions.insert(0, (company.erp, flow.company_in(coupling)))
    found = exactly(await flow.erp.find(flow.map.erp.entity, conditions, flow.map.erp.columns), conditions)
    same = [each for each in found if _holds_the_same(flow, coupling, flow.map.erp.read(each.row))]
    return [flow.map.erp_identity(each.row) for each in same]


async def held_the_same(flow: Flow, source: Source) -> Coupling | None:
    """The coupling of a code that is gone in the ERP, and held what an uncoupled record holds."""
    part = flow.map.dataverse
    sent = {write.index: write.new for write in source.plan.writes}
    conditions: list[Condition] = [(line.dataverse, sent[line.index]) for line in _telling(flow)
                                   if sent.get(line.index)]  # fmt: skip
    if not conditions:
        return None
    conditions = [*striped(flow, source.company, source.mark), *conditions]
    found = exactly(await flow.dataverse.find(part.entity, conditions, part.columns), conditions)
    for row in await of_company(flow, source.company, found):
        coupling = await flow.ledger.coupling(dataverse_end(flow.map.dataverse_identity(row.row)))
        if coupling is None or coupling.erp is None or not coupling.is_pair:
            continue
        if _holds_the_same(flow, coupling, source.values) and await flow.read(ERP, coupling.erp) is None:
            return coupling
    return None


def _telling(flow: Flow) -> list[Line]:
    """The texts by which a code is known."""
    texts = [line for line in flow.map.lines if line.erp.type == line.dataverse.type == "text"]
    return [line for line in texts if line.update and line.source is None and not line.compared]


def _holds_the_same(flow: Flow, coupling: Coupling, values: Values) -> bool:
    """True if a record of the ERP holds what a pair agreed on, but for its key and what it refers to."""
    for line in flow.map.lines:
        base, value = coupling.agreed.base(line), values[line.index]
        if line.key or line.lookup is not None or base is None or value is ABSENT or not line.update:
            continue
        if base[0] != line.print(value):
            return False
    return True


# -- who names it


async def named_by_the_same(flow: Flow, coupling: Coupling) -> list[tuple[str, ...]]:
    """The record of the ERP that everybody names by now who still points to the row of a code in Dataverse."""
    found = await _naming(flow, DATAVERSE, (coupling.dataverse,))
    named = await asyncio.gather(*(_names(flow, coupling, each, keeper) for each, keeper in _kept(flow, found)))
    distinct = {tuple(map(fold, each)): each for each in named if each}
    there = await flow.read(ERP, distinct.popitem()[1]) if len(distinct) == 1 else None
    return [flow.map.erp_identity(there.row)] if there else []


async def _naming(flow: Flow, side: Side, identity: tuple[str, ...]) -> list[Hanging]:
    """The rows that name a record. What cannot be asked tells nothing: nothing is deleted for that."""
    try:
        return await Lookups(flow, flow.others.maps()).keeping(side, identity)
    except (Denied, Refused, Rejected):
        return []


async def _names(flow: Flow, coupling: Coupling, found: Hanging, keeper: FlowMap) -> tuple[str, ...] | None:
    """The record that the partner of a row names in the ERP, where the row points to that of a pair."""
    partner = await flow.others.flow(keeper.name).ledger.coupling(dataverse_end(row_id_of(found)))
    if partner is None or partner.ended or partner.erp is None:
        return None
    there = await flow.erp.read(keeper.erp.entity, partner.erp, keeper.erp.columns)
    if there is None:
        return None
    for line in _leading_here(flow, keeper):
        base = partner.agreed.base(line)
        if base and await flow.links.pairs.row_of(line, base[1]) == coupling.dataverse:
            return await _named(flow, coupling, line, there.row)
    return None


async def _named(flow: Flow, coupling: Coupling, line: Line, row: Row) -> tuple[str, ...] | None:
    """The record of the flow that a record of the ERP names on a line; None also if there is none any more."""
    code = reader(line.erp)(row.get(line.erp.name, ABSENT))
    if not code or code is ABSENT:
        return None
    target = next(each for each in flow.links.pairs.targets_of(line) if each.ledger.flow == flow.map.name)
    return await flow.links.records.meant(target, line, flow.company_in(coupling), code)


async def was_named_by_the_same(flow: Flow, identity: tuple[str, ...]) -> Coupling | None:
    """The coupling of a code that is gone in the ERP, and that everybody named who names a record there by now."""
    found = await _naming(flow, ERP, identity)
    were = await asyncio.gather(*(_were_of(flow, each, keeper) for each, keeper in _kept(flow, found)))
    known = [each for each in were if each]
    if not known:
        return None
    for row_id in sorted(set.intersection(*known)):
        coupling = await flow.ledger.coupling(dataverse_end(row_id))
        if coupling is not None and not coupling.ended and coupling.erp and await flow.read(ERP, coupling.erp) is None:
            return coupling
    return None


async def _were_of(flow: Flow, found: Hanging, keeper: FlowMap) -> set[str]:
    """The rows of the flow that a record of the ERP was last agreed to point to."""
    ledger = flow.others.flow(keeper.name).ledger
    partner = await ledger.coupling(end_of(ERP, keeper.erp_identity(found.row.row)))
    if partner is None or partner.ended:
        return set()
    bases = [(line, base) for line in _leading_here(flow, keeper) if (base := partner.agreed.base(line))]
    return {row_id for line, base in bases if (row_id := await flow.links.pairs.row_of(line, base[1]))}


def _kept(flow: Flow, found: Sequence[Hanging]) -> Iterator[tuple[Hanging, FlowMap]]:
    """Rows that hang on a record, each with the maps that are about it and the ERP system of the flow."""
    maps = [each for each in flow.others.maps() if each.erp.system == flow.map.erp.system]
    for each in found[:SAMPLE]:
        for keeper in maps:
            if keeper.side(each.side).entity.name == each.entity.name:
                yield each, keeper


def _leading_here(flow: Flow, keeper: FlowMap) -> list[Line]:
    """Lines of a map that point to records of the flow."""
    return [
        line for line in keeper.lookups
        if any(each.ledger.flow == flow.map.name for each in flow.links.pairs.targets_of(line))
    ]  # fmt: skip
