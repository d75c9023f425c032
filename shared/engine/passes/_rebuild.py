"""What a rebuild, or an undo, leaves coupled: pairs that the next pass would not find again as they are.

All is found out from what stands, by the search of a pass, so a dry run finds out the same as the run.
"""

from __future__ import annotations

from typing import Final

from shared.engine._flow import Flow
from shared.engine.passes._undo import Kept
from shared.engine.record._aside import doubt_about_match
from shared.engine.record._create import has_match, stays_alone
from shared.engine.record._match import matches
from shared.engine.record._merged import is_merged
from shared.engine.record._source import Source, source_of
from shared.engine.record._troubles import place
from shared.errors import Rejected, in_one
from shared.ledger import Coupling, end_of
from shared.mapping import DATAVERSE, ERP, SIDES, Side, other
from shared.systems import Observation

_PARTED: Final = "uncouple the two by hand if they are to part"


async def left_coupled(flow: Flow, coupling: Coupling, *, undecided: bool) -> Kept | None:
    """Why a pair stays coupled; None if it may be forgotten. undecided: a conflict of it waits for a person."""
    if undecided:
        return _kept("in conflict", "nobody has decided its conflict, and the master would: decide it first")
    if coupling.state == "dormant":
        return _kept(
            "out of the scope", "it would be drawn into the scope: uncouple the two by hand if they are to part"
        )
    rows = {side: await flow.read(side, coupling.identity(side)) for side in SIDES}
    side: Side = ERP if rows[ERP] is not None else DATAVERSE
    target, seen = other(side), rows[side]
    if seen is None:
        return None
    source = await source_of(flow, side, coupling.identity(side), seen)
    found = await _found(flow, source) if source else []
    if rows[target] is None and not found:
        return _kept(
            "deleted", f"it was deleted in {place(target)}, and would be created there again: decide about that first"
        )
    if source is None or (rows[target] is not None and not await _is_found(flow, coupling, source, found)):
        return _kept("not found again", f"no match key alone leads from one to the other: {_PARTED}")
    return None


async def left_by_undo(flow: Flow, coupling: Coupling, kept: Kept) -> Kept:
    """What becomes of a pair of which both records stay: it stays coupled where the next pass would find no partner for
    one of them, and make it another one.
    """
    rows = {side: await flow.read(side, coupling.identity(side)) for side in coupling.sides}
    if kept.stays_coupled or not all(rows.values()):
        return kept
    for side, seen in rows.items():
        source = await source_of(flow, side, coupling.identity(side), seen) if seen else None
        if seen and source and await _is_made_again(flow, source, seen):
            why = f"{place(other(side))} has nothing that matches it any more, and would get another one: {_PARTED}"
            return _kept("not found again", in_one(kept.why, why))
    return kept


async def _is_made_again(flow: Flow, source: Source, seen: Observation) -> bool:
    """True if a record without a coupling would be created on the other side."""
    if is_merged(seen) or not flow.map.side(source.side).scope.includes(seen.row):
        return False
    return not await stays_alone(flow, source) and not await has_match(flow, source)


async def _found(flow: Flow, source: Source) -> list[Observation]:
    try:
        return await matches(flow, source)
    except Rejected:
        return []  # it looks like another one: nobody would be coupled


async def _is_found(flow: Flow, coupling: Coupling, source: Source, found: list[Observation]) -> bool:
    """True if the search finds just the partner, and nothing speaks against coupling the two."""
    target: Side = source.target
    ends = [end_of(target, flow.map.identity_of(target, each.row)) for each in found]
    if ends != [end_of(target, coupling.identity(target))]:
        return False
    return await doubt_about_match(flow, source, found[0]) is None


def _kept(what: str, why: str) -> Kept:
    return Kept(f"{what}, still coupled", why, stays_coupled=True)
