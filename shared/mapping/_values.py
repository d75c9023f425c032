"""Canonical values: how a field of either side is read, compared and written.

Every value is held as text in one canonical form per type: numbers without trailing zeros, times in UTC, booleans as
`true` and `false`, lookups as the id of the row they point to. The empty text is *blank*: null, empty text, zero,
1900-01-01 and the empty id are the same thing, because finance and operations has no null (reference: dual-write 2.5),
and neither has Business Central, whose empty day is 0001-01-01 (reference: business-central-api 4).
What is not of its field's type stays as it was found, for the line to refuse. Two marks stand beside the values:
`ABSENT`, the field was not in the record at all, and `Unresolved`, a reference without a partner.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, Final, Self

from shared.mapping._schema import NUMBERS, TEXTS, Entity, Field
from shared.mapping._several import read_several
from shared.mapping._wire_names import wire_of

Reader = Callable[[Any], str]
Writer = Callable[[str], str]

BLANK: Final = ""
NO_DATE: Final = "1900-01-01"
NO_DATES: Final = (NO_DATE, "0001-01-01")
"""The empty day of finance and operations, and of Business Central."""
NO_ID: Final = "00000000-0000-0000-0000-000000000000"

_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_LINE_END: Final = re.compile(r"(?<!\r)\r++\n")
_MOST_DIGITS: Final = 60
"""More than any field holds; a number beyond stays as it was found, for the line to refuse."""


class _Absent(str):
    """The type of ABSENT."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent("\x00")


class Unresolved(str):
    """A reference whose partner is not known. Never equal to an id; `code` is the text or id that was found."""

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        return super().__new__(cls, "?" + code)

    @classmethod
    def stored(cls, text: str) -> Self | None:
        """The reference that is stored as this text on a lookup line; None if it is the id of a row."""
        return cls(text[1:]) if text.startswith("?") else None

    @staticmethod
    def told(text: str) -> str:
        """The value of a lookup line as a person reads it: without the mark that it may have been stored with."""
        return text.removeprefix("?")

    @property
    def code(self) -> str:
        return self[1:]


class Ambiguous(Unresolved):
    """A reference by a code that several rows have. why: which they are, for a person."""

    why: str

    def __new__(cls, code: str, why: str = "") -> Self:
        made = super().__new__(cls, code)
        made.why = why
        return made


# -- reading


def _other(value: Any) -> str:
    """What the fast paths below do not take: null, a missing field, or a type the schema does not expect."""
    return ABSENT if value is ABSENT else BLANK if value is None else str(value)


def _read_text(value: Any) -> str:
    return str.rstrip(value, " ") if value.__class__ is str else _other(value)


def _read_memo(value: Any) -> str:
    if value.__class__ is not str:
        return _other(value)
    return (_LINE_END.sub("\n", value) if "\r" in value else value).rstrip()


def _read_number(value: Any) -> str:
    if value.__class__ is int:
        return str(value) if value else BLANK
    text = _other(value)
    if text is ABSENT or not text:
        return text
    if "e" in text or "E" in text:
        return _without_exponent(text)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return BLANK if text in {"0", "-0"} else text


def _read_key_number(value: Any) -> str:
    """A number of which zero is a value: none is blank, and zero is zero."""
    text = _read_number(value)
    return "0" if text == BLANK and value is not None and value != BLANK else text


