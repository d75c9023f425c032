"""Choice columns of which several options may be selected, beside a text that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from shared.errors import FieldError
from shared.mapping import Problem, reader, writer
from tests.other_schemas import column_like
from tests.unit.mapping.maps import GROUP, KEY, map_text, one, problems

OPTIONS: Final = {"1": "Ships", "2": "Trains", "10": "Planes"}
BY_LIST: Final = "{h: {Ships: 1, Trains: 2, Planes: [10, 3]}}"


@pytest.fixture(autouse=True)
def several(tmp_path: Path) -> Iterator[None]:
    """The fax of an account is a choice of several."""
    with column_like(tmp_path, "accounts", "fax", {"type": "choices", "options": {**OPTIONS, "3": "Rockets"}}):
        yield


def test_the_order_means_nothing() -> None:
    """What is selected is read in the order of the numbers, however it comes, and written as one text."""
    field = one("PrimaryContactFax = fax").dataverse
    assert [reader(field)(value) for value in ("10,2", "2, 10", "2,10,2", "", None)] == ["2,10"] * 3 + ["", ""]
    assert [writer("dataverse", field)(value) for value in ("2,10", "")] == ['"2,10"', "null"]


@pytest.mark.parametrize(
    ("line", "text", "options", "back"),
    [
        ("PrimaryContactFax = fax", "10, 1", "1,10", "1,10"),
        ("PrimaryContactFax = fax", "", "", ""),
        ("PrimaryContactFax >< fax h", "Planes,ships", "1,10", "Ships,Planes"),
        ("PrimaryContactFax >< fax h", "Planes", "10", "Planes"),
        ("PrimaryContactFax >< fax h ; separator ';'", "Trains; Ships;", "1,2", "Ships;Trains"),
        ("PrimaryContactFax >< fax h ; separator |", "Trains|Ships", "1,2", "Ships|Trains"),
    ],
)
def test_there_and_back(line: str, text: str, options: str, back: str) -> None:
    """Each member by the list, or as it is; the separator is the map's to say."""
    built = one(line, values=BY_LIST)
    assert (built.forward(text), built.backward(options)) == (options, back)
    assert built.same(text, options)


@pytest.mark.parametrize("symbol", ["><", ">>", "<<"])
@pytest.mark.parametrize(("text", "same"), [("Planes,Ships", True), ("Ships", False), ("Ships,Planes,Boats", False)])
def test_what_is_the_same(symbol: str, text: str, same: bool) -> None:
    """The same members in another order are no difference in any direction."""
    assert one(f"PrimaryContactFax {symbol} fax h", values=BY_LIST).same(text, "1,10") is same


def test_several_values_of_one_member() -> None:
    """They are one member in the text."""
    assert one("PrimaryContactFax >< fax h", values=BY_LIST).backward("3,10") == "Planes"


@pytest.mark.parametrize(
    ("line", "value", "reason"),
    [
        ("PrimaryContactFax = fax", "1,99", "'99' is not a value of fax"),
        ("PrimaryContactFax >< fax h", "Ships,Boats", "'Boats' is not in the value map h"),
    ],
)
def test_what_is_no_option(line: str, value: str, reason: str) -> None:
    """One that is not known sets the line aside: the others are not written without it."""
    with pytest.raises(FieldError, match=reason):
        one(line, values=BY_LIST).forward(value)


def test_a_member_that_holds_the_separator() -> None:
    """It would be read back as several."""
    with pytest.raises(FieldError, match="holds the separator ','"):
        one("PrimaryContactFax >< fax h", values="{h: {'Ships, large': 1}}").backward("1")


def test_a_text_that_is_too_short() -> None:
    """The list keeps the length of its field."""
    with pytest.raises(FieldError, match="characters"):
        one("PrimaryContactFax >< fax h", values=f"{{h: {{{'x' * 200}: 1, {'y' * 200}: 2}}}}").backward("1,2")


def found(line: str, **head: str) -> Problem:
    (problem,) = problems(map_text(KEY, GROUP, line, **head))
    return problem


@pytest.mark.parametrize(
    ("line", "what", "remedy"),
    [
        ("OnHoldStatus >< fax h", "fax holds several values, and OnHoldStatus is an enum",
         "map it to a text, which lists what is selected"),
        ("OrganizationName = name ; separator ';'", "name holds one value", "drop the separator"),
        ("PrimaryContactFax = fax ; separator ' '", "a blank separates nothing",
         "write a separator in single quotes, such as: separator ';'"),
    ],
)  # fmt: skip
def test_mistakes(line: str, what: str, remedy: str) -> None:
    """What cannot be is said with what to write instead."""
    problem = found(line, values="{h: {No: 1}}")
    assert (problem.what, problem.remedy) == (what, remedy)


def test_a_filter() -> None:
    """A selection is not compared in a scope."""
    assert found("OrganizationName = name", dataverse="{table: accounts, scope: fax eq 1}").what == (
        "fax holds several values"
    )


@pytest.mark.parametrize(("kind", "called"), [("image", "an image"), ("file", "a file")])
def test_files_and_images(tmp_path: Path, kind: str, called: str) -> None:
    """They are refused by name, with the reason."""
    with column_like(tmp_path / "more", "accounts", "telephone3", {"type": kind}):
        problem = found("PrimaryContactFax > telephone3")
    assert problem.what == f"telephone3 is {called}, which has requests of its own and no value to compare"
    assert problem.remedy == "take the line out: files and images are not synchronised"
