"""Whether a system as a whole answers. While it does not, one small request now and then finds out when it does again.

Whoever gets no answer has asked for something, and that alone may be the cause. So a small request decides: if that is
answered, the trouble is the record's; if it is not, nobody else asks until one is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from shared.errors import Throttled

FIRST: Final = 15.0
LONGEST: Final = 300.0
"""Seconds between two small requests while a system is away: twice as many after each, up to the longest."""


class Health:
    """Of one system. `asks` makes the small request, and tells whether it was answered."""

    def __init__(self, name: str, asks: Callable[[], Awaitable[bool]]) -> None:
        self.away = False
        self._name = name
        self._asks = asks
        self._doubted = False
        self._pause = FIRST
        self._next = 0.0
        self._answered = -1.0
        self._turn = asyncio.Lock()

    def answered(self) -> None:
        """The system has answered somebody."""
        self._answered = asyncio.get_running_loop().time()
        self.away = self._doubted = False
        self._pause = FIRST

    async def admit(self) -> None:
        """Before a request. Raises Throttled while the system is away; who comes when it is time finds out for all."""
        if not (self.away or self._doubted):
            return
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if self._doubted or (self.away and now >= self._next):
                await self._look()
            if self.away:
                left = max(0.0, self._next - asyncio.get_running_loop().time())
                raise Throttled(f"{self._name} does not answer; it is asked again in {left:.0f} s", left)

    async def failed(self, began: float) -> None:
        """A request that began then was not answered as it should be; nor was any other since, that we know of."""
        async with self._turn:
            if not self.away and self._answered <= began:
                await self._look()

    def given_up(self, began: float) -> None:
        """Nobody waits for the answer any more to a request that began then."""
        self._doubted |= self._answered <= began

    async def _look(self) -> None:
        if await self._asks():
            self.answered()
            return
        self.away, self._doubted = True, False
        self._next = asyncio.get_running_loop().time() + self._pause
        self._pause = min(2 * self._pause, LONGEST)
