"""Rows of one partition, written and read straight through the port."""

from __future__ import annotations

from collections.abc import Sequence

from shared.ledger import Cells, Stored, Tables, Write

FLOW = "dual_write.customers_v3_accounts"


async def rows(tables: Tables, start: str = " ", end: str = "~", columns: Sequence[str] | None = None) -> list[Stored]:
    """All rows between two keys, pages joined."""
    return [row async for page in tables.range(FLOW, start, end, columns) for row in page]


async def keys(tables: Tables, start: str = " ", end: str = "~") -> list[str]:
    return [row.key for row in await rows(tables, start, end)]


async def stored(tables: Tables, key: str, cells: Cells | None = None) -> str:
    """Inserts a row; its ETag."""
    (etag,) = await tables.commit(FLOW, [Write("insert", key, cells or {"n": 1})])
    return etag
