"""Whether the systems tell us what happens: their subscriptions to our receivers."""

from __future__ import annotations

from collections.abc import Sequence

from functions.operations.setup import expected_changes
from shared.engine import House
from shared.errors import Refused

SHOWN = 5
"""How many a message names."""


async def subscriptions(here: House, live: Sequence[str]) -> None:
    """Raises Refused if events of flows that are live are not subscribed to as they should be."""
    wrong = await expected_changes(here, live) if live else []
    if wrong:
        named = ", ".join(dict.fromkeys(wrong[:SHOWN]))
        raise Refused(
            f"{len(wrong)} webhooks are missing or were changed ({named}): POST /api/operations/webhooks repairs them"
        )
