"""Match: who on the other side carries the same key. Also outside the scope, as a prospect is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.engine._flow import Flow
from shared.engine.record._merged import is_merged
from shared.engine.record._outside import inside_of, is_of_another_kind
from shared.engine.record._source import Source, source_of
from shared.engine.record._striped import of_company, striped
from shared.engine.record._troubles import place
from shared.errors import FieldError, Rejected
from shared.ledger import end_of, erp_end
from shared.mapping import ABSENT, DATAVERSE, ERP, Line, Side, Unresolved, entity, reader
from shared.systems import Condition, Observation, exactly

LOOK_ALIKE: Final = "look-alike"


async def matches(flow: Flow, source: Source) -> list[Observation]:
    """Records of the other side that match, by the first group of match keys that finds any: rather those inside the
    scope, or that come in, and others only where no group finds such.

    A row that was merged into another is nobody's partner any more, nor is a record of another kind, unless it has the
    very number that a new one is to get. Raises Rejected if the other side takes the number of the record for that of
    another one, which it only looks like: it could not be created.
    """
    source.merged = []
    beside: tuple[list[Observation], Sequence[Line]] = [], ()
    for group in flow.map.match:
        rows = await _carry(flow, source, group)
        partners = inside_of(flow, source, rows)
        if partners or (rows and enforced(flow, source.target)):
            source.by = group
            return partners or rows
        sent = len(group) == 1 and group[0].create and group[0].source != source.target
        if not beside[0]:
            beside = [row for row in rows if sent or not is_of_another_kind(flow, source, row)], group
    found, source.by = beside
    return found


async def _carry(flow: Flow, source: Source, group: Sequence[Line]) -> list[Observation]:
    """Records of the other side that carry the same in one group of match keys."""
    conditions = _conditions(flow, source, group)
    if conditions is None:
        return []
    part = flow.map.side(source.target)
    found = await flow.system(source.target).find(part.entity, conditions, part.columns)
    same = exactly(found, conditions)
    same = await of_company(flow, source.company, same) if source.target == DATAVERSE else same
    source.merged += [row for row in same if is_merged(row)]
    if found and not same and enforced(flow, source.target):
        raise Rejected(_look_alike(flow, source, group, conditions, found[0]), code=LOOK_ALIKE)
    return [row for row in same if not is_merged(row)]


async def rivals(flow: Flow, source: Source, found: Observation) -> list[Observation]:
    """Who else on a record's side its match would match, were it asked. Raises Rejected as `matches` does.

    Nothing is searched where a key of that side leaves room for nobody else.
    """
    if source.by == flow.map.match[0] and _is_key(flow, source.side, source.by):
        return []
    match = await source_of(flow, source.target, flow.map.identity_of(source.target, found.row), found)
    rows, me = await matches(flow, match) if match else [], end_of(source.side, source.identity)
    return [row for row in rows if end_of(source.side, flow.map.identity_of(source.side, row.row)) != me]


def _is_key(flow: Flow, side: Side, group: Sequence[Line]) -> bool:
    """True if a group of match keys tells all records of a side apart, as the side itself enforces."""
    company, part = flow.map.company, flow.map.side(side)
    names = {(line.erp if side == ERP else line.dataverse).name for line in group}
    names |= {column.name} if company and (column := company.on(side)) else set()
    names |= {constant.target.name for constant in part.constants} if side == ERP else set()
    keys = [part.entity.key] if side == ERP else entity(DATAVERSE, part.entity.name).keys
    return any(set(key) <= names for key in keys)


def _look_alike(
    flow: Flow, source: Source, group: Sequence[Line], conditions: Sequence[Condition], found: Observation
) -> str:
    """What a person is told of two records whose numbers are one to the system that one of them is to go to."""
    names = {(line.erp if source.target == ERP else line.dataverse).name for line in group}
    texts = [field for field, _ in conditions if field.name in names and field.type != "lookup"]
    mine = " ".join(value for field, value in conditions if field in texts)
    theirs = " ".join(reader(field)(found.row.get(field.wire_name)) for field in texts)
    called = flow.map.called_by(source.values), flow.map.called_by(flow.map.side(source.target).read(found.row))
    return (
        f"{mine!r} {called[0]!r} and {theirs!r} {called[1]!r} are two numbers, and one to "
        f"{place(source.target)}: give one of the two records another number"
    )


def has_namesake(flow: Flow, source: Source) -> bool:
    """True if a merged row has the key of a record that nobody matches, and Dataverse gives it to no second one."""
    return bool(source.merged) and enforced(flow, DATAVERSE)


def erp_identity(flow: Flow, source: Source) -> tuple[str, ...] | None:
    """The ERP identity that a Dataverse record would have; None if the ERP is to number it or the key is incomplete."""
    parts: list[str] = []
    company = flow.map.company.erp.name if flow.map.company else ""
    found = flow.map.at(source.rows).erp.constants
    constants = {constant.target.name: constant.of(source.company) for constant in found}
    for name in flow.map.identity:
        if name == company:
            parts.append(source.company)
            continue
        line = next((each for each in flow.map.lines if each.erp.name == name), None)
        value = _converted(line, source) if line else constants.get(name)
        if not value:
            return None
        parts.append(value)
    return tuple(parts)


def has_another_key(flow: Flow, source: Source, claimed: tuple[str, ...]) -> bool:
    """True if a claim stands for a key that its record no longer has."""
    now = erp_identity(flow, source)
    return now is None or erp_end(now) != erp_end(claimed)


def minted_id(flow: Flow, source: Source) -> str:
    """The Dataverse id of a record to be created: random, unless the map ties it to an ERP field."""
    entity = flow.map.dataverse.entity
    if entity.choice:
        return option_value(flow.guid())
    line = next((each for each in flow.map.lines if each.dataverse.name == entity.id), None)
    return (line and source.values[line.index]) or flow.guid()


def option_value(drawn: str) -> str:
    """The number of a new option, out of a random id. From a milliard on: no publisher's prefix reaches that far."""
    first = 10**9
    return str(first + int(drawn.replace("-", "")[:8], 16) % (2**31 - first))


