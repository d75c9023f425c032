"""The grammar of a map's `fields`: one line, one row of the published table.

    ERP field   symbol   Dataverse column [via flow [or flow ...]]   [transform]   [; option, option ...]

The grammar page, docs/maps.md, says what every word means. Nothing here knows schemas or other lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.mapping._calls import FN, Call, taken_call
from shared.mapping._fold import fold
from shared.mapping._problems import Fault, Problem
from shared.mapping._wording import alike, either

SYMBOLS: Final = ("=", ">", "<", "><", ">>", "<<")
OPTIONS: Final[Mapping[str, tuple[str, ...] | None]] = {
    "missing": ("wait", "error", "clear", "keep"),
    "blank": (),
    "deferred": None,
    "create": None,
    "update": None,
    "off": None,
    "if": (),
    "assigned": ("erp",),
    "enforced": None,
    "conflict": ("erp_wins", "dataverse_wins", "latest_wins", "park"),
    "master": ("erp", "dataverse"),
    "together": (),
    "within": (),
    "zone": (),
    "company": (),
    "separator": (),
    "as": ("digits", "caseless"),
    "private": None,
    "match": None,
}
"""Option to the arguments it takes: None for no argument, an empty tuple for any word."""

SEVERAL: Final = frozenset({"company"})
"""Options that take several words."""

WAITING: Final = frozenset({"wait", "error"})
"""What `missing` says where a record is not created before what it refers to is there."""

BLANKS: Final = ("clear", "keep")
"""What a blank source does. Another word after `blank` is a value of the ERP that says nothing."""

RESERVED: Final[Mapping[str, str]] = {
    "choice": "list the members under values: and name that value map",
    "parent": "give the lines of a document a flow of their own, with a lookup to its header",
    "lines": "give the lines of a document a flow of their own, with a lookup to its header",
    "wake": "write woken_by: [quotes(customerid)], tables whose changes concern a record, in the head of the map",
    "when": "turn the whole flow on or off by its state, or single lines with `if switch`",
    "writer": "write company: {erp: field, dataverse: lookup.key}",
}
"""Words kept free for later, each with what to do until then."""

_GLUED = re.compile(r"\s*(><|>>|<<|=|>|<)\s*")
_BROKEN = re.compile(r"\s(?:default|initial)\s+[^\s;']+;\S")
_TOKEN = re.compile(r"'(?:[^']|'')*'|[;,]|[^\s;,']+")


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One line as written. `-` stands for no field and arrives as an empty name.

    call: the function, which the repr leaves out: whoever hashes a line adds its version, too.
    """

    file: str
    number: int
    erp: str
    symbol: str
    dataverse: str
    via: str = ""
    values: str = ""
    default: str | None = None
    initial: str | None = None
    call: Call | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    besides: tuple[str, ...] = ()

    @property
    def flows(self) -> tuple[str, ...]:
        """The flows by whose couplings it is looked up, in their order."""
        return tuple(self.via.split(EITHER)) if self.via else ()

    @property
    def to_dataverse(self) -> bool:
        return self.symbol in {"=", ">", "><", ">>"}

    @property
    def to_erp(self) -> bool:
        return self.symbol in {"=", "<", "><", "<<"}

    @property
    def supplied(self) -> str | None:
        """The value that the map itself supplies: a default, or one for new records."""
        return self.initial if self.default is None else self.default

    @property
    def constant(self) -> str:
        """The name of the constant that it supplies; empty if it supplies a value that is written out, or none."""
        return text[1:] if (text := self.supplied or "").startswith("$") else ""

    def given(self, constants: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
        """What it supplies, as written, by company; `*` is every other one. Nothing if it supplies nothing."""
        if self.constant:
            return constants[self.constant]
        return {"*": self.supplied} if self.supplied else {}

    @property
    def waits(self) -> bool:
        """True if no record is created before what the line refers to is there."""
        later = {"deferred", "update", "match"} & self.options.keys()
        return not later and self.options.get("missing", "wait") in WAITING

    @property
    def name(self) -> str:
        """How the line is called in messages and in the journal."""
        where = f" ({self.options['company']})" if "company" in self.options else ""
        return f"{self.erp or '-'} {self.symbol} {self.dataverse or '-'}{where}"

    @property
    def companies(self) -> frozenset[str]:
        """The companies that the line holds for, folded; none if it holds for all."""
        return frozenset(map(fold, self.options.get("company", "").split()))

    @property
    def pair(self) -> tuple[str, str]:
        """The two fields, whatever company the line is about."""
        return self.erp.lower(), self.dataverse.partition(".")[0].lower()

    @property
    def place(self) -> tuple[str, ...]:
        """What makes two lines the same line: an overlay's line replaces the one at its place."""
        return (*self.pair, " ".join(sorted(self.companies))) if self.companies else self.pair

    def problem(self, what: str, remedy: str, code: str = "") -> Problem:
        """A finding about this line."""
        return Problem(self.file, self.number, self.name, what, remedy, code)


def parse_fields(text: str, file: str, first_line: int) -> tuple[list[ParsedLine], list[Problem]]:
    """Every line of a `fields` block, and every problem found. Empty lines and lines that begin with # are skipped."""
    lines, problems = [], []
    for number, content in enumerate(text.splitlines(), first_line):
        if not content.strip() or content.lstrip().startswith("#"):
            continue
        try:
            lines.append(_parse(content, file, number))
        except Fault as fault:
            problems.append(fault.at(file, number, content.split()[0]))
    return lines, problems


def _parse(content: str, file: str, number: int) -> ParsedLine:
    tokens = _tokens(content)
    head, _, tail = _split(tokens, ";")
    if any("#" in token and not token.startswith("'") for token in tokens):
        remedy = "give a comment a line of its own; a value with # stands in single quotes: 'C#'"
        raise Fault("# stands inside a line", remedy)
    if len(head) < 3:
        raise _short(head)
    erp, symbol, dataverse, *rest = head
    if symbol not in SYMBOLS:
        remedy = f"use one of {' '.join(SYMBOLS)}: = is both ways, > to Dataverse, < to the ERP"
        raise Fault(f"{symbol!r} is not a symbol", remedy)
    call = _call(rest)
    values, words = _transform(rest)
    if _BROKEN.search(content) and tail and tail[0] not in {*OPTIONS, *RESERVED}:
        raise Fault("a value has a semicolon", QUOTE)
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
        call=call,
        options=_options(tail),
    )


