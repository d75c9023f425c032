"""`$filter` compiled: a test over the fields of a row and, where an index knows them, the ids that can match at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from tests.emulator.business_central.operands import Operand, field_of, literal
from tests.emulator.business_central.refusal import Refusal, bad_request
from tests.emulator.business_central.schema import Page
from tests.emulator.business_central.store import Table
from tests.emulator.odata_nodes import terms_of

Values = Mapping[str, Any]
Test = Callable[[Values], bool]
_COMPARE: Final[Mapping[type[ast._Comparator], Callable[[Any, Any], bool]]] = {
    ast.Eq: eq,
    ast.NotEq: ne,
    ast.Gt: gt,
    ast.GtE: ge,
    ast.Lt: lt,
    ast.LtE: le,
}
_MIRRORED: Final = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}
_FUNCTIONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
ANYTHING: Final = "*"
"""In a text that is looked for with `eq`, as in filters of people (MicrosoftDocs/dynamics365smb-devitpro-pb 2551)."""
OR: Final = "The 'OR' operator is not supported on distinct fields on an OData filter."


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled filter. names: the properties it is about. field, wanted: all matches have one of these values."""

    test: Test
    names: frozenset[str] = frozenset()
    field: str = ""
    wanted: frozenset[Any] = frozenset()

    def ids(self, table: Table) -> set[str] | None:
        """The ids of rows that can match, if an index knows them."""
        if not self.field:
            return None
        index = table.index(self.field)
        return set().union(*(index.get(value, ()) for value in self.wanted))


EVERYTHING: Final = Filter(lambda values: True)  # noqa: ARG005 - every row, whatever it holds


def compiled(page: Page, text: str, *, newer: bool) -> Filter:
    """Compiles a filter for a page or refuses it. newer: the caller asked for schema version 2.1."""
    try:
        return _Compiler(page, newer).compile(parse(text))
    except RecursionError as error:
        raise bad_request("The $filter expression is too complex.") from error


@lru_cache(1024)
def parse(text: str) -> ast._Node:
    """The tree of a filter."""
    try:
        found = ODataParser().parse(ODataLexer().tokenize(text))
    except (ODataException, AttributeError) as error:
        raise _syntax(text, str(error)) from error
    if not isinstance(found, ast._Node):
        raise _syntax(text, "nothing to evaluate")
    return found


class _Compiler:
    def __init__(self, page: Page, newer: bool) -> None:
        self.page = page
        self.newer = newer

    def compile(self, node: ast._Node) -> Filter:
        if isinstance(node, ast.BoolOp):
            filters = [self.compile(term) for term in terms_of(node)]
            return _all(filters) if isinstance(node.op, ast.And) else _any(filters)
        if isinstance(node, ast.Compare):
            return self._in(node) if isinstance(node.comparator, ast.In) else self._compare(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.CollectionLambda):
            return EVERYTHING
        raise bad_request("The $filter expression must evaluate to a single boolean value that this service supports.")

    def _compare(self, node: ast.Compare) -> Filter:
        left, right, comparator = node.left, node.right, type(node.comparator)
        if not isinstance(left, ast.Identifier | ast.Call):
            left, right, comparator = right, left, _MIRRORED.get(comparator, comparator)
        operand = self._operand(left)
        if operand is None:
            return EVERYTHING
        value = operand.fold(literal(operand, right))
        compare, get = _COMPARE[comparator], operand.get
        if comparator is ast.Eq and isinstance(value, str) and ANYTHING in value:
            looks_like = re.compile(".*".join(map(re.escape, value.split(ANYTHING))), re.DOTALL).fullmatch
            return Filter(lambda values: looks_like(get(values)) is not None, frozenset({operand.name}))
        test: Test = lambda values: compare(get(values), value)  # noqa: E731 - one of a pair
        if comparator is ast.Eq and operand.exact:
            return Filter(test, frozenset({operand.name}), operand.field.source, frozenset({value}))
        return Filter(test, frozenset({operand.name}))

    def _in(self, node: ast.Compare) -> Filter:
        """An older schema version reads past it, without an error (microsoft/ALAppExtensions 25734)."""
        if not self.newer:
            return EVERYTHING
        operand = self._operand(node.left)
        if operand is None or not isinstance(node.right, ast.List):
            raise bad_request("The operator 'in' takes a property and a list.")
        wanted, get = frozenset(operand.fold(literal(operand, each)) for each in node.right.val), operand.get
        field = operand.field.source if operand.exact else ""
        return Filter(lambda values: get(values) in wanted, frozenset({operand.name}), field, wanted)

    def _call(self, node: ast.Call) -> Filter:
        matches = _FUNCTIONS.get(node.func.name)
        if matches is None or len(node.args) != 2:
            raise bad_request(f"The function '{node.func.name}' is not supported in $filter.")
        if isinstance(node.args[0], ast.Call) and not self.newer:
            return EVERYTHING
        operand = self._operand(node.args[0])
        if operand is None or operand.field.type not in ("text", "code", "memo"):
            raise bad_request(f"No function signature for the function with name '{node.func.name}' matches.")
        part, get = operand.fold(literal(operand, node.args[1])), operand.get
        return Filter(lambda values: matches(get(values), part), frozenset({operand.name}))

    def _operand(self, node: ast._Node) -> Operand | None:
        """A property, alone or in one function; None for what an older schema version reads past."""
        if isinstance(node, ast.Identifier):
            return field_of(self.page, node.name)
        if not isinstance(node, ast.Call) or not node.args:
            raise bad_request("A side of a comparison in $filter must be a property and the other one a literal.")
        if isinstance(node.args[0], ast.Call) and not self.newer:
            return None
        inner = self._operand(node.args[0])
        return inner and inner.through(node.func.name, [literal_number(each) for each in node.args[1:]])


def literal_number(node: ast._Node) -> int:
    if not isinstance(node, ast.Integer):
        raise bad_request("A whole number is needed in $filter.")
    return int(node.val)


def _all(filters: Sequence[Filter]) -> Filter:
    tests = [each.test for each in filters]
    known = next((each for each in filters if each.field), EVERYTHING)
    names = frozenset().union(*(each.names for each in filters))
    return Filter(lambda values: all(test(values) for test in tests), names, known.field, known.wanted)


def _any(filters: Sequence[Filter]) -> Filter:
    """Any of them: the service knows that of one field only."""
    names = frozenset().union(*(each.names for each in filters))
    if len(names) > 1:
        raise bad_request(OR)
    tests = [each.test for each in filters]
    fields = {each.field for each in filters}
    field = fields.pop() if len(fields) == 1 else ""
    wanted = frozenset().union(*(each.wanted for each in filters))
    return Filter(lambda values: any(test(values) for test in tests), names, field, wanted)


def _syntax(text: str, reason: str) -> Refusal:
    return bad_request(f"Syntax error in '{text}': {reason}.", "BadRequest_NotFound")
