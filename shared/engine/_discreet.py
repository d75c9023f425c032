"""What is kept and shown of values: nothing of lines that the map calls private, and of others as JOURNAL_VALUES says.

Which line it was about, and what kind of trouble it is, always stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from shared.mapping import FlowMap, Values

HIDDEN: Final = "\u2026"
UNSAID: Final = "what was said is not shown, for it may hold the value, and the line is private"
NOT_KEPT: Final = "what the system said is not kept, for it may hold values (JOURNAL_VALUES)"
_VALUES: Final = frozenset({"old", "new", "value", "winner"})
_QUOTED = re.compile(r"(?<!\w)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
"""What stands in quotes; an apostrophe inside a word opens none."""
_LEAST: Final = 2
"""A shorter text stands in any sentence."""


def journaled(line: Mapping[str, Any], private: Collection[str] = (), *, values: bool) -> Mapping[str, Any]:
    """A line of a journal row, or of a sample. private: names of lines that are. values: whether any are kept."""
    if values and str(line.get("line", "")) not in private:
        return line
    return {name: part for name, part in line.items() if name not in _VALUES}


def told_aside(found: FlowMap, item: Mapping[str, Any], *, values: bool) -> Mapping[str, Any]:
    """What is kept of the trouble with a line, or with a record as a whole. values: whether any are.

    What a record as a whole is set aside for keeps its value: that is another record's identity. Names stand in quotes.
    """
    line = str(item["line"])
    if line in found.private:
        return {**item, "value": "", "message": UNSAID}
    if values:
        return item
    if not line:
        return {**item, "message": unquoted(str(item["message"]))}
    return {**item, "value": "", "message": unquoted(without(str(item["message"]), [str(item.get("value", ""))]))}


def unquoted(message: str) -> str:
    """A message without what stands in quotes: values, and what records are called."""
    return _QUOTED.sub(HIDDEN, message)


def fit_to_keep(found: FlowMap, message: str, held: Collection[Values], *, values: bool) -> str:
    """A system's words about a record, without values of private lines, or of any. held: what it holds, by side."""
    hidden = [line.index for line in found.lines if line.private or not values]
    return without(message, [each[index] for each in held for index in hidden])


def without(message: str, values: Iterable[str]) -> str:
    """A message without these values, the longest first, for one may stand in another."""
    for value in sorted({each for each in values if len(each) >= _LEAST}, key=len, reverse=True):
        message = message.replace(value, HIDDEN)
    return message
