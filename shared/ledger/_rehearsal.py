"""A ledger to rehearse on: what stands is read, what would be written is set down elsewhere.

What a rehearsal would write stays in memory until it is kept, then in partitions of the rehearsal's own, so that one of
any length fits into memory and any instance can go on with it. Three layers: memory, what was kept, what stands.
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from shared.ledger._commit import Commits
from shared.ledger._keys import HINT, JOURNAL, after
from shared.ledger._tables import MAX_WRITES, Cells, Conflict, Stored, Tables, Write

Notice = Callable[[str, Sequence[Write]], None]
Compact = Callable[[str, str, Cells], Cells]

REHEARSED: Final = "rehearsed"
"""The cell that tells a rehearsed row from one that stands: in which step it was written."""
_VERSION: Final = "rehearsedversion"
_GONE: Final = "rehearsedgone"
_OWN: Final = (REHEARSED, _VERSION, _GONE)

_Item = tuple[str, Stored | None]
_Items = AsyncIterator[Sequence[_Item]]


@dataclass(slots=True)
class _Known:
    """Eight bytes for every key that a partition holds: enough to know that most rows are not there."""

    parts: list[array[int]] = field(default_factory=list)

    def add(self, keys: Iterable[str]) -> None:
        if found := array("Q", sorted(map(_number, keys))):
            self.parts.append(found)

    def __contains__(self, key: str) -> bool:
        number = _number(key)
        return any((at := bisect_left(part, number)) < len(part) and part[at] == number for part in self.parts)


@dataclass(slots=True)
class RehearsedTables:
    """The port `Tables` over another one.

    name: of the rehearsal, in front of its partitions. step: how often it was kept before. notice: told of every
    transaction, with its partition. Journal rows are only told, and hints are for nobody: neither is kept.
    """

    tables: Tables
    notice: Notice
    name: str
    step: int = 0
    rows: dict[str, dict[str, Stored | None]] = field(default_factory=dict)
    kept: dict[str, _Known] = field(default_factory=dict)
    below: dict[str, _Known] = field(default_factory=dict)
    reading: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    versions: int = 0

    def partition(self, partition: str) -> str:
        """Where rows of a partition are kept."""
        return f"{self.name}~{partition}"

    # -- the port

    async def get(self, partition: str, key: str) -> Stored | None:
        rows = self.rows.get(partition, {})
        if key in rows:
            return rows[key]
        if key in await self._kept(partition):
            found = await self.tables.get(self.partition(partition), key)
            if found is not None:
                return _shown(found)
        return await self.tables.get(partition, key)

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        """The rows of all layers, in order; each stands for what is below it."""
        rows = self.rows.get(partition, {})
        mine = sorted((key, row) for key, row in rows.items() if start <= key < end)
        own = (*columns, *_OWN) if columns is not None else None
        kept = _items(self.tables.range(self.partition(partition), start, end, own), _shown)
        below = _items(self.tables.range(partition, start, end, columns), lambda row: row)
        async for page in _layered(_at_once(mine), _layered(kept, below)):
            yield [row for _, row in page if row is not None]

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        rows = self.rows.setdefault(partition, {})
        lower = [write.key for write in writes if write.key not in rows]
        below = dict(zip(lower, await asyncio.gather(*(self._etag(partition, key) for key in lower)), strict=True))
        for index, write in enumerate(writes):
            mine = rows.get(write.key)
            etag = below.get(write.key, "") if write.key not in rows else mine.etag if mine else ""
            if bool(etag) is (write.kind == "insert"):
                raise Conflict(index)
            if etag and write.etag not in {etag, "*"}:
                raise Conflict(index)
        self.notice(partition, writes)
        return [self._carry_out(rows, write) for write in writes]

    async def _etag(self, partition: str, key: str) -> str:
        """The version of a row that is not in memory; empty if there is none. Most of what is asked for is not."""
        if key not in await self._kept(partition) and key not in await self._below(partition):
            return ""
        found = await self.get(partition, key)
        return found.etag if found else ""

    async def _kept(self, partition: str) -> _Known:
        async with self.reading[self.partition(partition)]:
            if partition not in self.kept:
                self.kept[partition] = await self._known(self.partition(partition), (("!", "~"),))
        return self.kept[partition]

    async def _below(self, partition: str) -> _Known:
        """The keys of what stands, read once: asking row by row would take as long as writing."""
        async with self.reading[partition]:
            if partition not in self.below:
                self.below[partition] = await self._known(partition, (("!", JOURNAL), (after(JOURNAL), "~")))
        return self.below[partition]

    async def _known(self, partition: str, ranges: Iterable[tuple[str, str]]) -> _Known:
        known = _Known()
        for start, end in ranges:
            async for page in self.tables.range(partition, start, end, ("op",)):
                known.add(row.key for row in page)
        return known

    def _carry_out(self, rows: dict[str, Stored | None], write: Write) -> str:
        if write.kind == "delete":
            rows[write.key] = None
            return ""
        self.versions += 1
        etag = f"rehearsed-{self.step}-{self.versions}"
        if not write.key.startswith(JOURNAL):
            rows[write.key] = Stored(write.key, {**write.cells, REHEARSED: self.step}, etag)
        return etag

    # -- what outlives a slice

    async def keep(self, commits: Commits, partitions: Collection[str], compact: Compact) -> None:
        """Moves rows of these partitions from memory to where they are kept; others are forgotten."""
        for partition, rows in self.rows.items():
            if partition not in partitions:
                continue
            known = await self._kept(partition)
            meant = {key: row for key, row in rows.items() if not key.startswith(HINT)}
            work = (self._keep(commits, partition, key, row, compact, key in known) for key, row in meant.items())
            await asyncio.gather(*work)
            known.add(meant)
        self.rows.clear()
        self.step += 1

    async def _keep(
        self, commits: Commits, partition: str, key: str, row: Stored | None, compact: Compact, again: bool
    ) -> None:
        where = self.partition(partition)
        cells: Cells = {REHEARSED: self.step, _GONE: True}
        if row is not None:
            cells = {**compact(partition, key, row.cells), REHEARSED: self.step, _VERSION: row.etag}
        standing = await self.tables.get(where, key) if again else None
        write = Write("replace" if standing else "insert", key, cells, standing.etag if standing else "")
        await commits.commit(where, [write])


async def sweep(tables: Tables, commits: Commits, partition: str, out_of_time: Callable[[], bool]) -> bool:
    """Takes everything away that a rehearsal has kept in a partition of its own. False if time ran out before."""
    async for page in tables.range(partition, "!", "~", (REHEARSED,)):
        gone = [Write("delete", row.key, etag=row.etag) for row in page]
        for at in range(0, len(gone), MAX_WRITES):
            await commits.commit(partition, gone[at : at + MAX_WRITES])
        if page and out_of_time():
            return False
    return True


def _shown(row: Stored) -> Stored | None:
    """A kept row as it was in memory."""
    if row.cells.get(_GONE):
        return None
    cells: Mapping[str, str | int | bool | bytes] = {name: cell for name, cell in row.cells.items() if name != _VERSION}
    return Stored(row.key, cells, str(row.cells[_VERSION]))


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


async def _items(pages: AsyncIterator[Sequence[Stored]], shown: Callable[[Stored], Stored | None]) -> _Items:
    async for page in pages:
        if page:
            yield [(row.key, shown(row)) for row in page]


async def _at_once(items: Sequence[_Item]) -> _Items:
    if items:
        yield items


async def _layered(upper: _Items, lower: _Items) -> _Items:
    """Two layers in order of keys; where both hold a key, the upper one counts."""
    ahead: list[_Item] = []
    more = True
    async for page in lower:
        last = page[-1][0]
        while more and (not ahead or ahead[-1][0] < last):
            following = await anext(upper, None)
            more = following is not None
            ahead += following or ()
        upto = bisect_left(ahead, last + "\x00", key=lambda item: item[0])
        above, ahead = ahead[:upto], ahead[upto:]
        yield sorted({**dict(page), **dict(above)}.items()) if above else page
    if ahead:
        yield ahead
    if more:
        async for rest in upper:
            yield rest
