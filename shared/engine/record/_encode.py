"""From planned values to the body of a request: names, JSON texts, references."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from shared.engine._flow import Flow
from shared.errors import FieldError
from shared.mapping import DATAVERSE, ERP, Field, Line, Row, Side, fold, writer
from shared.reconcile import Given, LineWrite
from shared.systems import Body

Codes = Mapping[tuple[int, str], str | None]
"""Line index and Dataverse id to the ERP's code."""


def body_of(flow: Flow, side: Side, writes: Iterable[tuple[Line, str]], codes: Codes) -> dict[str, str]:
    """The JSON body for these lines on one side. Lookups become codes in the ERP and references in Dataverse.

    Raises FieldError for a row that means nothing in the ERP: to send a blank would clear what stands there.
    """
    result: dict[str, str] = {}
    part = flow.map.side(side)
    for line, value in writes:
        if line.refers and side == DATAVERSE:
            name, text = reference(line.dataverse, value, flow.links.table_of(line, value))
            result[name] = text
        elif line.lookup is not None and side == ERP:
            result[line.erp.name] = writer(part.system, line.erp)(_code(line, value, codes))
        else:
            field = line.erp if side == ERP else line.dataverse
            write = part.writers[line.index]
            assert write is not None
            result[field.name] = write(_enum_default(field) if not value and side == ERP else value)
    return result


def _code(line: Line, row_id: str, codes: Codes) -> str:
    code = codes.get((line.index, row_id)) if row_id else ""
    if code is None:
        message = f"{line.name}: the row that it points to means no record of the ERP"
        raise FieldError(message, field=line.name, value=row_id, code="reference")
    return code


def reference(column: Field, row_id: str, table: str = "") -> tuple[str, str]:
    """The member that points a lookup to a row, or clears it. table: where a column has several targets.

    The annotation that binds takes a reference only: a null there may be ignored, or refused. The property itself is
    set to null.
    """
    name = table or next(iter(column.targets))
    navigation = column.targets[name]
    return (f"{navigation}@odata.bind", f'"/{name}({row_id})"') if row_id else (navigation, "null")


def company_body(flow: Flow, mark: str) -> Body:
    """What a new row of Dataverse holds as its company: a reference, or a code; nothing without a column."""
    columns = flow.map.company
    if columns is None or columns.dataverse is None:
        return {}
    if columns.path is not None:
        return dict([reference(columns.dataverse, mark)])
    return {columns.dataverse.name: writer(flow.map.dataverse.system, columns.dataverse)(mark)}


def constant_body(flow: Flow, side: Side, constants: Mapping[str, str]) -> Body:
    part = flow.map.side(side)
    return {name: writer(part.system, part.entity.fields[name])(value) for name, value in constants.items()}


def values_of(constants: Iterable[Given]) -> dict[str, str]:
    """Field to value."""
    return {each.name: each.new for each in constants}


def once_given(flow: Flow, side: Side, constants: Iterable[Given], row: Row) -> Row:
    """A row as it reads once its side has these constants."""
    body = constant_body(flow, side, values_of(constants))
    return {**row, **{name: json.loads(text) for name, text in body.items()}}


def _enum_default(field: Field) -> str:
    """An enumeration always has a member: clearing one means its first."""
    return field.members[0] if field.members else ""


def lines_of(flow: Flow, writes: Sequence[LineWrite]) -> list[tuple[Line, str]]:
    return [(flow.map.lines[write.index], write.new) for write in writes]


def same_code(left: str, right: str) -> bool:
    """True if the ERP takes two codes for the same."""
    return fold(left) == fold(right)
