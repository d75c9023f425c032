"""The delete budget: how many deletes a flow may carry over in any window of time, hints and passes together.

Above it the flow pauses and a person is asked. The count is a ledger row, so it holds for all instances. It is kept by
parts of the window, so that the row stays small; a part counts until the last of its deletes is older than the window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.errors import KoppelError
from shared.ledger import Documents, moment

BUDGET: Final = "budget"
PARTS: Final = 60
"""Parts of a window that are counted apart."""


class BudgetSpent(KoppelError):
    """The flow deletes more than it may; it pauses until a person decides."""


@dataclass(frozen=True, slots=True)
class Budget:
    """deletes: how many within any `window`, per flow; 0 lets none through."""

    documents: Documents
    clock: Callable[[], datetime]
    deletes: int = 50
    window: timedelta = timedelta(hours=1)

    async def spend(self, flow: str) -> None:
        """Takes one delete from the budget. Raises BudgetSpent if none is left in the window that ends now."""
        now = self.clock()
        part, oldest = moment(self._part_of(now)), moment(now - self.window - self.window / PARTS)

        def take(value: Mapping[str, Any]) -> Mapping[str, Any]:
            parts = {began: count for began, count in value.get("parts", {}).items() if began > oldest}
            if sum(parts.values()) >= self.deletes:
                raise BudgetSpent(self._spent(flow))
            return {"parts": {**parts, part: parts.get(part, 0) + 1}}

        await self.documents.change(BUDGET, flow, take)

    async def refill(self, flow: str) -> None:
        """A person has looked: the window begins anew."""
        await self.documents.change(BUDGET, flow, lambda _value: {})

    def _part_of(self, now: datetime) -> datetime:
        """When the part of a window began that a moment belongs to."""
        seconds = now.timestamp()
        return now - timedelta(seconds=seconds % (self.window / PARTS).total_seconds())

    def _spent(self, flow: str) -> str:
        if not self.deletes:
            return f"{flow} wants to delete a record, and may delete none: raise DELETE_BUDGET, or delete it by hand"
        return (
            f"{flow} wants to delete more than {self.deletes} records within {self.window}: look at what was deleted; "
            'if that is right, resume it with {"deletes": true}'
        )
