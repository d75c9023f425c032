"""How many requests press on a system at once: more while it answers, half as many when it says stop."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from types import TracebackType
from typing import Final, Self

from shared.errors import Throttled

FLOOR: Final = 1.0


class Limiter:
    """An adaptive limit for one system: additive increase, multiplicative decrease, and pauses that all obey.

    Who waits longest goes in first: a free place is handed to the head of the queue, never left for whoever comes by.
    patience: seconds. A pause that is longer is not waited for: whoever waits or comes is sent away with Throttled.
    per: how many may go in within how many seconds, where the system counts that. name: whom a pause is for, in what
    those who are sent away are told.
    """

    def __init__(self, start: float = 4.0, ceiling: float = 16.0, per: tuple[int, float] | None = None) -> None:
        self.limit = start
        self.ceiling = ceiling
        self.running = 0
        self.patience = math.inf
        self.name = "the system"
        self._resume_at = 0.0
        self._per = per
        self._entered: deque[float] = deque(maxlen=per[0] if per else 0)
        self._queue: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def pause(self) -> float:
        """Seconds until anybody may go in again; 0 if no pause is on."""
        return max(0.0, self._resume_at - asyncio.get_running_loop().time())

    async def __aenter__(self) -> Self:
        if self.pause > self.patience:
            raise self._too_long()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.exception() is None:
                self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self.running -= 1
        self._let_in()

    def _let_in(self) -> None:
        """Hands out the free places; during a pause an alarm does it at its end."""
        while self._queue and (wait := max(self.pause, self._until_room())) <= 0 and self.running < int(self.limit):
            turn = self._queue.popleft()
            if not turn.done():
                self.running += 1
                self._entered.append(asyncio.get_running_loop().time())
                turn.set_result(None)
        if self._queue and wait > 0 and self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(wait, self._ring)

    def _until_room(self) -> float:
        """Seconds until one more may go in by what the system counts."""
        if self._per is None or len(self._entered) < self._per[0]:
            return 0.0
        return self._entered[0] + self._per[1] - asyncio.get_running_loop().time()

    def _ring(self) -> None:
        self._alarm = None
        self._let_in()

    def answered(self) -> None:
        """The system answered in good health."""
        self.limit = min(self.ceiling, self.limit + 1.0 / self.limit)
        self._let_in()

    def throttled(self, retry_after: float) -> None:
        """The system asked for a pause: everybody waits, then fewer go on."""
        self.limit = max(FLOOR, self.limit / 2)
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + retry_after)
        if self.pause > self.patience:
            self._send_away()

    def _send_away(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_exception(self._too_long())

    def _too_long(self) -> Throttled:
        return Throttled(f"{self.name} has asked to wait {self.pause:.0f} s", self.pause)
