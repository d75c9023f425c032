"""A slice at work, and what people say meanwhile: a flow that is paused, or a job that is stopped, ends it soon."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.errors import Halted

GLANCE: Final = timedelta(seconds=1)
"""How often it is looked up, at most, however many records are at work."""


@dataclass(slots=True)
class Watch:
    """ask: why the work may not go on; empty as long as it may."""

    ask: Callable[[], Awaitable[str]]
    clock: Callable[[], datetime]
    why: str = ""
    looked: datetime | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> None:
        """Raises Halted if the work may not go on, as of a moment ago."""
        if not self.why and not self._is_fresh():
            async with self.turn:
                await self._look_up()
        if self.why:
            raise Halted(self.why)

    async def _look_up(self) -> None:
        if self.why or self._is_fresh():
            return  # somebody else has just looked
        began = self.clock()
        self.why = await self.ask()
        self.looked = began

    def _is_fresh(self) -> bool:
        return self.looked is not None and self.clock() - self.looked < GLANCE
