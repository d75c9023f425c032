"""Records that leave a flow's scope: they sleep, are uncoupled, or go to another flow, and may come back."""

from __future__ import annotations

from dataclasses import replace

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._conclude import conclude
from shared.errors import LedgerMoved
from shared.ledger import Coupling
from shared.mapping import FlowMap


async def left(flow: Flow, wake: Wake, coupling: Coupling, reason: str) -> Outcome:
    """A record that left the scope goes dormant: observed, never written, never deleted."""
    heir = await heir_of(flow, coupling)
    if heir is not None:
        return await _handed_over(flow, wake, coupling, heir)
    if flow.map.policy.leaves == "uncouple":
        stone = replace(coupling, state="uncoupled", reason=reason, digests={}, troubles="", since=flow.now())
        ended = Outcome("deleted", (), (), coupling.dataverse, erp=coupling.erp or ())
        return await conclude(flow, wake, coupling, [], ended, stone)
    return await sleep(flow, wake, coupling, reason)


async def sleep(flow: Flow, wake: Wake, coupling: Coupling, reason: str) -> Outcome:
    """The coupling goes dormant, or stays so."""
    asleep = replace(coupling, state="dormant", reason=reason, troubles="")
    return await conclude(flow, wake, coupling, [], Outcome("dormant", (), (), coupling.dataverse), asleep)


async def heir_of(flow: Flow, coupling: Coupling) -> FlowMap | None:
    """The flow that a record out of scope goes to: the one the map names, if the record is in its scope."""
    heir = flow.owners.heir if flow.owners else None
    if heir is None:
        return None
    part = heir.dataverse
    row = await flow.dataverse.read(part.entity, (coupling.dataverse,), part.columns)
    return heir if row is not None and part.scope.includes(row.row) else None


async def wakes_up(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome | None:
    """A dormant record is back in the scope. How the visit ends if another flow has it by now."""
    assert flow.owners is not None
    other = await flow.owners.take(coupling.dataverse, coupling.key)
    return await sleep(flow, wake, coupling, f"belongs to {other}") if other else None


async def _handed_over(flow: Flow, wake: Wake, coupling: Coupling, heir: FlowMap) -> Outcome:
    """Dormant first, then the owner row, then the heir's hint; our own hint stays until all of it is done."""
    owners, row_id, reason = flow.owners, coupling.dataverse, f"handed over to {heir.name}"
    assert owners is not None
    row = await owners.row(row_id)
    if coupling.state == "dormant" and not await owners.has_to_leave(row, row_id):
        return await sleep(flow, wake, coupling, reason)
    hint = wake.hint or await flow.ledger.store_hint(wake.side, wake.identity, "hand-over")
    await sleep(flow, replace(wake, hint=None), coupling, reason)
    try:
        await owners.leave(row, row_id)
    except LedgerMoved:
        return Outcome("kept", (), (), row_id)
    await flow.ledger.drop(hint)
    return Outcome("dormant", (), (), row_id)
