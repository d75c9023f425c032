"""The text of a `$filter` as a tree.

Written by hand, because odata-query knows no enumeration literals and reads names such as `AllocationMethod` as the
keyword `all`; and because what this service does not support must be refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.emulator.finops.refusal import Refusal, bad_request

Kind = Literal["text", "enum", "guid", "datetime", "number", "word", "mark"]
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>'(?:[^']|'')*')
    | (?P<enum>[A-Za-z_][\w.]*'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})(?![\w.-])
    | (?P<datetime>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)(?![\w.-])
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
    | (?P<word>[A-Za-z_][\w.]*)
    | (?P<mark>[(),/])""",
    re.VERBOSE,
)
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"eq", "ne", "gt", "ge", "lt", "le"}),
    frozenset({"add", "sub"}),
    frozenset({"mul", "div", "divby", "mod"}),
)
_UNSUPPORTED = frozenset({"in", "has"})
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A property."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """A literal as it was written; text without its quotes, an enumeration literal with its type in `enum`."""

    kind: Literal["text", "enum", "guid", "datetime", "number", "boolean", "null"]
    text: str
    enum: str = ""


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison or a calculation."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """Terms that are all joined by `and`, or all by `or`."""

    operator: str
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Node


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Name | Value | Binary | Chain | Not | Call


def parse(text: str) -> Node:
    """The tree of a filter, or a refusal that says what is wrong with it."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.position = 0
        self.depth = 0

    def parse(self) -> Node:
        found = self._chain("or")
        if self.position < len(self.tokens):
            raise self._syntax(f"'{self.tokens[self.position].text}' is unexpected")
        return found

    def _tokens(self) -> Iterator[Token]:
        at, apart = 0, True
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                raise self._syntax(f"character {at} begins nothing that is known")
            kind = match.lastgroup
            if kind != "space":
                if not apart and kind != "mark":
                    raise self._syntax(f"a blank is missing at character {at}")
                yield Token(kind, match[0], at)  # type: ignore[arg-type] # the groups are named after the kinds
            apart, at = kind in ("space", "mark"), match.end()

    def _chain(self, operator: str) -> Node:
        terms = [self._term(operator)]
        while self._take_word(frozenset({operator})):
            terms.append(self._term(operator))
        return terms[0] if len(terms) == 1 else Chain(operator, tuple(terms))

    def _term(self, operator: str) -> Node:
        return self._chain("and") if operator == "or" else self._binary(0)

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        found = self._binary(level + 1)
        while operator := self._take_word(_LEVELS[level]):
            found = Binary(operator, found, self._binary(level + 1))
        return found

    def _unary(self) -> Node:
        if not self._take_word(frozenset({"not"})):
            return self._primary()
        outer = self._deeper()
        found = Not(self._unary())
        self.depth = outer
        return found

    def _primary(self) -> Node:
        token = self._next()
        if token.kind == "mark":
            if token.text != "(":
                raise self._syntax(f"'{token.text}' is unexpected")
            outer = self._deeper()
            found = self._chain("or")
            self._expect(")")
            self.depth = outer
            return found
        if token.kind == "word":
            return self._word(token)
        if token.kind == "text":
            return Value("text", _unquoted(token.text))
        if token.kind == "enum":
            name, _, _ = token.text.partition("'")
            return Value("enum", _unquoted(token.text[len(name) :]), name)
        return Value(token.kind, token.text)

    def _word(self, token: Token) -> Node:
        if token.text in ("true", "false"):
            return Value("boolean", token.text)
        if token.text == "null":
            return Value("null", token.text)
        following = self.tokens[self.position] if self.position < len(self.tokens) else None
        if following is None or following.kind != "mark" or following.text != "(":
            return Name(token.text)
        self.position += 1
        outer = self._deeper()
        arguments = [self._chain("or")]
        while (mark := self._next()).text == ",":
            arguments.append(self._chain("or"))
        if mark.text != ")":
            raise self._syntax("')' is missing")
        self.depth = outer
        return Call(token.text, tuple(arguments))

    def _take_word(self, wanted: frozenset[str]) -> str:
        """The next word if it is one of these operators; an empty text otherwise."""
        token = self.tokens[self.position] if self.position < len(self.tokens) else None
        if token is None or token.kind != "word":
            return ""
        if token.text in _UNSUPPORTED and self.position:
            raise bad_request(f"The operator '{token.text}' is not supported in $filter.")
        if token.text not in wanted:
            return ""
        self.position += 1
        return token.text

    def _next(self) -> Token:
        if self.position >= len(self.tokens):
            raise self._syntax("it ends too early")
        self.position += 1
        return self.tokens[self.position - 1]

    def _expect(self, mark: str) -> None:
        token = self._next()
        if token.kind != "mark" or token.text != mark:
            raise self._syntax(f"'{mark}' is missing")

    def _deeper(self) -> int:
        outer, self.depth = self.depth, self.depth + 1
        if self.depth > _DEEPEST:
            raise self._syntax("it is nested too deeply")
        return outer

    def _syntax(self, reason: str) -> Refusal:
        return bad_request(f"Syntax error in $filter '{self.text}': {reason}.")


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
