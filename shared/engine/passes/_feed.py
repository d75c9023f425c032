"""The cursor of a feed of changes: where the next catch-up begins, or that there is no place to begin from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

UNTRACKED: Final = "untracked"
"""In the cursor of a feed: when its table was last read without a mark to begin from."""
OVERLAP: Final = timedelta(minutes=5)
"""Longer than a transaction may take: Dataverse ends them after two minutes."""


def is_untracked(cursor: Mapping[str, Any]) -> bool:
    """True if the table was read without tracking: there is nothing to catch up with until it is read again."""
    return UNTRACKED in cursor


def feed_after(cursor: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """The cursor after a compare pass that has set no mark: that of the feed, or what says that there is none."""
    return cursor if cursor and not is_untracked(cursor) else {UNTRACKED: now.isoformat()}


def overlapping(cursor: Mapping[str, Any], mark: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """The cursor after a read that ended with a mark: it moves to the mark kept before, once that is old enough."""
    if "delta" not in cursor:
        return mark
    newer = cursor.get("newer")
    latest = {"delta": mark["delta"], "at": now.isoformat()}
    if newer is None:
        return {"delta": cursor["delta"], "newer": latest}
    if now - datetime.fromisoformat(newer["at"]) < OVERLAP:
        return {"delta": cursor["delta"], "newer": newer}
    return {"delta": newer["delta"], "newer": latest}
