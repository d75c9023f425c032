"""The text of a filter, read: OData as its published grammar has it, and two words more.

`in (3)` needs no comma after a single value; `today`, `today - 30 days` and `today + 7 days` are days that move.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from shared.mapping._filter_faults import unreadable

_PIECES: Final = re.compile(r"('(?:[^']|'')*')")
_SINGLE: Final = re.compile(r"(\sin\s*\()\s*([^(),]+?)\s*\)", re.IGNORECASE)
_MASK: Final = re.compile(r"\x01(\d+)\x01")
_MOVED: Final = re.compile(r"\btoday\s*([+-])\s*(\d{1,5})\s+days?\b", re.IGNORECASE)
_WORDS: Final = {"+": "add", "-": "sub"}
_DAYS: Final = re.compile(r"P(\d+)D")


def parsed(text: str) -> Any:
    """The syntax tree of a filter. Raises Fault if it cannot be read."""
    from odata_query.exceptions import ODataException  # noqa: PLC0415 - loaded when the first map is

    lexer, parser = _grammar()
    try:
        return parser.parse(lexer.tokenize(_published(text)))
    except ODataException as problem:
        raise unreadable(text) from problem


def conjuncts(node: Any) -> list[Any]:
    """The conditions that all have to hold."""
    if type(node).__name__ == "BoolOp" and type(node.op).__name__ == "And":
        return [*conjuncts(node.left), *conjuncts(node.right)]
    return [node]


def moving_days(node: Any) -> int | None:
    """How many days after today a value is that moves with the calendar; None if it stands still."""
    kind = type(node).__name__
    if kind == "Identifier":
        return 0 if node.name.lower() == "today" else None
    if kind != "BinOp" or moving_days(node.left) != 0 or type(node.right).__name__ != "Duration":
        return None
    found = _DAYS.fullmatch(node.right.val)
    sign = {"Add": 1, "Sub": -1}.get(type(node.op).__name__)
    return sign * int(found[1]) if found and sign else None


def _published(text: str) -> str:
    """The filter in the published grammar. What stands in quotes stays as it is."""
    quoted: list[str] = []

    def hidden(found: re.Match[str]) -> str:
        quoted.append(found[0])
        return f"\x01{len(quoted) - 1}\x01"

    bare = _PIECES.sub(hidden, text)
    bare = _SINGLE.sub(r"\1\2,)", bare)
    bare = _MOVED.sub(lambda found: f"today {_WORDS[found[1]]} duration\x02P{found[2]}D\x02", bare)
    return _MASK.sub(lambda found: quoted[int(found[1])], bare).replace("\x02", "'")


@cache
def _grammar() -> tuple[Any, Any]:
    from odata_query.grammar import ODataLexer, ODataParser  # noqa: PLC0415 - loaded when the first map is

    return ODataLexer(), ODataParser()
