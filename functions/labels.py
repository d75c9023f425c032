"""Values as people read them: the label of an option beside its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.engine import House
from shared.errors import MapError
from shared.mapping import DATAVERSE, ERP, SIDES, Field, Side


class Labels:
    """The labels of one flow's options. Of a flow whose map cannot be used, there are none."""

    def __init__(self, here: House, name: str) -> None:
        self._fields: dict[tuple[str, Side], Field] = {}
        try:
            found = here.catalogue.map(name)
        except MapError:
            return
        for line in found.lines:
            self._fields |= {(line.name, ERP): line.erp, (line.name, DATAVERSE): line.dataverse}
        for side in SIDES:
            self._fields |= {(each.line, side): each.target for each in found.side(side).constants}

    def of(self, line: str, side: Side, value: Any) -> Any:
        """A value of a line's field on a side; several options of a choice of several, each with its label."""
        field = self._fields.get((line, side))
        if field is None or not field.options or not isinstance(value, str):
            return value
        parts = value.split(",")
        return ", ".join(f"{each} ({field.options[each]})" if each in field.options else each for each in parts)

    def of_sides(self, line: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by side."""
        return {**values, **{side: self.of(line, side, values[side]) for side in SIDES if side in values}}
