"""The sides of a comparison in `$filter`: properties, literals and calculations, with their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from tests.emulator.finops.grammar import Binary, Name, Node, Value
from tests.emulator.finops.refusal import Refusal, bad_request, no_property
from tests.emulator.finops.schema import NAMESPACE, TEXTS, Field, enums
from tests.emulator.finops.store import Table
from tests.emulator.finops.values import fold, read_moment

Values = Mapping[str, Any]
Get = Callable[[Values], Any]
_NUMBERS = frozenset({"Edm.Int32", "Edm.Decimal"})
_DIGITS = 29
_EXACT = Context(prec=60)
_CALCULATIONS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "add": _EXACT.add,
    "sub": _EXACT.subtract,
    "mul": _EXACT.multiply,
    "div": _EXACT.divide,
    "divby": _EXACT.divide,
    "mod": _EXACT.remainder,
}


@dataclass(frozen=True, slots=True)
class Operand:
    """One side: its type, how to get its comparable value from a row, and the property or literal it is."""

    edm: str
    get: Get
    field: Field | None = None
    is_literal: bool = False
    value: Any = None

    @property
    def is_enum(self) -> bool:
        return self.edm.startswith(NAMESPACE)

    @property
    def is_number(self) -> bool:
        return self.edm in _NUMBERS


def operand(table: Table, node: Node) -> Operand:
    """A side of a comparison, or a refusal that names what is not known."""
    if isinstance(node, Name):
        return _property(table, node.name)
    if isinstance(node, Value):
        return _literal(node)
    if isinstance(node, Binary) and node.operator in _CALCULATIONS:
        return _calculation(table, node)
    raise bad_request("An operand of a comparison in $filter must be a property, a literal or a calculation.")


def check_types(left: Operand, right: Operand, operator: str) -> None:
    """Refuses a comparison of sides that do not go together, and an order of enumerations."""
    if left.edm != right.edm and not (left.is_number and right.is_number):
        raise _incompatible(left, right, operator)
    if left.is_enum and operator not in ("eq", "ne"):
        raise bad_request(f"The operator '{operator}' is not supported for enumerations, only eq and ne are.")


def _property(table: Table, name: str) -> Operand:
    field = table.entity.fields.get(name)
    if field is None:
        raise no_property(name, table.entity.qualified_type)
    if field.type in TEXTS:
        return Operand(field.edm, lambda values: fold(values[name]), field)
    return Operand(field.edm, lambda values: values[name], field)


def _literal(node: Value) -> Operand:
    if node.kind == "text":
        return _constant("Edm.String", node.text)
    if node.kind == "number":
        return _number(node)
    if node.kind == "guid":
        return _constant("Edm.Guid", node.text.lower())
    if node.kind == "datetime":
        found = read_moment(node.text)
        if found is None:
            raise bad_request(f"Unrecognized 'Edm.DateTimeOffset' literal '{node.text}': write 2020-01-01T00:00:00Z.")
        return _constant("Edm.DateTimeOffset", found)
    if node.kind == "enum":
        return _member(node)
    if node.kind == "boolean":
        return _constant("Edm.Boolean", node.text)
    raise bad_request("null is not supported in $filter: no value is ever null here.")


def _number(node: Value) -> Operand:
    try:
        value = Decimal(node.text)
    except InvalidOperation as error:
        raise bad_request(f"Unrecognized number '{node.text}'.") from error
    if value and value.adjusted() >= _DIGITS:
        raise bad_request(f"The number '{node.text}' is too large.")
    return _constant("Edm.Int32" if node.text.lstrip("-").isdigit() else "Edm.Decimal", value)


def _member(node: Value) -> Operand:
    namespace, _, name = node.enum.rpartition(".")
    if namespace != NAMESPACE or name not in enums():
        raise bad_request(f"The enumeration type '{node.enum}' is not known.")
    if node.text not in enums()[name]:
        raise bad_request(f"The string '{node.text}' is not a valid enumeration type constant of '{node.enum}'.")
    return _constant(node.enum, node.text)


def _constant(edm: str, value: Any) -> Operand:
    compared = fold(value) if edm == "Edm.String" else value
    return Operand(edm, lambda values: compared, is_literal=True, value=value)  # noqa: ARG005 - as any other side


def _calculation(table: Table, node: Binary) -> Operand:
    left, right = operand(table, node.left), operand(table, node.right)
    if not left.is_number or not right.is_number:
        raise _incompatible(left, right, node.operator)
    calculate, first, second = _CALCULATIONS[node.operator], left.get, right.get

    def get(values: Values) -> Decimal:
        try:
            return calculate(Decimal(first(values)), Decimal(second(values)))
        except ArithmeticError as error:
            raise bad_request("The calculation in $filter divides by zero or overflows.") from error

    return Operand("Edm.Decimal", get)


def _incompatible(left: Operand, right: Operand, operator: str) -> Refusal:
    return bad_request(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{left.edm}' and '{right.edm}' for operator kind '{operator}'."
    )
