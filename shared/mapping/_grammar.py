"""The grammar of a map's `fields`: one line, one row of the published table.

    ERP field   symbol   Dataverse column [via flow]   [transform]   [; option, option ...]

The grammar page in CONTRIBUTING.md says what every word means. Nothing here knows schemas or other lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.mapping._problems import Problem

SYMBOLS: Final = ("=", ">", "<", "><", ">>", "<<")
OPTIONS: Final[Mapping[str, tuple[str, ...] | None]] = {
    "missing": ("wait", "error", "clear", "keep"),
    "blank": ("clear", "keep"),
    "deferred": None,
    "create": None,
    "update": None,
    "off": None,
    "if": (),
    "assigned": ("erp", "dataverse"),
    "conflict": ("erp_wins", "dataverse_wins", "latest_wins", "park"),
}
"""Option to the arguments it takes: None for no argument, an empty tuple for any word."""

RESERVED: Final = ("fn", "choice", "parent", "lines", "authority", "wake")

_TOKEN = re.compile(r"'(?:[^']|'')*'|[;,]|[^\s;,']+")


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One line as written. `-` stands for no field and arrives as an empty name."""

    file: str
    number: int
    erp: str
    symbol: str
    dataverse: str
    via: str = ""
    values: str = ""
    default: str | None = None
    initial: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def to_dataverse(self) -> bool:
        return self.symbol in {"=", ">", "><", ">>"}

    @property
    def to_erp(self) -> bool:
        return self.symbol in {"=", "<", "><", "<<"}

    @property
    def name(self) -> str:
        """How the line is called in messages and in the journal."""
        return f"{self.erp or '-'} {self.symbol} {self.dataverse or '-'}"

    @property
    def place(self) -> tuple[str, str]:
        """What makes two lines the same line: an overlay's line replaces the one at its place."""
        return self.erp.lower(), self.dataverse.partition(".")[0].lower()


class _Refusal(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def parse_fields(text: str, file: str, first_line: int) -> tuple[list[ParsedLine], list[Problem]]:
    """Every line of a `fields` block, and every problem found. Empty lines and lines that begin with # are skipped."""
    lines, problems = [], []
    for number, content in enumerate(text.splitlines(), first_line):
        if not content.strip() or content.lstrip().startswith("#"):
            continue
        try:
            lines.append(_parse(content, file, number))
        except _Refusal as refusal:
            problems.append(Problem(file, number, content.split()[0], refusal.what, refusal.remedy))
    return lines, problems


def _parse(content: str, file: str, number: int) -> ParsedLine:
    tokens = _tokens(content)
    head, _, tail = _split(tokens, ";")
    if len(head) < 3:
        raise _Refusal("needs an ERP field, a symbol and a Dataverse column", "write - where a side has no field")
    erp, symbol, dataverse, *rest = head
    if symbol not in SYMBOLS:
        raise _Refusal(f"{symbol!r} is not a symbol", f"use one of {' '.join(SYMBOLS)}")
    words: dict[str, str | None] = {"via": None, "default": None, "initial": None}
    values = ""
    while rest:
        word = rest.pop(0)
        if word in RESERVED:
            raise _Refusal(f"{word!r} is reserved", "compute the value in the flow's module, or map the field directly")
        if word in words:
            if not rest:
                raise _Refusal(f"{word!r} needs a word after it", "quote an empty value as ''")
            words[word] = _unquoted(rest.pop(0))
        elif values:
            raise _Refusal(f"{word!r} does not belong here", "options stand after a semicolon")
        else:
            values = word
    if words["default"] is not None and words["initial"] is not None:
        raise _Refusal("has both default and initial", "keep the one that is meant")
    return ParsedLine(
        file=file,
        number=number,
        erp="" if erp == "-" else erp,
        symbol=symbol,
        dataverse="" if dataverse == "-" else dataverse,
        via=words["via"] or "",
        values=values,
        default=words["default"],
        initial=words["initial"],
        options=_options(tail),
    )


def _options(tokens: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    while tokens:
        option, _, tokens = _split(tokens, ",")
        word, arguments = (option[0], option[1:]) if option else ("", [])
        if word not in OPTIONS:
            raise _Refusal(f"{word!r} is not an option", f"use one of {', '.join(OPTIONS)}")
        takes = OPTIONS[word]
        if takes is None and arguments:
            raise _Refusal(f"option {word!r} takes no argument", f"write only {word}")
        if takes is not None and (len(arguments) != 1 or (takes and arguments[0] not in takes)):
            raise _Refusal(f"option {word!r} needs one argument", f"write {word} {'|'.join(takes) or 'name'}")
        if word in options:
            raise _Refusal(f"option {word!r} stands twice", "keep the one that is meant")
        options[word] = arguments[0] if arguments else "yes"
    return options


def _tokens(content: str) -> list[str]:
    if content.count("'") % 2:
        raise _Refusal("a quote is not closed", "close it; write '' for a quote inside a quoted value")
    return _TOKEN.findall(content)


def _split(tokens: list[str], at: str) -> tuple[list[str], str, list[str]]:
    if at not in tokens:
        return tokens, "", []
    place = tokens.index(at)
    return tokens[:place], at, tokens[place + 1 :]


def _unquoted(token: str) -> str:
    return token[1:-1].replace("''", "'") if token.startswith("'") else token
