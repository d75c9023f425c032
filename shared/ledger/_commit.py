"""Commits: merged where many records settle at once, and believed only when it is certain what happened.

Every row written carries the operation id (`op`) of its commit. After a conflict or a lost answer the first row is read
back: if it carries our id, the transaction was carried out, however its answer looked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

from shared.errors import Denied, KoppelError, LedgerMoved, TryLater, Unanswered
from shared.ledger._printed import legible, stamped
from shared.ledger._tables import MAX_WRITES, Cells, Conflict, Stored, Tables, Write
from shared.mapping import PLAIN, Printer

OPERATION: Final = "op"
OVERTAKEN: Final = "W/\"datetime'1601-01-01T00%3A00%3A00.0000000Z'\""
"""The ETag of a row that we wrote and somebody changed since: no row is at it, so the next write on it is refused."""
AT_ONCE: Final = 4
"""Full transactions of a partition under way at once. One that is not full waits until none is, and fills meanwhile."""
_FULL: Final = 3_000_000


@dataclass(slots=True)
class _Group:
    """The writes of one commit, which must stay together."""

    partition: str
    writes: Sequence[Write]
    done: asyncio.Future[Sequence[str]]
    size: int


@dataclass(slots=True)
class _Queue:
    """What waits to be committed to one partition, and the transactions that are under way."""

    groups: list[_Group] = field(default_factory=list)
    writes: int = 0
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, group: _Group) -> None:
        self.groups.append(group)
        self.writes += len(group.writes)

    def next(self) -> list[_Group]:
        """Those that travel together, first come first served; empty while it is better to gather."""
        if not self.groups or len(self.running) >= (AT_ONCE if self.writes >= MAX_WRITES else 1):
            return []
        batch, self.groups = _packed(self.groups)
        self.writes -= sum(len(group.writes) for group in batch)
        return batch


class Commits:
    """Conditional transactions over `tables`. What is committed to a partition while it is busy shares the next one.

    printer: makes the fingerprints of this process; all that is read and written is as it makes them. lost: stamps of
    keys that are lost.
    """

    def __init__(self, tables: Tables, operation: Callable[[], str], printer: Printer = PLAIN) -> None:
        self.tables = tables
        self.operation = operation
        self.printer = printer
        self.lost: frozenset[str] = frozenset()
        self._queues: dict[str, _Queue] = {}
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._sighted: dict[str, tuple[str, float]] = {}

    def over(self, tables: Tables, operation: Callable[[], str]) -> Commits:
        """The same over other tables."""
        other = Commits(tables, operation, self.printer)
        other.lost = self.lost
        return other

    async def get(self, partition: str, key: str) -> Stored | None:
        row = await self.tables.get(partition, key)
        return row and legible(row, self.printer, self.lost)

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        """Rows in order, page by page; see `Tables.range`."""
        async for page in self.tables.range(partition, start, end, columns):
            yield [legible(row, self.printer, self.lost) for row in page]

    def turn(self, partition: str, key: str) -> asyncio.Lock:
        """Where those of this process queue who read and then write the same row: at once, only one would succeed."""
        return self._turns.setdefault((partition, key), asyncio.Lock())

    def has_stood(self, key: str, etag: str, length: timedelta) -> bool:
        """Whether a row has stood as it is for so long since this process first saw it, by no clock that can be set."""
        now = asyncio.get_running_loop().time()
        seen, since = self._sighted.get(key, ("", now))
        if seen != etag:
            self._sighted[key] = etag, now
        return seen == etag and now - since >= length.total_seconds()

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        """Carries out all writes or none and returns the new ETags, empty for deletes.

        Raises LedgerMoved if a row is not as its write requires, and Unanswered if nobody can tell yet.
        """
        operation = self.operation()
        marked = [_marked(write, operation, self.printer) for write in writes]
        try:
            return await self._merged(partition, marked)
        except (Conflict, Unanswered) as problem:
            try:
                etags = await self._carried_out(partition, marked, operation)
            except KoppelError as trouble:
                raise Unanswered("nobody knows what became of the commit") from trouble
            if etags:
                return etags
            if isinstance(problem, Unanswered):
                raise
            key = marked[problem.index or 0].key
            raise LedgerMoved(f"{key} is not as it was read", key) from problem

    async def _carried_out(self, partition: str, writes: Sequence[Write], operation: str) -> list[str]:
        """The new ETags if the transaction was carried out after all, else nothing: one row with our id proves it."""
        rows = [await self.tables.get(partition, write.key) for write in writes]
        if all(write.kind == "delete" for write in writes):
            return [] if any(rows) else [""] * len(rows)
        ours = [row is not None and row.cells.get(OPERATION) == operation for row in rows]
        if not any(ours):
            return []
        etags = [row.etag if row is not None and mine else OVERTAKEN for row, mine in zip(rows, ours, strict=True)]
        return ["" if write.kind == "delete" else etag for write, etag in zip(writes, etags, strict=True)]

    def _merged(self, partition: str, writes: Sequence[Write]) -> asyncio.Future[Sequence[str]]:
        loop = asyncio.get_running_loop()
        group = _Group(partition, writes, loop.create_future(), sum(_size(write.cells) for write in writes))
        self._queues.setdefault(partition, _Queue()).add(group)
        loop.call_soon(self._start, partition)
        return group.done

    def _start(self, partition: str) -> None:
        """Starts transactions up to the limit; what is committed while they are under way gathers for the next ones."""
        queue = self._queues.get(partition)
        while queue is not None and (batch := queue.next()):
            task = asyncio.get_running_loop().create_task(self._run(batch))
            queue.running.add(task)
            task.add_done_callback(partial(self._ended, partition))

    def _ended(self, partition: str, task: asyncio.Task[None]) -> None:
        queue = self._queues[partition]
        queue.running.discard(task)
        self._start(partition)
        if not queue.running:
            del self._queues[partition]

    async def _run(self, batch: list[_Group]) -> None:
        """One transaction; a group whose condition fails is taken out and the others are tried again."""
        while batch:
            try:
                etags = await self.tables.commit(
                    batch[0].partition, [write for group in batch for write in group.writes]
                )
            except Conflict as conflict:
                refused, index = _owner(batch, conflict.index)
                if refused is None:
                    await self._apart(batch)
                    return
                batch.remove(refused)
                _refuse(refused, Conflict(index, str(conflict)))
            except BaseException as problem:
                if len(batch) > 1 and isinstance(problem, Exception) and not isinstance(problem, (TryLater, Denied)):
                    await self._apart(batch)
                    return
                for group in batch:
                    _refuse(group, problem)
                if not isinstance(problem, Exception):
                    raise
                return
            else:
                _fulfil(batch, etags)
                return

    async def _apart(self, batch: Sequence[_Group]) -> None:
        """Each group in a transaction of its own, so that what is wrong with one hurts no other."""
        await asyncio.gather(*(self._run([group]) for group in batch))


def _packed(groups: Sequence[_Group]) -> tuple[list[_Group], list[_Group]]:
    """The first group with those that fit into its transaction, and the rest: one partition, no row twice."""
    batch: list[_Group] = []
    rest: list[_Group] = []
    taken = set[str]()
    size = 0
    for group in groups:
        keys = {write.key for write in group.writes}
        fits = len(taken) + len(keys) <= MAX_WRITES and size + group.size <= _FULL and taken.isdisjoint(keys)
        if not batch or (fits and group.partition == batch[0].partition):
            batch.append(group)
            taken |= keys
            size += group.size
        else:
            rest.append(group)
    return batch, rest


def _owner(batch: Sequence[_Group], index: int | None) -> tuple[_Group | None, int]:
    """The group whose write was refused, if that can be told, and the place of that write in the group."""
    if len(batch) == 1:
        known = index is not None and index < len(batch[0].writes)
        return batch[0], index if index is not None and known else 0
    if index is not None:
        for group in batch:
            if index < len(group.writes):
                return group, index
            index -= len(group.writes)
    return None, 0


def _fulfil(batch: Sequence[_Group], etags: Sequence[str]) -> None:
    at = 0
    for group in batch:
        if not group.done.done():
            group.done.set_result(etags[at : at + len(group.writes)])
        at += len(group.writes)


def _refuse(group: _Group, problem: BaseException) -> None:
    if not group.done.done():
        group.done.set_exception(problem if isinstance(problem, Exception) else Unanswered("the commit was cut off"))


def _marked(write: Write, operation: str, printer: Printer) -> Write:
    """A write with the id of its commit, and with what its fingerprints are made with."""
    if write.kind == "delete":
        return write
    return stamped(replace(write, cells={**write.cells, OPERATION: operation}), printer)


def _size(cells: Cells) -> int:
    return sum(len(value) * 2 if isinstance(value, (str, bytes)) else 8 for value in cells.values())
