"""Flows that are to catch up before their timer does, and why: somebody told that much has changed, or that he could
not tell for a while. One row for each, until that has come to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from shared.engine._house import House
from shared.engine.passes._jobs import catch_up, is_to_be_compared
from shared.engine.passes._orders import start_job
from shared.engine.passes._waves import Tally
from shared.ledger import Document, moment

DUE: Final = "due"
WHOLE: Final = "whole"
"""In a row of these: deletes may have been missed, which no catch-up pass sees."""


async def ask_to_catch_up(house: House, name: str, *, whole: bool = False) -> None:
    """A flow is caught up by the next run of the pump. whole: it is compared, too. Orders merge."""
    now = moment(house.clock())
    await house.documents.change(DUE, name, lambda value: {"at": now, WHOLE: whole or bool(value.get(WHOLE, False))})


async def due_flows(house: House) -> dict[str, Document]:
    """The orders that stand, by flow."""
    return {each.key: each async for each in house.documents.all(DUE)}


async def catch_up_due(
    house: House, name: str, order: Document, found: Mapping[str, Any], out_of_time: Callable[[], bool], tally: Tally
) -> None:
    """Catches a running flow up as somebody has ordered; the order stands until that is done. found: its state.

    One that comes meanwhile stands on. Raises Busy while somebody else catches it up, for he may have begun before, and
    LedgerMoved if the order is another by now.
    """
    if found["state"] != "running":
        return
    if order.value.get(WHOLE):
        if not await is_to_be_compared(house, name):
            await start_job(house, "compare", [name])
        order = await house.documents.put(order, {**order.value, WHOLE: False})
    if await catch_up(house, name, out_of_time, tally):
        await house.documents.drop(order)
