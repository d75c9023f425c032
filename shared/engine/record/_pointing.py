"""Records that point to one which has just been coupled.

A flow may be about those rows alone that point to a certain kind of record: contacts of accounts that are customers.
And a line may leave out whatever means nothing yet: the primary contact of a customer. Neither waits, so nothing in the
ledger tells them that what they point to has a partner now. They are hinted at when it gets one. If that is cut off, or
cannot be asked, the compare pass finds them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from shared.engine._flow import WOKEN, Flow, Outcome
from shared.errors import KoppelError
from shared.ledger import Coupling, FlowLedger, dataverse_end
from shared.mapping import DATAVERSE, ERP, FlowMap, Line, Side, reader
from shared.reconcile import LEAVING

log: Final = logging.getLogger("koppel.engine")
_ALONE: Final = frozenset({"ignored", "gone", "deleted", "uncoupled", "dormant", "kept"})
"""How visits end after which a record has no partner at work."""


async def tell_pointing(flow: Flow, began: Sequence[Coupling | None], outcome: Outcome) -> None:
    """Hints at what points to a record, if a visit has coupled it. began: what stood for it when each round began."""
    before = next(iter(began), None)
    was_coupled = before is not None and before.state == "coupled"
    if was_coupled or not outcome.dataverse or outcome.kind in _ALONE:
        return
    for other, line in _pointing(flow):
        try:
            if await _is_live(flow, other.name):
                await _tell(flow, other, line, outcome.dataverse)
        except KoppelError as problem:
            log.warning("%s: what points to %s is left to the compare pass: %s", other.name, outcome.dataverse, problem)


def _pointing(flow: Flow) -> Iterator[tuple[FlowMap, Line]]:
    """The lines that this flow's couplings answer, and on which nothing waits."""
    for other in flow.others.maps():
        for line in other.lookups:
            if line.lookup and flow.map.name in line.lookup.via and (_asks(other, line) or _leaves(line)):
                yield other, line


def _asks(other: FlowMap, line: Line) -> bool:
    """True if the scope of a flow asks about the row that a line points to."""
    return bool(other.dataverse.scope.paths) and line.dataverse.wire_name in other.dataverse.scope.own


def _leaves(line: Line) -> bool:
    """True of a reference to a row. Of an option of a choice there may be any number, and their rows are many."""
    return line.dataverse.type == "lookup" and line.update and line.missing in LEAVING


async def _is_live(flow: Flow, name: str) -> bool:
    """Whether another flow is at work, as it was when the slice first asked."""
    if name not in flow.live:
        flow.live[name] = await flow.others.is_live(name)
    return flow.live[name]


async def _tell(flow: Flow, other: FlowMap, line: Line, row_id: str) -> None:
    ledger = FlowLedger(flow.ledger.commits, other.name, flow.ledger.clock)
    table, found = other.dataverse.entity, list[tuple[Side, tuple[str, ...]]]()
    for row in await flow.dataverse.find(table, [(line.dataverse, row_id)], [table.id]):
        found.append((DATAVERSE, (str(row.row[table.id]).lower(),)))
    if _leaves(line) and not line.erp.unfiltered:
        found += [(ERP, each) for each in await _naming(flow, other, line, row_id)]
    for side, identity in found:
        await ledger.store_hint(side, identity, WOKEN, beside=True)


async def _naming(flow: Flow, other: FlowMap, line: Line, row_id: str) -> list[tuple[str, ...]]:
    """The records of the ERP whose field names the partner of a row."""
    coupling = await flow.ledger.coupling(dataverse_end(row_id))
    target = flow.links.pairs.targets.by_flow(flow.map.name)
    if coupling is None or coupling.erp is None or target is None:
        return []
    code = coupling.erp[target.code]
    if (field := target.coded(line.erp)) is not None:
        row = await flow.erp.read(target.entity, coupling.erp, [field.name])
        code = reader(field)(row.row.get(field.name)) if row else ""
    part, company = other.erp.entity, flow.company_in(coupling)
    striped = [(part.fields[part.company], company)] if part.company and company else []
    rows = await flow.erp.find(part, [*striped, (line.erp, code)], part.key) if code else []
    return [other.erp_identity(each.row) for each in rows]
