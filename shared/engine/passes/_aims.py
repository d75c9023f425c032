"""Which side a record does not get to that is set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from shared.engine._house import House
from shared.ledger import PARKED, Trouble
from shared.mapping import SIDES, Side, other


def aims(row: Trouble) -> frozenset[Side]:
    """The sides that a record is not written to as it should be. A reference that waits is missing where it comes from;
    a record that is set aside as a whole has not got across.
    """
    found = {_aim(row, item) for item in row.items}
    return frozenset(side for side in SIDES if side in found)


def _aim(row: Trouble, item: Mapping[str, Any]) -> str:
    side = item.get("side")
    if not item["line"] or side not in SIDES:
        return other(row.side)
    return other(side) if row.kind == "waiting" else str(side)


async def failed(house: House, name: str) -> dict[Side, int]:
    """How many parked records of a flow do not get to each side."""
    found: Counter[Side] = Counter()
    async for row in house.ledger(name).troubles(PARKED):
        found.update(aims(row))
    return {side: found[side] for side in SIDES}
