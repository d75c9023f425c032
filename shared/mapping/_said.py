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
from shared.mapping._schema import NUMBERS
from shared.mapping._values import ABSENT, reader

Says = Callable[[Line, Side], bool]
"""Whether a side of a record says anything on a line."""


def speaker(rows: Mapping[Side, Row], named: Side | None = None) -> Says:
    """What the records as read say. named: the master that a person named for the run; nothing of it is silent that
    is only declared to be.
    """

    def says(line: Line, side: Side) -> bool:
        field = line.erp if side == ERP else line.dataverse
        raw = rows[side].get(field.wire_name, ABSENT) if side in rows else None
        if raw is None or raw is ABSENT:
            return False
        if line.nothing is not None and side != named and _declared(line, side, raw):
            return False
        return bool(reader(field)(raw)) or field.type in NUMBERS

    return says


def _declared(line: Line, side: Side, raw: Any) -> bool:
    """True if the map lets this value say nothing: the member it names, or the default of the Dataverse column."""
    if side == ERP:
        return reader(line.erp)(raw) == line.nothing
    default = line.dataverse.default
    return default is not None and reader(line.dataverse)(raw) == reader(line.dataverse)(default)
