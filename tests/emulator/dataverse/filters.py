"""`$filter` compiled: a test over the values of a row and, where indexes help, the ids that can match at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any

from odata_query import ast

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.grammar import parse
from tests.emulator.dataverse.operands import Operand, literal, operand, same_type
from tests.emulator.dataverse.operations import QUERY_FUNCTIONS
from tests.emulator.dataverse.refusal import bad_request, left_out
from tests.emulator.dataverse.store import Table
from tests.emulator.odata_nodes import terms_of

Values = Mapping[str, Any]
Test = Callable[[Values], bool]
Plan = Callable[[], set[str]]
_TEXT_FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_ORDERS: Mapping[type[ast._Comparator], Callable[[Any, Any], bool]] = {
    ast.Gt: gt,
    ast.GtE: ge,
    ast.Lt: lt,
    ast.LtE: le,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled filter; `plan` gives a set of ids that holds every match, if an index knows one."""

    test: Test
    plan: Plan | None = None


def compiled(environment: Environment, table: Table, text: str) -> Filter:
    """Compiles a filter for a table or refuses it."""
    return _Compiler(environment, table).compile(parse(text))


class _Compiler:
    def __init__(self, environment: Environment, table: Table) -> None:
        self.environment = environment
        self.table = table

    def compile(self, node: ast._Node) -> Filter:
        if isinstance(node, ast.BoolOp):
            terms = [self.compile(term) for term in terms_of(node)]
            return _all(terms) if isinstance(node.op, ast.And) else _any(terms)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.compile(node.operand).test
            return Filter(lambda values: not inner(values))
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.CollectionLambda):
            raise left_out("collection navigation in $filter (any, all)")
        raise bad_request("The $filter expression must evaluate to a single boolean value.")

    def _compare(self, node: ast.Compare) -> Filter:
        left = operand(self.environment, self.table, node.left)
        right = operand(self.environment, self.table, node.right)
        kind = same_type(left, right, type(node.comparator).__name__)
        left, right = left.read_as(kind), right.read_as(kind)
        if isinstance(node.comparator, ast.Eq | ast.NotEq):
            equal = self._equal(left, right)
            if isinstance(node.comparator, ast.Eq):
                return equal
            return Filter(lambda values: not equal.test(values))
        order = _ORDERS[type(node.comparator)]
        first, second = left.get, right.get

        def test(values: Values) -> bool:
            one, other = first(values), second(values)
            return one is not None and other is not None and order(one, other)

        return Filter(test)

    def _equal(self, left: Operand, right: Operand) -> Filter:
        if left.is_literal:
            left, right = right, left
        get, other = left.get, right.get
        if not right.is_literal:
            return Filter(lambda values: get(values) == other(values))
        wanted = right.value
        return Filter(lambda values: get(values) == wanted, self._lookup(left, {wanted}))

    def _lookup(self, found: Operand, wanted: set[Any]) -> Plan | None:
        """The plan for a column that equals one of some values, if the column is one that is indexed."""
        table, column = self.table, found.column
        if column is None or column.type not in ("code", "lookup", "guid") or None in wanted:
            return None
        if column.name == table.definition.id:
            return lambda: wanted & table.rows.keys()
        index = table.index(column.wire)
        nothing: set[str] = set()
        if len(wanted) == 1:
            (only,) = wanted
            return lambda: index.get(only, nothing)
        return lambda: set().union(*(index.get(value, nothing) for value in wanted))

    def _call(self, node: ast.Call) -> Filter:
        name = ".".join((*node.func.namespace, node.func.name))
        if name in _TEXT_FUNCTIONS:
            return self._text_function(name, node.args)
        prefix, _, query = name.rpartition(".")
        if prefix != "Microsoft.Dynamics.CRM":
            raise bad_request(f"An unknown function with name '{name}' was found, or it is not supported.")
        if query not in QUERY_FUNCTIONS:
            raise left_out(f"the query function {query}")
        return self._query_function(query, node.args)

    def _text_function(self, name: str, arguments: list[ast._Node]) -> Filter:
        where = operand(self.environment, self.table, arguments[0])
        what = operand(self.environment, self.table, arguments[1])
        if where.edm != "Edm.String" or what.edm != "Edm.String" or not what.is_literal:
            raise bad_request(f"No function signature for the function with name '{name}' matches the arguments.")
        matches, get, part = _TEXT_FUNCTIONS[name], where.get, str(what.value)

        def test(values: Values) -> bool:
            text = get(values)
            return text is not None and matches(text, part)

        return Filter(test)

    def _query_function(self, query: str, arguments: list[ast._Node]) -> Filter:
        given = {each.name.name: each.param for each in arguments if isinstance(each, ast.NamedParam)}
        name, members = given.get("PropertyName"), given.get("PropertyValues")
        if len(given) != 2 or not isinstance(name, ast.String) or not isinstance(members, ast.List):
            raise bad_request(f"{query} takes PropertyName and PropertyValues.")
        column = operand(self.environment, self.table, ast.Identifier(name.val), by_query=True)
        wanted = [column.accept(literal(member)) for member in members.val]
        if query.endswith("In"):
            found = _membership(column, frozenset(wanted), self._lookup(column, set(wanted)))
        else:
            found = _between(column, wanted)
        return found if not query.startswith("Not") else Filter(lambda values: not found.test(values))


def _membership(column: Operand, wanted: frozenset[Any], plan: Plan | None) -> Filter:
    get = column.get
    return Filter(lambda values: get(values) in wanted, plan)


def _between(column: Operand, wanted: list[Any]) -> Filter:
    if len(wanted) != 2 or None in wanted:
        raise bad_request("Between takes two values.")
    get, (low, high) = column.get, wanted

    def test(values: Values) -> bool:
        value = get(values)
        return value is not None and low <= value <= high

    return Filter(test)


def _all(terms: list[Filter]) -> Filter:
    tests = [term.test for term in terms]
    plans = [term.plan for term in terms if term.plan is not None]
    test = _both(*tests) if len(tests) == 2 else lambda values: all(each(values) for each in tests)
    return Filter(test, (lambda: min((plan() for plan in plans), key=len)) if plans else None)


def _both(first: Test, second: Test) -> Test:
    return lambda values: first(values) and second(values)


def _any(terms: list[Filter]) -> Filter:
    tests = [term.test for term in terms]
    plans = [term.plan for term in terms if term.plan is not None]

    def test(values: Values) -> bool:
        return any(each(values) for each in tests)

    if len(plans) < len(terms):
        return Filter(test)
    return Filter(test, lambda: set().union(*(plan() for plan in plans)))
