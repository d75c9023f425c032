"""References that read blank in Dataverse because it deleted the row that they pointed to.

It empties such lookups by itself, also after a delete of ours. That is a consequence, and nobody's edit: the reference
is put back as soon as the record that the ERP names has a row again, and waits for it until then. Nothing is asked
unless a reference is empty that was not before. A choice keeps the number of an option that was deleted: only people
empty it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from shared.engine._by_print import tables_of
from shared.engine._flow import Flow
from shared.engine.lookups import Target
from shared.engine.record._observe import Observed
from shared.engine.record._troubles import NOT_FOUND
from shared.errors import KoppelError
from shared.ledger import Coupling, dataverse_end, end_of, moment
from shared.mapping import (
    BLANK,
    DATAVERSE,
    ERP,
    NEVER,
    FlowMap,
    Line,
    Side,
    Unresolved,
    fingerprint,
)
from shared.reconcile import LineWrite, Plan, Problem, reconcile

MISSED: Final = "missed"
"""Source of a hint: somebody points to the record, and a system says that it is not there."""
_NOTHING: Final = fingerprint(BLANK)


async def reconciled(flow: Flow, coupling: Coupling, seen: Observed) -> tuple[Coupling, Plan]:
    """The plan for a coupled record, and the coupling that it rests on: by that only the ERP has changed what Dataverse
    emptied by itself.
    """
    emptied = await _emptied(flow, coupling, seen)
    bases = {line.definition: (NEVER, _NOTHING) for line in emptied if line.source != DATAVERSE}
    if bases:
        first = {line.definition: base for line in emptied if (base := coupling.agreed.base(line))}
        coupling = replace(coupling, agreed=coupling.agreed.changed(flow.map, bases, first=first), digests={})
    plan = reconcile(flow.map, coupling.agreed, *seen.values, seen.context(flow))
    stays = [line.index for line in emptied if line.source == DATAVERSE]
    return coupling, _left_alone(put_back(flow.map, plan, bases), stays)


def put_back(flow: FlowMap, plan: Plan, definitions: Collection[bytes]) -> Plan:
    """The plan with the reason why these lines flow. Pure."""
    writes = tuple(
        replace(each, reason="put_back") if flow.lines[each.index].definition in definitions else each
        for each in plan.writes
    )
    return replace(plan, writes=writes)


def _left_alone(plan: Plan, indexes: Collection[int]) -> Plan:
    """The plan without lines that flow from Dataverse alone, and cannot be put back there. Pure."""
    message = "the row that it pointed to was deleted in Dataverse, which emptied it: choose another one there"
    problems = [Problem(index, ERP, "emptied", message, "") for index in sorted(indexes)]
    writes = tuple(each for each in plan.writes if each.index not in indexes)
    return replace(plan, writes=writes, problems=(*plan.problems, *problems))


async def _emptied(flow: Flow, coupling: Coupling, seen: Observed) -> list[Line]:
    """The lines whose reference was emptied because its row went."""
    named, held = seen.values
    lines = [line for line in flow.map.lookups if line.update and line.refers and line.index not in seen.unsaid]
    blank = [(line, base[1]) for line in lines
             if held[line.index] == BLANK and (base := coupling.agreed.base(line))
             and base[1] not in {_NOTHING, NEVER}]  # fmt: skip
    gone = await asyncio.gather(*(has_gone(flow, line, agreed, named[line.index]) for line, agreed in blank))
    return [line for (line, _), is_so in zip(blank, gone, strict=True) if is_so]


async def has_gone(flow: Flow, line: Line, agreed: bytes, named: str = BLANK) -> bool:
    """True if the row is gone of which a reference was agreed, by its fingerprint. named: what the ERP names by now."""
    is_named = not isinstance(named, Unresolved) and line.printer.fingerprint(named) == agreed
    row_id = named if is_named else await flow.links.pairs.by_print.there(line, agreed)
    gone = [flow.links.pairs.has_gone(table, (row_id,)) for table in tables_of(line)] if row_id else []
    return all(await asyncio.gather(*gone))


async def points_to_nobody(flow: Flow, side: Side, refusal: KoppelError, writes: Sequence[LineWrite]) -> bool:
    """After a refusal: true if a reference that was sent is to a record that is gone, and means nobody from now on.

    The flow that keeps that record is told.
    """
    if getattr(refusal, "cause", "") != NOT_FOUND:
        return False
    sent = [(flow.map.lines[each.index], each.new) for each in writes if each.new]
    return any(await asyncio.gather(*(_is_missed(flow, side, line, new) for line, new in sent if line.lookup)))


async def _is_missed(flow: Flow, side: Side, line: Line, row_id: str) -> bool:
    links = flow.links
    for target in links.pairs.targets_of(line):
        pair = await links.pairs.pair(target, dataverse_end(row_id))
        if pair is None or row_id in links.missed or not await links.pairs.is_gone(target, pair, side):
            continue
        links.missed.add(row_id)
        await _tell(target, side, (row_id,) if side == DATAVERSE else pair.identity)
        return True
    return False


async def _tell(target: Target, side: Side, identity: Sequence[str]) -> None:
    """A record is to be looked at that is missed. Whoever looks already may have asked for the visit that missed it,
    and would not be done before the next one has missed it again.
    """
    standing = await target.ledger.hint(end_of(side, identity))
    if standing is None or standing.echo or standing.due > moment(target.ledger.clock()):
        await target.ledger.store_hint(side, identity, MISSED)
