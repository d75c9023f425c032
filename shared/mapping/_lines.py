"""A compiled line: what one row of a map does to a value, in each direction. Pure; no record, no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from shared.errors import FieldError
from shared.mapping._compared import COMPARED
from shared.mapping._days import NOON
from shared.mapping._fingerprints import PLAIN, Printer
from shared.mapping._fold import fold
from shared.mapping._grammar import WAITING
from shared.mapping._model import Phase, Side
from shared.mapping._schema import NUMBERS, TEXTS, TIMES, Field
from shared.mapping._shortened import MOST_DECIMALS, may_shorten, shortened
from shared.mapping._values import BLANK, is_number, is_time, reader, rounded

Convert = Callable[[str], str]

_SHAPES: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(("guid", "lookup"), re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch),
    "bool": {"true", "false"}.__contains__,
    **dict.fromkeys(TIMES, is_time),
    **dict.fromkeys(NUMBERS, is_number),
}
INT32: Final = (-(2**31), 2**31 - 1)


@dataclass(frozen=True, slots=True)
class Within:
    """Only rows count that `column` points to the row of `table` whose `key` is `code`; or, by `flow`, to the row that
    this flow has coupled with what the line's own code means.
    """

    column: str
    table: str
    key: str = ""
    code: str = ""
    flow: str = ""


@dataclass(frozen=True, slots=True)
class KeyPath:
    """One way a lookup may resolve: the row of `table` whose `key` equals the code, reached over `hops` if any.

    within: the rows that count, where other rows may have the same key.
    """

    table: str
    key: str
    hops: tuple[str, ...] = ()
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """A Dataverse lookup column filled by key (`paths`, tried in order) or by couplings of flows (`via`, likewise)."""

    paths: tuple[KeyPath, ...]
    via: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table that it points to first; empty where a flow says so."""
        return self.paths[0].table if self.paths else ""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of a map, ready for use.

    index: its place in the record's value lists. definition: hash of what relates the two values. root: hash of the
    two fields alone, by which a line that is defined anew is known again. key: part of the identity, so never
    planned towards the ERP for a coupled record. fixed: not a key, but the ERP takes it on create only. forward and
    backward turn canonical values of one side into those of the other and raise FieldError; both values of a lookup
    are the id of the row it points to, and `code` limits the text that names it in the ERP. initial: what a new
    record of a side gets in place of a blank, by folded company (`*` is every other one). master: who wins where
    nothing was ever agreed, if this line says so. together: a word that lines share whose values only make sense
    with each other: they are written in one request or not at all. nothing: what says nothing in the ERP, if the
    map declares it. means: what a value map says of two values, whichever way the line flows. fills: what a side
    gets in place of a blank, by company as well, where that depends on it or is the code of a lookup. companies:
    the only ones that the line is about; besides: those in which another line takes its place. phase: which of two maps
    has it, if only one. compared: as what its texts are compared, if not as they are. printer: makes its fingerprints.
    private: its values are shown nowhere.
    """

    index: int
    name: str
    number: int
    definition: bytes
    erp: Field
    dataverse: Field
    to_dataverse: bool
    to_erp: bool
    forward: Convert
    backward: Convert
    code: Convert
    root: bytes = b""
    means: Callable[[str, str], bool] | None = None
    lookup: Lookup | None = None
    folded: bool = False
    compared: str = ""
    key: bool = False
    fixed: bool = False
    deferred: bool = False
    missing: str = "wait"
    blank: str = "clear"
    nothing: str | None = None
    assigned: str = ""
    only_matches: bool = False
    conflict: str = ""
    master: Side | None = None
    together: str = ""
    initial: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    fills: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    create: bool = True
    update: bool = True
    companies: frozenset[str] = frozenset()
    besides: frozenset[str] = frozenset()
    phase: Phase = ""
    private: bool = False
    printer: Printer = field(default=PLAIN, repr=False)

    def holds(self, company: str) -> bool:
        """True if the line is about records of a company."""
        code = fold(company)
        return code not in self.besides and (not self.companies or code in self.companies)

    @property
    def source(self) -> Side | None:
        """The side that a one-way line flows from; None if it flows both ways."""
        if self.to_dataverse and self.to_erp:
            return None
        return "erp" if self.to_dataverse else "dataverse"

    def flows_from(self, side: Side) -> bool:
        """True if what a side holds is carried over to the other one."""
        return self.to_dataverse if side == "erp" else self.to_erp

    @property
    def refers(self) -> bool:
        """True if Dataverse holds a reference to a row, and not the number of an option."""
        return self.lookup is not None and self.dataverse.type == "lookup"

    @property
    def over_hops(self) -> bool:
        """True if a lookup leads over other rows: no code of the ERP tells which row it begins with."""
        return self.lookup is not None and any(path.hops for path in self.lookup.paths)

    @property
    def waits(self) -> bool:
        """True if no record is created before what the line refers to is there."""
        return self.lookup is not None and self.create and not self.deferred and self.missing in WAITING

    @property
    def final(self) -> bool:
        """True if the ERP does not change the field of a record that exists: a key, or taken on create only."""
        return self.key or self.fixed

    @property
    def hidden(self) -> bool:
        """True if nothing is written there: column security switches it off, or it only serves to find a partner."""
        return not (self.create or self.update)

    @property
    def is_plain(self) -> bool:
        """False if it tells records apart, or names one: less of such a value is another one."""
        return self.lookup is None and not self.folded and not self.key

    def same(self, erp: str, dataverse: str) -> bool:
        """True if the two canonical values mean the same under this line."""
        return (
            (self.to_dataverse and _agrees(self.forward, erp, dataverse, self.comparable))
            or (self.to_erp and _agrees(self.backward, dataverse, erp, self.comparable))
            or (self.means is not None and self.means(erp, dataverse))
        )

    def alike(self, erp: str, dataverse: str, decimals: int | None) -> bool:
        """True if the two mean the same as far as their columns can hold it. decimals: of this record's amounts."""
        return self.is_plain and (
            (self.to_dataverse and _as_held(self.forward, erp, self.dataverse, decimals) == dataverse)
            or (self.to_erp and _as_held(self.backward, dataverse, self.erp, None) == erp)
        )

    def holds_less(self, side: Side, sent: str, stored: str) -> bool:
        """True if a side that was sent one value may have stored the other for want of room."""
        field = self.erp if side == "erp" else self.dataverse
        return sent != stored and self.is_plain and may_shorten(field, sent, stored)

    def shorter(self, erp: str, dataverse: str) -> Side | None:
        """The side that holds the other's value for want of room, if one does."""
        if self.lookup is not None or self.same(erp, dataverse):
            return None
        if self.to_dataverse and self.holds_less("dataverse", _whole(self.forward, erp), dataverse):
            return "dataverse"
        return "erp" if self.to_erp and self.holds_less("erp", _whole(self.backward, dataverse), erp) else None

    def is_left_blank(self, given: str, source: str, stored: str) -> bool:
        """True if a side is still blank although the map gave it something in place of the other's blank."""
        return bool(self.fills and given) and not (source or stored)

    def fill(self, side: Side, company: str) -> str:
        """What a side gets in place of a blank in a company; of a lookup the code. Empty if that is nothing."""
        return _of(company, self.fills.get(side, {}))

    def begin(self, side: Side, company: str) -> str:
        """What a new record of a side gets in place of a blank in a company. Empty if that is nothing."""
        return _of(company, self.initial.get(side, {}))

    def wanted(self, value: str) -> str | None:
        """What a one-way line makes of its source's value; None if nothing."""
        try:
            return (self.forward if self.to_dataverse else self.backward)(value) or None
        except FieldError:
            return None

    def comparable(self, value: str) -> str:
        """The value as it is fingerprinted: codes without regard to letter case, else as the line says."""
        if self.compared:
            return COMPARED[self.compared](value)
        return fold(value) if self.folded else value

    def print(self, value: str) -> bytes:
        """The fingerprint of a value of either side."""
        return self.printer.fingerprint(self.comparable(value))

    @property
    def loosely(self) -> bool:
        """True if different values may be one to it."""
        return self.folded or bool(self.compared)


