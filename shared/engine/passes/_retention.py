"""Retention: what is older than the settings keep it goes away, once a day, in slices.

That is the journal, and what says as little without it: values that lost, former partners, jobs that are over, and the
records that a report shows. What is parked stays, for it says why two records differ; in a flow that does not run
nobody says it anew, so that the value and the words about it go.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from shared.engine._house import LIVE, House
from shared.engine._reports import fade_report
from shared.engine._states import state_of
from shared.engine.passes._given import GIVEN, drop_given
from shared.engine.passes._kept import drop_told
from shared.engine.passes._orders import OPEN, ORPHANED, began, lease_of
from shared.errors import Busy, LedgerMoved, TryLater
from shared.ledger import (
    CONFLICT,
    FEEDS,
    FORMER,
    JOBS,
    JOURNAL,
    MAX_WRITES,
    PARKED,
    SECOND,
    FlowLedger,
    Stored,
    Write,
    after,
    dataverse_end,
    moment,
    read_conflict,
    read_trouble,
    take_lease,
)

RETENTION: Final = "retention"
KINDS: Final[Mapping[str, Sequence[str] | None]] = {
    CONFLICT: None,
    FORMER: None,
    SECOND: None,
    JOURNAL: ("at",),
    PARKED: None,
}
"""Kinds of rows in the order in which they are looked through, each with the cells that are read; None: all of them."""
FIRST: Final = CONFLICT
RESTORABLE: Final = timedelta(days=7)
"""So long a value that lost can be restored where the settings keep no values."""
FADED: Final = "what was said of it is older than the journal is kept; run the flow, or retry it, to hear it again"


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
        cursor = {"day": today, "flow": 0, "after": FIRST}
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
        await _sweep_given(house)
        return {"flow": None}
    name = names[cursor["flow"]]
    if reached := await _sweep(house, name, cursor["after"], out_of_time):
        return {"after": reached}
    await fade_report(house, name, moment(house.clock() - house.options.journal))
    return {"flow": cursor["flow"] + 1, "after": FIRST}


async def _sweep_jobs(house: House) -> None:
    """Deletes jobs that ended too long ago, and what is left of their leases."""
    documents, oldest = house.documents, moment(house.clock() - house.options.journal)
    async for found in documents.all(JOBS):
        if found.value.get("ended", oldest) < oldest:
            lease = await documents.get(FEEDS, lease_of(found.key))
            if lease.etag:
                await documents.drop(lease)
            await drop_told(documents, found.key)
            await drop_given(documents, found.key)
            await documents.drop(found)


async def _sweep_given(house: House) -> None:
    """Deletes what was given to jobs that are over, were stopped, or were never stored: it names people and firms."""
    documents, needed = house.documents, dict[str, bool]()
    async for row in documents.all(GIVEN):
        job_id = row.key.partition("~")[0]
        if job_id not in needed:
            value = (await documents.get(JOBS, job_id)).value
            needed[job_id] = value["state"] == OPEN if value else began(job_id) > house.clock() - ORPHANED
        if not needed[job_id]:
            await documents.drop(row)


async def _sweep(house: House, name: str, start: str, out_of_time: Callable[[], bool]) -> str:
    """Deletes what is too old, from a key on; the key to go on from, empty at the end."""
    ledger, oldest = house.ledger(name), moment(house.clock() - house.options.journal)
    values = "" if house.options.journal_values else moment(house.clock() - RESTORABLE)
    kind = next(prefix for prefix in KINDS if start.startswith(prefix))
    if kind == PARKED and (await state_of(house, name))["state"] in LIVE:
        return ""
    async for page in ledger.commits.range(name, start, after(kind), KINDS[kind]):
        writes = [write for row in page for write in await _dealt_with(ledger, row, oldest, values)]
        for at in range(0, len(writes), MAX_WRITES):
            await ledger.commit(writes[at : at + MAX_WRITES])
        if page and out_of_time():
            return page[-1].key
    return next((prefix for prefix in KINDS if prefix > kind), "")


async def _dealt_with(ledger: FlowLedger, row: Stored, oldest: str, values: str) -> Sequence[Write]:
    """The write that takes a row away if it is too old. Former partners that another version stored bear no date.

    values: what lost before that goes though its row stays; empty: nothing does.
    """
    if row.key.startswith(PARKED):
        return _faded(row, oldest)
    if "at" not in row.cells:
        return [Write("replace", row.key, {"at": moment(ledger.clock())}, row.etag)]
    is_old, fades = str(row.cells["at"]) < oldest, row.key.startswith(CONFLICT) and str(row.cells["at"]) < values
    if not (is_old or fades) or (row.key.startswith(CONFLICT) and not await _is_over(ledger, row)):
        return []
    return [Write("delete", row.key, etag=row.etag)] if is_old else _without_values(row)


def _without_values(row: Stored) -> Sequence[Write]:
    """A conflict of which is told that it was, and who won, and not with what."""
    found = read_conflict(row)
    if not (found.value or found.winner or any(found.shown)):
        return []
    told = replace(found, value="", winner="", shown=("", ""), cut=True)
    return [Write("replace", row.key, told.cells(), row.etag)]


def _faded(row: Stored, oldest: str) -> Sequence[Write]:
    """What is parked for too long, without values and a system's words. What names a record stays."""
    found = read_trouble(row)
    items = tuple(
        {**item, "value": "", "message": FADED} if item.get("line") or item.get("attempt") else item
        for item in found.items
    )
    if found.since >= oldest or items == found.items:
        return []
    return [Write("replace", row.key, replace(found, items=items).cells(), row.etag)]


async def _is_over(ledger: FlowLedger, row: Stored) -> bool:
    """True unless somebody is at work on the record of a conflict, or has yet to decide it."""
    found = read_conflict(row)
    coupling = await ledger.coupling(dataverse_end(found.dataverse))
    if coupling is None or coupling.ended:
        return True
    return coupling.intent is None and not found.open
