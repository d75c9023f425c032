"""Scopes: OData filters that say which records a flow is about.

Written once in the map, used twice: pushed to the server where that is safe, and always evaluated on our side, because
delta reads and webhooks cannot filter. Text compares as the servers' collations do: letter case and trailing blanks
do not count, nor do accents in Dataverse. A blank is equal to nothing but a blank, and neither greater nor less; null
is neither zero nor false. Nothing is known of a field that the record lacks, or that holds what its type does not:
where the answer hangs on it, the record is out. A scope may hang on the day, which is handed in, and in Dataverse on
the rows that a row points to, which are read along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, reduce
from typing import Any, Final

from shared.mapping._filter_faults import joined
from shared.mapping._fold import fold, look
from shared.mapping._lines import KeyPath, typed
from shared.mapping._problems import Fault
from shared.mapping._schema import BUSINESS_CENTRAL, TEXTS, TIMES, Entity, Field
from shared.mapping._scope_paths import Behind, behind, steps_of
from shared.mapping._scope_text import conjuncts, moving_days, parsed
from shared.mapping._scope_values import (
    Look,
    Truth,
    any_of,
    both,
    instead_of_null,
    looked,
    misfit,
    rendered,
    written,
)
from shared.mapping._values import ABSENT, BLANK
from shared.mapping._wording import KINDS, correction, labelled

Row = Mapping[str, Any]
Test = Callable[[Row, date], Truth]
Text = Callable[[date], str]
Clock = Callable[[], datetime]

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "Eq": lambda a, b: a == b,
    "NotEq": lambda a, b: a != b,
    "Gt": lambda a, b: a > b,
    "GtE": lambda a, b: a >= b,
    "Lt": lambda a, b: a < b,
    "LtE": lambda a, b: a <= b,
}
_WORDS: Final = {"Eq": "eq", "NotEq": "ne", "Gt": "gt", "GtE": "ge", "Lt": "lt", "LtE": "le"}
_SYSTEMS: Final = {"finops": "finance and operations", BUSINESS_CENTRAL: "Business Central"}
_CASED: Final = frozenset({"text", "memo"})
_UNORDERED: Final = {"bool", "enum", "guid", "lookup"}
_FUNCTIONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}
_ANY_DAY: Final = date(2000, 1, 1)
_EARLIER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Moving:
    """A field that is compared with a day that moves: so many days after today."""

    found: Field
    look: Look
    days: int

    def edge(self, row: Row) -> date | None:
        """The day on which the row stands at the edge of what is asked."""
        value = self.look(row.get(self.found.wire_name, ABSENT))
        try:
            return date.fromisoformat(value[:10]) - timedelta(days=self.days)
        except (ValueError, OverflowError):  # blank, not read, or no day at all
            return None


def _no_clock() -> datetime:
    raise RuntimeError("a scope that hangs on the day was used without a clock")


@dataclass(frozen=True, slots=True)
class Scope:
    """A compiled filter.

    fields: what is read for it; a column of another row by its dotted name, and the lookup that points there. paths:
    where such columns are. asks: fields that have to hold a certain value, whatever else the filter says; canonical.
    conditions: what all has to hold, each in one spelling. clock: what the day is taken from, in UTC, where the filter
    hangs on it.
    """

    text: str = ""
    fields: tuple[str, ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    conditions: frozenset[str] = frozenset()
    test: Test = field(default=lambda _row, _day: True, repr=False)
    push: Text = field(default=lambda _day: "", repr=False)
    moving: tuple[_Moving, ...] = field(default=(), repr=False)
    paths: tuple[KeyPath, ...] = ()
    clock: Clock = field(default=_no_clock, repr=False)

    @property
    def pushed(self) -> str:
        """The text for the server, as of today; empty if the server cannot be trusted with it."""
        return self.push(self._today())

    @property
    def own(self) -> tuple[str, ...]:
        """Of its fields those of the record itself."""
        return tuple(name for name in self.fields if "." not in name)

    def includes(self, row: Row) -> bool:
        """True if a record, given as raw JSON, is inside."""
        return self.test(row, self._today()) is True

    def lapsed(self, row: Row) -> bool:
        """True if a record is outside, but was inside on an earlier day as it stands: nothing but time took it out."""
        if not self.moving or self.includes(row):
            return False
        edges = {edge for each in self.moving if (edge := each.edge(row)) is not None}
        days = {edge + by for edge in edges for by in (-_EARLIER, timedelta(), _EARLIER)}
        return any(self.test(row, day) is True for day in days if day < self._today())

    def by(self, clock: Clock) -> Scope:
        """The same, with what tells the day."""
        return replace(self, clock=clock) if self.moving else self

    def _today(self) -> date:
        return self.clock().astimezone(UTC).date() if self.moving else _ANY_DAY


def compile_scope(text: str, entity: Entity) -> Scope:
    """Compiles a filter against an entity. Raises Fault with what is wrong and what to write."""
    text = joined(text)
    if not text:
        return Scope()
    build = _Builder(entity)
    conditions = [build.node(each) for each in conjuncts(parsed(text))]
    test, pushed = reduce(_all, conditions)
    return Scope(
        text,
        tuple(dict.fromkeys(build.fields)),
        tuple(build.asks.items()),
        frozenset(told(_ANY_DAY) for _, told in conditions),
        test,
        pushed if build.pushable else lambda _day: "",
        tuple(build.moving),
        tuple(dict.fromkeys(each.path for each in build.behind.values())),
    )


class _Builder:
    """Turns the syntax tree into a test on raw records and into text for the server.

    limited: the server knows no `not`, no `or` between two fields, and compares texts by their letter case (reference:
    business-central-api 6).
    """

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.folds = look if entity.system == "dataverse" else fold
        self.fields: list[str] = []
        self.asks: dict[str, str] = {}
        self.moving: list[_Moving] = []
        self.behind: dict[str, Behind] = {}
        self.joins = True
        self.pushable = True
        self.limited = entity.system == BUSINESS_CENTRAL

    def node(self, node: Any) -> tuple[Test, Text]:
        kind = type(node).__name__
        if kind == "BoolOp":
            return self._bool(node)
        if kind == "UnaryOp" and type(node.op).__name__ == "Not":
            asks = dict(self.asks)
            with self._not_joining():
                test, text = self.node(node.operand)
            self.pushable = self.pushable and not self.limited
            self.asks = asks
            return _negated(test), lambda day: f"not ({text(day)})"
        if kind == "Compare" and type(node.comparator).__name__ in _COMPARE:
            return self._compare(node)
        if kind == "Compare" and type(node.comparator).__name__ == "In":
            return self._in(node)
        if kind == "Call" and node.func.name in _FUNCTIONS:
            return self._call(node)
        what = node.func.name if kind == "Call" else kind
        remedy = "use comparisons, in, and, or, not, startswith, endswith, contains"
        raise Fault(f"{what} is not allowed in a filter", remedy)

    def _bool(self, node: Any) -> tuple[Test, Text]:
        if type(node.op).__name__ == "And":
            return _all(self.node(node.left), self.node(node.right))
        asks, before = dict(self.asks), len(self.fields)
        with self._not_joining():
            left, right = self.node(node.left), self.node(node.right)
        self.pushable = self.pushable and not (self.limited and len({*self.fields[before:]}) > 1)
        self.asks = asks
        return _either(left, right)

    @contextmanager
    def _not_joining(self) -> Iterator[None]:
        """Here a row may be inside that points to no other row: whether a server finds it is not known."""
        before, self.joins = self.joins, False
        yield
        self.joins = before

    def _in(self, node: Any) -> tuple[Test, Text]:
        """Neither server takes `in`: it is written out."""
        asks = dict(self.asks)
        each = [self._equal(node.left, value) for value in node.right.val]
        self.asks = asks if len(each) > 1 else self.asks
        return reduce(_either, each)

    def _equal(self, left: Any, value: Any) -> tuple[Test, Text]:
        from odata_query import ast  # noqa: PLC0415 - loaded when the first map is

        return self._compare(ast.Compare(ast.Eq(), left, value))

    def _compare(self, node: Any) -> tuple[Test, Text]:
        kind = type(node.comparator).__name__
        word, null = _WORDS[kind], type(node.right).__name__ == "Null"
        if type(node.left).__name__ == "UnaryOp":
            comparison = f"{written(node.left.operand)} {word} {written(node.right)}"
            raise Fault("'not' stands before a field", f"put the comparison in parentheses: not ({comparison})")
        found = self._field(node.left)
        if (days := moving_days(node.right)) is not None:
            return self._with_a_day(found, kind, days)
        if kind not in {"Eq", "NotEq"} and (null or found.type in _UNORDERED):
            what = "null" if null else KINDS[found.type]
            raise Fault(f"{found.name} is compared with {what} by {word}", "use eq or ne")
        if null and self.entity.system != "dataverse":
            what = f"{found.name} is compared with null, which {_SYSTEMS[self.entity.system]} does not have"
            raise Fault(what, instead_of_null(found, word))
        literal = "" if null else self._literal(node.right, found, word)
        canonical = BLANK if null else typed(literal, found)
        if canonical is None:
            raise misfit(literal, found, word)
        view, name, compare = self._view(found), found.wire_name, _COMPARE[kind]
        self.pushable = self.pushable and not (self.limited and found.type in _CASED) and not found.unfiltered
        self.pushable = self.pushable and (found.name not in self.behind or not (null or kind == "NotEq"))
        if kind == "Eq" and not null and found.type != "lookup" and found.name not in self.behind:
            self.asks[name] = canonical
        expected = BLANK if null else view(canonical)

        def test(row: Row, _day: date) -> Truth:
            value = view(row.get(name, ABSENT))
            if value is ABSENT:
                return None
            if value != expected and (null or value == BLANK):
                return kind == "NotEq"
            return compare(value, expected)

        text = f"{self._named(found)} {word} {'null' if null else rendered(literal, canonical, found)}"
        return test, lambda _day: text

    def _with_a_day(self, found: Field, kind: str, days: int) -> tuple[Test, Text]:
        """A comparison with a day that moves with the calendar."""
        word, name, wire = _WORDS[kind], found.wire_name, self._named(found)
        if found.type not in TIMES:
            what = f"{found.name} is compared with a day, and is {KINDS[found.type]}"
            raise Fault(what, "compare a date, or a date and time, with today")
        if kind in {"Eq", "NotEq"}:
            raise Fault(f"{found.name} is compared by {word} with a day that moves", "use ge, gt, le or lt")
        view, compare = self._view(found), _COMPARE[kind]
        self.moving.append(_Moving(found, view, days))

        @cache
        def at(day: date) -> str:
            return typed((day + timedelta(days=days)).isoformat(), found) or BLANK

        def test(row: Row, day: date) -> Truth:
            value = view(row.get(name, ABSENT))
            return None if value is ABSENT else value != BLANK and compare(value, view(at(day)))

        return test, lambda day: f"{wire} {word} {at(day)}"

    def _call(self, node: Any) -> tuple[Test, Text]:
        self.pushable = False
        target, part = node.args
        found, check = self._field(target), _FUNCTIONS[node.func.name]
        wanted = self.folds(self._literal(part, found, "eq"))
        if found.type not in TEXTS:
            raise Fault(f"{found.name} is no text", f"use eq or ne: {node.func.name} is for texts")
        view, name = self._view(found), found.wire_name

        def test(row: Row, _day: date) -> Truth:
            value = view(row.get(name, ABSENT))
            return None if value is ABSENT else check(value, wanted)

        return test, lambda _day: f"{node.func.name}({self._named(found)}, {written(part)})"

    def _view(self, found: Field) -> Look:
        return looked(found, self.folds)

    def _named(self, found: Field) -> str:
        """The name of a field in the server's filter."""
        return self.behind[found.name].wire if found.name in self.behind else found.wire_name

    def _field(self, node: Any) -> Field:
        steps = steps_of(node)
        found = self._behind(steps) if len(steps) > 1 else self._own(node)
        if found.type == "choices":
            what = f"{found.name} holds several values"
            raise Fault(what, "use a column of one value: a filter does not compare a selection")
        self.fields.append(found.wire_name)
        return found

    def _behind(self, steps: tuple[str, ...]) -> Field:
        found = behind(steps, self.entity)
        self.behind[found.field.name] = found
        self.fields.append(found.lookup.wire_name)
        self.pushable = self.pushable and self.joins
        return found.field

    def _own(self, node: Any) -> Field:
        name = getattr(node, "name", "")
        found = self.entity.find(name.removeprefix("_").removesuffix("_value") if name.startswith("_") else name)
        if type(node).__name__ != "Identifier" or found is None:
            what = f"{name or 'an expression'} is not a field of {self.entity.name}"
            remedy = correction(name, self.entity.fields) if name else "write the field left of the operator"
            raise Fault(what, f"use its own fields only: {remedy}")
        return found

    def _literal(self, node: Any, found: Field, word: str) -> str:
        """What stands right of an operator or in a function: a value as it is written."""
        value = getattr(node, "val", None)
        if isinstance(value, str):
            return value
        name = getattr(node, "name", "")
        if type(node).__name__ == "Call" and node.func.name == "now":
            raise Fault("'now' is no value of a filter", f"write a day: {found.name} {word} today, or today - 30 days")
        if not name or self.entity.find(name):
            raise Fault("a filter compares a field with a literal value", "write a value right of the operator")
        if meant := labelled(name, found):
            raise Fault(f"{name} is a label of {found.name}", f"write its value: {found.name} {word} {meant}")
        raise Fault(f"{name} stands without quotes", f"write {found.name} {word} '{name}'")


def _negated(test: Test) -> Test:
    return lambda row, day: None if (truth := test(row, day)) is None else not truth


def _all(left: tuple[Test, Text], right: tuple[Test, Text]) -> tuple[Test, Text]:
    (one, first), (other, second) = left, right
    return lambda row, day: both(one(row, day), other(row, day)), lambda day: f"({first(day)} and {second(day)})"


def _either(left: tuple[Test, Text], right: tuple[Test, Text]) -> tuple[Test, Text]:
    (one, first), (other, second) = left, right
    return lambda row, day: any_of(one(row, day), other(row, day)), lambda day: f"({first(day)} or {second(day)})"
