"""Requests of many records, gathered: what is asked for at about the same time travels together.

The engine treats one record at a time, in plain sequence. Records that are at the same step at the same moment share
one request, because each of them waits here until everybody who is ready has asked. The records of a pass drift apart:
while a request is under way, what is asked for meanwhile gathers for the next one. Two at once would be emptier ones,
and who had travelled in a small one would ask for the next in a small one, too. But nobody waits long for a slow one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from shared.errors import Unanswered

Ask = TypeVar("Ask")
Reply = TypeVar("Reply")

PATIENCE: Final = 0.25
"""Seconds that asks wait at most for a request that is under way: a write that hangs holds up nobody else."""


class Batcher(Generic[Ask, Reply]):
    """Gathers asks and carries them out in batches of at most `size`. While one is under way others wait, until they
    fill the next or have waited for PATIENCE.

    `run` gets the asks and returns one reply or exception for each; an exception it raises is everybody's. Replies that
    do not match the asks in number are nobody's: all get Unanswered.
    """

    def __init__(self, run: Callable[[Sequence[Ask]], Awaitable[Sequence[Reply | Exception]]], size: int) -> None:
        self._run = run
        self._size = size
        self._asked: list[tuple[Ask, asyncio.Future[Reply]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.TimerHandle | None = None

    def ask(self, ask: Ask) -> asyncio.Future[Reply]:
        """Asks; the reply comes when the batch was carried out."""
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Reply] = loop.create_future()
        self._asked.append((ask, reply))
        if len(self._asked) in (1, self._size):
            loop.call_soon(self._start)
        return reply

    def _start(self) -> None:
        if not self._running or len(self._asked) >= self._size:
            self._go()
        elif self._asked and self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_later(PATIENCE, self._go)

    def _go(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        while self._asked:
            asked, self._asked = self._asked[: self._size], self._asked[self._size :]
            task = asyncio.get_running_loop().create_task(self._carry_out(asked))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    async def _carry_out(self, asked: Sequence[tuple[Ask, asyncio.Future[Reply]]]) -> None:
        try:
            replies: Sequence[Reply | Exception] = await self._run([ask for ask, _ in asked])
        except Exception as problem:  # noqa: BLE001 - handed to everybody who waits for it
            replies = [problem] * len(asked)
        if len(replies) != len(asked):
            replies = [Unanswered(f"{len(asked)} requests got {len(replies)} answers")] * len(asked)
        for (_, future), reply in zip(asked, replies, strict=True):
            if future.done():
                continue
            if isinstance(reply, Exception):
                future.set_exception(reply)
            else:
                future.set_result(reply)
