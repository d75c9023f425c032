"""Retention: journal rows that are older than the settings keep them go away, once a day, in slices."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Final

from shared.engine._house import House
from shared.errors import Busy, LedgerMoved, TryLater
from shared.ledger import FEEDS, JOURNAL, MAX_WRITES, Stored, Write, after, moment, take_lease

RETENTION: Final = "retention"


async def keep_retention(house: House, out_of_time: Callable[[], bool]) -> None:
    """A slice of today's round over all flows, unless it is done, or somebody else is at it."""
    today = moment(house.clock())[:10]
    cursor = (await house.documents.get(FEEDS, RETENTION)).value.get("cursor", {})
    if cursor.get("day") == today and cursor.get("flow") is None:
        return
    with contextlib.suppress(Busy, LedgerMoved, TryLater):
        await _round(house, today, out_of_time)


async def _round(house: House, today: str, out_of_time: Callable[[], bool]) -> None:
    lease = await take_lease(house.documents, house.clock, house.token(), RETENTION)
    names = house.catalogue.names
    cursor: dict[str, Any] = dict(lease.cursor)
    if cursor.get("day") != today:
        cursor = {"day": today, "flow": 0, "after": JOURNAL}
    try:
        while cursor["flow"] is not None and not out_of_time():
            reached = await _sweep(house, names[cursor["flow"]], cursor["after"], out_of_time)
            following = cursor["flow"] + 1 if cursor["flow"] + 1 < len(names) else None
            moved = {"after": reached} if reached else {"flow": following, "after": JOURNAL}
            cursor = {**cursor, **moved}
            await lease.checkpoint(cursor)
    finally:
        await lease.release()


async def _sweep(house: House, name: str, start: str, out_of_time: Callable[[], bool]) -> str:
    """Deletes what is too old, from a key on; the key to go on from, empty at the end."""
    ledger, oldest = house.ledger(name), moment(house.clock() - house.options.journal)
    async for page in ledger.commits.range(name, start, after(JOURNAL), ("at",)):
        old = [row for row in page if str(row.cells["at"]) < oldest]
        for at in range(0, len(old), MAX_WRITES):
            await ledger.commit([_deleted(row) for row in old[at : at + MAX_WRITES]])
        if page and out_of_time():
            return page[-1].key
    return ""


def _deleted(row: Stored) -> Write:
    return Write("delete", row.key, etag=row.etag)
