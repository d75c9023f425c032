"""The sides of a comparison in `$filter`: a property, alone or in a function, and a literal of its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from odata_query import ast

from tests.emulator.business_central.refusal import Refusal, bad_request, no_property
from tests.emulator.business_central.schema import TEXTS, Page, Property
from tests.emulator.business_central.values import comparable, member_of, read_moment
from tests.emulator.business_central.views import filterable

Values = Mapping[str, Any]
_CASES: Final = frozenset({"tolower", "toupper"})


@dataclass(frozen=True, slots=True)
class Operand:
    """A property as it is compared: how to get it from a row, and what to make of the other side.

    exact: stored values that equal the other side match, and no others.
    """

    name: str
    field: Property
    get: Callable[[Values], Any]
    fold: Callable[[Any], Any]
    exact: bool = True

    def through(self, function: str, numbers: Sequence[int]) -> Operand:
        """What a function makes of it: both functions of letter case say that it does not count."""
        if self.field.type not in TEXTS or function not in {*_CASES, "substring"}:
            raise bad_request(f"The function '{function}' is not supported in $filter.")
        inner = self.get
        if function in _CASES:
            return Operand(self.name, self.field, lambda values: inner(values).lower(), _lower, exact=False)
        if not 1 <= len(numbers) <= 2:
            raise bad_request("No function signature for the function with name 'substring' matches.")
        start, end = numbers[0], numbers[0] + numbers[1] if len(numbers) == 2 else None
        return Operand(self.name, self.field, lambda values: inner(values)[start:end], self.fold, exact=False)


def _lower(value: Any) -> Any:
    return value.lower()


def field_of(page: Page, name: str) -> Operand:
    """A property of a page. What the page computes is no field, and nothing can be filtered by it."""
    found = page.properties.get(name)
    if found is None:
        raise no_property(name, page.qualified_type)
    if not filterable(page, found):
        raise bad_request(f"The property '{name}' cannot be used in the $filter query option.")
    source, kind = found.source, found.type
    if kind == "datetime":
        return Operand(name, found, lambda values: comparable(kind, values[source]), _moment, exact=False)
    if kind == "enum":
        order = found.members.index
        return Operand(name, found, lambda values: order(values[source]), order, exact=False)
    return Operand(name, found, lambda values: values[source], _upper if kind == "code" else _same)


def _moment(value: Any) -> Any:
    return comparable("datetime", value)


def _same(value: Any) -> Any:
    return value


def _upper(value: Any) -> Any:
    return value.upper().strip()


def literal(operand: Operand, node: ast._Node) -> Any:
    """A literal of the type of the property it is compared with, or a refusal."""
    found = _LITERALS.get(type(node))
    kind = operand.field.type
    if found is None or kind not in found[0]:
        raise _incompatible(operand, node)
    value = found[1](node)
    if kind == "enum":
        member = member_of(operand.field, value)
        if member is None:
            raise bad_request(f"The string '{value}' is not a valid enumeration type constant.")
        return member
    if value is None:
        raise _incompatible(operand, node)
    return value


_LITERALS: Final[Mapping[type[ast._Node], tuple[frozenset[str], Callable[[Any], Any]]]] = {
    ast.String: (TEXTS | {"enum"}, lambda node: node.val),
    ast.Integer: (frozenset({"int", "decimal"}), lambda node: Decimal(node.val)),
    ast.Float: (frozenset({"decimal"}), lambda node: Decimal(node.val)),
    ast.Boolean: (frozenset({"bool"}), lambda node: node.val == "true"),
    ast.GUID: (frozenset({"guid"}), lambda node: node.val.lower()),
    ast.Date: (frozenset({"date"}), lambda node: node.val),
    ast.DateTime: (frozenset({"datetime"}), lambda node: read_moment(node.val)),
}


def _incompatible(operand: Operand, node: ast._Node) -> Refusal:
    return bad_request(
        f"A binary operator with incompatible types was detected: the property '{operand.name}' has the type "
        f"'{operand.field.edm}', the literal is a {type(node).__name__}."
    )