def _agrees(convert: Convert, source: str, target: str, comparable: Convert) -> bool:
    try:
        wanted = convert(source)
    except FieldError:
        return False
    return wanted == target or comparable(wanted) == comparable(target)


def _whole(convert: Convert, source: str) -> str:
    """What a value becomes on the other side, however long it is there; empty if it does not arrive at all."""
    try:
        return convert(source)
    except FieldError as problem:
        return problem.value if problem.code == "too-long" else BLANK


def _as_held(convert: Convert, source: str, target: Field, decimals: int | None) -> str | None:
    return shortened(target, whole, decimals) if (whole := _whole(convert, source)) else None


# -- building the two directions


def conversion(source: Field | None, target: Field, line: str) -> Convert:
    """Implicit conversion between types, with the target's limits: length, range, decimals, members."""
    return then(_retyped(source, target), _limit(target, line))


def then(first: Convert | None, second: Convert) -> Convert:
    """One after the other."""
    return second if first is None else lambda value: second(first(value))


def _of(company: str, given: Mapping[str, str]) -> str:
    """What is meant for a company."""
    return given.get(fold(company), given.get("*", BLANK)) if given else BLANK


def filled(convert: Convert, default: str) -> Convert:
    """The conversion, with a value of the target in place of a blank that stays blank."""
    if not default:
        return convert
    return lambda value: convert(value) or ("" if value else default)


def convertible(source: Field, target: Field) -> bool:
    """True if values of one type can be copied to the other without a value map."""
    a, b = source.type, target.type
    if a in TEXTS:
        return b in TEXTS or b in {"lookup", "choices"}
    if a == "choices":
        return b in TEXTS
    if a == "lookup":
        return b in TEXTS or b == "lookup"
    if a in NUMBERS:
        return b in NUMBERS and not (b == "int" and a != "int")
    if a == "guid":
        return b in {"guid", *TEXTS}
    return a == b or (a in TIMES and b in TIMES)


