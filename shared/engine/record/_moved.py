"""Where the records went that named a code which is gone in the ERP: renaming a code there follows at each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from shared.engine._flow import Flow
from shared.engine.record._hanging import Hanging, Lookups, row_id_of
from shared.ledger import Coupling, dataverse_end, end_of
from shared.mapping import ABSENT, DATAVERSE, ERP, FlowMap, Line, Row, fold, reader

SAMPLE: Final = 100
"""Records that are asked, of all that name a code."""


async def moved_to(flow: Flow, coupling: Coupling) -> tuple[str, ...] | None:
    """The ERP record that everybody names by now who still points to the row of a pair in Dataverse."""
    found = await Lookups(flow, flow.others.maps()).keeping(DATAVERSE, (coupling.dataverse,))
    named = await asyncio.gather(*(_names(flow, coupling, each, keeper) for each, keeper in _kept(flow, found)))
    distinct = {tuple(map(fold, each)): each for each in named if each}
    return distinct.popitem()[1] if len(distinct) == 1 else None


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
        if base and await flow.links.row_of(line, base[1]) == coupling.dataverse:
            return _named(flow, coupling, line, there.row)
    return None


def _named(flow: Flow, coupling: Coupling, line: Line, row: Row) -> tuple[str, ...] | None:
    """The record of the flow that a record of the ERP names on a line."""
    code = reader(line.erp)(row.get(line.erp.name, ABSENT))
    if not code or code is ABSENT:
        return None
    (target,) = (each for each in flow.links.targets_of(line) if each.ledger.flow == flow.map.name)
    return target.identity(flow.company_in(coupling), code)


async def moved_from(flow: Flow, identity: tuple[str, ...]) -> Coupling | None:
    """The pair, gone in the ERP, of which everybody was who names a record there by now."""
    found = await Lookups(flow, flow.others.maps()).keeping(ERP, identity)
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
    return {row_id for line, base in bases if (row_id := await flow.links.row_of(line, base[1]))}


def _kept(flow: Flow, found: Sequence[Hanging]) -> Iterator[tuple[Hanging, FlowMap]]:
    """Rows that hang on a record, each with the maps that are about it."""
    for each in found[:SAMPLE]:
        for keeper in flow.others.maps():
            if keeper.side(each.side).entity.name == each.entity.name:
                yield each, keeper


def _leading_here(flow: Flow, keeper: FlowMap) -> list[Line]:
    """Lines of a map that point to records of the flow."""
    return [
        line for line in keeper.lookups
        if any(each.ledger.flow == flow.map.name for each in flow.links.targets_of(line))
    ]  # fmt: skip
