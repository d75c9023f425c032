"""Copies of the ledger, in a table of another storage account: which ones there are, and where their rows stand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.ledger._commit import Commits
from shared.ledger._feeds import Document, Documents

COPIES: Final = "copies"
"""The partition in which each copy says what it is; its rows stand in partitions of its own."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a ledger is called, and which environments it speaks of, by system."""

    ledger: str
    environments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Copies:
    """The table of the copies.

    commits: over that table, with plain fingerprints, for it holds none. ready: makes the table if it is not there.
    keep: how many copies of a ledger there are to be.
    """

    commits: Commits
    ready: Callable[[], Awaitable[None]]
    keep: int

    @property
    def documents(self) -> Documents:
        return Documents(self.commits)

    def partition(self, copy: str, partition: str) -> str:
        """Where rows of a partition of the ledger stand in a copy."""
        return f"{copy}~{partition}"

    async def about(self, copy: str) -> Document:
        """What a copy says of itself; an empty value if there is none."""
        return await self.documents.get(COPIES, copy)

    async def note(self, copy: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Changes what a copy says of itself. `change` must be pure."""
        await self.documents.change(COPIES, copy, change)

    async def all(self) -> list[Mapping[str, Any]]:
        """What all copies say of themselves, each with its id, the newest first."""
        return [{"id": each.key, **each.value} async for each in self.documents.all(COPIES)]