def _without_exponent(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return text if number and abs(number.adjusted()) > _MOST_DIGITS else plain(number)


def _read_bool(value: Any) -> str:
    if value is True:
        return "true"
    return "false" if value is False or value is None else _other(value)


def _read_id(value: Any) -> str:
    return str.lower(value).strip("{}") if value.__class__ is str else _other(value)


def _read_guid(value: Any) -> str:
    text = _read_id(value)
    return BLANK if text == NO_ID else text


def _read_datetime(value: Any) -> str:
    text = _other(value)
    if text is ABSENT or not text or text.startswith(NO_DATES):
        return text if text is ABSENT else BLANK
    if len(text) == 20 and text.endswith("Z"):
        return text
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return text
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _read_date(value: Any) -> str:
    text = _other(value)
    return text if text is ABSENT else BLANK if text.startswith(NO_DATES) else text[:10]


def _read_enum(members: tuple[str, ...]) -> Reader:
    exact = {name.lower(): member for member in members for name in (member, wire_of(member))}

    def read(value: Any) -> str:
        text = _other(value)
        return text if text is ABSENT else exact.get(text.strip(" ").lower(), text.rstrip(" "))

    return read


_READERS: Mapping[str, Reader] = {
    "text": _read_text,
    "memo": _read_memo,
    "code": _read_text,
    "int": _read_number,
    "choice": _other,
    "choices": lambda value: _other(value) if value is None or value is ABSENT else read_several(value),
    "decimal": _read_number,
    "double": _read_number,
    "money": _read_number,
    "bool": _read_bool,
    "guid": _read_guid,
    "lookup": _read_id,
    "date": _read_date,
    "datetime": _read_datetime,
}


def reader(field: Field) -> Reader:
    """The function that turns a JSON value of this field into its canonical text."""
    if field.knows_zero and field.type in NUMBERS:
        return _read_key_number
    return _read_enum(field.members) if field.type == "enum" else _READERS[field.type]


def key_reader(field: Field) -> Reader:
    """The same for a field that tells records apart: nothing of it is stripped but what the system itself ignores."""
    if field.type in TEXTS:
        return _read_text
    return _read_key_number if field.type in NUMBERS else reader(field)


# -- writing: canonical text to a fragment of JSON text, so that decimals keep every digit

_escape: Writer = json.encoder.encode_basestring_ascii


def _number(blank: str) -> Writer:
    return lambda value: value or blank


def _quoted(blank: str) -> Writer:
    return lambda value: _escape(value) if value else blank


_FINOPS: Mapping[str, Writer] = {
    **dict.fromkeys(("text", "memo", "code", "enum"), _quoted('""')),
    **dict.fromkeys(("int", "decimal"), _number("0")),
    "guid": _quoted(f'"{NO_ID}"'),
    "datetime": lambda value: _escape(value or "1900-01-01T00:00:00Z"),
}
_DATAVERSE: Mapping[str, Writer] = {
    **dict.fromkeys(("text", "memo", "code", "guid", "date", "datetime", "choices"), _quoted("null")),
    **dict.fromkeys(("int", "decimal", "double", "money", "choice"), _number("null")),
    "bool": lambda value: value or "false",
}
_BUSINESS_CENTRAL: Mapping[str, Writer] = {
    **dict.fromkeys(("text", "memo", "code"), _quoted('""')),
    **dict.fromkeys(("int", "decimal"), _number("0")),
    "enum": _quoted('" "'),
    "bool": lambda value: value or "false",
    "guid": _quoted(f'"{NO_ID}"'),
    "date": _quoted('"0001-01-01"'),
    "datetime": _quoted('"0001-01-01T00:00:00Z"'),
}
_WRITERS = {"finops": _FINOPS, "dataverse": _DATAVERSE, "business_central": _BUSINESS_CENTRAL}


def writer(system: str, field: Field) -> Writer:
    """The function that turns canonical text into the JSON text which that system expects for the field."""
    return _WRITERS[system][field.type]


def unknown_types(entity: Entity) -> Iterator[tuple[Field, str]]:
    """Fields of a schema whose type the system does not have, each with those that it has."""
    types = {*_WRITERS[entity.system], *({"lookup", "file", "image"} if entity.system == "dataverse" else ())}
    for field in entity.fields.values():
        if field.type not in types:
            yield field, ", ".join(sorted(types))


# -- comparing and converting


def plain(number: Decimal) -> str:
    """A number in canonical form: no exponent, no trailing zeros, zero is blank."""
    if not number:
        return BLANK
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: str, scale: int) -> str:
    """A canonical number at that many decimals, halves away from zero as SQL rounds."""
    _, _, decimals = value.partition(".")
    if len(decimals) <= scale:
        return value
    return plain(Decimal(value).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, Context(len(value) + 1)))


def is_number(value: str) -> bool:
    """True if this is the canonical text of a number, though maybe with zeros at its end."""
    return _NUMBER.fullmatch(value) is not None


def is_time(value: str) -> bool:
    """True if canonical text is a day or a moment that exists."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) in {10, 20}
