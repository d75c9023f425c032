"""What people decide about single couplings: couple, uncouple, clear a tombstone, erase what is kept about a record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Final

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._house import House
from shared.engine._reports import REPORTS
from shared.engine.record._troubles import changes, standing, undecided
from shared.engine.record._visit import visit
from shared.errors import Busy, LedgerMoved, NotFound, Refused
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
    erp_end,
    read_conflict,
)
from shared.mapping import DATAVERSE, ERP, Side

KINDS: Final = {"journal": JOURNAL, "conflicts": CONFLICT, "parked": PARKED, "waiting": WAITING}


async def couple(flow: Flow, erp: tuple[str, ...], row_id: str) -> Outcome:
    """Couples two records that the match keys do not bring together; what differs goes as the flow's master says.

    Raises Refused if one of them does not exist, or belongs to another record or flow.
    """
    for side, identity in ((ERP, erp), (DATAVERSE, (row_id,))):
        if await flow.read(_side(side), identity) is None:
            raise Refused(f"{' '.join(identity)} does not exist in {flow.map.side(_side(side)).system}")
        if await flow.ledger.coupling(end_of(_side(side), identity)) is not None:
            raise Refused(f"{' '.join(identity)} has, or had, another partner: uncouple it, or clear its tombstone")
    if flow.owners and (other := await flow.owners.held_by(row_id)):
        raise Refused(f"{row_id} belongs to {other}: uncouple it there first")
    coupling = Coupling(row_id, erp, "dormant", reason="coupled by an operator", since=flow.now())
    aside = changes([], await standing(flow, [dataverse_end(row_id), erp_end(erp)]))
    await flow.ledger.commit([*coupling.insert(), *aside, _entry(flow, row_id, "coupled by an operator")])
    hint = await flow.ledger.store_hint(DATAVERSE, (row_id,), "retry")
    return await visit(flow, Wake(DATAVERSE, (row_id,), hint))


async def uncouple(flow: Flow, side: Side, identity: tuple[str, ...]) -> None:
    """Ends a coupling. Both records stay as they are, and are left alone until the tombstone is cleared."""
    coupling = await _settled(flow, side, identity)
    if coupling.ended:
        raise Refused(f"the record is {coupling.state} already ({coupling.reason})")
    stone = replace(coupling, state="uncoupled", reason="uncoupled by an operator", troubles="", digests={},
                    since=flow.now())  # fmt: skip
    aside = changes([], await standing(flow, [coupling.key])) + await undecided(flow, coupling)
    await flow.ledger.commit([stone.replace(), *aside, _entry(flow, coupling.dataverse, stone.reason)])


async def clear(flow: Flow, side: Side, identity: tuple[str, ...]) -> None:
    """Takes a tombstone away: what is left of the pair is looked at as if it had never been coupled."""
    coupling = await _settled(flow, side, identity)
    if not coupling.ended:
        raise Refused(f"the record is {coupling.state}: there is no tombstone to clear")
    for where, end in ((DATAVERSE, (coupling.dataverse,)), (ERP, coupling.erp)):
        if end:
            await flow.ledger.store_hint(_side(where), end, "retry")
    await flow.ledger.commit([*coupling.removal(), _entry(flow, coupling.dataverse, "tombstone cleared")])


async def erase(house: House, name: str, side: Side, identity: tuple[str, ...], *, confirmed: bool) -> dict[str, int]:
    """Erases what is kept about a record besides its coupling, which holds no values. How many rows of each kind.

    An undecided conflict of a record in sync stays: it says why the sides differ, and both values stand there anyway.
    Not confirmed: only counts. Raises Busy while the record is being written, or if it was meanwhile: an intent holds
    values. What was erased by then stays erased.
    """
    flow = house.flow(name)
    coupling = await flow.ledger.coupling(end_of(side, identity))
    if coupling is not None and coupling.intent is not None:
        raise Busy(f"the record is being written until {coupling.intent.expires} at the latest")
    ends = {end_of(side, identity)} | ({coupling.key, coupling.index_key or ""} if coupling else set())
    counts = dict.fromkeys(KINDS, 0)
    writes: list[Write] = []
    for kind, prefix in KINDS.items():
        async for key in _keys(flow, prefix, ends - {""}, undecided=coupling is None or coupling.ended):
            counts[kind] += 1
            writes.append(Write("delete", key, etag="*"))
    if confirmed:
        await _erased(flow, coupling, writes)
    counts["samples"] = await _samples(house, name, ends, confirmed=confirmed)
    return counts


async def _erased(flow: Flow, coupling: Coupling | None, writes: Sequence[Write]) -> None:
    """Carries the deletes out as long as the coupling stays as it was: an intent may come to rest on such a row."""
    step = MAX_WRITES - 1
    for at in range(0, len(writes), step):
        try:
            etags = await flow.ledger.commit([*([coupling.replace()] if coupling else []), *writes[at : at + step]])
        except LedgerMoved as moved:
            raise Busy("something came in about the record while it was being erased: erase it again") from moved
        coupling = coupling.with_etag(etags[0]) if coupling else None


async def _keys(flow: Flow, prefix: str, ends: set[str], *, undecided: bool) -> AsyncIterator[str]:
    """Keys of the rows of one kind that are about these ends; those of undecided conflicts only if asked for."""
    for end in sorted(ends):
        if prefix in {PARKED, WAITING}:
            if await flow.ledger.commits.get(flow.ledger.flow, prefix + end) is not None:
                yield prefix + end
        elif end.startswith(COUPLING):
            rows = flow.ledger.journal if prefix == JOURNAL else flow.ledger.conflicts
            async for row in rows(end.removeprefix(COUPLING)):
                if undecided or prefix == JOURNAL or not read_conflict(row).open:
                    yield row.key


async def _samples(house: House, name: str, ends: set[str], *, confirmed: bool) -> int:
    """Samples in the flow's report that show the record."""
    planned = (await house.documents.get(REPORTS, name)).value.get("planned", {})
    kept: dict[str, list[Any]] = {}
    gone = 0
    for what, samples in planned.get("samples", {}).items():
        kept[what] = [sample for sample in samples if not ends & _ends(sample["record"])]
        gone += len(samples) - len(kept[what])
    if confirmed and gone:
        told = {**planned, "samples": kept}
        await house.documents.change(REPORTS, name, lambda value: {**value, "planned": told})
    return gone


def _ends(record: dict[str, Any]) -> set[str]:
    found = {dataverse_end(record[DATAVERSE])} if isinstance(record.get(DATAVERSE), str) else set()
    lists = {end_of(_side(side), value) for side, value in record.items() if isinstance(value, list) and value}
    return found | lists


async def _settled(flow: Flow, side: Side, identity: tuple[str, ...]) -> Coupling:
    """The coupling of a record, if nobody is at work on it. Raises NotFound or Busy."""
    coupling = await flow.ledger.coupling(end_of(side, identity))
    if coupling is None:
        raise NotFound(f"{' '.join(identity)} is not coupled in {flow.map.name}")
    if coupling.intent is not None:
        raise Busy(f"the record is being written until {coupling.intent.expires} at the latest")
    return coupling


def _entry(flow: Flow, row_id: str, what: str) -> Write:
    return flow.journal(row_id, flow.token(), what)


def _side(name: str) -> Side:
    return "erp" if name == ERP else "dataverse"