def _retyped(source: Field | None, target: Field) -> Convert | None:
    kinds = (source.type if source else "", target.type)
    if target.trimmed:
        return _trimmed
    if target.type == "memo":
        return str.rstrip  # what a memo ends with is not compared
    if kinds == ("datetime", "date"):
        return lambda value: value[:10]
    if kinds == ("date", "datetime"):
        return lambda value: value and f"{value}{NOON}"
    return None


def _trimmed(value: str) -> str:
    return value.strip(" ")


def _limit(target: Field, line: str) -> Convert:
    if target.type in TEXTS and target.length:
        return _text_limit(target, target.length, line)
    if target.type in NUMBERS:
        return _number_limit(target, line)
    if target.type == "choice":
        return _member_limit(target, frozenset(target.options), line)
    if target.type == "enum":
        return _member_limit(target, frozenset(target.members), line)
    shape = _SHAPES.get(target.type)
    return _shape_limit(target, shape, line) if shape else lambda value: value


def _text_limit(target: Field, length: int, line: str) -> Convert:
    def limit(value: str) -> str:
        if len(value) > length or (not value.isascii() and _units(value) > length):
            message = f"the text has {_units(value)} characters, {target.name} takes {length}"
            raise FieldError(message, field=line, value=value, code="too-long")
        return value

    return limit


def _units(value: str) -> int:
    """The length as both servers count it: in UTF-16, an emoji is two."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def _number_limit(target: Field, line: str) -> Convert:
    low, high = INT32 if target.type == "int" and target.min is None else (target.min, target.max)
    scale = MOST_DECIMALS if target.decimals else target.scale

    def limit(value: str) -> str:
        if not value:
            return value
        if not is_number(value) or (target.type == "int" and "." in value):
            kind = "a whole number" if target.type == "int" else "a number"
            raise FieldError(f"{value!r} is not {kind}", field=line, value=value, code="type")
        stored = value if scale is None else rounded(value, scale)
        if stored in {BLANK, "0"}:
            stored = "0" if target.knows_zero else BLANK
        number = float(stored or 0)
        if (low is not None and number < low) or (high is not None and number > high):
            message = f"{value} is outside {target.name}'s range {low} to {high}"
            raise FieldError(message, field=line, value=value, code="range")
        return stored

    return limit


def _member_limit(target: Field, members: frozenset[str], line: str) -> Convert:
    def limit(value: str) -> str:
        if value and value not in members:
            raise FieldError(f"{value!r} is not a value of {target.name}", field=line, value=value, code="member")
        return value

    return limit


def _shape_limit(target: Field, shape: Callable[[str], object], line: str) -> Convert:
    def limit(value: str) -> str:
        if value and not shape(value):
            raise FieldError(f"{value!r} is not a {target.type}", field=line, value=value, code="type")
        return value

    return limit


def typed(text: str, target: Field) -> str | None:
    """A value written in a map, in the canonical form of its field's type; None if it is of another type."""
    if target.type in TEXTS:
        return text
    if target.type in {"choice", "choices"}:
        return text if text in target.options else None
    if target.type == "enum":
        return {member.lower(): member for member in target.members}.get(text.lower())
    if target.type in NUMBERS and is_number(text):
        text = format(Decimal(text), "f")
    canonical = text.lower() if target.type == "bool" else reader(target)(text)
    return canonical if text and (not canonical or _SHAPES[target.type](canonical)) else None


def unfit(value: str, field: Field) -> str:
    """Why a field does not take a value that is written in a map; empty if it does, as it is."""
    canonical = typed(value, field)
    if canonical is None:
        return f"{value!r} is not a {field.type} that {field.name} takes"
    try:
        held = conversion(None, field, field.name)(canonical)
    except FieldError as refused:
        return f"{value!r}: {refused}"
    if field.type in NUMBERS and held != canonical:
        return f"{value!r} has more decimals than {field.name} holds: it would become {held or 0}"
    return ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that the map itself supplies: on create, into a blank, and to draw a record into the scope.

    definition: hash of what it is about, the same whatever its value is. initial: on create only. enforced: put back
    wherever something else stands. by_company: folded company code to value; `*` is every other company. None:
    the same for every company.
    """

    target: Field
    line: str
    value: str = ""
    initial: bool = False
    enforced: bool = False
    definition: bytes = b""
    by_company: Mapping[str, str] | None = None
    besides: frozenset[str] = frozenset()
    phase: Phase = ""

    def of(self, company: str) -> str | None:
        """The value for a company, or None if the map has none for it."""
        if fold(company) in self.besides:
            return None
        if self.by_company is None:
            return self.value
        return self.by_company.get(fold(company), self.by_company.get("*"))
