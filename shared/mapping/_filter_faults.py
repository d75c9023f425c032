"""What is wrong with a filter that cannot be read, in the words of the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shared.mapping._problems import Fault

_TEXT: Final = re.compile(r"'(?:[^']|'')*'")
_IN: Final = re.compile(r"(\w+)\s+in\b", re.IGNORECASE)
_LAST: Final = re.compile(r"(\w+)\s+(?:in\s+)?(?:the\s+)?last\s+(\d+)\s+days?", re.IGNORECASE)
_SPAN: Final = re.compile(r"today\s*[+-]\s*\d+\s+(?!days?\b)(\w+)", re.IGNORECASE)
_OPERATORS: Final = {
    "==": "eq", "!=": "ne", "<>": "ne", ">=": "ge", "<=": "le", "=": "eq", ">": "gt", "<": "lt", "&&": "and",
    "||": "or",
}  # fmt: skip
_OPERATOR: Final = re.compile("|".join(map(re.escape, _OPERATORS)))
_WORDS: Final = {
    "like": "use startswith(field, 'x'), endswith(field, 'x') or contains(field, 'x')",
    "between": "write field ge 1 and field le 9",
    "is": "write field eq null or field ne null, for finance and operations field eq '' or field eq 0",
}


CUT: Final = "the filter is cut off at a comma", 'put it in double quotes: scope: "field in (1, 3)"'
"""What is said where YAML has taken a part of a filter for an entry of its own."""


def joined(text: str) -> str:
    """A filter on one line: how it is broken over lines does not matter."""
    return " ".join(line.strip() for line in text.strip().splitlines())


def unreadable(text: str) -> Fault:
    """Why a filter cannot be read, and what to write."""
    return next(_known(text), Fault(f"the filter {text!r} cannot be read", _ADVICE))


_ADVICE: Final = "write field eq 'text' or field ne 3, joined by and or or, with parentheses after not"


def _known(text: str) -> Iterator[Fault]:
    bare = _TEXT.sub(lambda found: "'" + "_" * (len(found[0]) - 2) + "'", text)
    if "'" in _TEXT.sub("", text):
        yield Fault(f"a quote is not closed in {text!r}", "close it; write '' for a quote inside a text")
    if '"' in bare:
        yield Fault("a text stands in double quotes", "write ' instead of \"")
    if found := _OPERATOR.search(bare):
        sign = found[0]
        right = f"{text[: found.start()].rstrip()} {_OPERATORS[sign]} {text[found.end() :].lstrip()}"
        yield Fault(f"{sign!r} is no operator of a filter", f"use {_OPERATORS[sign]}: {right}")
    for word, remedy in _WORDS.items():
        if re.search(rf"\s{word}\s", bare, re.IGNORECASE):
            yield Fault(f"{word!r} is no operator of a filter", remedy)
    if found := _SPAN.search(bare):
        yield Fault(f"a filter counts days, not {found[1]}", "write today - 90 days")
    if found := _LAST.search(bare):
        yield Fault("'last' is no operator of a filter", f"write {found[1]} ge today - {found[2]} days")
    if found := _IN.search(bare):
        yield Fault("'in' needs values in parentheses", f"write {found[1]} in (1, 3), or {found[1]} in ('a', 'b')")
