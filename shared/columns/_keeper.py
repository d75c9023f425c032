"""Keeps the columns of a suite right: at an event, and by what changed since the last time.

Whatever an event misses the next catch-up finds: it follows the change tracking of every table that matters. What is
written here comes back as a change, is as it should be, and rests.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.columns._columns import Columns, Standing
from shared.columns._put_right import PutRight, told_apart
from shared.columns._rule import Rule
from shared.engine import House, overlapping
from shared.errors import CursorLost, cause_of
from shared.ledger import Lease, take_lease
from shared.mapping import entity
from shared.systems import Dataverse, Page, Reading

log: Final = logging.getLogger("koppel.columns")
PAGE: Final = 500


@dataclass(slots=True)
class Keeper:
    """The columns of one suite in one house."""

    house: House
    columns: Columns
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self.standing = Standing(self.columns)

    @property
    def dataverse(self) -> Dataverse:
        return told_apart(self.house)

    async def why_not(self) -> str:
        """Why nothing is kept now; empty if it is."""
        return await self.standing.why_not(self.house, self.dataverse)

    async def missing(self) -> str:
        """What is not there, or is another's to do, whether flows run or not; empty if the columns can be kept."""
        return await self.standing.missing(self.house, self.dataverse)

    async def woken(self, table: str, row_id: str) -> str:
        """An event has told of a row of a feed: how it stands is looked at, not what was told. What came of it."""
        if why := await self.why_not():
            return why
        source = entity("dataverse", table)
        row = await self.dataverse.read(source, (row_id,), (source.id, *self.columns.feeds[table]))
        hand = PutRight(self.house)
        await self._look(hand, table, [row.row] if row else [], gone=row is None)
        return "refused" if hand.left else "written" if hand.counts else "in order"

    async def follow(self, out_of_time: Callable[[], bool]) -> bool:
        """A slice of what changed. True when everything has been looked at. Raises Busy while another one is at it."""
        lease = await take_lease(self.house.documents, self.house.clock, self.house.token(), self.columns.name)
        hand = PutRight(self.house)
        try:
            for table in self.columns.feeds:
                if not await self._follow(hand, lease, table, out_of_time):
                    return False
        finally:
            await lease.release()
            if hand.counts:
                log.info("%s: %s", self.columns.name, dict(hand.counts))
        return True

    async def _follow(self, hand: PutRight, lease: Lease, table: str, out_of_time: Callable[[], bool]) -> bool:
        """A slice of one table. A cursor that is lost begins anew, with all that there is."""
        try:
            return await self._read(hand, lease, table, out_of_time)
        except CursorLost as lost:
            log.warning("%s is read anew: %s", table, cause_of(lost))
            await lease.checkpoint({**lease.cursor, table: {}})
            return await self._read(hand, lease, table, out_of_time)

    async def _read(self, hand: PutRight, lease: Lease, table: str, out_of_time: Callable[[], bool]) -> bool:
        source, columns = entity("dataverse", table), self.columns.feeds[table]
        reading = Reading((source.id, *columns), page=PAGE, track=True)
        cursor: Mapping[str, Any] = lease.cursor.get(table, {})
        dataverse, begun = self.dataverse, "delta" in cursor
        pages = (
            dataverse.changes(source, reading, cursor) if begun else dataverse.pages(source, reading, cursor or None)
        )
        async for page in pages:
            await self._look(hand, table, [each.row for each in page.rows], gone=bool(page.deleted))
            moved = self._moved(cursor, page)
            if moved != cursor:
                await lease.checkpoint({**lease.cursor, table: moved})
            cursor = moved
            if page.cursor is not None and out_of_time():
                return False
        return True

    def _moved(self, cursor: Mapping[str, Any], page: Page) -> Mapping[str, Any]:
        if page.cursor is not None:
            return {**cursor, **page.cursor}
        return overlapping(cursor, page.mark, self.house.clock()) if page.mark else cursor

    async def _look(self, hand: PutRight, table: str, rows: Sequence[Mapping[str, Any]], *, gone: bool) -> None:
        """Everything that these rows of a feed matter to, and that rows which are gone may have mattered to."""
        for rule in self.columns.rules:
            if table in rule.feeds:
                await hand.rows(rule, await self._touched(rule, table, rows, gone=gone))

    async def _touched(self, rule: Rule, table: str, rows: Sequence[Mapping[str, Any]], *, gone: bool) -> list[str]:
        ids = [each for row in rows for each in rule.woken(table, row)]
        return [*ids, *await rule.doubtful(self.dataverse, table)] if gone else ids