def _short(head: list[str]) -> Fault:
    """What is missing where a line has less than two fields and a symbol."""
    text = " ".join(head)
    if _GLUED.search(text) and not set(head) & {*SYMBOLS}:
        apart = _GLUED.sub(r" \1 ", text, count=1).strip()
        return Fault("the symbol needs a blank before and after it", f"write {apart}")
    return Fault("needs an ERP field, a symbol and a Dataverse column", "write - where a side has no field")


QUOTE: Final = "put a value with a blank, a comma, a semicolon or a # in single quotes: default 'a, b'"
_SUPPLIED: Final = ("default", "initial")
VIA: Final = "via"
OR: Final = "or"
EITHER: Final = f" {OR} "
"""Between flows of which the first that has coupled the record answers."""


def _call(rest: list[str]) -> Call | None:
    """The function after `fn`, which is taken out of the rest of the line."""
    if FN not in rest:
        return None
    place = rest.index(FN)
    tokens = rest[place + 1 :]
    call = taken_call(tokens)
    if FN in tokens:
        raise Fault("has two functions", "write a function of your own that does both")
    rest[place:] = tokens
    return call


def _transform(rest: list[str]) -> tuple[str, dict[str, str | None]]:
    """The value map that is named, and the words that have a value after them."""
    words: dict[str, str | None] = {"via": None, "default": None, "initial": None}
    values = ""
    while rest:
        word = rest.pop(0)
        if word in RESERVED:
            raise Fault(f"{word!r} is reserved", RESERVED[word])
        if word in {",", *OPTIONS}:
            raise _misplaced(word, rest, supplied=any(words[each] is not None for each in _SUPPLIED))
        if word in words:
            if not rest:
                raise Fault(f"{word!r} needs a word after it", "quote an empty value as ''")
            if words[word] is not None:
                raise Fault(f"{word!r} stands twice", "keep the one that is meant")
            words[word] = _unquoted(rest.pop(0)) if word != VIA else _flows(rest)
        elif values:
            supplied = any(words[each] is not None for each in _SUPPLIED)
            raise Fault(f"{word!r} does not belong here", QUOTE if supplied else "options stand after a semicolon")
        else:
            values = word
    if words["default"] is not None and words["initial"] is not None:
        raise Fault("has both default and initial", "keep the one that is meant")
    return values, words


