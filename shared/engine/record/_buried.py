"""Erased tombstones: their pairs stay apart though nothing tells any more whom they were about.

A pair that a person has parted is not coupled again, and a deleted record that comes back is a person's to decide, also
where everything about it was erased. Where the policy lets a deleted record begin anew its tombstone need not be kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from shared.engine._flow import Flow, Outcome
from shared.engine.record._match import erp_identity
from shared.engine.record._reborn import begins_anew
from shared.engine.record._source import Source
from shared.engine.record._troubles import Item, whole_record
from shared.errors import Busy, LedgerMoved
from shared.ledger import FRESH, Buried, Coupling, Write, burial, end_of, erp_end
from shared.mapping import DATAVERSE, Side

ERASED: Final = "erased"
"""Code of a record in whose way an erased tombstone stands."""


async def buried(flow: Flow, ends: Iterable[str]) -> Buried | None:
    """The erased tombstone of one of these ends."""
    known = await flow.others.buried(flow.map.name)
    printer = flow.map.printer
    return next((known[made] for end in ends if known and (made := printer.fingerprint(end)) in known), None)


async def ended_before(flow: Flow, source: Source) -> Buried | None:
    """The erased tombstone of a record without a coupling, or of whom it would be created as."""
    ends = [end_of(source.side, source.identity)]
    if source.side == DATAVERSE and (identity := erp_identity(flow, source)):
        ends.append(erp_end(identity))
    return await buried(flow, ends)


async def ended_match(flow: Flow, side: Side, identity: Sequence[str]) -> Item | None:
    """Why a record is not coupled with what matches it: that one's pair has ended, and was erased."""
    stone = await buried(flow, [end_of(side, identity)])
    return in_its_way(stone, "what matches it") if stone else None


def in_its_way(stone: Buried, whose: str = "it") -> Item:
    """What a person is told of an erased tombstone."""
    message = (
        f"{whose} was {stone.state} on {stone.since[:10]}, and what was kept of it was erased; clear that to sync it "
        "again, or couple the two by hand"
    )
    return whole_record(ERASED, message)


def left_alone(stone: Buried) -> Outcome | None:
    """How a visit ends to a record that a person has parted from its partner; None if it is to be set aside."""
    return Outcome("ignored", codes=("uncoupled",)) if stone.state == "uncoupled" else None


async def bury(flow: Flow, stones: Sequence[Coupling]) -> None:
    """Puts digests in place of tombstones. Raises Busy if something may still land for one, or came in about it.

    The digests first: only when every process must have seen them does the tombstone go.
    """
    for stone in stones:
        if until := stone.may_land(flow.now()):
            raise Busy(f"an earlier request to create the record may still be under way until {until}: try again then")
    kept = [each for each in stones if not begins_anew(flow, each)]
    for each in kept:
        writes = burial(flow.ledger, each)
        known = [await flow.ledger.commits.get(flow.ledger.flow, write.key) for write in writes]
        again = zip(writes, known, strict=True)
        await flow.ledger.commit(
            [Write("replace", write.key, write.cells, row.etag) if row else write for write, row in again]
        )
    if kept:
        await asyncio.sleep(2 * FRESH)
    for each in stones:
        try:
            await flow.ledger.commit(each.removal())
        except LedgerMoved as moved:
            raise Busy("something came in about the record while it was being erased: erase it again") from moved
        if flow.owners is not None:
            await flow.owners.forget(each.dataverse)


async def unbury(flow: Flow, ends: Iterable[str]) -> Buried | None:
    """Takes the digests of a pair away, at a person's word. What it was."""
    stone = await buried(flow, ends)
    if stone is not None:
        rows = [await flow.ledger.commits.get(flow.ledger.flow, key) for key in stone.keys]
        await flow.ledger.commit([Write("delete", row.key, etag=row.etag) for row in rows if row])
        flow.others.unearthed(flow.map.name)
    return stone
