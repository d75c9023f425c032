"""Erasing what is kept about a person's record: in every flow over its table or its entity, and in their reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.engine._flow import Flow
from shared.engine._house import House
from shared.engine._strangers import REPORTS, erase_names
from shared.engine.record._buried import bury
from shared.engine.record._former import former_rows, second_key
from shared.engine.record._long_dead import at_rest
from shared.engine.record._troubles import standing
from shared.errors import Busy, LedgerMoved, NotFound
from shared.ledger import (
    CONFLICT,
    COUPLING,
    JOURNAL,
    MAX_WRITES,
    PARKED,
    WAITING,
    Coupling,
    Write,
    dataverse_end,
    end_of,
    read_conflict,
    unescape,
)
from shared.mapping import DATAVERSE, ERP, SIDES, FlowMap, Side

KINDS: Final = {"journal": JOURNAL, "conflicts": CONFLICT, "parked": PARKED, "waiting": WAITING}

Name = tuple[str, str]
"""A table or an entity, and an end that some flow over it keeps."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a flow keeps about a record. couplings: as they stand, claims among them. own: the record's own ends;
    ends: also those of rows that it was coupled with before; former: the keys of what remembers these,
    and their second identity.
    """

    flow: Flow
    couplings: Sequence[Coupling]
    own: frozenset[str]
    ends: frozenset[str]
    former: Sequence[str]


async def erase(
    house: House, name: str, side: Side, identity: tuple[str, ...], *, confirmed: bool
) -> dict[str, dict[str, int]]:
    """Erases what is kept about a record besides its couplings that live, which hold no values. How many rows of each
    kind, by flow: in every one over its table or its entity, for it may have been handed over, or have been another's
    customer.

    Also what was kept about it while it had another partner; what a dry run has set down goes by itself, minutes after
    its end. An undecided conflict of a record in sync stays: it says why the sides differ, and both values stand there
    anyway. Not confirmed: only counts. Raises Busy while the record is being written, or if it was meanwhile: an intent
    holds values; what an owner left who has long been dead is settled first. What was erased by then stays erased.
    Tombstones become digests, by which the records are still known when they come back. Raises NotFound if nothing is
    known of the record.
    """
    start = {(house.catalogue.map(name).side(side).entity.name, end_of(side, identity))}
    kept = await _at_rest(house, start)
    counts = {each.flow.map.name: await _counted(house, each) for each in kept}
    if not any(each.couplings or each.former or any(counts[each.flow.map.name].values()) for each in kept):
        raise NotFound(f"nothing is kept about {' '.join(identity)} in {name}: see how the record is spelled")
    for each in kept if confirmed else ():
        await _wake_waiting(each)
        await bury(each.flow, [left for left in await _erased(each) if left.ended])
        await _samples(house, each.flow.map.name, each.ends, confirmed=True)
    return counts


async def _at_rest(house: House, start: set[Name]) -> list[Kept]:
    """What every flow keeps, once nobody is at work on the record in any of them."""
    kept = await _everywhere(house, start)
    busy = [(each.flow, coupling) for each in kept for coupling in each.couplings if coupling.intent is not None]
    for flow, coupling in busy:
        await at_rest(flow, coupling)
    return await _everywhere(house, start) if busy else kept


async def _wake_waiting(kept: Kept) -> None:
    """What waits is looked at by its waiting row alone; a hint, which holds no values, stands in for that."""
    for row in (await standing(kept.flow, sorted(kept.ends))).values():
        if row.kind == "waiting":
            await kept.flow.ledger.store_hint(row.side, row.identity, "freed")


async def _everywhere(house: House, start: set[Name]) -> list[Kept]:
    """What every flow keeps. What one of them knows the record by is looked for in the others, until nothing is new."""
    own, ends = start, start
    while True:
        kept = [await _kept(house.flow(each.name), own, ends) for each in house.maps() if _is_over(each, ends)]
        known = own, ends
        own = own.union(*(_names(each.flow.map, each.own) for each in kept))
        ends = ends.union(*(_names(each.flow.map, each.ends) for each in kept))
        if (own, ends) == known:
            return kept


async def _kept(flow: Flow, own: set[Name], ends: set[Name]) -> Kept:
    ledger, mine = flow.ledger, {end for name, end in own if name == _entity(flow.map, end)}
    couplings = [found for end in sorted(mine) if (found := await ledger.coupling(end))]
    mine |= {end for each in couplings for end in (each.key, each.index_key) if end}
    former = [row for end in sorted(mine) if not end.startswith(COUPLING) for row in await former_rows(ledger, end)]
    before = {dataverse_end(row_id) for _, row_id in former}
    before |= {end for name, end in ends if name == _entity(flow.map, end)}
    couplings += [
        found for end in sorted(before - mine) if end.startswith(COUPLING) and (found := await ledger.coupling(end))
    ]
    distinct = {each.key: each for each in couplings}
    left = [key for key, _ in former]
    for end in sorted(mine | before):
        key = second_key(unescape(end.removeprefix(COUPLING)))
        if end.startswith(COUPLING) and await ledger.commits.get(ledger.flow, key) is not None:
            left.append(key)
    return Kept(flow, [*distinct.values()], frozenset(mine), frozenset(mine | before), left)


def _is_over(found: FlowMap, names: set[Name]) -> bool:
    return any(name == _entity(found, end) for name, end in names)


def _names(found: FlowMap, ends: Collection[str]) -> set[Name]:
    return {(_entity(found, end), end) for end in ends}


def _entity(found: FlowMap, end: str) -> str:
    return found.side(DATAVERSE if end.startswith(COUPLING) else ERP).entity.name


async def _counted(house: House, kept: Kept) -> dict[str, int]:
    counts = Counter([kind async for kind, _ in _rows(kept)])
    samples = await _samples(house, kept.flow.map.name, kept.ends, confirmed=False)
    stones = sum(each.ended for each in kept.couplings)
    return {**{kind: counts[kind] for kind in (*KINDS, "hints")}, "samples": samples, "tombstones": stones}


async def _erased(kept: Kept) -> Sequence[Coupling]:
    """Carries the deletes out as long as the couplings stay as they were: an intent may come to rest on such a row. The
    couplings as they stand then.

    What names the former rows goes last: whoever is cut off finds them again.
    """
    couplings, former = kept.couplings, [Write("delete", key, etag="*") for key in kept.former]
    writes = [*[write async for _, write in _rows(kept)], *former]
    step = MAX_WRITES - len(couplings)
    for at in range(0, len(writes), step):
        try:
            etags = await kept.flow.ledger.commit([*(each.replace() for each in couplings), *writes[at : at + step]])
        except LedgerMoved as moved:
            raise Busy("something came in about the record while it was being erased: erase it again") from moved
        couplings = [each.with_etag(etag) for each, etag in zip(couplings, etags, strict=False)]
    return couplings


async def _rows(kept: Kept) -> AsyncIterator[tuple[str, Write]]:
    """What goes, each with its kind. A hint stays, and forgets what stood in the way of its record."""
    alive = {each.key for each in kept.couplings if each.is_pair}
    for kind, prefix in KINDS.items():
        async for key in _keys(kept.flow, prefix, kept.ends, alive):
            yield kind, Write("delete", key, etag="*")
    for end in sorted(kept.ends):
        hint = await kept.flow.ledger.hint(end)
        if hint is not None and hint.why:
            yield "hints", Write("replace", hint.key, replace(hint, why={}).cells(), hint.etag)


async def _keys(flow: Flow, prefix: str, ends: Collection[str], alive: Collection[str]) -> AsyncIterator[str]:
    """Keys of the rows of one kind that are about these ends, without undecided conflicts of couplings that live.

    What another record is parked for may tell what this one is called.
    """
    if prefix == PARKED:
        async for aside in flow.ledger.troubles(PARKED):
            if aside.end not in ends and any(item.get("about") in ends for item in aside.items):
                yield aside.key
    for end in sorted(ends):
        if prefix in {PARKED, WAITING}:
            if await flow.ledger.commits.get(flow.ledger.flow, prefix + end) is not None:
                yield prefix + end
        elif end.startswith(COUPLING):
            rows = flow.ledger.journal if prefix == JOURNAL else flow.ledger.conflicts
            async for row in rows(end.removeprefix(COUPLING)):
                if prefix == JOURNAL or end not in alive or not read_conflict(row).open:
                    yield row.key


async def _samples(house: House, name: str, ends: Collection[str], *, confirmed: bool) -> int:
    """Samples in the flow's report that show the record."""
    planned = (await house.documents.get(REPORTS, name)).value.get("planned", {})
    kept: dict[str, list[Any]] = {}
    gone = 0
    for what, samples in planned.get("samples", {}).items():
        kept[what] = [sample for sample in samples if _ends(sample["record"]).isdisjoint(ends)]
        gone += len(samples) - len(kept[what])
    if confirmed and gone:
        told = {**planned, "samples": kept}
        await house.documents.change(REPORTS, name, lambda value: {**value, "planned": told})
    return gone + await erase_names(house.documents, name, ends, confirmed=confirmed)


def _ends(record: Mapping[str, Any]) -> set[str]:
    found = {dataverse_end(record[DATAVERSE])} if isinstance(record.get(DATAVERSE), str) else set()
    lists = {end_of(side, value) for side in SIDES if isinstance(value := record.get(side), list) and value}
    return found | lists