def _flows(rest: list[str]) -> str:
    """What stands after `via`: a flow, or several with `or` between them."""
    found = [_unquoted(rest.pop(0))]
    while rest and rest[0] == OR:
        if len(rest) < 2:
            raise Fault(f"{OR!r} needs a flow after it", f"name another flow, or write only via {found[0]}")
        found.append(_unquoted(rest[1]))
        del rest[:2]
    return EITHER.join(found)


def _misplaced(word: str, rest: list[str], *, supplied: bool) -> Fault:
    """A comma or an option before the semicolon."""
    if word in OPTIONS:
        return Fault(f"the option {word!r} stands before the semicolon", f"write ; {' '.join([word, *rest])}")
    if supplied:
        return Fault("a value has a comma", QUOTE)
    return Fault("a comma stands before the semicolon", "write ; before the first option")


def _options(tokens: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    if ";" in tokens:
        remedy = f"separate them by commas: ; {' '.join(tokens).replace(' ; ', ', ').replace(' , ', ', ')}"
        raise Fault("options are separated by a second semicolon", remedy)
    while tokens:
        option, _, tokens = _split(tokens, ",")
        word, arguments = (option[0], option[1:]) if option else ("", [])
        if word in RESERVED:
            raise Fault(f"{word!r} is reserved", RESERVED[word])
        if word not in OPTIONS:
            near = alike(word, OPTIONS)
            raise Fault(f"{word!r} is not an option", f"write {near}" if near else f"use one of {', '.join(OPTIONS)}")
        _argument(word, arguments)
        if word in options:
            raise Fault(f"option {word!r} stands twice", "keep the one that is meant")
        options[word] = " ".join(map(_unquoted, arguments)) if arguments else "yes"
    return options


def _argument(word: str, arguments: list[str]) -> None:
    takes = OPTIONS[word]
    most = 0 if takes is None else 1
    if word in SEVERAL and arguments and not set(arguments) & OPTIONS.keys():
        return
    if len(arguments) > most and arguments[most] in OPTIONS:
        remedy = f"write {' '.join([word, *arguments[:most]])}, {' '.join(arguments[most:])}"
        raise Fault(f"a comma is missing before {arguments[most]!r}", remedy)
    if takes is None and arguments:
        raise Fault(f"option {word!r} takes no argument", f"write only {word}")
    if takes and len(arguments) == 1 and arguments[0] not in takes:
        near = [each for each in takes if each.startswith(arguments[0].lower())] or [*takes]
        raise Fault(f"{word!r} cannot be {arguments[0]!r}", f"write {word} {either(near)}")
    if takes is not None and len(arguments) != 1:
        raise Fault(f"option {word!r} needs one argument", f"write {word} {either(takes or ('name',))}")


def _tokens(content: str) -> list[str]:
    if content.count("'") % 2:
        raise Fault("a quote is not closed", "close it; write '' for a quote inside a quoted value")
    return _TOKEN.findall(content)


def _split(tokens: list[str], at: str) -> tuple[list[str], str, list[str]]:
    if at not in tokens:
        return tokens, "", []
    place = tokens.index(at)
    return tokens[:place], at, tokens[place + 1 :]


def _unquoted(token: str) -> str:
    """A word, or what stands in single quotes. Double ones would be sent as part of the value."""
    if token.startswith('"') and token.endswith('"'):
        raise Fault(f"{token} stands in double quotes, which would be part of it", f"write '{token.strip(chr(34))}'")
    return token[1:-1].replace("''", "'") if token.startswith("'") else token
