"""Values of properties: what is accepted from the wire, what is stored, how it is compared and written.

Text, enumerations, ids and times are stored as text, whole numbers as int, decimals as Decimal without trailing zeros.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from tests.emulator.collation import Collation
from tests.emulator.finops.behaviour import Behaviour
from tests.emulator.finops.refusal import Refusal, unconvertible, write_failed
from tests.emulator.finops.schema import NO_DATE, TEXTS, Entity, Field

Reader = Callable[[Any], Any]
GUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)")
_LAST_DAY = "2154-12-31"
_DIGITS = 32
_EXACT = Context(prec=80)


fold: Final = Collation(accents=True)
"""Text as the database compares it: SQL_Latin1_General_CP1_CI_AS."""


def folder(field: Field) -> Callable[[Any], Any]:
    """How values of a field are compared and ordered."""
    if field.type in TEXTS:
        return fold
    if field.type == "enum":
        ordinals = {member: number for number, member in enumerate(field.members)}
        return ordinals.__getitem__
    return lambda value: value


def number_text(value: Decimal) -> str:
    """A decimal as a JSON number: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_text(value: Any) -> str:
    """A stored value as JSON."""
    if type(value) is str:
        return encode_basestring(value)
    return number_text(value) if type(value) is Decimal else str(value)


def moment(when: datetime) -> str:
    """A point in time as the service writes it: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(text: str) -> str | None:
    """The stored form of a point in time, or None if the text is none."""
    if not MOMENT.fullmatch(text):
        return None
    try:
        return moment(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def reader(entity: Entity, field: Field, behaviour: Behaviour) -> Reader:
    """What turns a value from the wire into the value stored, or refuses it."""
    if field.type in TEXTS:
        return _text(entity, field, behaviour)
    if field.type == "enum":
        return _enum(field)
    readers: dict[str, Reader] = {
        "int": lambda value: _whole(field, value),
        "decimal": _decimal(entity, field, behaviour),
        "datetime": lambda value: _moment(field, value),
        "date": lambda value: _day(field, value, behaviour),
        "guid": lambda value: _guid(field, value),
    }
    return readers[field.type]


def _text(entity: Entity, field: Field, behaviour: Behaviour) -> Reader:
    length, case, is_key = field.length, field.case, field.is_key

    def read(value: Any) -> str:
        if type(value) is not str:
            if value is None and not is_key:
                return ""
            raise _null(field) if value is None else unconvertible(value, field.edm)
        text = value.rstrip(" ")
        if length and len(text) * 2 > length and _units(text) > length:
            raise _too_long(entity, field, behaviour)
        return text.upper() if case == "upper" else text.lower() if case == "lower" else text

    return read


def _units(text: str) -> int:
    """Length as the database counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _too_long(entity: Entity, field: Field, behaviour: Behaviour) -> Refusal:
    reason = f"The text in field '{field.label}' is longer than the {field.length} characters that it can hold."
    return write_failed(entity.xpp, reason, "validateField", behaviour.write_failure_status, field.name)


def _enum(field: Field) -> Reader:
    members = frozenset(field.members)

    def read(value: Any) -> str:
        if type(value) is str and value in members:
            return value
        if value is None and not field.is_key:
            return field.members[0]
        raise _null(field) if value is None else unconvertible(value, field.edm)

    return read


def _whole(field: Field, value: Any) -> int:
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise _null(field) if value is None else unconvertible(value, field.edm)
    return value


def _decimal(entity: Entity, field: Field, behaviour: Behaviour) -> Reader:
    unit = Decimal(1).scaleb(-field.scale)

    def read(value: Any) -> Decimal:
        if type(value) is float:
            value = Decimal(repr(value))
        if type(value) is int:
            value = Decimal(value)
        if type(value) is not Decimal or not value.is_finite():
            raise _null(field) if value is None else unconvertible(value, field.edm)
        if value and value.adjusted() >= _DIGITS - field.scale:
            reason = f"The value in field '{field.label}' is too large."
            raise write_failed(entity.xpp, reason, "validateField", behaviour.write_failure_status, field.name)
        return _trimmed(value.quantize(unit, rounding=ROUND_HALF_UP, context=_EXACT))

    return read


def _trimmed(value: Decimal) -> Decimal:
    """Without trailing zeros and without the sign of zero, so that equal numbers are written alike."""
    return Decimal(number_text(value)) if value else Decimal(0)


def _moment(field: Field, value: Any) -> str:
    found = read_moment(value) if type(value) is str else None
    if found is None or not NO_DATE[:10] <= found[:10] <= _LAST_DAY:
        raise _null(field) if value is None else unconvertible(value, field.edm)
    return found


def _day(field: Field, value: Any, behaviour: Behaviour) -> str:
    found = _moment(field, value)
    if found[:10] == NO_DATE[:10]:
        return NO_DATE
    return f"{found[:10]}T12:00:00Z" if behaviour.dates_at_noon else found


def _guid(field: Field, value: Any) -> str:
    if type(value) is not str or not GUID.fullmatch(value):
        raise _null(field) if value is None else unconvertible(value, field.edm)
    return value.lower()


def _null(field: Field) -> Refusal:
    text = (
        f"A null value was found for the property named '{field.name}', which has the expected type "
        f"'{field.edm}[Nullable=False]'. The expected type does not allow null values."
    )
    return Refusal(400, text)
