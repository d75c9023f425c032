"""Numbers that one side keeps as text: what a number would not give back is refused, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import FieldError
from shared.mapping import Line
from shared.mapping._text_numbers import from_decimal, from_whole, to_decimal, to_whole
from tests.unit.mapping.maps import one


def whole(call: str = "to_whole") -> Line:
    return one(f"PrimaryContactFax >< numberofemployees fn {call}")


def decimal(call: str = "to_decimal") -> Line:
    return one(f"PrimaryContactFax >< address1_latitude fn {call}")


@pytest.mark.parametrize(
    ("line", "text", "number", "back"),
    [
        (whole(), "12", "12", "12"),
        (whole(), "  12", "12", "12"),
        (whole(), "", "", ""),
        (whole(), "0", "", ""),
        (whole("to_whole(4)"), "0012", "12", "0012"),
        (whole("to_whole(4)"), "12", "12", "0012"),
        (whole("to_whole(4)"), "12345", "12345", "12345"),
        (decimal(), "-1.50", "-1.5", "-1.5"),
        (decimal("to_decimal(2)"), "1.5", "1.5", "1.50"),
        (decimal("to_decimal(2)"), "0.25", "0.25", "0.25"),
        (decimal(), "7", "7", "7"),
    ],
)
def test_there_and_back(line: Line, text: str, number: str, back: str) -> None:
    """The number means what the text says, and the text stands as it is where the number is not edited."""
    assert (line.forward(text), line.backward(number)) == (number, back)
    assert line.same(text, number)


@pytest.mark.parametrize(
    ("line", "text", "reason"),
    [
        (whole(), "twelve", "'twelve' is not a whole number"),
        (whole(), "1.5", "'1.5' is not a whole number"),
        (whole(), "1,000", "'1,000' is not a whole number"),
        (whole(), "1e3", "'1e3' is not a whole number"),
        (whole(), "\u0661", "is not a whole number"),
        (whole(), "007", "'007' has leading zeros, which a number does not keep: say how many digits there are"),
        (whole("to_whole(2)"), "007", "'007' has leading zeros"),
        (whole(), "-5", "outside numberofemployees's range"),
        (decimal(), "1,5", "'1,5' is not a number"),
        (decimal(), "01.5", "'01.5' has leading zeros"),
        (decimal("to_decimal(2)"), "1.234", "'1.234' has more than 2 decimals"),
        (decimal(), "91", "outside address1_latitude's range"),
    ],
)
def test_what_is_refused(line: Line, text: str, reason: str) -> None:
    """With the value and the reason: no number, zeros that would be lost, more than its column takes."""
    with pytest.raises(FieldError) as refused:
        line.forward(text)
    assert reason in str(refused.value)
    assert refused.value.value == text


def test_a_number_on_the_side_of_the_erp() -> None:
    """The same the other way round, with the text's limits."""
    line = one("OrganizationNumberOfEmployees >< fax fn from_whole(3)")
    assert (line.forward("7"), line.backward("007")) == ("007", "7")
    with pytest.raises(FieldError):
        line.backward("seven")


@given(st.integers(-(10**12), 10**12), st.integers(0, 15))
def test_whole_numbers(number: int, digits: int) -> None:
    """Every number comes back from its text."""
    assert (to_whole(from_whole(number, digits), digits) or 0) == number


@given(st.decimals(-(10**9), 10**9, places=4))
def test_decimal_numbers(number: object) -> None:
    """Every number comes back from its text."""
    text = from_decimal(number)  # type: ignore[arg-type] # hypothesis does not say of what
    assert (to_decimal(text) or 0) == number
