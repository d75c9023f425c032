"""How many requests press on a system at once: more while it answers, half as many when it says stop."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Final, Self

FLOOR: Final = 1.0


class Limiter:
    """An adaptive limit for one system: additive increase, multiplicative decrease, and pauses that all obey."""

    def __init__(self, start: float = 4.0, ceiling: float = 16.0) -> None:
        self.limit = start
        self.ceiling = ceiling
        self.running = 0
        self._resume_at = 0.0
        self._queue: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> Self:
        while True:
            loop = asyncio.get_running_loop()
            pause = self._resume_at - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            elif self.running < int(self.limit):
                self.running += 1
                return self
            else:
                await self._turn(loop)

    async def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        turn: asyncio.Future[None] = loop.create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._wake()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running -= 1
        self._wake()

    def _wake(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def answered(self) -> None:
        """The system answered in good health."""
        self.limit = min(self.ceiling, self.limit + 1.0 / self.limit)
        self._wake()

    def throttled(self, retry_after: float) -> None:
        """The system asked for a pause: everybody waits, then fewer go on."""
        self.limit = max(FLOOR, self.limit / 2)
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + retry_after)
