"""Waiting records: looked at again until what they wait for is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from shared.engine._flow import Flow, Wake
from shared.engine.passes._waves import Tally, visit_all
from shared.engine.record._troubles import later
from shared.errors import LedgerMoved
from shared.ledger import WAITING, Trouble, Write, moment

WAVE: Final = 200


async def look_at_waiting(
    flow: Flow, out_of_time: Callable[[], bool], tally: Tally, *, all_of_them: bool = False, beyond: str = ""
) -> str:
    """Looks again at waiting records that are due; those that still wait are looked at later and later.

    all_of_them: whether they are due or not, at the end of a pass; such a look does not change when the next is due.
    beyond: the key up to which rows have been looked at. The same again if time ran out; empty if none are left.
    """
    now = moment(flow.clock())
    due = [row async for row in flow.ledger.troubles(WAITING) if row.key > beyond and (all_of_them or row.due <= now)]
    for at in range(0, len(due), WAVE):
        rows = due[at : at + WAVE]
        await visit_all(flow, [Wake(row.side, row.identity) for row in rows], tally)
        for row in rows if not all_of_them else ():
            await _postponed(flow, row)
        if out_of_time() and at + WAVE < len(due):
            return rows[-1].key
    return ""


async def _postponed(flow: Flow, row: Trouble) -> None:
    """A row that stands as it stood is due later."""
    due = moment(flow.clock() + later(flow, row.tries))
    patient = replace(row, tries=row.tries + 1, due=due)
    try:
        await flow.ledger.commit([Write("replace", row.key, patient.cells(), row.etag)])
    except LedgerMoved:
        return  # it was resolved, or says something new
