"""How much of a plan is carried out at once: what is stored of it fits into one row and one transaction. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from shared.mapping import ROOM, Agreed, FlowMap, Side, size
from shared.reconcile._plan import Plan, Problem

CARRIED: Final = 100_000
"""Characters of a value that are carried over, or kept when it loses."""
AT_ONCE: Final = 40
"""Lines of one round whose conflict rows come or go: each takes two writes of its transaction at most."""


def carried(flow: FlowMap, agreed: Agreed, plan: Plan) -> Plan:
    """The plan without what is too long, which parks, and without what is left for the next round."""
    return _in_rounds(flow, agreed, _that_fits(flow, plan))


def _that_fits(flow: FlowMap, plan: Plan) -> Plan:
    texts = _texts(plan)
    everything = [text for values in texts.values() for text in values]
    if all(len(text) <= CARRIED for text in everything) and sum(map(size, everything)) <= ROOM:
        return plan  # as nearly always
    left, room = set[int](), ROOM
    for index, values in sorted(texts.items(), key=lambda each: sum(map(size, each[1]))):
        room -= sum(map(size, values))
        if room < 0 or any(len(value) > CARRIED for value in values):
            left.add(index)
    if not left:
        return plan
    words = {flow.lines[index].together for index in left} - {""}
    left |= {index for index in texts if flow.lines[index].together in words}
    sides: dict[int, Side] = {each.index: each.side for each in plan.kept}
    sides |= {each.index: each.side for each in plan.writes}
    return without(plan, left, tuple(_problem(index, sides[index], texts[index]) for index in sorted(left)))


def _texts(plan: Plan) -> dict[int, tuple[str, ...]]:
    """What is stored of each line, but for the values that are only to be known again."""
    texts: dict[int, tuple[str, ...]] = {each.index: (each.new, each.source) for each in plan.writes}
    for each in plan.kept:
        texts[each.index] = (*texts.get(each.index, (each.winner,)), each.value)
    return texts


def _problem(index: int, side: Side, values: Iterable[str]) -> Problem:
    longest = max(values, key=len)
    message = (
        f"the text has {len(longest)} characters; Koppel carries {CARRIED} of a value and {ROOM} bytes of a record, "
        "and keeps no more when it loses: shorten it, or switch the line off"
    )
    return Problem(index, side, "too-long", message, longest)


def _in_rounds(flow: FlowMap, agreed: Agreed, plan: Plan) -> Plan:
    touched = {*plan.agree, *plan.over, *(write.index for write in plan.writes)}
    rows = {each.index for each in plan.kept}
    rows |= {index for index in touched if flow.lines[index].definition in agreed.parked}
    if len(rows) <= AT_ONCE:
        return plan
    return replace(without(plan, sorted(rows)[AT_ONCE:]), more=True)


def without(plan: Plan, lines: Iterable[int], problems: tuple[Problem, ...] = ()) -> Plan:
    """The plan without these lines, which are parked with these problems."""
    left = frozenset(lines)
    return replace(
        plan,
        writes=tuple(each for each in plan.writes if each.index not in left),
        agree=tuple(index for index in plan.agree if index not in left),
        kept=tuple(each for each in plan.kept if each.index not in left),
        problems=(*plan.problems, *problems),
        over=tuple(index for index in plan.over if index not in left),
    )
