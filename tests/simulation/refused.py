"""Laws 7 and 10: a value that is said to be refused was refused, for its own sake and in just these words.

The twins remember what they refused. A line may be blamed if the words named its field, or if it was sent with nothing
that could have been meant instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.mapping import DATAVERSE, Line, Side
from tests.simulation.book import Book, Name, folded
from tests.simulation.world import World

CLOSED: Final = 3
"""So many lines are refused alone before a side counts as closed for a record."""
TAKEN: Final = "not-taken"
"""No refusal: the side took the write and left the value as it was."""

_MISSING: Final = re.compile(r"With Id = ([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Refused:
    """An update that a twin did not carry out. sent: the lines that it held."""

    sent: frozenset[Line]
    words: str


@dataclass(slots=True)
class Blamed:
    """What one flow's parked rows say about lines."""

    world: World
    book: Book

    def broken(self) -> Iterator[str]:
        """Lines that are said to be refused, although nothing shows that it was for their sake."""
        for coupling in self.book.couplings:
            if coupling.state != "coupled":
                continue
            records = self.book.standing(coupling)
            for item in (item for row in self.book.rows_about(coupling) for item in row.items):
                line = next((each for each in self.book.flow.lines if each.name == item["line"]), None)
                if line is None or not item.get("attempt") or item["code"] == TAKEN:
                    continue
                side: Side = item["side"]
                record = records[side]
                if record is not None and not self._shown(line, item, list(self.refusals(side, record.names))):
                    yield f"law 7: {line.name} of {coupling.key} is said to be refused in {side}: {item['message']}"

    def refusals(self, side: Side, names: Iterable[Name]) -> Iterator[Refused]:
        """Every update of a record that its side refused."""
        twin = self.world.dataverse if side == DATAVERSE else self.world.erp
        part, known = self.book.flow.side(side), {folded(name) for name in names}
        lines = {spelling: line for line in self.book.flow.lines for spelling in spellings(line, side)}
        for entity, key, sent, words in twin.environment.refused:
            if entity == part.entity.name and folded(key) in known:
                found = (lines.get(name.partition("@")[0].lower()) for name in sent)
                yield Refused(frozenset(line for line in found if line is not None), words)

    def _shown(self, line: Line, item: Mapping[str, Any], refusals: list[Refused]) -> bool:
        field = line.dataverse if item["side"] == DATAVERSE else line.erp
        said = str(item["message"]).removesuffix(field.way_out)
        own = [each for each in refusals if line in each.sent and _said(said, each.words)]
        if any(_names(each.words, line, item["side"]) or _alone(line, each) for each in own):
            return True
        if any(self._points(each.words, line, str(item.get("value", ""))) for each in own):
            return True
        return bool(own) and len({each.sent for each in refusals if _parts(each) == 1}) >= CLOSED

    def _points(self, words: str, line: Line, value: str) -> bool:
        """True if the words say that the very row is not there which the line was to refer to."""
        found = _MISSING.findall(words) if line.lookup is not None else []
        return any(row_id == value.lower() or self.book.means(line, value, row_id) for row_id in found)


def spellings(line: Line, side: Side) -> set[str]:
    """How a body may call the field of a line, in lower case."""
    field = line.dataverse if side == DATAVERSE else line.erp
    return {name.lower() for name in (field.name, field.wire_name, *field.targets.values())}


def _said(message: str, words: str) -> bool:
    """True if these are the system's own words: some, and no others. A way out of the field's may stand behind them."""
    parts = [part.strip() for part in message.removesuffix("; ").split("; ")]
    return all(part and part in words for part in parts)


def _names(words: str, line: Line, side: Side) -> bool:
    """True if the words name the field."""
    lower = words.lower()
    return any(f"'{name}'" in lower or f".{name}'" in lower or f'"{name}"' in lower for name in spellings(line, side))


def _alone(line: Line, refused: Refused) -> bool:
    return all(each == line or (line.together and each.together == line.together) for each in refused.sent)


def _parts(refused: Refused) -> int:
    return len({each.together or each.name for each in refused.sent})
