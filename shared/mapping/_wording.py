"""Words that findings share: names that were probably meant, types and values as their systems call them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Final

from shared.mapping._schema import Field

MOST_LISTED: Final = 12

KINDS: Final = {
    "code": "a text",
    "text": "a text",
    "memo": "a text of several lines",
    "int": "a whole number",
    "decimal": "a decimal number",
    "double": "a floating-point number",
    "money": "a currency amount",
    "bool": "yes or no",
    "enum": "an enum",
    "choice": "a choice",
    "choices": "a choice of several",
    "file": "a file",
    "image": "an image",
    "guid": "a unique identifier",
    "lookup": "a lookup",
    "date": "a date",
    "datetime": "a date and time",
}
"""Types of a schema as a sentence calls them."""


def alike(name: str, known: Collection[str]) -> str:
    """The known name that is most like a written one, in any letter case; empty if none is."""
    lower = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), lower, n=1, cutoff=0.75)
    return lower[found[0]] if found else ""


def correction(name: str, known: Collection[str]) -> str:
    """What to do about a name that its schema does not have."""
    near = alike(name, known)
    return (
        f"write {near} if that is meant, or add it to the schema"
        if near
        else "correct the name or add it to the schema"
    )


def listed(words: Collection[str]) -> str:
    """Words in a row; no more than a person reads."""
    more = len(words) - MOST_LISTED
    return ", ".join([*words][:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def either(words: Sequence[str]) -> str:
    """Words of which one is to be chosen."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def values_of(field: Field) -> str:
    """The values that a field takes, with their labels; empty if its type has no list of them."""
    if field.type in {"choice", "choices"}:
        return listed([f"{value} ({label})" for value, label in field.options.items()])
    return "true, false" if field.type == "bool" else listed(field.members)


def correct_value(field: Field, remedy: str) -> str:
    """The remedy for a value that a field does not take: its values, where it has a list of them."""
    values = values_of(field)
    return f"write one of {values}" if values else remedy


def labelled(label: str, field: Field) -> str:
    """The value of a choice that has this label; empty if none has."""
    return next((value for value, each in field.options.items() if each.lower() == label.lower()), "")
