"""Who was modified later: only where both sides say when, and only outside the clock skew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.engine.record._observe import newer
from shared.mapping import DATAVERSE, ERP, Side

NOON = "2026-01-05T12:00:00Z"


@pytest.mark.parametrize(
    ("erp", "dataverse", "later"),
    [
        (NOON, "2026-01-05T12:02:00Z", DATAVERSE),
        ("2026-01-05T13:02:00+00:00", NOON, ERP),
        ("2026-01-05T13:02:00+01:00", NOON, ERP),
        ("2026-01-05T12:00:59Z", NOON, None),
        (NOON, "2026-01-05T12:01:00Z", None),
        (None, NOON, None),
        (NOON, None, None),
    ],
)
def test_newer(erp: str | None, dataverse: str | None, later: Side | None) -> None:
    """Times are compared as moments, and the margin itself is still too close."""
    assert newer(erp, dataverse, timedelta(seconds=60)) == later
