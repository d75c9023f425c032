"""`$filter` compiled: a test over the values of a row, and what the keys and indexes can make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any

from tests.emulator.finops.grammar import Binary, Call, Chain, Node, Not, parse
from tests.emulator.finops.operands import Operand, Values, check_types, operand
from tests.emulator.finops.refusal import bad_request
from tests.emulator.finops.store import Table
from tests.emulator.finops.values import fold

Test = Callable[[Values], bool]
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}
_MIRRORED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


@dataclass(frozen=True, slots=True)
class Term:
    """What every match has: a field whose folded value is one of some, or lies on one side of one."""

    field: str
    operator: str
    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled filter; `terms` all hold for every match. exact: what meets them all is a match."""

    test: Test
    terms: tuple[Term, ...] = ()
    exact: bool = False


EVERYTHING = Filter(lambda values: True)  # noqa: ARG005 - every row, whatever it holds


def compiled(table: Table, text: str, *, functions: bool) -> Filter:
    """Compiles a filter for an entity or refuses it. `functions`: whether text functions are accepted."""
    try:
        return _Compiler(table, functions).compile(parse(text))
    except RecursionError as error:
        raise bad_request("The $filter expression is too complex.") from error


def both(first: Filter, second: Filter) -> Filter:
    """What passes both filters."""
    return _all((first, second))


def one_of(table: Table, name: str, wanted: frozenset[Any]) -> Filter:
    """Rows whose field is one of some folded values."""
    folded = table.folders[name]
    return Filter(lambda values: folded(values[name]) in wanted, (Term(name, "eq", wanted),), exact=True)


class _Compiler:
    def __init__(self, table: Table, functions: bool) -> None:
        self.table = table
        self.functions = functions

    def compile(self, node: Node) -> Filter:
        if isinstance(node, Chain):
            filters = [self.compile(term) for term in node.terms]
            return _all(filters) if node.operator == "and" else self._any(filters)
        if isinstance(node, Not):
            inner = self.compile(node.term).test
            return Filter(lambda values: not inner(values))
        if isinstance(node, Binary) and node.operator in _MIRRORED:
            return self._compare(node)
        if isinstance(node, Call):
            return self._call(node)
        raise bad_request("The $filter expression must evaluate to a single boolean value.")

    def _compare(self, node: Binary) -> Filter:
        left, right, operator = operand(self.table, node.left), operand(self.table, node.right), node.operator
        check_types(left, right, operator)
        if left.is_literal and not right.is_literal:
            left, right, operator = right, left, _MIRRORED[operator]
        if operator in ("eq", "ne"):
            found = self._equal(left, right)
            return found if operator == "eq" else _negated(found)
        compare, first, second = _ORDERS[operator], left.get, right.get
        if left.field is None or not right.is_literal:
            return Filter(lambda values: compare(first(values), second(values)))
        limit = second({})
        return Filter(
            lambda values: compare(first(values), limit), (Term(left.field.name, operator, frozenset({limit})),)
        )

    def _equal(self, left: Operand, right: Operand) -> Filter:
        first, second = left.get, right.get
        if not right.is_literal:
            return Filter(lambda values: first(values) == second(values))
        if right.edm == "Edm.String" and "*" in right.value:
            matches = _wildcard(right.value)
            return Filter(lambda values: matches(first(values)))
        wanted = second({})
        if left.field is None:
            return Filter(lambda values: first(values) == wanted)
        folded = self.table.folders[left.field.name](right.value)
        return Filter(lambda values: first(values) == wanted, (Term(left.field.name, "eq", frozenset({folded})),), True)

    def _any(self, filters: Sequence[Filter]) -> Filter:
        """Any of them; many values of the same field are looked up at once."""
        single = [each.terms[0] for each in filters if each.exact and len(each.terms) == 1]
        terms = [term for term in single if term.operator == "eq"]
        if len(terms) == len(filters) and len({term.field for term in terms}) == 1:
            return one_of(self.table, terms[0].field, frozenset().union(*(term.values for term in terms)))
        tests = [each.test for each in filters]
        return Filter(lambda values: any(test(values) for test in tests))

    def _call(self, node: Call) -> Filter:
        matches = _FUNCTIONS.get(node.function)
        if matches is None or not self.functions:
            raise bad_request(f"The function '{node.function}' is not supported in $filter.")
        sides = [operand(self.table, each) for each in node.arguments]
        if [side.edm for side in sides] != ["Edm.String", "Edm.String"]:
            raise bad_request(f"No function signature for the function with name '{node.function}' matches.")
        first, second = sides[0].get, sides[1].get
        return Filter(lambda values: matches(first(values), second(values)))


def _all(filters: Sequence[Filter]) -> Filter:
    tests = [each.test for each in filters]
    terms = tuple(term for each in filters for term in each.terms)
    exact = all(each.exact for each in filters)
    if len(tests) == 2:
        one, other = tests
        return Filter(lambda values: one(values) and other(values), terms, exact)
    return Filter(lambda values: all(test(values) for test in tests), terms, exact)


def _negated(found: Filter) -> Filter:
    test = found.test
    return Filter(lambda values: not test(values))


def _wildcard(text: str) -> Callable[[str], bool]:
    """Text with `*` for anything, compared without letter case."""
    first, *middle, last = fold(text).split("*")

    def matches(found: str) -> bool:
        if not found.startswith(first) or not found.endswith(last):
            return False
        place, end = len(first), len(found) - len(last)
        for piece in middle:
            place = found.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return place <= end

    return matches
