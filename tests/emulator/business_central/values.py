"""Values of properties: what is accepted from the wire, what is stored, how it is compared and written.

Text, enumerations, ids, dates and times are stored as text, whole numbers as int, decimals as Decimal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from tests.emulator.business_central.refusal import Refusal, bad_request, rule, unconvertible
from tests.emulator.business_central.schema import TEXTS, Property, decoded

GUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)")
_FORMULA: Final = re.compile(
    r"[+-]?(?:\d{1,4}[DWMQY]|C[DWMQY]|W?D\d+|[WMQY]\d+)(?:[+-](?:\d{1,4}[DWMQY]|C[DWMQY]|W?D\d+|[WMQY]\d+))*"
)
_WHOLE: Final = 18
_FORMULAS: Final = frozenset({"dueDateCalculation", "discountDateCalculation"})
_EXACT: Final = Context(prec=60)


def moment(when: datetime) -> str:
    """A point in time as the database keeps it, to a three hundredth of a second, and as the service writes it."""
    ticks = round(when.microsecond * 300 / 1_000_000)
    whole = when.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=ticks // 300)
    thousandths = round(ticks % 300 * 1000 / 300)
    return _written(whole.strftime("%Y-%m-%dT%H:%M:%S"), f"{thousandths:03d}")


def _written(seconds: str, fraction: str) -> str:
    fraction = fraction.rstrip("0")
    return f"{seconds}.{fraction}Z" if fraction else f"{seconds}Z"


def read_moment(text: str) -> str | None:
    """The stored form of a point in time, to the millisecond; None if the text is none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        when = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return _written(f"{when.year:04d}-{when:%m-%dT%H:%M:%S}", f"{when.microsecond // 1000:03d}")


def comparable(kind: str, value: Any) -> Any:
    """A stored value as it is compared and ordered: of times, a shorter fraction is the earlier one."""
    return value[:-1] if kind == "datetime" else value


def json_text(value: Any) -> str:
    """A stored value as JSON."""
    if type(value) is str:
        return encode_basestring(value)
    if type(value) is bool:
        return "true" if value else "false"
    return number_text(value) if type(value) is Decimal else str(value)


def as_json(value: Any) -> str:
    """Anything that was read from JSON, decimals with every digit."""
    if isinstance(value, dict):
        return f"{{{','.join(f'{encode_basestring(name)}:{as_json(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(as_json, value))}]"
    return "null" if value is None else json_text(value)


def number_text(value: Decimal) -> str:
    """A decimal as a JSON number: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(found: Property, value: Any, *, clears: bool = False) -> Any:
    """A value from the wire as it is stored, or a refusal. clears: null stands for the empty value."""
    if value is None:
        if clears:
            return found.empty
        raise bad_request(f"A null value was found for the property named '{found.name}', which does not allow nulls.")
    return _READERS[found.type](found, value)


def _text(found: Property, value: Any) -> str:
    if type(value) is not str:
        raise unconvertible(value, found.edm)
    text = value.strip().upper() if found.type == "code" else value
    if found.cut:
        text = text[: found.length].rstrip()
    if found.length and len(text) > found.length:
        raise _too_long(found, text)
    return _formula(text) if found.name in _FORMULAS else text


def _too_long(found: Property, text: str) -> Refusal:
    message = (
        f"The length of the string is {len(text)}, but it must be less than or equal to {found.length} characters. "
        f"Value: {text}"
    )
    return rule(message, "Application_StringExceededLength")


def _formula(text: str) -> str:
    found = text.upper().strip().strip("<>")
    if found and not _FORMULA.fullmatch(found):
        raise rule(
            f"The date formula '{text}' should use the syntax of date formulas.", "Application_EvaluateException"
        )
    return found


def _enum(found: Property, value: Any) -> str:
    member = member_of(found, value)
    if member is None:
        known = ",".join(decoded(each) for each in found.members)
        text = f"'{value}' is not an option. The existing options are: {known}"
        raise rule(text, "Application_EvaluateException")
    return member


def member_of(found: Property, value: Any) -> str | None:
    """The member that is meant, encoded or plain; None for one that is not there."""
    if type(value) is not str:
        return None
    return next((each for each in found.members if value in (each, decoded(each))), None)


def _decimal(found: Property, value: Any) -> Decimal:
    number = Decimal(repr(value)) if type(value) is float else Decimal(value) if type(value) is int else value
    if type(number) is not Decimal or not number.is_finite():
        raise unconvertible(value, found.edm)
    if number and number.adjusted() >= _WHOLE:
        raise rule(f"The value '{value}' is outside of the permitted range.", "Application_EvaluateException")
    return Decimal(number_text(number.quantize(Decimal(1).scaleb(-20), context=_EXACT))) if number else Decimal(0)


def _whole(found: Property, value: Any) -> int:
    if type(value) is not int:
        raise unconvertible(value, found.edm)
    return value


def _bool(found: Property, value: Any) -> bool:
    if type(value) is not bool:
        raise unconvertible(value, found.edm)
    return value


def _date(found: Property, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat() if len(value) == 10 else _no_date(value)
    except (ValueError, TypeError) as problem:
        raise unconvertible(value, found.edm) from problem


def _no_date(value: Any) -> str:
    raise ValueError(value)


def _moment(found: Property, value: Any) -> str:
    when = read_moment(value) if type(value) is str else None
    if when is None:
        raise unconvertible(value, found.edm)
    return when


def _guid(found: Property, value: Any) -> str:
    if type(value) is not str or not GUID.fullmatch(value):
        raise unconvertible(value, found.edm)
    return value.lower()


_READERS: Final[Mapping[str, Callable[[Property, Any], Any]]] = {
    **dict.fromkeys(TEXTS, _text),
    "enum": _enum,
    "decimal": _decimal,
    "int": _whole,
    "bool": _bool,
    "date": _date,
    "datetime": _moment,
    "guid": _guid,
}
