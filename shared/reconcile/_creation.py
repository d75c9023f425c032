"""What a record that exists on one side only would look like on the other. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.errors import FieldError
from shared.mapping import (
    ABSENT,
    DATAVERSE,
    ERP,
    Agreed,
    Ambiguous,
    Failed,
    FlowMap,
    Line,
    Mark,
    Pair,
    Side,
    Unresolved,
    ordered,
    other,
    prints,
)
from shared.reconcile._plan import LineWrite, Missing, Plan, Problem
from shared.reconcile._reconcile import Context
from shared.reconcile._sizes import carried


def creation(flow: FlowMap, source: Side, values: Sequence[str], context: Context) -> Plan:
    """The values of a new record on the other side of `source`.

    What the map makes of a blank is written, as for a default; what stays blank is left to the target's own defaults.
    """
    writes: list[LineWrite] = []
    missing: list[Missing] = []
    problems: list[Problem] = []
    target = other(source)
    for line in flow.lines:
        if not _carried(line, source, values):
            continue
        value = values[line.index]
        said = value if value and context.speaks(line, source, value) else ""
        stand_in = "" if said else context.stands_in(line, target)
        refers = said or stand_in if line.lookup is not None else ""
        if refers and not _has_partner(line, source, refers, context):
            absent = _absent(line, source, refers, context)
            missing += [absent] if isinstance(absent, Missing) else []
            problems += [absent] if isinstance(absent, Problem) else []
            continue
        try:
            given = stand_in or ("" if value else line.begin(target, context.company))
            new = _converted(line, source, refers or said, context) or given
        except FieldError as problem:
            problems.append(Problem(line.index, target, problem.code, str(problem), Failed.told(value)))
            continue
        if not new and line.key and line.source == DATAVERSE:
            problems.append(_unnumbered(line))
        if not new and target == DATAVERSE and line.dataverse.required:
            problems.append(Problem.wanting(line))
        if new and target == DATAVERSE and line.dataverse.born and new not in line.dataverse.born:
            problems.append(Problem.unborn(line, new, value))
        if new:
            writes.append(LineWrite(line.index, target, "", new, value, "create"))
    return carried(flow, Agreed(), Plan(tuple(writes), missing=tuple(missing), problems=tuple(problems)))


def created(flow: FlowMap, source: Side, values: Sequence[str], plan: Plan, stored: Sequence[str] | None) -> Agreed:
    """What both sides agree on after a create.

    stored: the new record's values from the answer to the create, or None if the answer had none. What the target made
    of a value flows back as an edit, for its base is what was sent. What the create was not to carry, or filled in
    where the source is blank, stands as it is, and so does what the target fills in by itself on a line that never
    flows back; a deferred line waits for the source, and so does one that the answer does not show.
    """
    bases: dict[bytes, Pair] = {}
    marks: dict[bytes, Mark] = {}
    first: dict[bytes, Pair] = {}
    sent = {write.index: write.new for write in plan.writes}
    deferred = {each.index for each in plan.missing if each.deferred}
    for line in flow.lines:
        value, new = values[line.index], sent.get(line.index, "")
        if line.index in deferred:
            marks[line.definition] = source
            first[line.definition] = prints(line, *ordered(source, value, stored[line.index] if stored else ""))
        elif value is not ABSENT:
            now = new if stored is None else stored[line.index]
            pair = ordered(source, value, now)
            less = stored is not None and line.holds_less(other(source), new, stored[line.index])
            meant = stored is not None and _carried(line, source, values) and _is_meant(line, value, new)
            if less or meant or (line.same(*pair) and not line.is_left_blank(new, value, now)):
                bases[line.definition] = prints(line, *pair)
                first |= {line.definition: prints(line, *pair)} if meant and source == DATAVERSE else {}
            elif not line.create and stored is not None and stored[line.index] is not ABSENT:
                bases[line.definition] = first[line.definition] = prints(line, *pair)
            elif not line.create and line.flows_from(source):
                marks |= {line.definition: source} if _rules(line, value) else {}
            elif line.source == source and not (value or new) and stored is not None:
                bases[line.definition] = first[line.definition] = prints(line, *pair)
            elif _carried(line, source, values):
                bases[line.definition] = prints(line, *ordered(source, value, new))
            elif stored is not None and _by_default(line, source, stored):
                bases[line.definition] = first[line.definition] = prints(line, *pair)
    return Agreed().changed(flow, bases, marks, first=first)


def found_created(
    flow: FlowMap, source: Side, values: Sequence[str], stored: Sequence[str], sent: Collection[int] = ()
) -> Agreed:
    """What both sides agree on when an earlier create is found carried out, maybe of older values than those we see.

    What is equal is agreed, and what the target filled in where nothing flows to it, or where its source says nothing,
    stands. Elsewhere the source may have been edited since, or the new record: the source wins, and what it replaces is
    kept. So it is where the source has been emptied: sent names the lines that hold what is known to have been sent.
    Except for the second identity: what it was created with tells whose it is, for the source may be another record by
    now that has the same number.
    """
    bases: dict[bytes, Pair] = {}
    marks: dict[bytes, Mark] = {}
    first: dict[bytes, Pair] = {}
    for line in flow.lines:
        pair = ordered(source, values[line.index], stored[line.index])
        if line.fills.get(other(source)) and line.flows_from(source) and not any(pair):
            continue  # the map may give the new record something, and the next look asks what
        if line.same(*pair):
            bases[line.definition] = prints(line, *pair)
        elif _carried(line, source, values) and _is_second(flow, line) and stored[line.index]:
            bases[line.definition] = prints(line, stored[line.index], stored[line.index])
        elif values[line.index] is not ABSENT and (
            _by_default(line, source, stored)
            or (line.index not in sent and _is_untold(line, source, values[line.index]))
        ):
            bases[line.definition] = first[line.definition] = prints(line, *pair)
        elif line.flows_from(source) and values[line.index] is not ABSENT and _rules(line, values[line.index]):
            marks[line.definition] = source
    return Agreed().changed(flow, bases, marks, first=first)


def _rules(line: Line, value: str) -> bool:
    """True if the source rules what its create did not carry: also a blank, unless nobody sees what it would wipe."""
    return bool(value) or not line.hidden


def _unnumbered(line: Line) -> Problem:
    """A key that Dataverse alone gives: whatever number the ERP made up would never be known there."""
    message = f"{line.dataverse.name} is blank, and it is what the record is called in the ERP: enter it"
    return Problem(line.index, DATAVERSE, "required", message, "")


def _by_default(line: Line, source: Side, stored: Sequence[str]) -> bool:
    """True if a line flows from the new record, and that holds what nobody said: both keep what they hold."""
    field = line.erp if source == DATAVERSE else line.dataverse
    return line.source == other(source) and stored[line.index] in {"", "false", *field.members[:1]}


def _is_untold(line: Line, source: Side, value: str) -> bool:
    """True if a create was to carry a line one way only, and the source says nothing about it."""
    return line.source == source and line.create and not value


def _is_meant(line: Line, value: str, sent: str) -> bool:
    """True if a create that carries a line leaves its reference out, or fills in what the source has not."""
    left_out = line.lookup is not None and value and not sent
    return bool(left_out or (line.initial and sent and not value))


def _carried(line: Line, source: Side, values: Sequence[str]) -> bool:
    """True if a create from `source` is to carry the line over."""
    return line.flows_from(source) and line.create and values[line.index] is not ABSENT


def _is_second(flow: FlowMap, line: Line) -> bool:
    return flow.second is not None and line.erp.name == flow.second.name


def _absent(line: Line, source: Side, refers: str, context: Context) -> Missing | Problem | None:
    """What comes of a reference without a partner: it waits, is refused, or is left out."""
    absent = Missing.of(line, source, refers, context.company)
    if line.deferred:
        return absent
    if isinstance(refers, Ambiguous):
        return Problem.ambiguous(line, source, refers)
    if why := context.never_found(line, source, refers):
        return Problem.astray(line, source, why)
    if line.missing == "error":
        return Problem.not_found(absent)
    return absent if line.missing == "wait" else None


def _has_partner(line: Line, source: Side, value: str, context: Context) -> bool:
    if isinstance(value, Unresolved):
        return False
    return source == ERP or context.code_of(line, value) is not None


def _converted(line: Line, source: Side, value: str, context: Context) -> str:
    if line.lookup is None:
        return line.forward(value) if source == ERP else line.backward(value)
    if source == DATAVERSE and value:
        line.code(context.code_of(line, value) or "")
    return value
