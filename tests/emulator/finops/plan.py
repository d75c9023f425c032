"""Which keys can match a filter, in order: what keeps reading fast where the real service has indexes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product, takewhile
from math import prod
from typing import Any

from tests.emulator.finops.filters import Term
from tests.emulator.finops.schema import COMPANY
from tests.emulator.finops.store import Key, Table

_MOST_LOOKUPS = 10_000
_WORTHWHILE = 8


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of keys in order."""

    keys: Sequence[Key]
    start: int
    end: int

    def __len__(self) -> int:
        return max(0, self.end - self.start)

    def __iter__(self) -> Iterator[Key]:
        keys = self.keys
        for place in range(self.start, self.end):
            yield keys[place]

    def after(self, key: Key) -> Span:
        """What is left behind a key."""
        return Span(self.keys, bisect_right(self.keys, key, self.start, max(self.start, self.end)), self.end)


def fixed(terms: Sequence[Term]) -> dict[str, frozenset[Any]]:
    """The values that fields can have in a match, where a filter says so."""
    found: dict[str, frozenset[Any]] = {}
    for term in terms:
        if term.operator == "eq":
            found[term.field] = found.get(term.field, term.values) & term.values
    return found


def span(table: Table, terms: Sequence[Term]) -> Span:
    """Every key that can match, and few others."""
    values = fixed(terms)
    chosen = [values.get(name) for name in table.entity.key]
    if None not in chosen and prod(len(each or ()) for each in chosen) <= _MOST_LOOKUPS:
        keys = sorted(key for key in product(*(each or () for each in chosen)) if key in table.rows)
        return Span(keys, 0, len(keys))
    found = _range(table, terms)
    for name, wanted in values.items():
        if table.entity.fields[name].type == "code" and name != COMPANY:
            index = table.index(name)
            if sum(len(index.get(value, ())) for value in wanted) * _WORTHWHILE <= len(found):
                keys = sorted(set().union(*(index.get(value, ()) for value in wanted)))
                return Span(keys, 0, len(keys))
    return found


def _range(table: Table, terms: Sequence[Term]) -> Span:
    """The stretch with the fixed beginning of the key, limited by what is said of the part that follows.

    One part follows at least: a key that is fixed as a whole was looked up.
    """
    keys, values = table.keys, fixed(terms)
    single = takewhile(lambda name: len(values.get(name, ())) == 1, table.entity.key)
    prefix = tuple(value for name in single for value in values[name])
    size = len(prefix)
    start, end = _edges(keys, prefix, 0, len(keys))
    for term in terms:
        if term.field != table.entity.key[size] or term.operator == "eq":
            continue
        (limit,) = term.values
        low, high = _edges(keys, (*prefix, limit), start, end)
        if term.operator in ("gt", "ge"):
            start = high if term.operator == "gt" else low
        else:
            end = low if term.operator == "lt" else high
    return Span(keys, start, end)


def _edges(keys: Sequence[Key], prefix: Key, start: int, end: int) -> tuple[int, int]:
    """Where keys with a beginning start and end."""
    size = len(prefix)
    low = bisect_left(keys, prefix, start, max(start, end))
    return low, bisect_right(keys, prefix, low, max(low, end), key=lambda key: key[:size])
