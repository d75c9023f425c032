"""What the parameters of a function may be, told by their annotations: which fields they take, and how values arrive.

Values are canonical texts; a function sees Python's own types. A blank text arrives as `''`, a blank number as 0, a
blank day or moment as None.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from shared.mapping._schema import NUMBERS, TEXTS
from shared.mapping._values import BLANK, plain


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of value. field: what a schema calls it. takes: types of fields that a parameter of it may read.

    gives: types of fields that a result of it may be written to.
    """

    python: type
    name: str
    field: str
    takes: Collection[str]
    gives: Collection[str]
    read: Callable[[str], Any]
    write: Callable[[Any], str]

    def told(self, result: Any) -> str:
        """A result as canonical text; None is blank. Raises TypeError if it is of another type."""
        if result is None:
            return BLANK
        if not isinstance(result, self.python) or (isinstance(result, bool) and self.python is not bool):
            raise TypeError(f"returned {result!r}, which is not {self.name}")
        return self.write(result)


def _moment(value: datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


_LISTS: Final = frozenset({"enum", "choice", "guid"})
KINDS: Final[Mapping[type, Kind]] = {
    kind.python: kind
    for kind in (
        Kind(str, "a text", "text", TEXTS | _LISTS, TEXTS | _LISTS, str, str),
        Kind(int, "a whole number", "int", {"int"}, NUMBERS, lambda text: int(text or 0), lambda n: plain(Decimal(n))),
        Kind(Decimal, "a number", "decimal", NUMBERS, NUMBERS - {"int"}, lambda text: Decimal(text or 0), plain),
        Kind(bool, "yes or no", "bool", {"bool"}, {"bool"}, lambda text: text == "true", lambda yes: str(yes).lower()),
        Kind(datetime, "a moment", "datetime", {"datetime"}, {"date", "datetime"},
             lambda text: datetime.fromisoformat(text) if text else None, _moment),
        Kind(date, "a day", "date", {"date"}, {"date", "datetime"},
             lambda text: date.fromisoformat(text) if text else None, lambda day: day.isoformat()[:10]),
    )
}  # fmt: skip
"""By the annotation that stands for it."""
