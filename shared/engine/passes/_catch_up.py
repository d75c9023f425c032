"""The catch-up pass: what changed in Dataverse since the cursor, in slices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from shared.engine._flow import Flow, Wake
from shared.engine.passes._compare import ahead
from shared.engine.passes._rows import Judge
from shared.engine.passes._waves import Tally, visit_all
from shared.errors import CursorLost
from shared.ledger import Lease
from shared.mapping import DATAVERSE
from shared.systems import Page, Reading

PAGE: Final = 500


@dataclass(slots=True)
class CatchUp:
    """A catch-up pass of one flow, under the lease of its Dataverse feed."""

    flow: Flow
    lease: Lease
    judge: Judge
    out_of_time: Callable[[], bool]
    tally: Tally = field(default_factory=Tally)

    async def run(self) -> bool:
        """One slice. True when everything that changed has been visited. Raises CursorLost if it must begin anew."""
        part = self.flow.map.dataverse
        cursor = self.lease.cursor
        if not cursor:
            raise CursorLost(f"{self.flow.map.name} has no change cursor yet")
        async for page in ahead(self.flow.dataverse.changes(part.entity, Reading(part.columns, page=PAGE), cursor)):
            await self._page(page)
            moved = page.cursor or page.mark
            if moved is not None and moved != self.lease.cursor:
                await self.lease.checkpoint(moved)
            if self.out_of_time() and page.cursor is not None:
                return False
        return True

    async def _page(self, page: Page) -> None:
        verdicts = await asyncio.gather(*(self.judge.changed(row) for row in page.rows))
        self.tally.add_equal(sum(verdict == "equal" for verdict in verdicts))
        wakes = [verdict for verdict in verdicts if isinstance(verdict, Wake)]
        wakes += [Wake(DATAVERSE, (row_id,)) for row_id in page.deleted]
        if wakes:
            await visit_all(self.flow, wakes, self.tally)
