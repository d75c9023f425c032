"""Choice columns of which several options may be selected, and the text that lists them in the ERP. Pure.

Their canonical value is that of the wire, the options in the order of their numbers: what was selected first means
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from shared.errors import FieldError

MOST_SELECTED: Final = 150
SEPARATOR: Final = ","
_One = Callable[[str], str]


def in_order(options: Iterable[str]) -> str:
    """Options as one value: each once, by number."""
    return SEPARATOR.join(sorted(set(options), key=lambda each: (len(each), each)))


def read_several(value: object) -> str:
    """The canonical value of what the wire holds."""
    return in_order(parts(str(value), SEPARATOR))


def parts(text: str, separator: str) -> list[str]:
    """What stands between separators, without blanks around it."""
    return [part for each in text.split(separator) if (part := each.strip())]


@dataclass(frozen=True, slots=True)
class Several:
    """A line between a text that lists members and such a column. The two directions are of one member each."""

    line: str
    column: str
    options: frozenset[str]
    separator: str
    to_option: _One
    to_member: _One

    def to_dataverse(self, text: str) -> str:
        """The options that a text lists."""
        found = in_order(self.to_option(part) for part in parts(text, self.separator))
        for option in parts(found, SEPARATOR):
            if option not in self.options:
                raise FieldError(
                    f"{option!r} is not a value of {self.column}", field=self.line, value=text, code="member"
                )
        if found.count(SEPARATOR) >= MOST_SELECTED:
            message = f"more than {MOST_SELECTED} options cannot be selected in {self.column}"
            raise FieldError(message, field=self.line, value=text, code="too-long")
        return found

    def to_erp(self, value: str) -> str:
        """The text that lists the members of the options, in the order of the options."""
        members = dict.fromkeys(self.to_member(part) for part in parts(value, SEPARATOR))
        for member in members:
            if self.separator in member:
                message = f"{member!r} holds the separator {self.separator!r}, by which it would be read as several"
                raise FieldError(message, field=self.line, value=value, code="value-map")
        return self.separator.join(members)

    def means(self, erp: str, dataverse: str) -> bool:
        """True if the text lists what is selected, in any order."""
        try:
            return self.to_dataverse(erp) == dataverse
        except FieldError:
            return False
