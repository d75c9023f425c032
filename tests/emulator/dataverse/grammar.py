"""The text of a `$filter` as a tree: the grammar of odata-query, with the letter case and the lists of this service."""

from __future__ import annotations

import re
from functools import lru_cache

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from tests.emulator.dataverse.refusal import Refusal, bad_request

_STRING = r"'(?:[^']|'')*'"
_QUOTED = r'"[^"]*"'
_LIST = re.compile(rf"({_STRING})|\[((?:{_STRING}|{_QUOTED}|[^'\"\[\]])*)\]")
_MEMBER = re.compile(f"({_STRING})|{_QUOTED}")
_WORD = re.compile(
    rf"{_STRING}|(?<![\w./])(and|or|not|eq|ne|gt|ge|lt|le|in|true|false|null)(?![\w./(=])", re.IGNORECASE
)


@lru_cache(1024)
def parse(text: str) -> ast._Node:
    """The tree of a filter; keywords are lower case, and `in` is not an operator here."""
    for match in _WORD.finditer(text):
        word = match[1]
        if word is not None and (word != word.lower() or word == "in"):
            raise _syntax(text, f"'{word}' is not an operator or literal of this service")
    try:
        found = ODataParser().parse(ODataLexer().tokenize(_LIST.sub(_round, text)))
    except (ODataException, AttributeError) as error:
        raise _syntax(text, str(error)) from error
    if not isinstance(found, ast._Node):
        raise _syntax(text, "nothing to evaluate")
    return found


def _round(match: re.Match[str]) -> str:
    """A list in square brackets as the parser knows it: round, with a comma after a single member. Clients write its
    texts in double quotes, too.
    """
    if match[1] is not None:
        return match[1]
    found = _MEMBER.sub(_single, match[2])
    return f"({found})" if "," in re.sub(_STRING, "", found) else f"({found},)"


def _single(match: re.Match[str]) -> str:
    """A member of a list in single quotes."""
    return match[1] or "'" + match[0][1:-1].replace("'", "''") + "'"


def _syntax(text: str, reason: str) -> Refusal:
    return bad_request(f"Syntax error in '{text}': {reason}.")
