"""The narrow port to Table Storage: get, range, conditional transaction in one partition. Nothing else is used.

Two implementations: `AzureTables` (Azure and Azurite) and a stricter twin in memory for tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from shared.errors import KoppelError

Cell = str | int | bool | bytes
Cells = Mapping[str, Cell]

MAX_WRITES: Final = 100
"""Writes in one transaction."""
MAX_BYTES: Final = 4 * 1024 * 1024
"""Size of one transaction."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as stored, with the ETag that names this very version."""

    key: str
    cells: Cells
    etag: str


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write: insert (the row must not exist), replace or delete (the row must be at `etag`).

    A delete with etag `*` takes any version; a row that is already gone makes its transaction fail like any other.
    """

    kind: Literal["insert", "replace", "delete"]
    key: str
    cells: Cells = field(default_factory=dict)
    etag: str = ""


class Conflict(KoppelError):
    """A transaction was refused because of the write at `index`: its row is not as the write requires.

    May also come for a transaction that was carried out and whose answer was lost: read back before believing it.
    """

    def __init__(self, index: int | None, message: str = "") -> None:
        super().__init__(message or f"write {index} of the transaction does not meet the row as it is")
        self.index = index


class Tables(Protocol):
    """Rows in partitions, ordered by key (ordinal)."""

    async def get(self, partition: str, key: str) -> Stored | None:
        """The row, or None."""

    def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        """Rows with start <= key < end, in order, page by page; a page may be empty. `columns` narrows the cells."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        """All writes or none. The new ETags, empty for deletes.

        Raises Conflict, Rejected (no service takes these rows) or Unanswered (nobody knows whether it was carried out).
        """
