"""Budgets: how many deletes, and older values, a flow may carry over in any window of time, hints and passes together.

Above that of older values the flow pauses; deletes above theirs are held, one by one, and the flow goes on. A person is
asked about both. The count is a ledger row, so it holds for all instances. It is kept by
parts of the window, so that the row stays small; a part counts until the last of it is older than the window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.errors import KoppelError, Refused
from shared.ledger import Documents, moment

BUDGET: Final = "budget"
PARTS: Final = 60
"""Parts of a window that are counted apart."""


class BudgetSpent(KoppelError):
    """The flow deletes, or sets back, more than it may; it pauses until a person decides."""


@dataclass(frozen=True, slots=True)
class Budget:
    """deletes: how many within any `window`, per flow; 0 lets none through.

    older: for how many records older values of a side, of which no event told, may be carried over in that time.
    """

    documents: Documents
    clock: Callable[[], datetime]
    deletes: int = 50
    older: int = 200
    window: timedelta = timedelta(hours=1)

    async def spend(self, flow: str) -> None:
        """Takes one delete from the budget. Raises BudgetSpent if none is left in the window that ends now."""
        await self._take(flow, self.deletes, self._deletes_spent())

    async def give_back(self, flow: str) -> None:
        """A delete that was refused has deleted nothing."""

        def back(value: Mapping[str, Any]) -> Mapping[str, Any]:
            parts = value.get("parts", {})
            last = max(parts, default="")
            left = {**parts, last: parts[last] - 1} if last else {}
            return {"parts": {began: count for began, count in left.items() if count}}

        await self.documents.change(BUDGET, flow, back)

    async def spend_older(self, flow: str) -> None:
        """The same for a record with older values."""
        await self._take(_older(flow), self.older, self._older_spent(flow))

    def demand_older(self) -> None:
        """Raises Refused if the budget of older values begins anew with nothing: the flow would only pause again."""
        if not self.older:
            raise Refused(
                "OLDER_BUDGET is 0, which lets no older values through, however often a flow is resumed: raise it and "
                "resume, or put the records right by hand and resume without it"
            )

    async def refill(self, flow: str) -> None:
        """A person has looked: the window begins anew."""
        await self.documents.change(BUDGET, flow, lambda _value: {})

    async def refill_older(self, flow: str) -> None:
        await self.documents.change(BUDGET, _older(flow), lambda _value: {})

    async def _take(self, key: str, limit: int, spent: str) -> None:
        now = self.clock()
        part, oldest = moment(self._part_of(now)), moment(now - self.window - self.window / PARTS)

        def take(value: Mapping[str, Any]) -> Mapping[str, Any]:
            parts = {began: count for began, count in value.get("parts", {}).items() if began > oldest}
            if sum(parts.values()) >= limit:
                raise BudgetSpent(spent)
            return {"parts": {**parts, part: parts.get(part, 0) + 1}}

        await self.documents.change(BUDGET, key, take)

    def _part_of(self, now: datetime) -> datetime:
        """When the part of a window began that a moment belongs to."""
        seconds = now.timestamp()
        return now - timedelta(seconds=seconds % (self.window / PARTS).total_seconds())

    def _deletes_spent(self) -> str:
        many = f"more than {self.deletes} deletes within {self._minutes}" if self.deletes else "every delete"
        return (
            f"held back, as is {many}: look at what was deleted; if that is right, retry the group with "
            '{"cause": "held:"}, or resume the flow with {"deletes": true}; or uncouple the two to keep it'
        )

    def _older_spent(self, flow: str) -> str:
        what = "and no event told of them"
        if not self.older:
            return (
                f"{flow} wants to carry older values over, {what}, and may carry none: put the records right by hand "
                "and resume, or raise OLDER_BUDGET"
            )
        return (
            f"{flow} wants to carry older values over of more than {self.older} records within {self._minutes}, "
            f'{what}: look at what was changed; if that is right, resume it with {{"older": true}}'
        )

    @property
    def _minutes(self) -> str:
        return f"{round(self.window.total_seconds() / 60)} minutes"


def _older(flow: str) -> str:
    return f"{flow}~older"
