"""The call after `fn`: a function's name, and in parentheses the fields and literals that it is given.

    digits        left(10)        full_name(FirstName, LastName)        join(', ', City, Country)

A number or a text in single quotes is a literal, any other word a field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shared.mapping._problems import Fault

_PIECE: Final = re.compile(r"[(),]|[^(),]+")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
FN: Final = "fn"


@dataclass(frozen=True, slots=True)
class Argument:
    """What a function is given: a literal, or the value of a field."""

    text: str
    is_field: bool

    def __str__(self) -> str:
        if self.is_field or _NUMBER.fullmatch(self.text):
            return self.text
        return "'" + self.text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given, as written."""

    name: str
    arguments: tuple[Argument, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names, in order."""
        return tuple(each.text for each in self.arguments if each.is_field)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})" if self.arguments else self.name


def taken_call(tokens: list[str]) -> Call:
    """Takes the call off the front of a line's tokens. Raises Fault if it is not one."""
    name, opened, rest = tokens.pop(0).partition("(") if tokens else ("", "", "")
    if not _NAME.fullmatch(name):
        raise Fault(f"{FN!r} needs the name of a function after it", "write for example fn digits, or fn left(10)")
    if not opened and not (tokens and tokens[0].startswith("(")):
        return Call(name)
    tokens[:0] = [rest] if opened and rest else []
    tokens[:1] = [tokens[0][1:]] if not opened else tokens[:1]
    return Call(name, _arguments(_within(name, tokens)))


def _within(name: str, tokens: list[str]) -> list[str]:
    """The pieces up to the closing parenthesis, which are taken off."""
    pieces: list[str] = []
    while tokens:
        token = tokens.pop(0)
        for piece in [token] if token.startswith("'") else _PIECE.findall(token):
            if piece == "(":
                remedy = "write a function of your own that does both; docs/maps.md says where it stands"
                raise Fault(f"a function stands inside of {name}", remedy)
            if piece == ")":
                after = token.partition(")")[2]
                tokens[:0] = [after] if after else []
                return pieces
            pieces.append(piece)
    raise Fault(f"a parenthesis is not closed after {name}", f"write {name}(...) with what it is given")


def _arguments(pieces: list[str]) -> tuple[Argument, ...]:
    given: list[str] = []
    open_ = True  # an argument may stand here
    for piece in pieces:
        if piece == "," and open_:
            raise Fault(*_MISSING)
        if piece != "," and not open_:
            raise Fault(f"a comma is missing before {piece!r}", "separate arguments by commas; a text stands in quotes")
        open_ = piece == ","
        given += [] if open_ else [piece]
    if given and open_:
        raise Fault(*_MISSING)
    return tuple(map(_argument, given))


_MISSING: Final = ("an argument is missing beside a comma", "separate arguments by one comma each: join(' ', A, B)")


def _argument(piece: str) -> Argument:
    if piece.startswith("'"):
        return Argument(piece[1:-1].replace("''", "'"), is_field=False)
    return Argument(piece, is_field=not _NUMBER.fullmatch(piece))
