"""The values in a filter: how they are compared, written for a server, and what is said of one that does not fit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from shared.mapping._problems import Fault
from shared.mapping._schema import NUMBERS, TEXTS, Field
from shared.mapping._values import ABSENT, BLANK, NO_ID, is_number, reader
from shared.mapping._wording import KINDS, correct_value, labelled

Truth = bool | None
Look = Callable[[Any], Any]

NO_MOMENT: Final = "1900-01-01T00:00:00Z"
_EXAMPLES: Final = {
    **dict.fromkeys(NUMBERS, "write a number, such as 100 or 0.5, without quotes"),
    "guid": f"write an id without quotes, such as {NO_ID}",
    "lookup": f"write an id without quotes, such as {NO_ID}",
    "date": "write a day without quotes, such as 2024-12-31",
    "datetime": "write a moment without quotes, such as 2024-12-31T00:00:00Z",
}


def misfit(literal: str, found: Field, word: str) -> Fault:
    """What is said of a value that its field can never hold."""
    what = f"{literal!r} is not a value of {found.name}, which is {KINDS[found.type]}"
    meant = labelled(literal, found)
    example = _EXAMPLES.get(found.type, "")
    return Fault(what, f"write {found.name} {word} {meant}" if meant else correct_value(found, example))


def instead_of_null(found: Field, word: str) -> str:
    """What is written instead of null for a system that has none."""
    if found.type == "enum":
        return f"write {found.name} {word} ''" if BLANK in found.members else correct_value(found, "")
    blank = "''" if found.type in TEXTS else "0" if found.type in NUMBERS else NO_ID
    blank = NO_MOMENT if found.type in {"date", "datetime"} else blank
    return f"write {found.name} {word} {blank}"


def written(node: Any) -> str:
    """A name or a value as it stands in a filter."""
    value = getattr(node, "val", None)
    if value is None:
        return getattr(node, "name", "null")
    return "'" + value.replace("'", "''") + "'" if type(node).__name__ == "String" else str(value)


def rendered(literal: str, canonical: str, found: Field) -> str:
    """A value as the server takes it."""
    quoted = "'" + literal.replace("'", "''") + "'"
    if found.type == "enum":
        return f"{found.qualified}'{canonical or ' '}'"
    if found.type in NUMBERS:
        return canonical or "0"
    if found.type == "datetime":
        return canonical or NO_MOMENT
    return quoted if found.type in TEXTS else literal


def looked(found: Field, folds: Callable[[str], str]) -> Look:
    """What is compared: a number, a folded text, BLANK for none, ABSENT if nothing is known."""
    read = reader(found)
    if found.type in NUMBERS or found.type == "choice":
        return lambda value: value if value is ABSENT else BLANK if value is None else _number(read(value))
    if found.type == "bool":
        return lambda value: value if value is ABSENT else BLANK if value is None else read(value)
    return lambda value: value if value is ABSENT else folds(read(value))


def _number(text: str) -> Any:
    if not text:
        return Decimal(0)
    return Decimal(text) if is_number(text) else ABSENT


def both(left: Truth, right: Truth) -> Truth:
    """`and`, of what may be unknown."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def any_of(left: Truth, right: Truth) -> Truth:
    """`or`, of what may be unknown."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False
