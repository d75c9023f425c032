"""What has been found out about lookups in a slice: answers that are asked for once, and what people are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.engine._for_all import for_all
from shared.mapping import KeyPath, fold


class Once:
    """Questions to a system whose answers serve everybody who has the same one."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], asyncio.Future[str | None]] = {}

    async def __call__(self, key: tuple[str, ...], ask: Callable[[], Awaitable[str | None]]) -> str | None:
        """Asks once, however many records want the answer at the same time. A no is not kept: it may be a yes soon."""
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = for_all(ask())
        found: str | None = None
        try:
            found = await asyncio.shield(answer)
        finally:
            if not found:
                self._answers.pop(key, None)
        return found


class Told:
    """What people read about codes and rows: how they are called (`names`), and why they mean nothing.

    A code that more than one row has may get another answer by the next look, which says so anew.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._several: set[tuple[str, str, str]] = set()
        self._whys: dict[tuple[str, str, str], str] = {}

    def why_not(self, table: str, company: str, value: str) -> str:
        """Why a code, or a row by its id, means nothing, where it is not just that its record is yet to be created."""
        return self._whys.get((table, fold(company), value), "")

    def because(self, path: KeyPath, company: str, value: str, why: str) -> None:
        self._whys[path.table, fold(company), value] = why

    def too_many(self, path: KeyPath, company: str, code: str) -> str:
        """Why a code that several rows have means none of them; empty if they are not known to be several."""
        return self.why_not(path.table, company, code) if (path.table, fold(company), code) in self._several else ""

    def several(self, path: KeyPath, company: str, code: str, why: str = "") -> None:
        """Notes that several rows have a code, and which; without a reason, that they no longer do."""
        if not why:
            self._several.discard((path.table, fold(company), code))
            return
        self._several.add((path.table, fold(company), code))
        self.because(path, company, code, why)
