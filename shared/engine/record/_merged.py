"""Merged rows: a person merged two rows of Dataverse. The loser stays, inactive, and is nobody's partner any more."""

from __future__ import annotations

from collections.abc import Sequence

from shared.engine._flow import Flow
from shared.engine.record._troubles import Item, whole_record
from shared.systems import Observation


def is_merged(found: Observation) -> bool:
    """True if a row was merged into another one."""
    return found.row.get("merged") is True


def merged_away(name: str, found: Observation) -> Item:
    """Why a coupled row that was merged away is set aside, and what becomes of the ERP record that it belongs to."""
    survivor = _survivor(found)
    message = (
        f"merged into {survivor} in Dataverse: uncouple the two, and {name} is left as it is. Then retire {name} in "
        f"the ERP, or couple it with {survivor} by hand; if that has a partner of its own, uncouple those first"
    )
    return whole_record("merged", message, value=survivor)


def namesake(flow: Flow, merged: Sequence[Observation]) -> Item:
    """Why a record is not created beside a merged row that has its key: the key is taken."""
    row_id, survivor = flow.map.dataverse_identity(merged[0].row), _survivor(merged[0])
    message = (
        f"{row_id}, which has its key, was merged into {survivor} in Dataverse: couple it with {survivor} by hand, "
        "whose own partner, if it has one, has to be uncoupled first; or take the key from the merged row, and retry"
    )
    return whole_record("merged", message, value=survivor)


def _survivor(found: Observation) -> str:
    return str(found.row.get("_masterid_value") or "another row").lower()
