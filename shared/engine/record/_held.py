"""Deletes beyond the budget: held one by one as parked rows, and released together."""

from __future__ import annotations

from shared.engine._house import House
from shared.engine.record._ending import HELD
from shared.ledger import PARKED


async def release_held(house: House, name: str) -> int:
    """Hints at every delete of a flow that is held, as a person's word: each is confirmed afresh. How many."""
    ledger, released = house.ledger(name), 0
    async for row in ledger.troubles(PARKED):
        if any(item["code"] == HELD for item in row.items):
            await ledger.ask(row.side, row.identity)
            released += 1
    return released
