"""The delete budget: how many deletes a flow may carry over in a window of time, hints and passes together.

Above it the flow pauses and a person is asked. The count is a ledger row, so it holds for all instances.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.errors import KoppelError
from shared.ledger import Documents, moment

BUDGET: Final = "budget"


class BudgetSpent(KoppelError):
    """The flow deletes more than it may; it pauses until a person decides."""


@dataclass(frozen=True, slots=True)
class Budget:
    """deletes: how many within `window`, per flow."""

    documents: Documents
    clock: Callable[[], datetime]
    deletes: int = 50
    window: timedelta = timedelta(hours=1)

    async def spend(self, flow: str) -> None:
        """Takes one delete from the budget. Raises BudgetSpent if none is left in this window."""
        now = self.clock()

        def take(value: Mapping[str, Any]) -> Mapping[str, Any]:
            began = value.get("began", "")
            if not began or began <= moment(now - self.window):
                return {"began": moment(now), "count": 1}
            if value["count"] >= self.deletes:
                raise BudgetSpent(f"{flow} wants to delete more than {self.deletes} records within {self.window}")
            return {"began": began, "count": value["count"] + 1}

        await self.documents.change(BUDGET, flow, take)

    async def refill(self, flow: str) -> None:
        """A person has looked: the window begins anew."""
        await self.documents.change(BUDGET, flow, lambda _value: {})
