"""How a visit ends that writes to no system: one transaction, and only if it says news."""

from __future__ import annotations

from dataclasses import replace

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._echo import heard
from shared.engine.record._troubles import Item, changes, standing, trouble
from shared.errors import LedgerMoved
from shared.ledger import HINT, Coupling, Trouble
from shared.mapping import DATAVERSE


async def conclude(
    flow: Flow, wake: Wake, before: Coupling, rows: list[Trouble], outcome: Outcome, after: Coupling | None = None
) -> Outcome:
    """Stores what changed, if anything did; the hint goes with it, or with a touch of the coupling."""
    ends = {before.key, wake.end}
    found = await standing(flow, ends, None if before.ended else before.troubles)
    writes = changes(rows, found)
    after = after or before
    if writes or after != before or wake.hint is not None:
        writes = [heard(after, wake).replace(), *writes]
        try:
            await flow.ledger.commit([*writes, wake.hint.drop()] if wake.hint else writes)
        except LedgerMoved as moved:
            if not moved.key.startswith(HINT):
                raise
            if after != before or len(writes) > 1:
                await flow.ledger.commit(writes)
    return outcome


async def park_whole(flow: Flow, wake: Wake, coupling: Coupling, item: Item) -> Outcome:
    """Sets a coupled record aside as a whole."""
    row = trouble(flow, "parked", Wake(DATAVERSE, (coupling.dataverse,)), coupling.key, [item])
    parked = replace(coupling, troubles="p", digests={})
    outcome = Outcome("parked", (), (str(item["code"]),), coupling.dataverse)
    return await conclude(flow, wake, coupling, [row], outcome, parked)


async def keep(flow: Flow, wake: Wake) -> Outcome:
    """The record stays to be looked at: its hint stands, and a pass leaves one."""
    if wake.hint is None:
        await flow.ledger.store_hint(wake.side, wake.identity, wake.told or "pass")
    return Outcome("kept")
