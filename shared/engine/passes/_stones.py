"""Tombstones that have served their time: nothing is left at either end, and they have stood for long.

A tombstone keeps a pass from coupling again what a person parted, and tells a late create from a person's. Where no
record is left to couple, and no request of that age can live, it does neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from shared.engine._flow import Flow
from shared.engine.passes._snapshot import KEPT
from shared.engine.record._former import remembered
from shared.engine.record._troubles import changes, standing
from shared.errors import Denied, LedgerMoved, Rejected, TryLater
from shared.ledger import Coupling, moment
from shared.mapping import SIDES

_NOT_KNOWN: Final = (Denied, Rejected, TryLater, LedgerMoved)
"""Nobody can say whether it is gone, or somebody was at work on it: it stays, and the next pass asks again."""


async def drop_stones(flow: Flow, keys: Sequence[str]) -> None:
    """Takes those of these tombstones away that have nothing left at either end, as of now."""
    await asyncio.gather(*(_drop(flow, key) for key in keys))


async def _drop(flow: Flow, key: str) -> None:
    with suppress(*_NOT_KNOWN):
        stone = await flow.ledger.coupling(key)
        if stone is not None and _has_served(flow, stone) and await _is_all_gone(flow, stone):
            if flow.owners is not None:
                await flow.owners.forget(stone.dataverse)
            ends = [end for end in (stone.key, stone.index_key) if end]
            aside = changes([], await standing(flow, ends))
            await flow.ledger.commit([*stone.removal(), *await remembered(flow, stone), *aside])


def _has_served(flow: Flow, stone: Coupling) -> bool:
    return stone.ended and stone.since < moment(flow.clock() - KEPT) and not stone.may_land(flow.now())


async def _is_all_gone(flow: Flow, stone: Coupling) -> bool:
    """True if neither record is there. Raises Denied if one may only be hidden from us."""
    for side in SIDES:
        if side in stone.sides:
            if await flow.read(side, stone.identity(side)) is not None:
                return False
            await flow.confirm_gone(side, stone.identity(side))
    return True
