"""Scopes: OData filters that say which records a flow is about.

Written once in the map, used twice: pushed to the server where that is safe, and always evaluated on our side, because
delta reads and webhooks cannot filter. Text compares as the servers' collations do: letter case and trailing blanks
do not count, nor do accents in Dataverse. A blank is equal to nothing but a blank, and neither greater nor less; null
is neither zero nor false. Nothing is known of a field that the record lacks, or that holds what its type does not:
where the answer hangs on it, the record is out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Final

from shared.mapping._filter_faults import joined, listed, unreadable
from shared.mapping._fold import fold, look
from shared.mapping._lines import typed
from shared.mapping._problems import Fault
from shared.mapping._schema import NUMBERS, TEXTS, Entity, Field
from shared.mapping._values import ABSENT, BLANK, NO_ID, is_number, reader
from shared.mapping._wording import KINDS, correct_value, correction, labelled

Truth = bool | None
Test = Callable[[Mapping[str, Any]], Truth]
Look = Callable[[Any], Any]

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "Eq": lambda a, b: a == b,
    "NotEq": lambda a, b: a != b,
    "Gt": lambda a, b: a > b,
    "GtE": lambda a, b: a >= b,
    "Lt": lambda a, b: a < b,
    "LtE": lambda a, b: a <= b,
}
_WORDS: Final = {"Eq": "eq", "NotEq": "ne", "Gt": "gt", "GtE": "ge", "Lt": "lt", "LtE": "le"}
_UNORDERED: Final = {"bool", "enum", "guid", "lookup"}
_FUNCTIONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A compiled filter. `pushed` is the text for the server; empty if the server cannot be trusted with it.

    asks: fields that have to hold a certain value, whatever else the filter says; canonical.
    """

    text: str = ""
    fields: tuple[str, ...] = ()
    pushed: str = ""
    asks: tuple[tuple[str, str], ...] = ()
    test: Test = field(default=lambda _row: True, repr=False)

    def includes(self, row: Mapping[str, Any]) -> bool:
        """True if a record, given as raw JSON, is inside."""
        return self.test(row) is True


def compile_scope(text: str, entity: Entity) -> Scope:
    """Compiles a filter against an entity. Raises Fault with what is wrong and what to write."""
    text = joined(text)
    if not text:
        return Scope()
    build = _Builder(entity)
    test, pushed = build.node(_parse(text))
    fields, asks = tuple(dict.fromkeys(build.fields)), tuple(build.asks.items())
    return Scope(text, fields, pushed if build.pushable else "", asks, test)


def _parse(text: str) -> Any:
    from odata_query.exceptions import ODataException  # noqa: PLC0415 - loaded when the first map is

    lexer, parser = _grammar()
    try:
        return parser.parse(lexer.tokenize(text))
    except ODataException as problem:
        raise unreadable(text) from problem


@cache
def _grammar() -> tuple[Any, Any]:
    from odata_query.grammar import ODataLexer, ODataParser  # noqa: PLC0415 - loaded when the first map is

    return ODataLexer(), ODataParser()


