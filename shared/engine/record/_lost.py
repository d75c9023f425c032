"""Whether rows were deleted in Dataverse lately on which rows of a flow may have hung by a column that no line maps."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from shared.engine._flow import Flow
from shared.ledger import COUPLING, PARKED, FlowLedger, after, moment
from shared.mapping import DATAVERSE, FlowMap

LEFT: Final = "left the scope"
"""How the reason of a tombstone begins that a record has by the map's `leaves`."""
LATELY: Final = timedelta(days=2)
"""Longer than it takes until a compare pass has come by."""


async def lost_lately(flow: Flow) -> str:
    """The table of which rows are gone that may have taken rows of this flow along; empty if there is none.

    Asked once a slice. What we deleted there ourselves took nothing along that we keep: it would have stayed.
    """
    if flow.lost_parents is None:
        found = [each for each in await _above(flow) if await _has_lost(flow, flow.others.flow(each.name).ledger)]
        flow.lost_parents = found[0].dataverse.entity.name if found else ""
    return flow.lost_parents


async def _above(flow: Flow) -> list[FlowMap]:
    """Flows over tables with which Dataverse deletes rows of this flow along, by a column that no line of it maps."""
    own, mapped = flow.map.dataverse.entity, {line.dataverse.name for line in flow.map.lookups}
    found: list[FlowMap] = []
    for each in flow.others.maps():
        table = each.dataverse.entity
        along = await flow.others.taken_along(table) if table.name != own.name else ()
        if any(child.name == own.name and column.name not in mapped for child, column in along):
            found.append(each)
    return found


async def _has_lost(flow: Flow, ledger: FlowLedger) -> bool:
    """True if a coupled row of a flow is gone in Dataverse, and not because its partner is gone in the ERP, or one of
    the two left the scope.
    """
    since = moment(flow.clock() - LATELY)
    async for aside in ledger.troubles(PARKED):
        if any(item.get("gone") == DATAVERSE for item in aside.items):
            return True
    async for page in ledger.commits.range(ledger.flow, COUPLING, after(COUPLING), ("state", "since", "reason")):
        for row in page:
            cells = row.cells
            is_ours = cells.get("reason") == "deleted in the ERP" or str(cells.get("reason", "")).startswith(LEFT)
            if cells["state"] == "deleted" and not is_ours and str(cells.get("since", "")) >= since:
                return True
    return False
