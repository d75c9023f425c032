"""The catch-up pass: what changed on a side since its cursor, in slices.

Transactions commit out of order: a change may come to light behind a mark that was given out before it. So a pass does
not begin at the last mark, but at one that is older than any transaction may take; what it reads twice is as agreed.
An ERP that tells what was modified reaches back by itself, and needs no mark to begin with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.engine._blanked import Read, weigh_page
from shared.engine._flow import Flow, Wake
from shared.engine.passes._ahead import ahead
from shared.engine.passes._feed import overlapping
from shared.engine.passes._rows import Judge
from shared.engine.passes._waves import Tally, visit_all
from shared.errors import CursorLost
from shared.ledger import Lease, end_of
from shared.mapping import DATAVERSE, ERP, Side
from shared.systems import Page, Reading

PAGE: Final = 500


@dataclass(slots=True)
class CatchUp:
    """A catch-up pass of one flow, under the lease of the feed of that side. companies: of the ERP, those to read."""

    flow: Flow
    lease: Lease
    judge: Judge
    out_of_time: Callable[[], bool]
    tally: Tally = field(default_factory=Tally)
    side: Side = DATAVERSE
    companies: Sequence[str] = ()

    async def run(self) -> bool:
        """One slice. True when everything that changed has been visited. Raises CursorLost if it must begin anew."""
        part = self.flow.map.side(self.side)
        cursor = self.lease.cursor
        self.flow.weighed = frozenset({self.side})
        if not cursor and self.side == DATAVERSE:
            raise CursorLost(f"{self.flow.map.name} has no change cursor yet")
        reading = Reading(part.columns, companies=self.companies, page=PAGE)
        async for page in ahead(self.flow.system(self.side).changes(part.entity, reading, cursor)):
            await self.flow.go_on()
            await self._page(page)
            moved = self._moved(page)
            if moved != self.lease.cursor:
                await self.lease.checkpoint(moved)
            if self.out_of_time() and page.cursor is not None:
                return False
        return True

    def _moved(self, page: Page) -> Mapping[str, Any]:
        """The cursor after a page: where the read goes on, or where the next pass begins."""
        if self.side == ERP:
            return page.cursor or page.mark or self.lease.cursor
        if page.cursor is not None:
            return {**self.lease.cursor, **page.cursor}
        return overlapping(self.lease.cursor, page.mark, self.flow.clock()) if page.mark else self.lease.cursor

    async def _page(self, page: Page) -> None:
        verdicts = await asyncio.gather(*(self.judge.changed(row, self.side) for row in page.rows))
        self.tally.add_equal(sum(verdict == "equal" for verdict in verdicts))
        wakes = [replace(verdict, told="update") for verdict in verdicts if isinstance(verdict, Wake)]
        wakes += [Wake(DATAVERSE, (row_id,), told="delete") for row_id in page.deleted]
        await self._weigh(page, wakes)
        if wakes:
            await visit_all(self.flow, wakes, self.tally)

    async def _weigh(self, page: Page, wakes: list[Wake]) -> None:
        """Before anything of a page is written it is known how many of its rows read blank, line by line."""
        couplings = {wake.end: wake.coupling for wake in wakes if wake.coupling and wake.coupling.state == "coupled"}
        if not couplings:
            return
        part, side = self.flow.map.side(self.side), self.side
        rows = ((row.row, end_of(side, self.judge.identity(side, row.row))) for row in page.rows)
        await weigh_page(self.flow, side, [Read(row, part.read(row), couplings.get(end)) for row, end in rows])
