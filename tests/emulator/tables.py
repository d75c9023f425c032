"""A twin of Table Storage, in memory: as strict as Azure and Azurite together, and a little stricter.

Pages hold at most 1,000 rows and an empty page stands between full ones; ETags never repeat; everything the service
refuses is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from shared.ledger._tables import MAX_BYTES, MAX_WRITES, Cell, Conflict, Stored, Write

PAGE: Final = 1000
_FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_SYSTEM: Final = frozenset({"PartitionKey", "RowKey", "Timestamp"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


class TablesRefusal(AssertionError):
    """A request that Table Storage answers with 400: always a mistake of the caller."""


class MemoryTables:
    """Rows in partitions, as the port `Tables` describes."""

    def __init__(self) -> None:
        self.partitions: dict[str, dict[str, Stored]] = {}
        self.transactions = 0
        self._order: dict[str, list[str]] = {}
        self._versions = 0

    def empty(self) -> None:
        """Somebody empties the table, or its name in the settings is another one from now on."""
        self.partitions.clear()
        self._order.clear()

    async def get(self, partition: str, key: str) -> Stored | None:
        _check_key(partition)
        _check_key(key)
        return self.partitions.get(partition, {}).get(key)

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        _check_key(partition)
        low = start
        while True:
            keys = self._order.get(partition, [])
            page = keys[bisect_left(keys, low) : bisect_left(keys, end)][:PAGE]
            rows = self.partitions.get(partition, {})
            yield [_narrowed(rows[key], columns) for key in page]
            if len(page) < PAGE:
                return
            yield []
            low = page[-1] + "\x00"

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        return self.apply(partition, writes)

    def apply(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        """The transaction itself: all writes or none."""
        self._check(partition, writes)
        rows = self.partitions.setdefault(partition, {})
        for index, write in enumerate(writes):
            found = rows.get(write.key)
            if write.kind == "insert" and found is not None:
                raise Conflict(index)
            if write.kind != "insert" and (found is None or write.etag not in {found.etag, "*"}):
                raise Conflict(index)
        self.transactions += 1
        return [self._carry_out(partition, rows, write) for write in writes]

    def _carry_out(self, partition: str, rows: dict[str, Stored], write: Write) -> str:
        order = self._order.setdefault(partition, [])
        if write.kind == "delete":
            del rows[write.key]
            del order[bisect_left(order, write.key)]
            return ""
        if write.key not in rows:
            order.insert(bisect_left(order, write.key), write.key)
        etag = f"W/\"datetime'{self._version(partition, write.key):020d}'\""
        rows[write.key] = Stored(write.key, dict(write.cells), etag)
        return etag

    def _version(self, _partition: str, _key: str) -> int:
        self._versions += 1
        return self._versions

    def _check(self, partition: str, writes: Sequence[Write]) -> None:
        _check_key(partition)
        if not 1 <= len(writes) <= MAX_WRITES:
            raise TablesRefusal(f"{len(writes)} writes in one transaction; 1 to {MAX_WRITES} are allowed")
        if len({write.key for write in writes}) < len(writes):
            raise TablesRefusal("InvalidDuplicateRow: a row stands twice in one transaction")
        if sum(_size(write.cells) for write in writes) > MAX_BYTES:
            raise TablesRefusal("the transaction is larger than 4 MiB")
        for write in writes:
            _check_key(write.key)
            _check_cells(write)


def _check_key(key: str) -> None:
    if len(key) > 512 or _FORBIDDEN.search(key):
        raise TablesRefusal(f"{key!r} is not a valid key")


def _check_cells(write: Write) -> None:
    if write.kind != "insert" and not write.etag:
        raise TablesRefusal(f"{write.kind} of {write.key} has no condition")
    if write.kind == "replace" and write.etag == "*":
        raise TablesRefusal(f"unconditional replace of {write.key}")
    if len(write.cells) > 252 or _size(write.cells) > 1024 * 1024:
        raise TablesRefusal(f"{write.key} is larger than an entity may be")
    for name, value in write.cells.items():
        if not _NAME.fullmatch(name) or name in _SYSTEM:
            raise TablesRefusal(f"{name!r} is not a property name")
        _check_cell(name, value)


def _check_cell(name: str, value: Cell) -> None:
    kind: Any = type(value)
    if kind not in (str, int, bool, bytes):
        raise TablesRefusal(f"{name} is a {kind.__name__}")
    if kind is int and not -(2**31) <= value < 2**31:  # type: ignore[operator] # the type was just looked at
        raise TablesRefusal(f"{name} does not fit Edm.Int32")
    if kind in (str, bytes) and _size({"": value}) > 64 * 1024:
        raise TablesRefusal(f"{name} is larger than 64 KiB")


def _size(cells: Mapping[str, Cell]) -> int:
    return sum(2 * len(name) + _size_of(value) for name, value in cells.items())


def _size_of(value: Cell) -> int:
    """As Azure counts: text in UTF-16."""
    if isinstance(value, str):
        try:
            return len(value.encode("utf-16-le"))
        except UnicodeEncodeError as problem:
            raise TablesRefusal("half of a surrogate pair is no Unicode text") from problem
    return len(value) if isinstance(value, bytes) else 8


def _narrowed(row: Stored, columns: Sequence[str] | None) -> Stored:
    if columns is None:
        return row
    return Stored(row.key, {name: row.cells[name] for name in columns if name in row.cells}, row.etag)
