"""A rehearsal: what it reads of the ledger to know what stands there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from shared.ledger import Stored, Write
from shared.ledger._rehearsal import RehearsedTables
from tests.emulator.tables import MemoryTables

FLOW = "dual_write.customers_v3_accounts"
TOGETHER = 50


class CountedTables(MemoryTables):
    """Tables in memory that count how often a partition was read from its beginning, and take their time over it."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[str, str]] = []

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        self.read.append((partition, start))
        await asyncio.sleep(0)
        async for page in super().range(partition, start, end, columns):
            yield page


async def test_keys_read_once() -> None:
    """Records that are rehearsed at the same time read the keys of a partition once between them."""
    tables = CountedTables()
    rehearsed = RehearsedTables(tables, lambda *_: None, "plan")
    await asyncio.gather(*(rehearsed.commit(FLOW, [Write("insert", f"d~{number}", {})]) for number in range(TOGETHER)))
    assert len(tables.read) == len(set(tables.read))
