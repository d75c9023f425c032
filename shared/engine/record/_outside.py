"""The target's scope, asked about what is to be created, and about what matches: what is outside it is none of the
flow's business, on either side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.engine._flow import Flow
from shared.engine._named import told_as
from shared.engine.record._brought import brought
from shared.engine.record._encode import body_of, constant_body, lines_of, once_given, values_of
from shared.engine.record._source import Source
from shared.engine.record._troubles import Item, place, whole_record
from shared.mapping import DATAVERSE, ERP, Field, Line, Side
from shared.reconcile import given, given_to_new
from shared.systems import Observation, looked_into

STAMPED: Final = ("createdon", "modifiedon")
"""Columns that the platform fills by itself, with the time of the create."""


async def would_be_outside(flow: Flow, source: Source) -> bool:
    """True if what is to be created would be outside the flow's scope over there, and stay there.

    Only what the create itself sends is known of it, and in Dataverse that whatever is not sent has its default or is
    null. What the ERP fills in by itself is not known: there it is created.
    """
    part = flow.map.side(source.target)
    if not part.scope.fields or source.plan.problems:
        return False
    row = brought(flow, _row(flow, source), flow.actions if source.target == DATAVERSE else ())
    waits = {flow.map.lines[each.index].dataverse.wire_name for each in source.plan.missing}
    asked = set(part.scope.fields)
    if waits & asked or (source.target == ERP and not row.keys() >= asked):
        return False
    (new,) = await looked_into(flow.system(source.target).read, part.entity, part.scope.fields, [Observation(row, "")])
    return not part.scope.includes(new.row)


def drawn_in(flow: Flow, source: Source, found: Observation) -> frozenset[Side] | None:
    """A match outside the scope comes in if the map's constants bring it there: the sides where they do; None if they
    do not, or if another flow keeps rows like it.
    """
    both = flow.map.at({**source.rows, source.target: found.row})
    part = both.side(source.target)
    if part.scope.includes(found.row):
        return frozenset()
    if _kept_by(flow, source, found):
        return None
    brought = given(both, part.side, source.company, found.row, outside=True)
    inside = part.scope.includes(once_given(flow, part.side, brought, found.row))
    return frozenset({part.side}) if inside else None


def inside_of(flow: Flow, source: Source, rows: Sequence[Observation]) -> list[Observation]:
    """Of records that match those inside the scope; where there are none, those that can be brought in."""
    drawn = [(row, drawn_in(flow, source, row)) for row in rows]
    inside = [row for row, sides in drawn if sides is not None and not sides]
    return inside or [row for row, sides in drawn if sides]


def is_of_another_kind(flow: Flow, source: Source, found: Observation) -> bool:
    """True if a match that stays outside would be inside, were it what the map makes of every new record: a person and
    no company, an account of a customer and no vendor's. One that is outside for anything else is none, as for a block.
    """
    both = flow.map.at({**source.rows, source.target: found.row})
    part = both.side(source.target)
    new = given_to_new(both, part.side, source.company)
    return part.scope.includes(once_given(flow, part.side, new, found.row))


def outside(flow: Flow, source: Source, found: Observation) -> Item:
    """Why a record is not coupled with its match, which stays outside the scope."""
    part, identity = flow.map.side(source.target), flow.map.identity_of(source.target, found.row)
    name = told_as(flow.map, source.target, identity, found.row)
    where = f"outside the flow's scope in {place(source.target)} ({part.scope.text})"
    if keeper := _kept_by(flow, source, found):
        where += f" and in that of {keeper}"
    message = f"{name}, which matches it, is {where}: bring it into that, or give one of the two another number"
    return whole_record("scope", message, value=" ".join(identity))


def _kept_by(flow: Flow, source: Source, found: Observation) -> str:
    """The flow of the same table in whose scope a row of Dataverse stands; empty if there is none, or it hands over."""
    owners, row = flow.owners, found.row
    if owners is None or source.target != DATAVERSE:
        return ""
    keepers = [each.name for each in owners.others if row.keys() >= set(each.dataverse.scope.fields)
               and each.dataverse.scope.includes(row) and not owners.hands_over_here(each.name)]  # fmt: skip
    return next(iter(keepers), "")


def _row(flow: Flow, source: Source) -> dict[str, Any]:
    """Of the new record, as a read would show it, what the scope is about."""
    part, target = flow.map.side(source.target), source.target
    fields = {each.name: each for each in part.entity.fields.values() if each.wire_name in part.scope.fields}
    lines = [each for each in lines_of(flow, source.plan.writes) if _field(each[0], target).name in fields]
    body = dict(body_of(flow, target, lines, source.codes))
    constants = values_of(given_to_new(flow.map.at(source.rows), target, source.company))
    body.update(constant_body(flow, target, {name: constants[name] for name in constants if name in fields}))
    row: dict[str, Any] = {each.wire_name: each.default for each in fields.values()} if target == DATAVERSE else {}
    row |= {name: flow.now() for name in STAMPED if name in fields and target == DATAVERSE}
    references = {name: each for each in fields.values() for name in each.targets.values()}
    row |= {name: json.loads(text, parse_float=str) for name, text in body.items() if name in fields}
    row |= {
        references[name.removesuffix("@odata.bind")].wire_name: _id_in(text)
        for name, text in body.items()
        if name.removesuffix("@odata.bind") in references
    }
    return {**row, **_company(flow, source)}


def _field(line: Line, side: Side) -> Field:
    return line.erp if side == ERP else line.dataverse


def _company(flow: Flow, source: Source) -> Mapping[str, Any]:
    columns = flow.map.company
    if columns is None:
        return {}
    if source.target == ERP:
        return {columns.erp.name: source.company}
    return {columns.dataverse.wire_name: source.mark} if columns.dataverse else {}


def _id_in(text: str) -> str | None:
    """The id in a reference."""
    value = json.loads(text)
    return value.partition("(")[2].rstrip(")") if value else None
