"""Golden scenarios of business_central, cut off at any request of the app; another instance goes on, and dies, too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from shared.mapping import DATAVERSE, ERP
from tests.simulation.crashes import FATES, NEVER, PAUSES, Cut, Fate, is_write, leavings
from tests.simulation.loop import INSTANCE
from tests.simulation.network import Weather
from tests.simulation.trades import POLICIES, Plot, Trade, in_trade

Scene = Callable[[Trade], Awaitable[None]]


async def told(trade: Trade) -> None:
    """Whatever has happened is told, and the pump comes by."""
    await asyncio.sleep(31)
    await trade.events()
    await trade.notifications()
    await trade.pump(trade.processes[0])


async def _paired(trade: Trade) -> None:
    """A customer and his account, in sync."""
    trade.people.create(ERP)
    await trade.pump(trade.processes[0])
    await told(trade)


async def _account(trade: Trade) -> None:
    trade.people.create(DATAVERSE)
    await told(trade)


async def _customer(trade: Trade) -> None:
    trade.people.create(ERP)
    await told(trade)


async def _both(trade: Trade) -> None:
    trade.people.edit_both(trade.people.rows(ERP)[0], ERP)
    await told(trade)


async def _gone(trade: Trade) -> None:
    trade.people.delete(ERP, trade.people.rows(ERP)[0])
    await told(trade)
    await trade.compare()


SCENES: Final[Mapping[str, tuple[Scene, bool]]] = {
    "an account becomes a customer": (_account, False),
    "a customer becomes an account": (_customer, False),
    "both are edited": (_both, True),
    "a customer is deleted": (_gone, True),
}
"""What happens, and whether there is a pair before it."""
FEW: Final = 3
"""Deaths of a scene that the short form tries."""


@dataclass(slots=True)
class Lives:
    """The instances that work one after another. cuts: how they die, and after the last nobody does.

    sent: what each has sent, from the scene on until it died. acted: how much of it the first had sent when the scene
    was over.
    """

    weather: Weather
    cuts: tuple[Cut, ...]
    sent: list[list[str]] = field(default_factory=lambda: [[]])
    acted: int = 0

    def begin(self) -> None:
        self.weather.strike, self.weather.heard = self._strike, self._heard

    def end(self) -> None:
        self.weather.strike = self.weather.heard = None

    @property
    def died(self) -> int:
        """How many have died."""
        return len(self.sent) - 1

    def writes(self, life: int) -> Mapping[int, str]:
        """What an instance has written, in the scene if it was the first, by the numbers of its requests."""
        sent = enumerate(self.sent[life], 1)
        return {at: step for at, step in sent if is_write(step) and (life or at <= self.acted)}

    def _strike(self, step: str) -> bool:
        if INSTANCE.get() == 0:
            return False
        self.sent[-1].append(step)
        if self._is_next("late"):
            self.weather.orders[""] = "late"
        return self._dies("unsent")

    def _heard(self, _step: str, _answer: object) -> bool:
        """Where several requests are under way, it dies of the first answer that comes."""
        return INSTANCE.get() > 0 and (self._dies("unheard", sent=True) or self._dies("late", sent=True))

    def _is_next(self, fate: Fate, *, sent: bool = False) -> bool:
        if self.died == len(self.cuts):
            return False
        cut, here = self.cuts[self.died], len(self.sent[-1])
        return cut.fate == fate and (0 < cut.at <= here if sent else cut.at == here)

    def _dies(self, fate: Fate, *, sent: bool = False) -> bool:
        dies = self._is_next(fate, sent=sent)
        if dies:
            self.sent.append([])
        return dies


def cut_off(name: str, *cuts: Cut, connector: bool) -> tuple[list[str], Lives]:
    """Plays a scene of which instances die: what is broken, and how far each came. With two cuts another goes on."""
    scene, paired = SCENES[name]
    plot = Plot(connector, POLICIES[1], 0, 0.0, 0.0, 0.0, 0.0, 0.0, 1, doubles=False, latency=0.05)
    played: list[Lives] = []

    async def story(trade: Trade) -> list[str]:
        await trade.begin()
        await trade.pump(trade.processes[0])
        if paired:
            await _paired(trade)
        lives = Lives(trade.weather, cuts)
        played.append(lives)
        lives.begin()
        await scene(trade)
        lives.acted = len(lives.sent[0])
        if len(cuts) > 1:
            await _go_on(trade)
        lives.end()
        return await trade.end()

    broken = in_trade(Random(name), plot, [], story)
    return broken, played[0]


async def _go_on(trade: Trade) -> None:
    """What the timers of an instance do for some hours."""
    for pause in PAUSES:
        await asyncio.sleep(pause)
        await trade.notifications()
        await trade.pump(trade.processes[0])


def in_short(name: str) -> Sequence[Cut]:
    """A few of the deaths that leave something else behind, spread over the scene, the same each time."""
    _, lives = cut_off(name, connector=True)
    cuts, random = list(leavings(lives.writes(0))), Random(name)
    return [random.choice(cuts[at * len(cuts) // FEW : (at + 1) * len(cuts) // FEW]) for at in range(FEW)]


def once(name: str, *, connector: bool) -> Iterator[tuple[Cut, ...]]:
    """Every request of a scene with each of its fates."""
    _, lives = cut_off(name, connector=connector)
    for fate in FATES:
        for at in range(lives.acted):
            yield (Cut(fate, at + 1),)


def twice(name: str, *, connector: bool) -> Iterator[tuple[Cut, ...]]:
    """Every death that leaves something else behind, after every other."""
    _, lives = cut_off(name, connector=connector)
    for first in leavings(lives.writes(0)):
        _, again = cut_off(name, first, NEVER, connector=connector)
        for second in leavings(again.writes(1)):
            yield first, second
