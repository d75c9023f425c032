"""Values of columns: what is accepted from the wire, what is stored, how it is compared and labelled."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from tests.emulator.collation import Collation
from tests.emulator.dataverse.behaviour import Behaviour
from tests.emulator.dataverse.refusal import Refusal, bad_payload, invalid_argument
from tests.emulator.dataverse.schema import Column, Definition

Reader = Callable[[Any], Any]
GUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOST_SELECTED: Final = 150
"""Options of a column of which several may be selected."""
MOST_DECIMALS: Final = 10
"""Of an amount whose precision its currency tells."""
_EARLIEST = "1753-01-01"
EDM = {
    "text": "Edm.String",
    "memo": "Edm.String",
    "code": "Edm.String",
    "int": "Edm.Int32",
    "choice": "Edm.Int32",
    "choices": "Edm.String",
    "bigint": "Edm.Int64",
    "decimal": "Edm.Decimal",
    "money": "Edm.Decimal",
    "double": "Edm.Double",
    "bool": "Edm.Boolean",
    "datetime": "Edm.DateTimeOffset",
    "date": "Edm.Date",
    "guid": "Edm.Guid",
    "lookup": "Edm.Guid",
}


_weighed: Final = Collation(accents=False)


def fold(value: Any) -> Any:
    """The value as the database compares it: in most base languages, English among them, accents do not count."""
    return _weighed(value) if isinstance(value, str) else value


def moment(when: datetime) -> str:
    """A point in time as the service writes it: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reader(definition: Definition, column: Column, behaviour: Behaviour) -> Reader:
    """What turns a value from the wire into the value stored, or refuses it. Null is the caller's business."""
    readers: dict[str, Callable[[_Where], Reader]] = {
        "text": _text,
        "memo": _text,
        "code": _text,
        "int": _whole,
        "bigint": _whole,
        "choice": _choice,
        "choices": _choices,
        "decimal": _rounded,
        "money": _rounded,
        "double": _rounded,
        "bool": _bool,
        "datetime": _datetime,
        "date": _date,
        "guid": _guid,
        "lookup": _guid,
    }
    return readers[column.type](_Where(definition, column, behaviour))


class _Where:
    """The column a value is read for, and the refusals that name it."""

    def __init__(self, definition: Definition, column: Column, behaviour: Behaviour) -> None:
        self.definition = definition
        self.column = column
        self.behaviour = behaviour

    def unconvertible(self, value: Any) -> Refusal:
        text = str(value).lower() if isinstance(value, bool) else value
        reason = f"Cannot convert the literal '{text}' to the expected type '{EDM[self.column.type]}'."
        return bad_payload(self.definition.name, reason)

    def out_of_range(self, code: str, value: Any, accepted: str) -> Refusal:
        text = (
            f"A validation error occurred. The value {value} of '{self.column.name}' on record of type "
            f"'{self.definition.logical}' is outside the valid range. Accepted Values: {accepted}"
        )
        return Refusal(400, code, text)

    def too_long(self) -> Refusal:
        text = (
            f"A validation error occurred. The length of the '{self.column.name}' attribute of the "
            f"'{self.definition.logical}' entity exceeded the maximum allowed length of '{self.column.length}'."
        )
        return Refusal(400, "0x80044331", text)


def _text(where: _Where) -> Reader:
    limit, behaviour = where.column.length, where.behaviour

    def read(value: Any) -> str | None:
        if type(value) is not str:
            raise where.unconvertible(value)
        # The limit counts UTF-16 units, as .NET does.
        if len(value) > limit or (not value.isascii() and len(value.encode("utf-16-le")) > 2 * limit):
            raise where.too_long()
        if behaviour.trim_text:
            value = value.rstrip(" ")
        return None if value == "" and behaviour.blank_text_is_null else value

    return read


def _whole(where: _Where) -> Reader:
    low, high = int(where.column.minimum), int(where.column.maximum)

    def read(value: Any) -> int:
        if type(value) is not int:
            raise where.unconvertible(value)
        if not low <= value <= high:
            raise where.out_of_range("0x8004432f", value, f"{low} to {high}")
        return value

    return read


