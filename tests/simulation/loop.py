"""An event loop without sockets and without waiting: time is virtual, and chance decides who runs next.

Whoever runs belongs to an *instance* of the app, or to the world. An instance can die: from that moment nothing of it
runs any more, not even its `finally` blocks, as when a process is killed between two awaits. What the world does on its
behalf, such as a request that is already under way, goes on.
"""

from __future__ import annotations

import asyncio
import contextvars
import selectors
import weakref
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

INSTANCE: Final[contextvars.ContextVar[int]] = contextvars.ContextVar("instance", default=0)
"""Whose code is running: 0 is the world, every other number an instance of the app."""

BEGIN: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class Stuck(AssertionError):
    """Nothing can ever run again, although somebody is waited for."""


class _NoSockets(selectors.BaseSelector):
    """A selector that never has anything: instead of waiting it moves the clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("everybody waits for somebody else")
        self.now += max(0.0, timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, -1, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, -1, 0, None)

    def get_map(self) -> Any:
        return {}


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop of one history. `random` decides the order of everything that is ready at the same moment."""

    def __init__(self, random: Random) -> None:
        self._no_sockets = _NoSockets()
        super().__init__(self._no_sockets)
        self.random = random
        self.dead: set[int] = set()
        self.steps = 0
        self._tasks: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = weakref.WeakKeyDictionary()
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self._no_sockets.now

    def clock(self) -> datetime:
        """The virtual time of day, UTC."""
        return BEGIN + timedelta(seconds=self.time())

    def kill(self, instance: int) -> None:
        """Nothing of this instance runs from now on."""
        self.dead.add(instance)
        for task, owner in self._tasks.items():
            if owner == instance:
                task._log_destroy_pending = False  # type: ignore[attr-defined] # a killed process leaves no word

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, work: Any, context: contextvars.Context | None = None, **options: Any
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=loop, context=context, **options)
        self._tasks[task] = context.get(INSTANCE, 0) if context is not None else INSTANCE.get()
        return task

    def spawn(self, instance: int, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Starts work as an instance, or as the world."""
        context = contextvars.copy_context()
        context.run(INSTANCE.set, instance)
        return self.create_task(work, context=context)

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined] # the one place where the order of things is decided
        alive = [handle for handle in ready if handle._context.get(INSTANCE) not in self.dead]
        if len(alive) > 1:
            self.random.shuffle(alive)
        ready.clear()
        ready.extend(alive)
        self.steps += len(alive)
        super()._run_once()  # type: ignore[misc] # the same


def run(loop: VirtualLoop, main: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Runs one history to its end and closes the loop."""
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(loop.spawn(0, main()))
    finally:
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined] # the history is over
        asyncio.set_event_loop(None)
        loop.close()
