"""The sides of a comparison in `$filter`: columns, columns of a row pointed to, and literals, with their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from odata_query import ast

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.refusal import Refusal, bad_request, no_property
from tests.emulator.dataverse.schema import Column
from tests.emulator.dataverse.store import Table
from tests.emulator.dataverse.values import EDM, fold, moment

Values = Mapping[str, Any]
_NUMBERS = ("Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double")
_TIMES = ("Edm.Date", "Edm.DateTimeOffset")


@dataclass(frozen=True, slots=True)
class Operand:
    """One side: its type, how to get its folded value from a row, and the column or literal it is."""

    edm: str | None
    get: Callable[[Values], Any]
    column: Column | None = None
    is_literal: bool = False
    value: Any = None

    def read_as(self, edm: str | None) -> Operand:
        """The same side where both are compared as points in time: days begin at midnight."""
        if edm != "Edm.DateTimeOffset" or self.edm != "Edm.Date":
            return self
        if self.is_literal:
            return replace(self, value=f"{self.value}T00:00:00Z", get=_constant(f"{self.value}T00:00:00Z"))
        inner = self.get
        return replace(self, get=lambda values: _midnight(inner(values)))

    def accept(self, other: Operand) -> Any:
        """The value of a literal that is compared with this column by a query function; text fits every column."""
        if other.value is None or self.edm in (other.edm, None):
            return other.value
        if self.edm in _NUMBERS and other.edm in _NUMBERS:
            return other.value
        if other.edm != "Edm.String":
            raise _incompatible(self, other, "Equal")
        return _converted(self, other)


def _converted(column: Operand, other: Operand) -> Any:
    text = str(other.value)
    if column.edm == "Edm.Guid":
        return text
    if column.edm in _TIMES:
        return text.upper()
    if column.edm == "Edm.Boolean" and text in ("0", "1", "false", "true"):
        return text in ("1", "true")
    try:
        return float(text)
    except ValueError as error:
        raise _incompatible(column, other, "Equal") from error


def operand(environment: Environment, table: Table, node: ast._Node, *, by_query: bool = False) -> Operand:
    """A side of a comparison, or a refusal that names what is not known."""
    if isinstance(node, ast.Identifier) and not node.namespace:
        return _column(table, node.name, by_query=by_query)
    if isinstance(node, ast.Attribute):
        return _path(environment, table, node)
    return literal(node)


def named(environment: Environment, table: Table, name: str) -> Operand:
    """The column behind `column` or `navigation/column`."""
    owner, slash, rest = name.partition("/")
    return operand(environment, table, ast.Attribute(ast.Identifier(owner), rest) if slash else ast.Identifier(name))


def _column(table: Table, name: str, *, by_query: bool = False) -> Operand:
    column = table.definition.wires.get(name)
    if by_query and column is None:
        column = table.definition.columns.get(name)
    if column is None or column.write_only:
        if by_query:
            text = f"'{table.definition.logical}' entity doesn't contain attribute with Name = '{name}'."
            raise Refusal(400, "0x80041103", text)
        raise no_property(name, table.definition.logical)
    wire = column.wire
    if column.compared_as_text:
        return Operand(EDM[column.type], lambda values: fold(values[wire]), column)
    return Operand(EDM[column.type], lambda values: values[wire], column)


def _path(environment: Environment, table: Table, node: ast.Attribute) -> Operand:
    """A column of the row that a lookup points to; a chain of lookups works the same way."""
    name = node.owner.name if isinstance(node.owner, ast.Identifier) else None
    if name is None:
        raise bad_request("A path in $filter goes over one lookup.")
    navigation = table.definition.navigations.get(name)
    if navigation is None:
        raise no_property(name, table.definition.logical)
    target = environment.table(navigation.sets[0])
    inner = _column(target, node.attr)
    wire, get = navigation.column.wire, inner.get

    def follow(values: Values) -> Any:
        row = target.rows.get(values[wire])
        return get(row.values) if row is not None else None

    return Operand(inner.edm, follow)


def literal(node: ast._Node) -> Operand:
    """A literal, as it is compared."""
    if isinstance(node, ast.Null):
        return _literal(None, None)
    if isinstance(node, ast.String):
        return _literal("Edm.String", fold(node.val))
    if isinstance(node, ast.Integer):
        return _literal("Edm.Int32", int(node.val))
    if isinstance(node, ast.Float):
        return _literal("Edm.Decimal", float(node.val))
    if isinstance(node, ast.Boolean):
        return _literal("Edm.Boolean", node.val == "true")
    if isinstance(node, ast.GUID):
        return _literal("Edm.Guid", node.val.lower())
    if isinstance(node, ast.Date):
        return _literal("Edm.Date", node.val)
    if isinstance(node, ast.DateTime):
        return _literal("Edm.DateTimeOffset", _moment(node.val))
    raise bad_request("The $filter expression holds something that is not supported in a comparison.")


def _moment(text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.") from error
    if when.tzinfo is None:
        raise bad_request(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}': the time zone is missing.")
    return moment(when)


def _literal(edm: str | None, value: Any) -> Operand:
    return Operand(edm, _constant(value), is_literal=True, value=value)


def _constant(value: Any) -> Callable[[Values], Any]:
    return lambda values: value  # noqa: ARG005


def _midnight(day: str | None) -> str | None:
    return None if day is None else f"{day}T00:00:00Z"


def same_type(left: Operand, right: Operand, comparator: str) -> str | None:
    """The type both sides are compared as; sides that do not go together are refused."""
    if left.edm is None or right.edm is None or left.edm == right.edm:
        return left.edm or right.edm
    if left.edm in _NUMBERS and right.edm in _NUMBERS:
        return "Edm.Decimal"
    if left.edm in _TIMES and right.edm in _TIMES:
        return "Edm.DateTimeOffset"
    raise _incompatible(left, right, {"Eq": "Equal", "NotEq": "NotEqual"}.get(comparator, comparator))


def _incompatible(left: Operand, right: Operand, operator: str) -> Refusal:
    return bad_request(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{left.edm}' and '{right.edm}' for operator kind '{operator}'."
    )