class _Builder:
    """Turns the syntax tree into a test on raw records and into text for the server."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.folds = fold if entity.system == "finops" else look
        self.fields: list[str] = []
        self.asks: dict[str, str] = {}
        self.pushable = True

    def node(self, node: Any) -> tuple[Test, str]:
        kind = type(node).__name__
        if kind == "BoolOp":
            return self._bool(node)
        if kind == "UnaryOp" and type(node.op).__name__ == "Not":
            asks = dict(self.asks)
            test, text = self.node(node.operand)
            self.asks = asks
            return lambda row: None if (truth := test(row)) is None else not truth, f"not ({text})"
        if kind == "Compare" and type(node.comparator).__name__ in _COMPARE:
            return self._compare(node)
        if kind == "Call" and node.func.name in _FUNCTIONS:
            return self._call(node)
        if kind == "Compare" and type(node.right).__name__ == "List":
            raise listed(getattr(node.left, "name", "field"), [_written(each) for each in node.right.val])
        what = node.func.name if kind == "Call" else kind
        remedy = "use comparisons, and, or, not, startswith, endswith, contains"
        raise Fault(f"{what} is not allowed in a filter", remedy)

    def _bool(self, node: Any) -> tuple[Test, str]:
        asks = dict(self.asks)
        (left, left_text), (right, right_text) = self.node(node.left), self.node(node.right)
        if type(node.op).__name__ == "And":
            return lambda row: _and(left(row), right(row)), f"({left_text} and {right_text})"
        self.asks = asks
        return lambda row: _or(left(row), right(row)), f"({left_text} or {right_text})"

    def _compare(self, node: Any) -> tuple[Test, str]:
        kind = type(node.comparator).__name__
        word, null = _WORDS[kind], type(node.right).__name__ == "Null"
        if type(node.left).__name__ == "UnaryOp":
            comparison = f"{_written(node.left.operand)} {word} {_written(node.right)}"
            raise Fault("'not' stands before a field", f"put the comparison in parentheses: not ({comparison})")
        found = self._field(node.left)
        if kind not in {"Eq", "NotEq"} and (null or found.type in _UNORDERED):
            what = "null" if null else KINDS[found.type]
            raise Fault(f"{found.name} is compared with {what} by {word}", "use eq or ne")
        if null and self.entity.system == "finops":
            what = f"{found.name} is compared with null, which finance and operations does not have"
            raise Fault(what, _instead_of_null(found, word))
        literal = "" if null else self._literal(node.right, found, word)
        canonical = BLANK if null else typed(literal, found)
        if canonical is None:
            what = f"{literal!r} is not a value of {found.name}, which is {KINDS[found.type]}"
            meant = labelled(literal, found)
            remedy = (
                f"write {found.name} {word} {meant}" if meant else correct_value(found, _EXAMPLES.get(found.type, ""))
            )
            raise Fault(what, remedy)
        view, name, compare = self._view(found), found.wire_name, _COMPARE[kind]
        if kind == "Eq" and not null and found.type != "lookup":
            self.asks[name] = canonical
        expected = BLANK if null else view(canonical)

        def test(row: Mapping[str, Any]) -> Truth:
            value = view(row.get(name, ABSENT))
            if value is ABSENT:
                return None
            if value != expected and (null or value == BLANK):
                return kind == "NotEq"
            return compare(value, expected)

        return test, f"{name} {word} {'null' if null else _rendered(literal, canonical, found)}"

    def _call(self, node: Any) -> tuple[Test, str]:
        self.pushable = False
        target, part = node.args
        found, check = self._field(target), _FUNCTIONS[node.func.name]
        wanted = self.folds(self._literal(part, found, "eq"))
        if found.type not in TEXTS:
            raise Fault(f"{found.name} is no text", f"use eq or ne: {node.func.name} is for texts")
        view, name = self._view(found), found.wire_name

        def test(row: Mapping[str, Any]) -> Truth:
            value = view(row.get(name, ABSENT))
            return None if value is ABSENT else check(value, wanted)

        return test, ""

    def _view(self, found: Field) -> Look:
        return _look(found, self.folds)

    def _field(self, node: Any) -> Field:
        name = getattr(node, "name", "")
        found = self.entity.find(name.removeprefix("_").removesuffix("_value") if name.startswith("_") else name)
        if type(node).__name__ != "Identifier" or found is None:
            what = f"{name or 'an expression'} is not a field of {self.entity.name}"
            remedy = correction(name, self.entity.fields) if name else "write the field left of the operator"
            raise Fault(what, f"use its own fields only: {remedy}")
        self.fields.append(found.wire_name)
        return found

    def _literal(self, node: Any, found: Field, word: str) -> str:
        """What stands right of an operator or in a function: a value as it is written."""
        value = getattr(node, "val", None)
        if isinstance(value, str):
            return value
        name = getattr(node, "name", "")
        if not name or self.entity.find(name):
            raise Fault("a filter compares a field with a literal value", "write a value right of the operator")
        if meant := labelled(name, found):
            raise Fault(f"{name} is a label of {found.name}", f"write its value: {found.name} {word} {meant}")
        raise Fault(f"{name} stands without quotes", f"write {found.name} {word} '{name}'")


NO_MOMENT: Final = "1900-01-01T00:00:00Z"
_EXAMPLES: Final = {
    **dict.fromkeys(NUMBERS, "write a number, such as 100 or 0.5, without quotes"),
    "guid": f"write an id without quotes, such as {NO_ID}",
    "lookup": f"write an id without quotes, such as {NO_ID}",
    "date": "write a day without quotes, such as 2024-12-31",
    "datetime": "write a moment without quotes, such as 2024-12-31T00:00:00Z",
}


def _instead_of_null(found: Field, word: str) -> str:
    if found.type == "enum":
        return correct_value(found, "")
    blank = "''" if found.type in TEXTS else "0" if found.type in NUMBERS else NO_ID
    blank = NO_MOMENT if found.type in {"date", "datetime"} else blank
    return f"write {found.name} {word} {blank}"


def _written(node: Any) -> str:
    """A name or a value as it stands in a filter."""
    value = getattr(node, "val", None)
    if value is None:
        return getattr(node, "name", "null")
    return "'" + value.replace("'", "''") + "'" if type(node).__name__ == "String" else str(value)


def _rendered(literal: str, canonical: str, found: Field) -> str:
    quoted = "'" + literal.replace("'", "''") + "'"
    if found.type == "enum":
        return f"Microsoft.Dynamics.DataEntities.{found.enum}'{canonical}'"
    if found.type in NUMBERS:
        return canonical or "0"
    if found.type == "datetime":
        return canonical or NO_MOMENT
    return quoted if found.type in TEXTS else literal


def _look(found: Field, folds: Callable[[str], str]) -> Look:
    """What is compared: a number, a folded text, BLANK for none, ABSENT if nothing is known."""
    read = reader(found)
    if found.type in NUMBERS or found.type == "choice":
        return lambda value: value if value is ABSENT else BLANK if value is None else _number(read(value))
    if found.type == "bool":
        return lambda value: value if value is ABSENT else BLANK if value is None else read(value)
    return lambda value: value if value is ABSENT else folds(read(value))


def _number(text: str) -> Any:
    if not text:
        return Decimal(0)
    return Decimal(text) if is_number(text) else ABSENT


def _and(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: Truth, right: Truth) -> Truth:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False
