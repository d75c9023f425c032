"""Reading: every JSON value of a field has one canonical text, by its type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mapping import ABSENT, BLANK, Field, Unresolved, fold, reader
from shared.mapping._schema import NUMBERS, TEXTS

TYPES: Final = (*sorted(TEXTS), *sorted(NUMBERS), "bool", "enum", "choice", "guid", "lookup", "date", "datetime")
GUID: Final = "6f9619ff-8b86-d011-b42d-00c04fc964ff"


def read(kind: str, value: Any) -> str:
    """The canonical text of a value of that type."""
    members = ("No", "Yes", "CutOffDate") if kind == "enum" else ()
    return reader(Field("Name", kind, members=members))(value)


# -- what no schema expects


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5),
        ("code", True),
        ("memo", 1.5),
        ("int", "five"),
        ("choice", "Customer"),
        ("enum", "Perhaps"),
        ("guid", "no guid"),
        ("date", "soon"),
        ("decimal", "much"),
        ("decimal", "hello"),
        ("money", "free"),
        ("datetime", "soon"),
        ("datetime", "2024-02-30T00:00:00"),
        ("datetime", 5),
        ("bool", "maybe"),
    ],
)
def test_foreign_values(kind: str, value: Any) -> None:
    """A value of another type is carried as it is, for the line to refuse: one odd record must not stop a pass."""
    assert read(kind, value) == str(value)


def test_huge_exponent() -> None:
    """A number that no field can hold does not fill the memory."""
    assert len(read("decimal", "1e400000000000")) < 100


# -- blank and absent


@pytest.mark.parametrize("kind", TYPES)
def test_absent(kind: str) -> None:
    """A field that was not in the record is absent, which no value is."""
    assert read(kind, ABSENT) is ABSENT
    assert repr(ABSENT) == "ABSENT"
    assert read("text", "\x00") is not ABSENT


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "bool"])
def test_null(kind: str) -> None:
    """Null is blank."""
    assert read(kind, None) == BLANK


@pytest.mark.parametrize(("value", "canonical"), [(None, "false"), (False, "false"), (True, "true")])
def test_booleans(value: bool | None, canonical: str) -> None:
    """A boolean is true or false; null is false, as a new row shows it."""
    assert read("bool", value) == canonical


@pytest.mark.parametrize(
    ("value", "canonical"),
    [(0, "0"), (0.0, "0"), ("0", "0"), ("0.000000", "0"), ("-0", "0"), (None, ""), ("", ""), (7, "7"), ("1.50", "1.5")],
)
@pytest.mark.parametrize("kind", ["int", "decimal"])
def test_a_number_that_tells_records_apart(kind: str, value: Any, canonical: str) -> None:
    """Zero is a number like any other there, and no number is none."""
    assert reader(Field("LineNumber", kind, tells_apart=True))(value) == canonical


# -- text


@pytest.mark.parametrize(
    ("value", "text", "memo"),
    [
        ("", "", ""),
        ("   ", "", ""),
        ("a ", "a", "a"),
        ("  a", "  a", "  a"),
        ("a\t\n ", "a\t\n", "a"),
        ("a\u00a0", "a\u00a0", "a"),
        ("a\r\nb", "a\r\nb", "a\nb"),
        ("a\nb\r\n", "a\nb\r\n", "a\nb"),
        ("\r\n\r\n", "\r\n\r\n", ""),
        ("0", "0", "0"),
        ("1900-01-01", "1900-01-01", "1900-01-01"),
        ("null", "null", "null"),
        ("Straße \U0001f600", "Straße \U0001f600", "Straße \U0001f600"),
        ("a\x00b\x1f", "a\x00b\x1f", "a\x00b"),
        ("e\u0301", "e\u0301", "e\u0301"),
        ("\ud800", "\ud800", "\ud800"),
    ],
)
def test_text(value: str, text: str, memo: str) -> None:
    """Only blanks at the end do not count, as to both systems; a memo has one kind of line end, and none at its end."""
    assert read("text", value) == text
    assert read("memo", value) == memo


@pytest.mark.parametrize(("value", "canonical"), [("usmf ", "usmf"), ("US-001", "US-001"), (" 010", " 010")])
def test_code(value: str, canonical: str) -> None:
    """A code keeps its letter case; only comparing ignores it."""
    assert read("code", value) == canonical


@pytest.mark.parametrize(
    ("left", "right", "same"), [("usmf", "USMF ", True), (" a", "a", False), ("straße", "STRASSE", True)]
)
def test_fold(left: str, right: str, same: bool) -> None:
    """Codes are compared without letter case and trailing blanks."""
    assert (fold(left) == fold(right)) is same


# -- numbers


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (0, ""),
        (-0, ""),
        ("0", ""),
        ("-0", ""),
        ("0.0", ""),
        ("-0.000000", ""),
        ("0E-10", ""),
        ("-0e5", ""),
        (7, "7"),
        (-7, "-7"),
        (100, "100"),
        ("1.10", "1.1"),
        ("100.00", "100"),
        ("-2.50", "-2.5"),
        ("1E+2", "100"),
        ("1e-7", "0.0000001"),
        ("1.50E1", "15"),
        (1.5, "1.5"),
        ("123456789012345.678901", "123456789012345.678901"),
        ("0.1234567890123456", "0.1234567890123456"),
        (12345678901234567890, "12345678901234567890"),
        ("99999999999999999999999999.9999999999999999", "99999999999999999999999999.9999999999999999"),
    ],
)
@pytest.mark.parametrize("kind", ["decimal", "money", "double"])
def test_decimals(kind: str, value: Any, canonical: str) -> None:
    """A number has no exponent and no trailing zeros, keeps every digit, and zero is blank."""
    assert read(kind, value) == canonical


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (0, ""),
        (-0, ""),
        (5, "5"),
        (-2147483648, "-2147483648"),
        ("0.0", ""),
        ("5.0", "5"),
        ("1E2", "100"),
    ],
)
def test_whole_numbers(value: Any, canonical: str) -> None:
    """A whole number is itself, however the system spells it; zero is blank."""
    assert read("int", value) == canonical


@given(
    st.integers(-(10**25), 10**25).filter(bool),
    st.integers(0, 20),
    st.integers(0, 5),
    st.integers(-8, 8),
    st.sampled_from("eE"),
)
def test_one_text_per_number(digits: int, scale: int, zeros: int, exponent: int, e: str) -> None:
    """However a number is spelt, its canonical text is the same, and is that number."""
    number = Decimal(digits).scaleb(-scale)
    plain = format(number, "f")
    padded = plain + ("0" * zeros if "." in plain else "." + "0" * (zeros + 1))
    moved = f"{format(number.scaleb(-exponent), 'f')}{e}{exponent}"
    texts = {read("decimal", spelt) for spelt in (plain, padded, moved)}
    assert len(texts) == 1
    (text,) = texts
    assert Decimal(text) == number
    assert not (text.endswith("0") and "." in text)
    assert "e" not in text.lower()


# -- choices, references


@pytest.mark.parametrize(
    ("value", "canonical"), [("No", "No"), ("no", "No"), ("YES", "Yes"), ("cutoffdate", "CutOffDate"), ("", "")]
)
def test_enum(value: str, canonical: str) -> None:
    """A member is read in the spelling of the enumeration, however it is written."""
    assert read("enum", value) == canonical


@pytest.mark.parametrize(("value", "canonical"), [(806380000, "806380000"), (0, "0"), (1, "1")])
def test_choice(value: int, canonical: str) -> None:
    """An option is its number; option zero is an option."""
    assert read("choice", value) == canonical


@pytest.mark.parametrize("value", [GUID, GUID.upper(), f"{{{GUID}}}", f"{{{GUID.upper()}}}"])
@pytest.mark.parametrize("kind", ["guid", "lookup"])
def test_guid(kind: str, value: str) -> None:
    """An id is in lower case, without braces."""
    assert read(kind, value) == GUID


def test_no_guid() -> None:
    """The empty id, which stands for none where there is no null, is blank."""
    assert read("guid", "00000000-0000-0000-0000-000000000000") == BLANK


def test_unresolved() -> None:
    """A reference without a partner holds its code and is no id."""
    reference = Unresolved("10 Days")
    assert reference.code == "10 Days"
    assert reference != "10 Days"
    assert reference
    assert Unresolved("").code == ""


# -- times


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("", ""),
        ("1900-01-01T00:00:00Z", ""),
        ("1900-01-01T12:00:00Z", ""),
        ("1900-01-01", ""),
        ("2024-02-29T10:20:30Z", "2024-02-29T10:20:30Z"),
        ("2024-02-29T10:20:30.1234567Z", "2024-02-29T10:20:30Z"),
        ("2024-02-29T10:20:30", "2024-02-29T10:20:30Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-01-01T01:00:00+02:00", "2023-12-31T23:00:00Z"),
        ("2023-12-31T20:30:00-03:30", "2024-01-01T00:00:00Z"),
        ("2154-12-31T23:59:59Z", "2154-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("0999-12-31T23:59:59.5Z", "0999-12-31T23:59:59Z"),
    ],
)
def test_datetimes(value: str, canonical: str) -> None:
    """A time is in UTC to the second; without an offset it is UTC; 1900-01-01 is blank."""
    assert read("datetime", value) == canonical


@given(
    st.datetimes(datetime(1901, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the offset is drawn beside it
    st.integers(-14 * 60, 14 * 60),
)
def test_offsets(moment: datetime, minutes: int) -> None:
    """A moment reads the same under every offset."""
    there = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert read("datetime", there.isoformat()) == moment.replace(microsecond=0).isoformat() + "Z"


@pytest.mark.parametrize(
    ("value", "canonical"),
    [("", ""), ("1900-01-01", ""), ("2024-02-29", "2024-02-29"), ("2024-02-29T12:00:00Z", "2024-02-29")],
)
def test_dates(value: str, canonical: str) -> None:
    """A date is a day; 1900-01-01 is blank."""
    assert read("date", value) == canonical
