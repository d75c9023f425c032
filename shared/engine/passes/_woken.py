"""What changed in the tables that wake a flow: the records that their rows point to are visited.

Their events come to the flow as its own do; this finds those that were lost. It goes by when rows were modified: a mark
of change tracking tells no more of a row that is gone, and would have to be begun with a read of the whole table. What
a row pointed to that was deleted or moved on, and whose event was lost, is left to the compare pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from shared.engine._flow import Flow, Wake
from shared.engine.passes._catch_up import PAGE
from shared.engine.passes._feed import OVERLAP
from shared.engine.passes._waves import Tally, visit_all
from shared.ledger import Lease, moment
from shared.mapping import DATAVERSE, Waker
from shared.systems import Page, Reading

FIRST: Final = timedelta(days=1)
"""How far the first look goes back: longer than a first synchronisation takes."""
_MODIFIED: Final = "modifiedon"
_SECONDS: Final = len("2026-01-31T12:00:00")


@dataclass(slots=True)
class Woken:
    """The tables that wake one flow, read since the last look, under the lease of a cursor of their own."""

    flow: Flow
    lease: Lease
    out_of_time: Callable[[], bool]
    tally: Tally

    async def run(self) -> bool:
        """One slice. True when everything that changed has been looked at."""
        self.flow.weighed = None
        for waker in self.flow.map.woken_by:
            if not await self._table(waker):
                return False
        return True

    async def _table(self, waker: Waker) -> bool:
        """One table from its place on. The next look begins before this one did: transactions commit out of order."""
        now = self.flow.clock()
        place = self.lease.cursor.get(waker.name, {})
        since, began = place.get("since", moment(now - FIRST)), place.get("began", moment(now - self._overlap))
        columns = (waker.table.id, waker.column.wire_name, _MODIFIED)
        reading = Reading(columns, f"{_MODIFIED} ge {since[:_SECONDS]}Z", page=PAGE)
        async for page in self.flow.dataverse.pages(waker.table, reading, place.get("page")):
            await self.flow.go_on()
            await visit_all(self.flow, _pointed(waker, page), self.tally)
            if page.cursor is not None and self.out_of_time():
                await self._stand(waker, {"since": since, "began": began, "page": page.cursor})
                return False
        await self._stand(waker, {"since": began})
        return True

    @property
    def _overlap(self) -> timedelta:
        return OVERLAP + self.flow.options.skew

    async def _stand(self, waker: Waker, place: Mapping[str, Any]) -> None:
        await self.lease.checkpoint({**self.lease.cursor, waker.name: place})


def _pointed(waker: Waker, page: Page) -> list[Wake]:
    """The records that the rows of a page point to, each once."""
    found = dict.fromkeys(waker.pointed(row.row) for row in page.rows)
    return [Wake(DATAVERSE, (row_id,)) for row_id in found if row_id]
