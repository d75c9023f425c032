"""What a side holds that the other one has never had, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.mapping import ABSENT, SIDES, Agreed, FlowMap, Line, Side


@dataclass(frozen=True, slots=True)
class Edited:
    """A line that may have been edited on one side. held: the fingerprint of what is known to be no edit.

    how: since both *agreed*; since the two were *coupled*, and it was never agreed; *unsure*, for it was written to the
    other side, or by it, and the answer was lost; *hidden*, for its column cannot be seen; *unknown*, for nobody has
    looked.
    """

    line: Line
    how: Literal["agreed", "coupled", "unsure", "hidden", "unknown"]
    held: bytes = b""


def edited_lines(flow: FlowMap, agreed: Agreed, side: Side, values: Sequence[str]) -> Iterator[Edited]:
    """Lines that a side could send, and on which it holds something else than what was agreed, or was there at first.

    Where nobody knows what was there at first, a blank is no edit.
    """
    place = SIDES.index(side)
    for line in flow.lines:
        value = values[line.index]
        if line.only_matches:
            continue
        if value is ABSENT and line.hidden and line.flows_from(side):
            yield Edited(line, "hidden")
        if value is ABSENT or not line.flows_from(side):
            continue
        base = agreed.base(line)
        held = agreed.first.get(line.definition) or base
        if held is not None and held[place] != line.print(value):
            is_unsure = agreed.mark(line) is not None and not line.deferred
            yield Edited(line, "agreed" if base else "unsure" if is_unsure else "coupled", held[place])
        elif held is None and value and line.hidden:
            yield Edited(line, "hidden")
        elif held is None and value and line.update:
            yield Edited(line, "unsure" if agreed.mark(line) else "unknown")
