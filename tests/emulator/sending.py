"""Takes what a twin has to tell out of its outbox and delivers it, in whatever disorder was ordered.

How often a product tries again, and what it keeps of what failed, is its own: each twin's `sender` says it.
"""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import httpx

NO_ANSWER = 0


class Deliverable(Protocol):
    """A call to make. `attempts` collects the status of every attempt."""

    attempts: list[int]


Call = TypeVar("Call", bound=Deliverable)


class Telling(Protocol[Call]):
    """A twin that has calls to make."""

    @property
    def outbox(self) -> list[Call]: ...


@dataclass(slots=True)
class Disorder:
    """What goes wrong on the way, each as the probability for one delivery; `latest` is the longest delay."""

    lose: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    latest: float = 30.0
    reorder: float = 0.0


class Sender(ABC, Generic[Call]):
    """Takes deliveries out of a twin's outbox and posts them. `failed` keeps those that were given up."""

    time_out: float
    """Seconds after which no answer is a failure."""

    def __init__(
        self,
        twin: Telling[Call],
        post: Callable[[Call], Awaitable[int]],
        random: random.Random,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.disorder = Disorder()
        self.failed: list[Call] = []
        self._twin = twin
        self._post = post
        self._random = random
        self._sleep = sleep

    async def flush(self) -> None:
        """Delivers everything that is in the outbox now; what is queued meanwhile waits for the next flush."""
        passed = 0.0
        for due, delivery in self._planned():
            if due > passed:
                await self._sleep(due - passed)
                passed = due
            await self._deliver(delivery)

    @abstractmethod
    async def _deliver(self, delivery: Call) -> None:
        """Attempts a delivery as often as the product does, and keeps it in `failed` if none succeeds."""

    async def _attempt(self, delivery: Call) -> int:
        """One call. No answer in time, or none at all, is a failure."""
        try:
            async with asyncio.timeout(self.time_out):
                status = await self._post(delivery)
        except (TimeoutError, OSError, httpx.TransportError):
            status = NO_ANSWER
        delivery.attempts.append(status)
        return status

    def _planned(self) -> list[tuple[float, Call]]:
        """Deliveries with their delays: some lost, doubled, late or overtaken."""
        found: list[tuple[float, Call]] = []
        queued, self._twin.outbox[:] = list(self._twin.outbox), []
        for delivery in queued:
            if self._happens(self.disorder.lose):
                continue
            for _ in range(2 if self._happens(self.disorder.duplicate) else 1):
                late = self._random.uniform(0.0, self.disorder.latest) if self._happens(self.disorder.delay) else 0.0
                found.append((late, delivery))
        for index in range(1, len(found)):
            if self._happens(self.disorder.reorder):
                found[index - 1], found[index] = found[index], found[index - 1]
        return sorted(found, key=lambda each: each[0])

    def _happens(self, probability: float) -> bool:
        return probability > 0.0 and self._random.random() < probability
