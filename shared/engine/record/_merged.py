"""Merged rows: a person merged two rows of Dataverse. The loser stays, inactive, and is nobody's partner any more."""

from __future__ import annotations

from shared.systems import Observation


def is_merged(found: Observation) -> bool:
    """True if a row was merged into another one."""
    return found.row.get("merged") is True