def _conditions(flow: Flow, source: Source, group: Sequence[Line]) -> list[Condition] | None:
    """What a partner must hold; None if this record has a blank there. A key cannot be matched by nothing."""
    company = flow.map.company
    conditions: list[Condition] = [(company.erp, source.company)] if company else []
    if source.target == DATAVERSE:
        conditions = striped(flow, source.company, source.mark)
    for line in group:
        value = _converted(line, source)
        if not value:
            return None
        conditions.append((line.erp if source.target == ERP else line.dataverse, value))
    if source.target == ERP:
        conditions += _key_constants(flow, source, {field.name for field, _ in conditions})
    return conditions


def _key_constants(flow: Flow, source: Source, named: set[str]) -> list[Condition]:
    """Parts of the ERP key that the map fills by itself, such as the kind of a contact person."""
    constants = ((each.target, each.of(source.company)) for each in flow.map.at(source.rows).erp.constants)
    keys = set(flow.map.erp.entity.key)
    return [(field, value) for field, value in constants if field.name in keys - named and value]


def _converted(line: Line, source: Source) -> str | None:
    """The value of a key line as the other side spells it; None if it is blank or cannot be converted."""
    value = source.values[line.index]
    if not value or value is ABSENT or isinstance(value, Unresolved):
        return None
    try:
        if line.lookup is not None:
            return value if source.side == ERP else source.codes.get((line.index, value))
        return line.forward(value) if source.side == ERP else line.backward(value)
    except FieldError:
        return None


def enforced(flow: Flow, side: Side) -> bool:
    """True if the system itself refuses a second record with the same match key."""
    if side == ERP:
        return not flow.map.has_given_id
    names = {line.dataverse.name for line in flow.map.match[0]}
    names |= {column.name} if flow.map.company and (column := flow.map.company.dataverse) else set()
    return any(set(key) == names for key in entity(DATAVERSE, flow.map.dataverse.entity.name).keys)
