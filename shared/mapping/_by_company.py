"""Lines that hold for some companies only, and those whose place another line takes in some companies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.mapping._grammar import ParsedLine
from shared.mapping._lines import Line
from shared.mapping._values import ABSENT

ANOTHER: Final = "?"
"""Stands for every company that no line names."""


def shared_out(lines: Sequence[ParsedLine], at_work: Iterable[ParsedLine]) -> list[ParsedLine]:
    """The lines, each with the companies that others take from it.

    at_work: lines that are on, and those that switch one off. What a line of the same two fields has for a company, and
    what is switched off for it, the line for all others has not.
    """
    taken: dict[tuple[str, str], set[str]] = {}
    gone: dict[tuple[str, str], set[str]] = {}
    for line in at_work:
        for found in (taken, gone) if "off" in line.options else (taken,):
            found.setdefault(line.pair, set()).update(line.companies)
    return [
        replace(line, besides=tuple(sorted((gone if line.companies else taken).get(line.pair, ())))) for line in lines
    ]


def overlap(one: ParsedLine, two: ParsedLine) -> bool:
    """True if there is a company in which both lines hold."""
    if not one.companies and not two.companies:
        return True
    named = (one.companies or two.companies) & (two.companies or one.companies)
    return bool(named - {*one.besides, *two.besides})


@dataclass(frozen=True, slots=True)
class Local:
    """The lines of one side that do not hold everywhere.

    company_of: the company of a raw record, in the spelling that codes are compared in; None if nobody knows.
    """

    lines: tuple[Line, ...]
    company_of: Callable[[Mapping[str, Any]], str | None]

    def mask(self, row: Mapping[str, Any], values: list[str]) -> None:
        """Makes the values of lines that do not hold for a record absent: they neither flow nor are agreed on."""
        company = self.company_of(row)
        for line in self.lines:
            if company is None or not line.holds(company):
                values[line.index] = ABSENT


def by_mark(held: Callable[[Mapping[str, Any]], str], marks: Mapping[str, str]) -> Callable[[Mapping[str, Any]], str]:
    """The company of a row of Dataverse from what it holds. marks: what rows of the companies that lines name hold."""
    return lambda row: marks.get(held(row), ANOTHER)
