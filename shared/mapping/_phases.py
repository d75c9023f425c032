"""Which of two maps holds for a record, where one continues the other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.mapping._lines import Line
from shared.mapping._model import Creates, Phase, Side
from shared.mapping._scopes import Scope
from shared.mapping._values import ABSENT


@dataclass(frozen=True, slots=True)
class Continued:
    """The map that continues another. side, when: it holds for a record that is there and inside of this filter.

    creates: where it makes records; None: where its lines write.
    """

    name: str
    side: Side
    when: Scope
    creates: Creates | None = None

    def phase(self, rows: Mapping[Side, Mapping[str, Any]]) -> Phase:
        """Which map holds. rows: the raw records, as far as they are there."""
        row = rows.get(self.side)
        return "after" if row is not None and self.when.includes(row) else "before"


@dataclass(frozen=True, slots=True)
class Phased:
    """The lines of one side that only one of the two maps has."""

    lines: tuple[Line, ...]
    continued: Continued

    def mask(self, phase: Phase, values: list[str]) -> None:
        """Makes the values of lines of the other map absent: they neither flow nor are agreed on."""
        for line in self.lines:
            if line.phase != phase:
                values[line.index] = ABSENT


def phased(lines: Iterable[Line], continued: Continued | None) -> Phased | None:
    """The lines that hold in one phase only; None where no map continues another."""
    return Phased(tuple(line for line in lines if line.phase), continued) if continued else None
