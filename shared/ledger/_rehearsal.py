"""A ledger to rehearse on: what stands is read, what would be written stays in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from shared.ledger._keys import JOURNAL, after
from shared.ledger._tables import Conflict, Stored, Tables, Write

Notice = Callable[[str, Sequence[Write]], None]


@dataclass(slots=True)
class RehearsedTables:
    """The port `Tables` over another one. notice: told of every transaction, with its partition.

    Journal rows are only told: nothing reads them back, and there is one per record.
    """

    tables: Tables
    notice: Notice
    rows: dict[str, dict[str, Stored | None]] = field(default_factory=dict)
    etags: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: int = 0

    async def get(self, partition: str, key: str) -> Stored | None:
        rows = self.rows.get(partition, {})
        return rows[key] if key in rows else await self.tables.get(partition, key)

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        """The rows of both, in order; what is in memory stands for what is below it."""
        rows = self.rows.get(partition, {})
        mine = sorted(key for key in rows if start <= key < end)
        at = 0
        async for page in self.tables.range(partition, start, end, columns):
            upto = bisect_left(mine, page[-1].key, at) if page else at
            yield self._merged(rows, mine[at:upto], page)
            at = upto
        yield self._merged(rows, mine[at:], ())

    def _merged(self, rows: dict[str, Stored | None], mine: Sequence[str], page: Sequence[Stored]) -> Sequence[Stored]:
        kept = [row for row in page if row.key not in rows]
        return sorted([*kept, *(row for key in mine if (row := rows[key]))], key=lambda row: row.key)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        below, rows = await self._below(partition), self.rows.setdefault(partition, {})
        for write in writes:
            if write.kind != "insert" and write.key not in rows and write.etag not in {below.get(write.key), "*"}:
                moved = await self.tables.get(partition, write.key)
                below[write.key] = moved.etag if moved else ""
        for index, write in enumerate(writes):
            mine = rows.get(write.key)
            etag = below.get(write.key, "") if write.key not in rows else mine.etag if mine else ""
            if bool(etag) is (write.kind == "insert"):
                raise Conflict(index)
            if etag and write.etag not in {etag, "*"}:
                raise Conflict(index)
        self.notice(partition, writes)
        return [self._carry_out(rows, write) for write in writes]

    async def _below(self, partition: str) -> dict[str, str]:
        """The ETags of what stands, read once: asking row by row would take as long as writing."""
        if partition not in self.etags:
            found: dict[str, str] = {}
            for start, end in (("!", JOURNAL), (after(JOURNAL), "~")):
                async for page in self.tables.range(partition, start, end, ("op",)):
                    found.update((row.key, row.etag) for row in page)
            self.etags[partition] = found
        return self.etags[partition]

    def _carry_out(self, rows: dict[str, Stored | None], write: Write) -> str:
        if write.kind == "delete":
            rows[write.key] = None
            return ""
        self.versions += 1
        row = Stored(write.key, dict(write.cells), f"rehearsed-{self.versions}")
        if not write.key.startswith(JOURNAL):
            rows[write.key] = row
        return row.etag
