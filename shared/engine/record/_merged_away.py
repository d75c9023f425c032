"""What is told of rows that were merged into others, and of whom they have in the ERP."""

from __future__ import annotations

from collections.abc import Sequence

from shared.engine._flow import Flow
from shared.engine._named import told_anew, told_as
from shared.engine.record._troubles import Item, whole_record
from shared.mapping import DATAVERSE
from shared.systems import Observation


async def merged_away(flow: Flow, name: str, found: Observation) -> Item:
    """Why a coupled row that was merged away is set aside, and what becomes of the ERP record that it belongs to."""
    value, survivor = await _survivor(flow, found)
    message = (
        f"merged into {survivor} in Dataverse: uncouple the two, and {name} is left as it is. Then retire {name} in "
        f"the ERP, or couple it with {survivor} by hand; if that has a partner of its own, uncouple those first"
    )
    return whole_record("merged", message, value=value)


async def namesake(flow: Flow, merged: Sequence[Observation]) -> Item:
    """Why a record is not created beside a merged row that has its key: the key is taken."""
    value, survivor = await _survivor(flow, merged[0])
    name = told_as(flow.map, DATAVERSE, (flow.map.dataverse_identity(merged[0].row),), merged[0].row)
    message = (
        f"{name}, which has its key, was merged into {survivor} in Dataverse: couple it with {survivor} by hand, "
        "whose own partner, if it has one, has to be uncoupled first; or take the key from the merged row, and retry"
    )
    return whole_record("merged", message, value=value)


async def _survivor(flow: Flow, found: Observation) -> tuple[str, str]:
    """The id of the row that survived a merge, and what it is called."""
    row_id = str(found.row.get("_masterid_value") or "").lower()
    return row_id or "another row", await told_anew(flow, DATAVERSE, (row_id,)) if row_id else "another row"
