"""Sends what is in the outbox, as the event framework does: retries, then an error list; no order promised."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from tests.emulator.finops.events import Delivery
from tests.emulator.finops.twin import FinopsTwin

TIME_OUT = 60.0
RETRIES = 3
PAUSE = 1.0
NO_ANSWER = 0


@dataclass(slots=True)
class Disorder:
    """What goes wrong on the way, each as the probability for one delivery; `latest` is the longest delay."""

    lose: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    latest: float = 30.0
    reorder: float = 0.0


class EventSender:
    """Takes deliveries out of a twin's outbox and posts them. `failed` is the error list."""

    def __init__(
        self,
        twin: FinopsTwin,
        post: Callable[[Delivery], Awaitable[int]],
        random: random.Random,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.twin = twin
        self.disorder = Disorder()
        self.failed: list[Delivery] = []
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

    async def resend(self) -> None:
        """Somebody presses Resend for everything on the error list."""
        failed, self.failed = self.failed, []
        for delivery in failed:
            await self._deliver(delivery)

    def _planned(self) -> list[tuple[float, Delivery]]:
        """Deliveries with their delays: some lost, doubled, late or overtaken."""
        found: list[tuple[float, Delivery]] = []
        queued, self.twin.outbox[:] = list(self.twin.outbox), []
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

    async def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(1 + RETRIES):
            if attempt:
                await self._sleep(PAUSE)
            if 200 <= await self._attempt(delivery) < 300:
                return
        self.failed.append(delivery)

    async def _attempt(self, delivery: Delivery) -> int:
        """One call. No answer in time, or none at all, is a failure."""
        try:
            async with asyncio.timeout(TIME_OUT):
                status = await self._post(delivery)
        except (TimeoutError, OSError, httpx.TransportError):
            status = NO_ANSWER
        delivery.attempts.append(status)
        return status