def _choice(where: _Where) -> Reader:
    options = where.column.options

    def read(value: Any) -> int:
        if type(value) is not int:
            raise where.unconvertible(value)
        if value not in options:
            raise where.out_of_range("0x8004431a", value, ",".join(str(option) for option in options))
        return value

    return read


def _choices(where: _Where) -> Reader:
    """Numbers with commas between them, and blanks if one likes. Refused like a choice, which is deduced."""
    options = where.column.options

    def read(value: Any) -> str | None:
        if type(value) is not str:
            raise where.unconvertible(value)
        numbers = [part.strip() for part in value.split(",")] if value.strip() else []
        for number in numbers:
            if not re.fullmatch("-?[0-9]+", number):
                raise where.unconvertible(value)
            if int(number) not in options:
                raise where.out_of_range("0x8004431a", number, ",".join(str(option) for option in options))
        selected = list(dict.fromkeys(map(int, numbers)))
        if len(selected) > MOST_SELECTED:
            raise invalid_argument(f"More than {MOST_SELECTED} options are selected in '{where.column.name}'.")
        return ",".join(map(str, selected)) or None

    return read


def _rounded(where: _Where) -> Reader:
    low, high = where.column.minimum, where.column.maximum
    scale = MOST_DECIMALS if where.column.by_currency else where.column.scale

    def read(value: Any) -> float:
        if type(value) is not float and type(value) is not int:
            raise where.unconvertible(value)
        if not low <= value <= high:
            raise where.out_of_range("0x80044330", value, f"{low:f} to {high:f}")
        return rounded(value, scale)

    return read


def rounded(value: float, scale: int) -> float:
    """Half away from zero, on the decimal digits as written; never a negative zero."""
    near = float(round(value, scale))
    if near != value:
        near = float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP))
    return near + 0.0


def _bool(where: _Where) -> Reader:
    def read(value: Any) -> bool:
        if type(value) is not bool:
            raise where.unconvertible(value)
        return value

    return read


def _datetime(where: _Where) -> Reader:
    def read(value: Any) -> str:
        if type(value) is not str or not _MOMENT.fullmatch(value):
            raise where.unconvertible(value)
        try:
            text = moment(datetime.fromisoformat(re.sub(r"\.\d+", "", value)))
        except (ValueError, OverflowError) as error:
            raise where.unconvertible(value) from error
        return _not_before_1753(text)

    return read


def _date(where: _Where) -> Reader:
    def read(value: Any) -> str:
        if type(value) is not str or not _DAY.fullmatch(value):
            raise where.unconvertible(value)
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise where.unconvertible(value) from error
        return _not_before_1753(value)

    return read


def _not_before_1753(text: str) -> str:
    if text < _EARLIEST:
        raise invalid_argument(
            f"DateTime is less than minimum value supported by CrmDateTime. Actual value: {text}, "
            "Minimum value supported: 01/01/1753 00:00:00"
        )
    return text


def _guid(where: _Where) -> Reader:
    def read(value: Any) -> str:
        if type(value) is not str or not GUID.fullmatch(value):
            raise where.unconvertible(value)
        return value.lower()

    return read


def label(column: Column, value: Any, symbol: str = "") -> str | None:
    """The formatted value of anything but a lookup, as an English user in UTC sees it; None where there is none."""
    if value is None or column.type in ("text", "memo", "code", "guid"):
        return None
    if column.type == "choice":
        return column.options.get(value, str(value))
    if column.type == "choices":
        return "; ".join(column.options.get(int(each), each) for each in str(value).split(","))
    if column.type == "bool":
        return "Yes" if value else "No"
    if column.type in ("int", "bigint"):
        return f"{value:,}"
    if column.type == "datetime":
        when = datetime.fromisoformat(value)
        return f"{when.month}/{when.day}/{when.year} {when.hour % 12 or 12}:{when:%M %p}"
    if column.type == "date":
        day = date.fromisoformat(value)
        return f"{day.month}/{day.day}/{day.year}"
    return f"{symbol if column.type == 'money' else ''}{value:,.{column.scale}f}"
