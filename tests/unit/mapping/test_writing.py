"""Writing: canonical text becomes JSON of the system, and reads back as the same text."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import BLANK, DATAVERSE, ERP, Field, Side, entity, known_entities, reader, writer
from tests.unit.mapping.maps import customers

MEMBERS: Final = ("No", "Yes", "CutOffDate")
FINOPS: Final = ("text", "memo", "code", "enum", "int", "decimal", "guid", "datetime")
BUSINESS_CENTRAL: Final = ("text", "memo", "code", "enum", "int", "decimal", "bool", "guid", "date", "datetime")
TABLES: Final = (
    "text",
    "memo",
    "code",
    "guid",
    "date",
    "datetime",
    "int",
    "decimal",
    "double",
    "money",
    "choice",
    "bool",
)
ALL: Final = [
    *(("finops", kind) for kind in FINOPS),
    *(("business_central", kind) for kind in BUSINESS_CENTRAL),
    *((DATAVERSE, kind) for kind in TABLES),
]

HOSTILE: Final = (
    'say "no"',
    "back\\slash\\",
    "\\u0041",
    "line\nfeed\ttab\rreturn",
    "\x00\x01\x08\x0b\x0c\x1e\x7f",
    "\u2028\u2029.",
    "</script>",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\ud800 alone",
    "alone \udfff",
    "\udfff\ud800",
    "' or 1 eq 1",
    "{}[],:",
    "null",
    "Ω≈ç√∫µ≤≥÷",
    "\u202eabc",
)


def field_of(kind: str) -> Field:
    return Field("Name", kind, members=MEMBERS if kind == "enum" else ())


def written(system: str, kind: str, value: str) -> str:
    return writer(system, field_of(kind))(value)


def back(system: str, kind: str, value: str) -> str:
    """A value written, and read as our clients read JSON: with every digit."""
    loaded: Any = json.loads(written(system, kind, value), parse_float=str)
    return reader(field_of(kind))(loaded)


# -- blanks


@pytest.mark.parametrize(
    ("system", "kinds", "blank"),
    [
        ("finops", ("text", "memo", "code", "enum"), ""),
        ("finops", ("int", "decimal"), 0),
        ("finops", ("guid",), "00000000-0000-0000-0000-000000000000"),
        ("finops", ("datetime",), "1900-01-01T00:00:00Z"),
        (DATAVERSE, ("text", "memo", "code", "guid", "date", "datetime"), None),
        (DATAVERSE, ("int", "decimal", "double", "money", "choice"), None),
        (DATAVERSE, ("bool",), False),
    ],
)
def test_blank(system: str, kinds: tuple[str, ...], blank: Any) -> None:
    """Blank is null in Dataverse, and the empty value of the type where there is no null."""
    for kind in kinds:
        loaded = json.loads(written(system, kind, BLANK))
        assert loaded == blank
        assert type(loaded) is type(blank)


@pytest.mark.parametrize(("system", "kind"), [(system, kind) for system, kind in ALL if kind != "bool"])
def test_blank_comes_back(system: str, kind: str) -> None:
    """Blank reads back as blank."""
    assert back(system, kind, BLANK) == BLANK


# -- text


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(("system", "kind"), [(system, kind) for system, kind in ALL if kind in {"text", "code"}])
def test_hostile_text(system: str, kind: str, value: str) -> None:
    """Any text is written as plain ASCII JSON and comes back the same."""
    assert written(system, kind, value).isascii()
    assert back(system, kind, value) == value.rstrip()


def test_surrogate_pair() -> None:
    """Two halves that were kept apart join: JSON knows no difference."""
    assert back(DATAVERSE, "text", "\ud83d\ude00") == "\U0001f600"


@pytest.mark.parametrize(
    "value",
    [
        "a\nb",
        "a\n\nb",
        "a\r\r\nb",
    ],
)
def test_line_ends(value: str) -> None:
    """What was read from a memo, written and read again is the same."""
    canonical = reader(field_of("memo"))(value)
    assert back(DATAVERSE, "memo", canonical) == canonical


# -- numbers


@pytest.mark.parametrize(
    "value", ["7", "-7", "1.1", "123456789012345.678901", "0.0000001", "12345678901234567890123456.25"]
)
@pytest.mark.parametrize(("system", "kind"), [("finops", "decimal"), (DATAVERSE, "money"), (DATAVERSE, "double")])
def test_every_digit(system: str, kind: str, value: str) -> None:
    """A number is written digit by digit, never through a float."""
    assert written(system, kind, value) == value


# -- the law


def lone(text: str) -> str:
    """Text as JSON carries it: surrogates stand alone, or not at all."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass").rstrip()


def plain(digits: int, scale: int) -> str:
    sign, number = "-" if digits < 0 else "", str(abs(digits)).rjust(scale + 1, "0")
    whole, decimals = (number[:-scale], number[-scale:].rstrip("0")) if scale else (number, "")
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


EARLIEST: Final = datetime(1753, 1, 1)  # noqa: DTZ001 - the earliest that a system holds
TEXT = st.text(st.characters(exclude_categories=())).map(lone)
NUMBER = st.builds(plain, st.integers(-(10**30), 10**30).filter(bool), st.integers(0, 16)) | st.just(BLANK)
CANONICAL: Final = {
    "text": TEXT,
    "code": TEXT,
    "memo": TEXT.map(lambda text: text.replace("\r", "").rstrip()),
    "enum": st.sampled_from(MEMBERS),
    "int": st.integers(-(2**31), 2**31 - 1).map(lambda number: str(number or "")),
    "decimal": NUMBER,
    "money": NUMBER,
    "double": NUMBER,
    "bool": st.sampled_from(["true", "false"]),
    "choice": st.integers(0, 2**31 - 1).map(str),
    "guid": st.uuids().map(str),
    "date": st.dates(EARLIEST.date()).filter(lambda day: day.isoformat() != "1900-01-01").map(str),
    "datetime": st.datetimes(EARLIEST)
    .filter(lambda at: at.date().isoformat() != "1900-01-01")
    .map(lambda at: at.replace(microsecond=0).isoformat() + "Z"),
}


@pytest.mark.parametrize(("system", "kind"), ALL)
@given(st.data())
def test_round_trip(system: str, kind: str, data: st.DataObject) -> None:
    """A canonical value, written and read back, is the same value."""
    value = data.draw(CANONICAL[kind])
    assert back(system, kind, value) == value


# -- coverage of the schemas


@pytest.mark.parametrize(
    ("system", "name"), [(system, name) for system in ("finops", DATAVERSE) for name in known_entities(system)]
)
def test_every_field(system: str, name: str) -> None:
    """Every field of every schema can be read, and all but lookups can be written."""
    for found in entity(system, name).fields.values():
        blank = reader(found)(None)
        assert blank in {BLANK, "false"}
        if found.type != "lookup":
            json.loads(writer(system, found)(blank))


@pytest.mark.parametrize(("side", "there"), [(ERP, True), (DATAVERSE, False)])
def test_lookups_have_no_writer(side: Side, there: bool) -> None:
    """A lookup is written as a reference, not as a value; its code in the ERP is a value."""
    flow = customers("PaymentTerms = msdyn_paymentterm.msdyn_name")
    assert (flow.side(side).writers[1] is not None) is there
