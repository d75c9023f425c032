"""What Business Central tells: calls to the app, late, twice or for nothing; and an app that cannot be reached.

Subscriptions go without a word: after an answer that refuses, or when somebody forgets them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from functions.business_central.notifications import taken
from functions.business_central.subscriptions import PATH, Keeper
from shared.engine import House
from shared.errors import KoppelError
from shared.setup import Ear
from tests.simulation.trace import Trace
from tests.simulation.world import World

ACCEPTED, FORBIDDEN, UNAVAILABLE = 202, 403, 503
URL: Final = f"https://koppel.example{PATH}"
KEY: Final = b"k" * 32
EVERY: Final = 5.0
PATIENCE: Final = 30.0
"""Seconds that Business Central waits for an answer."""
SECONDS: Final = 5.0


@dataclass(slots=True)
class Ears:
    """What hears of Business Central in one instance: the receiver, and the upkeep of subscriptions."""

    house: House
    _keeper: Keeper | None = None

    async def keeper(self) -> Keeper:
        if self._keeper is None:
            ear = Ear(URL, KEY, await self.house.erps["business_central"].environment())
            self._keeper = Keeper(self.house, ear)
        return self._keeper

    async def keep(self) -> None:
        """What the pump does about subscriptions; what stands in the way is logged, and it goes on."""
        with suppress(KoppelError):
            await (await self.keeper()).keep()

    async def hear(self, body: bytes) -> int:
        """A call; the status of the answer."""
        try:
            await taken(self.house, (await self.keeper()).ear, json.loads(body)["value"], SECONDS)
        except KoppelError:
            return UNAVAILABLE
        return ACCEPTED


@dataclass(slots=True)
class News:
    """lost: how often a call is answered by somebody before the app, so that nobody hears it. reaches: an instance
    that hears, with its number.
    """

    world: World
    random: Random
    trace: Trace
    reaches: Callable[[], tuple[int, Ears] | None]
    lost: float = 0.0
    stops: float = 0.0
    forgets: float = 0.0
    busy: bool = True
    _under_way: list[Any] = field(default_factory=list)

    def begin(self) -> None:
        self.world.loop.spawn(0, self._go_on())

    def turn(self) -> None:
        """Now and then the app is stopped, or somebody restores an environment without its subscriptions."""
        assert self.world.central is not None
        front = self.world.central.front
        if self.random.random() < self.stops:
            front.reached = not front.reached
            self.trace.tell(
                "the app answers again" if front.reached else "the app is stopped: whoever calls it gets 403"
            )
        if self.random.random() < self.forgets:
            self.trace.tell("all subscriptions are gone")
            front.twin.forget_subscribers()

    def calm(self) -> None:
        """Nobody calls any more, and the app can be reached."""
        assert self.world.central is not None
        self.busy, self.world.central.front.reached = False, True

    async def _go_on(self) -> None:
        while self.busy:
            await asyncio.sleep(EVERY)
            for call in self.due():
                self.world.loop.spawn(0, self._call(call))

    def due(self) -> list[Any]:
        """Calls whose time has come."""
        assert self.world.central is not None
        twin = self.world.central.twin
        twin.notifications.due()
        calls, twin.outbox[:] = list(twin.outbox), []
        return calls

    async def _call(self, call: Any) -> None:
        """Late, twice, out of order, or never."""
        assert self.world.central is not None
        twin, status = self.world.central.twin, ACCEPTED
        if self.random.random() >= self.lost:
            await asyncio.sleep(self.random.choice((0.1, 0.1, 2.0, 20.0)) * self.random.random())
            status = await self.deliver(call)
            if status == ACCEPTED and self.random.random() < 0.1:
                await self.deliver(call)
        twin.notifications.answered(call, status)

    async def deliver(self, call: Any) -> int:
        """An instance hears it; the status that comes back in time."""
        assert self.world.central is not None
        if not self.world.central.front.reached:
            return FORBIDDEN
        found = self.reaches()
        if found is None:
            return UNAVAILABLE
        number, ears = found
        self.trace.tell(f"a notification tells instance {number} of {_told(call)}")
        task = self.world.loop.spawn(number, ears.hear(call.body))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        return int(task.result()) if done else UNAVAILABLE


def _told(call: Any) -> str:
    items = json.loads(call.body)["value"]
    return ", ".join(f"{each['changeType']} {each['resource'].rpartition('/')[2]}" for each in items)
