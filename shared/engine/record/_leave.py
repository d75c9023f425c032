"""Records that leave a flow's scope: they sleep, are uncoupled, or go to another flow, and may come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import pair_on, pair_told_as
from shared.engine._turned_back import is_distrusted
from shared.engine.record._conclude import conclude
from shared.engine.record._merged import is_merged
from shared.engine.record._troubles import Item, standing, whole_record
from shared.errors import LedgerMoved
from shared.ledger import FLOWS, RESCOPED, Coupling, Documents
from shared.mapping import ABSENT, ERP, SIDES, FlowMap, Row, Side, prints, reader


async def left(flow: Flow, wake: Wake, coupling: Coupling, reason: str) -> Outcome:
    """A record that left the scope goes dormant: observed, never written, never deleted."""
    heir = await heir_of(flow, coupling)
    if heir is not None:
        return await _handed_over(flow, wake, coupling, heir)
    if flow.map.policy.leaves == "uncouple":
        stone = replace(coupling, state="uncoupled", reason=reason, digests={}, troubles="", since=flow.now())
        ended = Outcome("uncoupled", (), (), coupling.dataverse, erp=coupling.erp or ())
        return await conclude(flow, wake, coupling, [], ended, stone)
    return await sleep(flow, wake, coupling, reason)


async def doubted(
    flow: Flow, wake: Wake, coupling: Coupling, outside: Sequence[Side], rows: Mapping[Side, Row]
) -> Item | None:
    """Why a record outside the scope is not let go: a person has said that the other side is right. Raises TurnedBack
    if too many have left.
    """
    if coupling.state != "coupled":
        return None
    way_out = "bring it back, retry to let it sleep, or uncouple the two"
    both = f"{pair_told_as(flow.map, coupling, rows)} on both sides"
    name = pair_on(flow.map, coupling, outside[0], rows) if len(outside) == 1 else both
    item = whole_record("left", f"{name} left the scope: {way_out}")
    rows_of_it = (await standing(flow, [coupling.key], coupling.troubles)).values()
    if any(each["code"] == "left" and not each["line"] for row in rows_of_it for each in row.items):
        return None if wake.by_hand else item
    for side in outside:
        if await left_by_itself(flow, coupling, side, rows[side]):
            return item if await is_distrusted(flow, wake, coupling, side, "left the scope") else None
    return None


async def left_by_itself(flow: Flow, coupling: Coupling, side: Side, row: Row) -> bool:
    """False for a record outside the scope that its heir takes over, or that left by an approved change of the map, or
    by what both sides have agreed on: a write of ours; or because time has passed.
    """
    if flow.map.side(side).scope.lapsed(row):
        return False
    if _is_as_agreed(flow, coupling, side, row) or await heir_of(flow, coupling) is not None:
        return False
    return not (await Documents(flow.ledger.commits).get(FLOWS, flow.map.name)).value.get(RESCOPED)


def _is_as_agreed(flow: Flow, coupling: Coupling, side: Side, row: Row) -> bool:
    """True if the map itself holds all that the scope asks for, and the side has changed nothing of it."""
    part, at = flow.map.side(side), SIDES.index(side)
    values, names = part.read(row), set(part.scope.fields)
    for constant in part.constants:
        if reader(constant.target)(row.get(constant.target.wire_name, ABSENT)) == constant.value:
            names.discard(constant.target.wire_name)
    for line in flow.map.lines:
        name = (line.erp if side == ERP else line.dataverse).wire_name
        base = coupling.agreed.base(line)
        if name in names and base and base[at] == prints(line, *[values[line.index]] * 2)[at]:
            names.discard(name)
    return not names


async def sleep(flow: Flow, wake: Wake, coupling: Coupling, reason: str) -> Outcome:
    """The coupling goes dormant, or stays so."""
    asleep = replace(coupling, state="dormant", reason=reason, troubles="")
    return await conclude(flow, wake, coupling, [], Outcome("dormant", (), (), coupling.dataverse), asleep)


async def heir_of(flow: Flow, coupling: Coupling) -> FlowMap | None:
    """The flow that a record out of scope goes to: the one the map names, if the record is in its scope. A row that was
    merged away goes to none: it is nobody's partner.
    """
    heir = flow.owners.heir if flow.owners else None
    if heir is None:
        return None
    part = heir.dataverse
    row = await flow.dataverse.read(part.entity, (coupling.dataverse,), part.columns)
    return heir if row is not None and part.scope.includes(row.row) and not is_merged(row) else None


async def wakes_up(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome | None:
    """A dormant record is back in the scope. How the visit ends if another flow has it by now."""
    assert flow.owners is not None
    other = await flow.owners.take(coupling.dataverse, coupling.key)
    return await sleep(flow, wake, coupling, f"belongs to {other}") if other else None


async def _handed_over(flow: Flow, wake: Wake, coupling: Coupling, heir: FlowMap) -> Outcome:
    """Dormant first, then the owner row, then the heir's hint; our own hint stays until all of it is done."""
    owners, row_id, reason = flow.owners, coupling.dataverse, f"handed over to {heir.name}"
    assert owners is not None
    row = await owners.row(row_id)
    if coupling.state == "dormant" and not await owners.has_to_leave(row, row_id):
        return await sleep(flow, wake, coupling, reason)
    hint = wake.hint or await flow.ledger.store_hint(wake.side, wake.identity, "hand-over")
    await sleep(flow, replace(wake, hint=None), coupling, reason)
    try:
        await owners.leave(row, row_id)
    except LedgerMoved:
        return Outcome("kept", (), (), row_id)
    await flow.ledger.drop(hint)
    return Outcome("dormant", (), (), row_id)
