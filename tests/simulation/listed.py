"""The list of conflicts as a person reads it, whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from shared.engine import conflict_rows, shown_conflict
from shared.ledger import FlowLedger


async def conflicts(ledger: FlowLedger) -> AsyncIterator[dict[str, Any]]:
    """Every conflict of a flow, with both values and both identities."""
    async for row in conflict_rows(ledger):
        yield await shown_conflict(ledger, row)
