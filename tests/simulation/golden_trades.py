"""Golden scenarios of business_central, cut off before any request of the app; another instance goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Final

from shared.mapping import DATAVERSE, ERP
from tests.simulation.loop import INSTANCE
from tests.simulation.trades import POLICIES, Plot, Trade, in_trade

Scene = Callable[[Trade], Awaitable[None]]


async def _told(trade: Trade) -> None:
    """Whatever has happened is told, and the pump comes by."""
    await asyncio.sleep(31)
    await trade.events()
    await trade.notifications()
    await trade.pump(trade.processes[0])


async def _paired(trade: Trade) -> None:
    """A customer and his account, in sync."""
    trade.people.create(ERP)
    await trade.pump(trade.processes[0])
    await _told(trade)


async def _account(trade: Trade) -> None:
    trade.people.create(DATAVERSE)
    await _told(trade)


async def _customer(trade: Trade) -> None:
    trade.people.create(ERP)
    await _told(trade)


async def _both(trade: Trade) -> None:
    trade.people.edit_both(trade.people.rows(ERP)[0], ERP)
    await _told(trade)


async def _gone(trade: Trade) -> None:
    trade.people.delete(ERP, trade.people.rows(ERP)[0])
    await _told(trade)
    await trade.compare()


SCENES: Final[Mapping[str, tuple[Scene, bool]]] = {
    "an account becomes a customer": (_account, False),
    "a customer becomes an account": (_customer, False),
    "both are edited": (_both, True),
    "a customer is deleted": (_gone, True),
}
"""What happens, and whether there is a pair before it."""


def cut_off(name: str, at: int, *, connector: bool) -> tuple[list[str], bool]:
    """Plays a scene of which the instance dies before its request number `at`: what is broken, and whether it died."""
    scene, paired = SCENES[name]
    plot = Plot(connector, POLICIES[1], 0, 0.0, 0.0, 0.0, 0.0, 0.0, 1, doubles=False, latency=0.05)
    sent: list[str] = []

    def strikes(step: str) -> bool:
        if INSTANCE.get() > 0:
            sent.append(step)
        return INSTANCE.get() > 0 and len(sent) == at

    async def story(trade: Trade) -> list[str]:
        await trade.begin()
        await trade.pump(trade.processes[0])
        if paired:
            await _paired(trade)
        trade.weather.strike = strikes
        await scene(trade)
        return await trade.end()

    return in_trade(Random(f"{name} {at}"), plot, [], story), len(sent) >= at
