"""What a side says, and where it says nothing. Pure.

In Dataverse null is blank; 0, false and a choice are what they are. Finance and operations knows no null: an empty text
and 1900-01-01 are blank there. Its 0, its No and its first members say nothing only where the map declares it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.mapping._flow_map import ERP, Row
from shared.mapping._lines import Line
from shared.mapping._model import Side
from shared.mapping._schema import NUMBERS, Field
from shared.mapping._values import ABSENT, reader

Says = Callable[[Line, Side], bool]
"""Whether a side of a record says anything on a line."""


def speaker(rows: Mapping[Side, Row], named: Side | None = None) -> Says:
    """What the records as read say. named: the master that a person named for the run; nothing of it is silent that
    is only declared to be.
    """

    def says(line: Line, side: Side) -> bool:
        raw = _raw(rows, line, side)
        if line.nothing is not None and side != named and raw is not None and _declared(line, side, raw):
            return False
        return _is_value(line, side, raw)

    return says


def holder(rows: Mapping[Side, Row]) -> Says:
    """What the records as read hold, also where the map lets it say nothing: all that their systems call no blank."""
    return lambda line, side: _is_value(line, side, _raw(rows, line, side))


def _raw(rows: Mapping[Side, Row], line: Line, side: Side) -> Any:
    """A value as it was read; None if there is none."""
    raw = rows[side].get(_field(line, side).wire_name, ABSENT) if side in rows else None
    return None if raw is ABSENT else raw


def _is_value(line: Line, side: Side, raw: Any) -> bool:
    field = _field(line, side)
    return raw is not None and (bool(reader(field)(raw)) or field.type in NUMBERS)


def _field(line: Line, side: Side) -> Field:
    return line.erp if side == ERP else line.dataverse


def _declared(line: Line, side: Side, raw: Any) -> bool:
    """True if the map lets this value say nothing: the member it names, or the default of the Dataverse column."""
    if side == ERP:
        return reader(line.erp)(raw) == line.nothing
    default = line.dataverse.default
    return default is not None and reader(line.dataverse)(raw) == reader(line.dataverse)(default)
