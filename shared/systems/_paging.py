"""Pages that follow each other: each has to lead on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from shared.errors import Unanswered

MOST_EMPTY: Final = 200
"""Pages without a row, one after the other: a server may look through so much that it may not show, or skips."""


class Paging:
    """One way through pages. name: the system, for people."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._links: set[str] = set()
        self._before: Sequence[Any] = ()
        self._empty = 0

    def follow(self, link: str) -> None:
        """Before a page is asked for. Raises Unanswered for one that was there already."""
        if link in self._links:
            raise Unanswered(f"{self.name} repeats the same page link")
        self._links.add(link)

    def take(self, rows: Sequence[Any]) -> None:
        """What a page holds. Raises Unanswered if it leads nowhere: the same again, or nothing time after time."""
        if rows and rows == self._before:
            raise Unanswered(f"{self.name} gives the same page again under another link")
        self._empty = 0 if rows else self._empty + 1
        if self._empty > MOST_EMPTY:
            raise Unanswered(f"{self.name} gives {self._empty} pages without a row, one after the other")
        self._before = rows
