"""An event loop without sockets and without waiting: time is virtual, and chance decides who runs next.

Whoever runs belongs to an *instance* of the app, or to the world. An instance can die: from that moment nothing of it
runs any more, not even its `finally` blocks, as when a process is killed between two awaits. What the world does on its
behalf, such as a request that is already under way, goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import selectors
import warnings
import weakref
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from heapq import heappop
from random import Random
from typing import Any, Final, TypeVar, TypeVarTuple

Result = TypeVar("Result")
Args = TypeVarTuple("Args")

INSTANCE: Final[contextvars.ContextVar[int]] = contextvars.ContextVar("instance", default=0)
"""Whose code is running: 0 is the world, every other number an instance of the app."""

BEGIN: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class Stuck(AssertionError):
    """Nothing can ever run again, although somebody is waited for."""


class Unheard(AssertionError):
    """Something failed, and nobody ever asked what became of it."""


class _NoSockets(selectors.BaseSelector):
    """A selector that never has anything, and is never asked."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        raise NotImplementedError

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, -1, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, -1, 0, None)

    def get_map(self) -> Any:
        return {}


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop of one history. `random` decides the order of everything that is ready at the same moment.

    before: called with the instance whose turn is next; it may kill it. idle: called when nobody is ready, before the
    clock moves; true if it did something about it.
    """

    def __init__(self, random: Random) -> None:
        super().__init__(_NoSockets())
        self.now = 0.0
        self.choose: Callable[[int], int] = _chooser(random)
        self.before: Callable[[int], None] | None = None
        self.idle: Callable[[], bool] | None = None
        self.dead: set[int] = set()
        self.steps = 0
        self._frozen: dict[int, list[asyncio.Handle]] = {}
        self._graves: list[asyncio.Task[Any]] = []
        self._pool: list[asyncio.Handle] = []
        self.unheard: list[str] = []
        self._tasks: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = weakref.WeakKeyDictionary()
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self.now

    def clock(self) -> datetime:
        """The virtual time of day, UTC."""
        return BEGIN + timedelta(seconds=self.time())

    def call_soon(
        self, callback: Callable[[*Args], object], *args: *Args, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """As ever, without asking whether the loop is closed or debugged: most of what a history does is this."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined] # the queue of the loop that we take the place of
        return handle

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Takes down an error that nobody asked for. Whoever died cannot ask, nor can anybody once all is over."""
        if not (self.is_closed() or self.dead):
            self.unheard.append(f"{context['message']}: {context.get('exception')!r}")

    def pass_time(self, seconds: float) -> None:
        """So much time passes at once."""
        self.now += seconds

    def kill(self, instance: int) -> None:
        """Nothing of this instance runs from now on.

        Its tasks are kept: one that nobody refers to any more would be closed, and so run its `finally` blocks.
        """
        self.dead.add(instance)
        self._graves += [task for task, owner in self._tasks.items() if owner == instance]
        self._frozen.pop(instance, None)
        self._pool = [handle for handle in self._pool if handle._context.get(INSTANCE) != instance]  # type: ignore[attr-defined] # whose code it is stands nowhere else

    def freeze(self, instance: int) -> None:
        """The instance stands still, as a machine does that was suspended: it does not know that time passes."""
        self._frozen.setdefault(instance, [])

    def thaw(self, instance: int) -> None:
        """The instance goes on where it stood."""
        self._pool += self._frozen.pop(instance, [])

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
        """One step: the one place where it is decided what comes next, and where time moves if nothing can."""
        ready: Any = self._ready  # type: ignore[attr-defined] # the queues of the loop that we take the place of
        self._admit_all(ready)
        while not self._pool and self.idle is not None and self.idle():
            self._admit_all(ready)
        self._admit_timers()
        if not self._pool:
            raise Stuck("everybody waits for somebody else")
        self.steps += 1
        handle = self._next()
        if not handle.cancelled():
            handle._run()

    def _next(self) -> Any:
        handle: Any = self._pool.pop(self.choose(len(self._pool)) if len(self._pool) > 1 else 0)
        if self.before is not None and (instance := handle._context.get(INSTANCE, 0)):
            self.before(instance)
            if instance in self.dead:
                handle.cancel()
        return handle

    def _admit_all(self, ready: Any) -> None:
        if not self._frozen and not self.dead:
            self._pool.extend(ready)
            ready.clear()
        while ready:
            self._admit(ready.popleft())

    def _admit_timers(self) -> None:
        """What is due by now; if nobody is ready, time moves to what is due next."""
        timers: list[Any] = self._scheduled  # type: ignore[attr-defined] # the same
        while timers and (timers[0]._cancelled or timers[0]._when <= self.now or not self._pool):
            timer = heappop(timers)
            timer._scheduled = False
            if not timer._cancelled:
                self.now = max(self.now, timer._when)
                self._admit(timer)

    def _admit(self, handle: Any) -> None:
        instance = handle._context.get(INSTANCE)
        if instance in self._frozen:
            self._frozen[instance].append(handle)
        elif instance not in self.dead:
            self._pool.append(handle)


def _chooser(random: Random) -> Callable[[int], int]:
    """A number below another one, as `randrange` draws it, and at half its price."""
    bits = random.getrandbits

    def choose(below: int) -> int:
        length = below.bit_length()
        while (drawn := bits(length)) >= below:
            pass
        return drawn

    return choose


def run(loop: VirtualLoop, main: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Runs one history to its end and closes the loop.

    The collector of garbage rests meanwhile: what it would close depends on what ran before in this process. What was
    killed is thrown away when nothing can hear it any more. Raises Unheard if an error was lost.
    """
    asyncio.set_event_loop(loop)
    gc.disable()
    try:
        result = loop.run_until_complete(loop.spawn(0, main()))
        if loop.unheard:
            raise Unheard("; ".join(loop.unheard))
        return result
    finally:
        left = asyncio.all_tasks(loop)
        asyncio.set_event_loop(None)
        loop.close()
        _throw_away(left)
        gc.enable()


def _throw_away(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Closes coroutines whose history is over; whatever they still try to do fails, because there is no loop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined] # the history is over
            with contextlib.suppress(BaseException):
                task.get_coro().close()
