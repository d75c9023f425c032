"""Retention: journal rows that are older than the settings keep them go away, once a day, in slices.

Jobs that ended so long ago go with them: what they wrote is no longer known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from shared.engine._house import House
from shared.engine.passes._kept import drop_told
from shared.errors import Busy, LedgerMoved, TryLater
from shared.ledger import FEEDS, JOBS, JOURNAL, MAX_WRITES, Stored, Write, after, moment, take_lease

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
            cursor |= await _step(house, names, cursor, out_of_time)
            await lease.checkpoint(cursor)
    finally:
        await lease.release()


async def _step(
    house: House, names: Sequence[str], cursor: Mapping[str, Any], out_of_time: Callable[[], bool]
) -> Mapping[str, Any]:
    """A slice of one flow, or the jobs after the last one; how the cursor moves."""
    if cursor["flow"] >= len(names):
        await _sweep_jobs(house)
        return {"flow": None}
    reached = await _sweep(house, names[cursor["flow"]], cursor["after"], out_of_time)
    return {"after": reached} if reached else {"flow": cursor["flow"] + 1, "after": JOURNAL}


async def _sweep_jobs(house: House) -> None:
    """Deletes jobs that ended too long ago, and what is left of their leases."""
    documents, oldest = house.documents, moment(house.clock() - house.options.journal)
    async for found in documents.all(JOBS):
        if found.value.get("ended", oldest) < oldest:
            lease = await documents.get(FEEDS, f"job~{found.key}")
            if lease.etag:
                await documents.drop(lease)
            await drop_told(documents, found.key)
            await documents.drop(found)


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
