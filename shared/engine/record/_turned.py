"""A plan that would carry older values over: weighed, and turned round where a person has said which side is right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from shared.engine._blanked import held_back
from shared.engine._emptied import put_back, reconciled
from shared.engine._flow import Flow, Wake
from shared.engine._turned_back import is_distrusted, older_lines, oldest_minute
from shared.engine.record._observe import Observed
from shared.engine.record._undone import held_still
from shared.ledger import Coupling
from shared.mapping import ERP, NEVER, SIDES, Pair, Side, other
from shared.reconcile import Plan, parts_of

_SAID: Final = frozenset({"restore", "decision"})
"""Hints that a person's word about a conflict leaves."""


async def planned(
    flow: Flow, wake: Wake, coupling: Coupling, seen: Observed, refused: Collection[str], *, is_first: bool
) -> tuple[Coupling, Plan]:
    """The plan for a coupled record, and the coupling that it rests on. Raises TurnedBack or BudgetSpent.

    Where older values of a side would flow, and a person has said that the other side is right, that one's flow back.
    What a person has restored, or decided, is his. refused: digests of what was refused before, which is carried
    nowhere. is_first: false in later rounds of a visit that has counted the record.
    """
    coupling, plan = await reconciled(flow, coupling, seen)
    is_said = wake.hint is not None and wake.hint.source in _SAID
    distrusted = SIDES if coupling.earlier and not is_said else ()
    meant = held_still(flow, coupling, plan)[1] if distrusted and not wake.by_hand else plan
    for side in distrusted:
        values = seen.values[SIDES.index(side)]
        older = older_lines(flow.map, coupling, side, values, oldest_minute(flow)) & _carried(flow, meant, side)
        is_news = is_first and bool(older & _carried(flow, meant, side, refused))
        if older and await is_distrusted(flow, wake, coupling, side, "reads as before", is_news=is_news):
            turned = {key for key in older if _may_be_put_back(flow, key)}
            coupling = _unsaid(flow, coupling, side, seen, turned)
            coupling, plan = await reconciled(flow, coupling, seen)
            plan = put_back(flow.map, plan, turned)
    if is_said:
        return coupling, plan
    plan = await held_back(flow, coupling, plan, seen.rows, seen.values, refused)
    return (coupling, plan) if wake.by_hand else held_still(flow, coupling, plan)


def _carried(flow: Flow, plan: Plan, source: Side, but: Collection[str] = ()) -> set[bytes]:
    """Lines whose value on a side is to be written to the other. but: digests of parts that are not."""
    parts = (part for part in parts_of(flow.map, plan, other(source)) if part.digest not in but)
    return {flow.map.lines[each.index].definition for part in parts for each in part.writes}


def _may_be_put_back(flow: Flow, definition: bytes) -> bool:
    """False for what flows one way, and for what cannot be written to a record that exists."""
    line = flow.map.lines[flow.map.by_definition[definition]]
    return line.source is None and not line.key and not line.final


def _unsaid(flow: Flow, coupling: Coupling, side: Side, seen: Observed, definitions: set[bytes]) -> Coupling:
    """The coupling with bases by which the other side has changed these lines, and this one has not."""
    bases: dict[bytes, Pair] = {}
    for definition in definitions:
        line = flow.map.lines[flow.map.by_definition[definition]]
        now = line.print(seen.values[SIDES.index(side)][line.index])
        bases[definition] = (now, NEVER) if side == ERP else (NEVER, now)
    return replace(coupling, agreed=coupling.agreed.changed(flow.map, bases), digests={}) if bases else coupling
