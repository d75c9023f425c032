"""What a record that exists on one side only would look like on the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import FieldError
from shared.mapping import ABSENT, DATAVERSE, ERP, Agreed, FlowMap, Line, Mark, Pair, Side, Unresolved, other, prints
from shared.reconcile._plan import LineWrite, Missing, Plan, Problem
from shared.reconcile._reconcile import Context


def creation(flow: FlowMap, source: Side, values: Sequence[str], context: Context) -> Plan:
    """The values of a new record on the other side of `source`. Blank values are left to the target's own defaults."""
    writes: list[LineWrite] = []
    missing: list[Missing] = []
    problems: list[Problem] = []
    target = other(source)
    for line in flow.lines:
        value = values[line.index]
        if value is ABSENT or not line.create or not (line.to_dataverse if source == ERP else line.to_erp):
            continue
        value = value or line.initial
        if not value:
            continue
        if line.lookup is not None and (absent := _absent(line, source, value, context)):
            _set_aside(line, absent, missing, problems, target)
            continue
        try:
            new = _converted(line, source, value, context)
        except FieldError as problem:
            problems.append(Problem(line.index, target, problem.code, str(problem), value))
            continue
        if new:
            writes.append(LineWrite(line.index, target, "", new, value, "create"))
    return Plan(tuple(writes), missing=tuple(missing), problems=tuple(problems))


def created(flow: FlowMap, source: Side, values: Sequence[str], plan: Plan, stored: Sequence[str] | None) -> Agreed:
    """What both sides agree on after a create.

    stored: the new record's values from the answer to the create, or None if the answer had none. A line the target
    filled by itself keeps the blank as its base, and so flows as an edit; a deferred line waits for the source.
    """
    bases: dict[bytes, Pair] = {}
    marks: dict[bytes, Mark] = {}
    sent = {write.index: write.new for write in plan.writes}
    deferred = {each.index for each in plan.missing if each.deferred}
    for line in flow.lines:
        if line.index in deferred:
            marks[line.definition] = source
            continue
        value, new = values[line.index], sent.get(line.index, "")
        now = new if stored is None else stored[line.index]
        pair = (value, now) if source == ERP else (now, value)
        if stored is not None and not line.same(*pair):
            pair = (value, new) if source == ERP else (new, value)
        bases[line.definition] = prints(line, *pair)
    return Agreed(bases, marks)


def _absent(line: Line, source: Side, value: str, context: Context) -> Missing | None:
    assert line.lookup is not None
    known = not isinstance(value, Unresolved)
    if known and (source == ERP or context.code_of(line, value) is not None):
        return None
    code = value.code if isinstance(value, Unresolved) else value
    path = line.lookup.paths[0] if line.lookup.paths else None
    return Missing(line.index, source, path, line.lookup.via, context.company, code, line.deferred)


def _set_aside(line: Line, absent: Missing, missing: list[Missing], problems: list[Problem], target: Side) -> None:
    if line.deferred or line.missing == "wait":
        missing.append(absent)
    elif line.missing == "error":
        problems.append(Problem(line.index, target, "missing", f"{absent.code!r} was not found", absent.code))


def _converted(line: Line, source: Side, value: str, context: Context) -> str:
    if line.lookup is None:
        return line.forward(value) if source == ERP else line.backward(value)
    if source == DATAVERSE:
        line.code(context.code_of(line, value) or "")
    return value
