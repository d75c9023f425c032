"""Two machines that answer each other: a side that turns back what we write, time after time, without an edit.

A geocoder that fills what its source leaves blank, two formatters of one number, upper case against title case: each
write of ours is an edit to the other one, for ever. A line that goes both ways is parked with both values. A one-way
line, or a constant that is enforced, is put back by compare passes only, once in each, and listed as undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from shared.engine._flow import Flow
from shared.engine.record._troubles import place
from shared.ledger import TIMES, Answered, Coupling, latest, minute
from shared.mapping import ERP, Line, Side, other
from shared.reconcile import Given, LineWrite, Plan, Problem, kept_together, without

UNDONE: Final = "undone"
_FIND: Final = "find out what writes it there: a plug-in, a workflow, a job, another integration"


def held_still(flow: Flow, coupling: Coupling, plan: Plan) -> tuple[Coupling, Plan]:
    """The plan without what would only be turned back again; the coupling remembers who was found out."""
    found = {write: entry for write in plan.writes if (entry := _found_out(flow, coupling, write))}
    problems = (*(_problem(flow, write) for write in found), *_still_listed(flow, coupling, plan))
    if not problems:
        return coupling, plan
    left = [write.index for write in found if not _is_put_back(flow, write)]
    news = {flow.map.lines[write.index].definition: entry for write, entry in found.items()}
    plan = kept_together(flow.map, without(plan, left, problems))
    return replace(coupling, answered=latest(coupling.answered, news)), plan


def _found_out(flow: Flow, coupling: Coupling, write: LineWrite) -> Answered | None:
    entry = _answer(flow, coupling, write)
    return entry if entry is not None and entry.is_machine else None


def _answer(flow: Flow, coupling: Coupling, write: LineWrite) -> Answered | None:
    """What is remembered of a line, with this time, if all that a write carries is what came back to where we wrote."""
    line = flow.map.lines[write.index]
    if write.reason not in {"edit", "put_back"}:
        return None
    side, value = (write.side, write.old) if write.reason == "put_back" else (other(write.side), write.source)
    return _again(flow, coupling, line.definition, side, line.print(value))


def _again(flow: Flow, coupling: Coupling, definition: bytes, side: Side, held: bytes) -> Answered | None:
    entry = coupling.answered.get(definition)
    if entry is None or (entry.side, entry.before) != (side, held):
        return None
    return entry.again(minute(flow.clock()))


def _is_put_back(flow: Flow, write: LineWrite) -> bool:
    return write.reason == "put_back" and flow.compares


def _still_listed(flow: Flow, coupling: Coupling, plan: Plan) -> Iterator[Problem]:
    """Lines that stand as they should, and were undone time after time in the last days."""
    planned = {write.index for write in plan.writes}
    for definition, entry in coupling.answered.items():
        index = flow.map.by_definition.get(definition)
        if index is None or index in planned or not _is_lately_undone(flow, entry):
            continue
        line = flow.map.lines[index]
        if line.source is not None:
            side = other(line.source)
            yield Problem(index, side, UNDONE, _undone(side, _name(line, side)), "")


def _is_lately_undone(flow: Flow, entry: Answered | None) -> bool:
    return entry is not None and len(entry.lately(minute(flow.clock()))) >= TIMES


def _problem(flow: Flow, write: LineWrite) -> Problem:
    line, side = flow.map.lines[write.index], other(write.side)
    if write.reason == "put_back":
        message = _undone(write.side, _name(line, write.side), f" to {write.old!r}")
        return Problem(write.index, write.side, UNDONE, message, write.old)
    message = (
        f"{place(side)} turns {_name(line, side)} back to {write.source!r} whenever it is given {write.old!r}, as "
        f"{_name(line, write.side)} says in {place(write.side)}: {TIMES} times in 7 days, without an edit; {_FIND}, "
        "and let both systems write one form, or say how the line is compared (as digits, as caseless); then retry"
    )
    return Problem(write.index, write.side, UNDONE, message, write.source)


def _name(line: Line, side: Side) -> str:
    return (line.erp if side == ERP else line.dataverse).name


def _undone(side: Side, name: str, to: str = "") -> str:
    return (
        f"something undoes this: {place(side)} turns {name} back{to} whenever Koppel writes it, {TIMES} times within 7 "
        f"days; from then on it is put back once in each compare pass; {_FIND}"
    )


# -- constants


def given_still(
    flow: Flow, coupling: Coupling, side: Side, constants: Sequence[Given]
) -> tuple[tuple[Given, ...], list[Problem]]:
    """The constants without those that would only be undone again, and what is said of these."""
    undone = {each.constant.definition: each for each in constants if _is_undone(flow, coupling, each)}
    problems = [
        Problem(-1, side, UNDONE, _undone(side, each.name, f" to {each.old!r}"), each.old, each.constant.line)
        for each in undone.values()
    ]
    lacking = {each.constant.definition for each in constants}
    problems += [
        Problem(-1, side, UNDONE, _undone(side, each.target.name), "", each.line)
        for each in flow.map.side(side).constants
        if each.definition not in lacking and _is_lately_undone(flow, coupling.answered.get(each.definition))
    ]
    stays = tuple(each for each in constants if flow.compares or each.constant.definition not in undone)
    return stays, problems


def _is_undone(flow: Flow, coupling: Coupling, given: Given) -> bool:
    entry = _constant_answer(flow, coupling, given)
    return entry is not None and entry.is_machine


def _constant_answer(flow: Flow, coupling: Coupling, given: Given) -> Answered | None:
    if given.why != "enforced":
        return None
    return _again(flow, coupling, given.constant.definition, given.side, flow.map.printer.fingerprint(given.old))


# -- what is remembered


def answered_by(
    flow: Flow, coupling: Coupling, writes: Sequence[LineWrite], constants: Sequence[Given], *, by_hand: bool
) -> Coupling:
    """The coupling after these were written. by_hand: a person had it tried again, so that what was before is over."""
    news = dict((*_lines(flow, coupling, writes), *_constants(flow, coupling, constants)))
    if by_hand:
        news = {key: each._replace(minutes=()) for key, each in news.items()}
    return replace(coupling, answered=latest(coupling.answered, news)) if news else coupling


def _lines(flow: Flow, coupling: Coupling, writes: Sequence[LineWrite]) -> Iterator[tuple[bytes, Answered]]:
    for write in writes:
        line = flow.map.lines[write.index]
        held = line.print(write.old)
        yield (
            line.definition,
            _written(flow, coupling, line.definition, write.side, held, _answer(flow, coupling, write)),
        )


def _constants(flow: Flow, coupling: Coupling, constants: Sequence[Given]) -> Iterator[tuple[bytes, Answered]]:
    for each in constants:
        if each.why == "enforced":
            definition, held = each.constant.definition, flow.map.printer.fingerprint(each.old)
            found = _constant_answer(flow, coupling, each)
            yield definition, _written(flow, coupling, definition, each.side, held, found)


def _written(
    flow: Flow, coupling: Coupling, definition: bytes, side: Side, held: bytes, found: Answered | None
) -> Answered:
    """What is remembered of a line that is written now. found: with this time, if it came back."""
    now, known = minute(flow.clock()), coupling.answered.get(definition)
    if known is not None and found is known:
        found = known._replace(minutes=(*known.minutes, now)[-TIMES:])  # found out before, and put back by a pass
    entry = found or known
    return Answered(side, held, entry.lately(now) if entry else ())
