"""Tables that go wrong on order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import count

from shared.ledger import Commits, Conflict, Stored, Write
from tests.emulator.tables import MemoryTables

BEFORE, AFTER = "before", "after"
Trouble = tuple[str, Exception]


class ShakyTables(MemoryTables):
    """Tables in memory whose commits and reads can be ordered to fail, before or after they did their work.

    `sent` keeps every transaction that arrived, refused ones too. `reads` are errors of the next reads.
    """

    def __init__(self, *troubles: Trouble) -> None:
        super().__init__()
        self.troubles = deque(troubles)
        self.reads: deque[Exception] = deque()
        self.sent: list[tuple[str, list[Write]]] = []

    async def get(self, partition: str, key: str) -> Stored | None:
        await asyncio.sleep(0)
        if self.reads:
            raise self.reads.popleft()
        return await super().get(partition, key)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        self.sent.append((partition, list(writes)))
        await asyncio.sleep(0)
        when, problem = self.troubles.popleft() if self.troubles else ("", None)
        if problem is not None and when == BEFORE:
            raise problem
        etags = self.apply(partition, writes)
        if problem is not None:
            raise problem
        return etags


class ForgettingTables(ShakyTables):
    """Tables whose refusals do not tell which write was at fault, as a service may answer."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        try:
            return await super().commit(partition, writes)
        except Conflict as conflict:
            raise Conflict(None) from conflict


def commits_on(tables: MemoryTables) -> Commits:
    """Commits whose operation ids are op1, op2, ..."""
    numbers = count(1)
    return Commits(tables, lambda: f"op{next(numbers)}")
