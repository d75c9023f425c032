"""Functions of a map: what ships, what they take and give by their annotations, and where one's own come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import FieldError, MapError
from shared.mapping import (
    ABSENT,
    Failed,
    Function,
    Line,
    all_functions,
    build_map,
    function,
    functions_in,
    functions_of,
    parse_document,
)
from shared.mapping._functions import signature_of
from shared.mapping._problems import Fault
from shared.mapping._shipped_functions import SHIPPED
from tests.unit.mapping.maps import GROUP, KEY, customers, map_text, one

FULL = "- >> description fn join(' ', OrganizationName, AddressCity)"


def with_own(*own: Callable[..., Any], line: str) -> Line:
    """The line of a map that knows these functions."""
    known = {each.__name__: Function.of(each, "1") for each in own}
    text = map_text(KEY, GROUP, line)
    return build_map("dual_write.customers", [parse_document(text, "base.yaml")], own=lambda: known).lines[1]


# -- what ships


@pytest.mark.parametrize(
    ("call", "given_", "result"),
    [
        ("join", (" ", "Anna", "", "  ", "Huber "), "Anna Huber"),
        ("join", (", ", "", ""), ""),
        ("join", (", ", "Vienna", "Austria"), "Vienna, Austria"),
        ("first_word", ("Anna Maria Huber",), "Anna"),
        ("other_words", ("Anna  Maria Huber",), "Maria Huber"),
        ("last_word", ("Anna Maria Huber",), "Huber"),
        ("last_word", ("Anna",), ""),
        ("words_before_last", ("Anna Maria Huber",), "Anna Maria"),
        ("words_before_last", ("Anna",), "Anna"),
        ("before", ("Huber, Anna", ","), "Huber"),
        ("before", ("Huber", ","), "Huber"),
        ("after", ("Huber, Anna", ","), "Anna"),
        ("after", ("Huber", ","), ""),
        ("trim", ("  Anna   Huber ",), "Anna Huber"),
        ("upper", ("Straße",), "STRASSE"),
        ("lower", ("ANNA",), "anna"),
        ("title", ("anna o'neil-HUBER",), "Anna O'neil-Huber"),
        ("digits", ("+43 (0) 1 / 234-56",), "+43123456"),
        ("digits", ("(01) 234 56",), "0123456"),
        ("digits", ("+",), ""),
        ("digits", ("ask Anna",), ""),
        ("left", ("Contoso", 3), "Con"),
        ("left", ("Contoso", 0), ""),
        ("right", ("Contoso", 3), "oso"),
        ("right", ("Contoso", 0), ""),
        ("right", ("Co", 3), "Co"),
        ("replace", ("a-b-c", "-", ""), "abc"),
        ("replace", ("abc", "", "x"), "abc"),
        ("pad", ("42", 6), "000042"),
        ("pad", ("1234567", 6), "1234567"),
        ("pad", ("", 6), ""),
        ("strip_zeros", ("000042",), "42"),
        ("strip_zeros", ("000",), "0"),
        ("strip_zeros", ("",), ""),
    ],
)
def test_shipped(call: str, given_: tuple[Any, ...], result: str) -> None:
    """Each shipped function does what docs/maps.md says of it."""
    assert SHIPPED[call].call(*given_) == result


@given(st.text("aB ÄßíŁ'-+()0123", max_size=12))
def test_tidying_twice_changes_nothing(text: str) -> None:
    """What goes both ways as it is has to leave alone what it has tidied, or no line with it would come to rest."""
    for each in SHIPPED.values():
        if each.inverse is each.call:
            once = each.call(text)
            assert each.call(once) == once, each.name


@given(st.text("aB", min_size=1, max_size=8) | st.integers(1, 99999).map(str))
def test_a_pair_undoes_itself(text: str) -> None:
    """What one function of a pair makes, its inverse takes back; those of numbers have their own tests."""
    for each in (SHIPPED["pad"], SHIPPED["strip_zeros"]):
        padded = SHIPPED["pad"].call(text, 8)
        value = padded if each.name == "strip_zeros" else text
        assert each.inverse is not None
        assert each.inverse(each.call(value, 8), 8) == value


@given(st.lists(st.text("ab ", max_size=4), max_size=4))
def test_words_are_split_without_a_remainder(words: list[str]) -> None:
    """First word and the others, or all before the last and that one, are the whole text."""
    text = " ".join(" ".join(words).split())
    for pair in (("first_word", "other_words"), ("words_before_last", "last_word")):
        assert SHIPPED["join"].call(" ", *(SHIPPED[each].call(text) for each in pair)) == text


# -- a line with two fields


def test_one_field() -> None:
    """The function stands between the two fields; the other direction is untouched."""
    line = one("PrimaryContactPhone >> telephone1 fn digits")
    assert line.forward("+43 (0) 1 23") == "+43123"
    assert (line.source, line.same("+43 1 23", "+43123"), line.same("+43 1 23", "+43124")) == ("erp", True, False)


def test_both_ways() -> None:
    """A function goes both ways with its inverse, which is given the same literals."""
    line = one("PrimaryContactFax >< fax fn strip_zeros(6)")
    assert (line.forward("000042"), line.backward("42")) == ("42", "000042")
    tidy = one("PrimaryContactFax >< fax fn upper")
    assert (tidy.forward("ab"), tidy.backward("ab")) == ("AB", "AB")


def test_a_match_key_with_a_function() -> None:
    """Whatever else a field is for, each way is the line's own."""
    line = one("PrimaryContactFax >< fax fn strip_zeros(6)", match="[[CustomerAccount], [PrimaryContactFax]]")
    assert (line.forward("000042"), line.backward("42")) == ("42", "000042")
    turned = one("PrimaryContactFax << fax fn pad(6)", match="[[CustomerAccount]]")
    assert (turned.source, turned.backward("42")) == ("dataverse", "000042")


@pytest.mark.parametrize(
    "line",
    ["PrimaryContactPhone >> telephone1 fn pad(300)", "- >> telephone1 fn join(', ', OrganizationName, SalesMemo)"],
)
def test_length(line: str) -> None:
    """A result is held against the length of its target like any other value."""
    with pytest.raises(FieldError, match="telephone1 takes") as refused:
        one(line).forward("x" * 100)
    assert refused.value.code == "too-long"


def test_result_in_its_targets_spelling() -> None:
    """What a function gives is spelt as the target would read it: no blank at its end, a member in the enum's case."""

    def kept(_city: str) -> str:
        return "Contoso  "

    def held(_city: str) -> str:
        return "invoice"

    assert with_own(kept, line="- >> name fn kept(SalesMemo)").forward("Contoso  ") == "Contoso"
    line = with_own(held, line="OnHoldStatus << - fn held(address1_city)")
    assert line.backward("invoice") == "Invoice"
    with pytest.raises(FieldError, match="'sometimes' is not a value of OnHoldStatus"):
        line.backward("sometimes")


# -- several fields


def test_several_fields() -> None:
    """A computed field is read from the fields that it is made of, and asks for each of them."""
    found = customers(FULL)
    assert {"OrganizationName", "AddressCity"} <= {*found.erp.columns}
    row = {"CustomerAccount": "1", "OrganizationName": "Contoso ", "AddressCity": "CTS", "CustomerGroupId": "10"}
    assert found.erp.read(row)[1] == "Contoso CTS"
    assert found.lines[1].forward("Contoso CTS") == "Contoso CTS"
    assert (found.lines[1].source, found.lines[1].name) == ("erp", "- >> description")


@pytest.mark.parametrize("row", [{"OrganizationName": "Contoso"}, {}])
def test_an_input_that_was_not_read(row: Mapping[str, Any]) -> None:
    """Without one of its fields nobody can say what a computed value is: it is absent, and not blank."""
    assert customers(FULL).erp.read(row)[1] is ABSENT


def test_from_dataverse() -> None:
    """Fields of Dataverse are put together for the ERP just so."""
    found = customers("SalesMemo << - fn join(', ', address1_city, address1_country)")
    assert found.dataverse.read({"address1_city": "Vienna", "address1_country": None})[1] == "Vienna"
    assert {"address1_city", "address1_country"} <= {*found.dataverse.columns}


# -- own functions


def test_annotations_say_how_values_arrive() -> None:
    """A number arrives as a number, a day as a day, yes or no as such; a blank as 0 or None."""
    seen: list[Any] = []

    def told(limit: Decimal, staff: int, once: bool, since: datetime | None) -> str:
        seen.append((limit, staff, once, since))
        return "told"

    line = "SalesMemo << - fn told(creditlimit, numberofemployees, msdyn_onetimecustomer, modifiedon)"
    known = {"told": Function.of(told, "1")}
    found = build_map(
        "dual_write.customers", [parse_document(map_text(KEY, GROUP, line), "base.yaml")], own=lambda: known
    )
    row = {
        "creditlimit": 10.5,
        "numberofemployees": 3,
        "msdyn_onetimecustomer": True,
        "modifiedon": "2026-01-02T03:04:05Z",
    }
    assert found.dataverse.read(row)[1] == "told"
    assert found.dataverse.read(dict.fromkeys(row))[1] == "told"
    assert seen == [(Decimal("10.5"), 3, True, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), (Decimal(0), 0, False, None)]


@pytest.mark.parametrize(
    ("kind", "result", "text"),
    [
        (str, "a", "a"), (str, None, ""), (int, 3, "3"), (int, 0, ""), (Decimal, Decimal("1.50"), "1.5"),
        (bool, True, "true"), (bool, False, "false"), (date, date(2026, 1, 2), "2026-01-02"),
        (datetime, datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00Z"),
        (datetime, datetime(2026, 1, 2, 3), "2026-01-02T03:00:00Z"),  # noqa: DTZ001 - it is taken for UTC
    ],
)  # fmt: skip
def test_results(kind: type, result: object, text: str) -> None:
    """A result becomes a canonical value; None is blank, and a moment without a zone is one of UTC."""

    def give(text: str) -> Any:
        return text

    give.__annotations__["return"] = kind
    assert signature_of(give).result.told(result) == text


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (ValueError("no area code"), "no area code"),
        (KeyError("AT"), "KeyError: 'AT'"),
    ],
)
@pytest.mark.parametrize("line", ["SalesMemo >> description fn area", "- >> description fn area(SalesMemo)"])
def test_a_function_that_fails(line: str, why: Exception, reason: str) -> None:
    """Its line is told what the function was given, and why it failed; it neither writes nor is taken for a blank."""

    def area(_phone: str) -> str:
        raise why

    known = {"area": Function.of(area, "1")}
    found = build_map(
        "dual_write.customers", [parse_document(map_text(KEY, GROUP, line), "base.yaml")], own=lambda: known
    )
    value = found.erp.read({"CustomerAccount": "1", "SalesMemo": "123"})[1]
    assert Failed.told(value) == "123"
    with pytest.raises(FieldError, match=f"area fails for SalesMemo '123': {reason}") as refused:
        found.lines[1].forward(value)
    assert (refused.value.code, refused.value.value) == ("function", "123")
    assert not found.lines[1].same(value, "123")


def test_a_result_of_another_type() -> None:
    """A function that does not keep its word fails, and does not write a guess."""

    def area(phone: str) -> str:
        return len(phone)  # type: ignore[return-value] # that is the point

    with pytest.raises(FieldError, match="returned 3, which is not a text"):
        with_own(area, line="SalesMemo >> description fn area").forward("123")


# -- what a line means changes with its function


def digest(call: Callable[..., Any], version: str, line: str = "SalesMemo >> description fn area") -> tuple[bytes, str]:
    known = {"area": Function.of(call, version)}
    found = build_map(
        "dual_write.customers", [parse_document(map_text(KEY, GROUP, line), "base.yaml")], own=lambda: known
    )
    return found.lines[1].definition, found.fingerprint


def area(phone: str) -> str:
    return phone


@pytest.mark.parametrize("line", ["SalesMemo >> description fn area", "- >> description fn area(SalesMemo)"])
def test_version(line: str) -> None:
    """Another version is another definition and another map; so is another argument, and another function."""
    assert digest(area, "1", line) == digest(area, "1", line)
    for one_of, other in zip(digest(area, "1", line), digest(area, "2", line), strict=True):
        assert one_of != other
    assert (
        one("SalesMemo >> description fn left(2)").definition != one("SalesMemo >> description fn left(3)").definition
    )
    assert one("SalesMemo >> description fn upper").definition != one("SalesMemo >> description fn lower").definition
    assert one(FULL).root == one(FULL.replace("AddressCity", "SalesMemo")).root


def test_a_version_of_its_own() -> None:
    """A function that declares its version keeps it, whatever else its file says."""
    declared = function(version=3)(area)
    assert Function.of(declared, "of the file").version == "3"
    del area.__koppel_function__  # type: ignore[attr-defined]
    assert Function.of(area, "of the file").version == "of the file"


# -- where they come from

OWN = '''"""Functions of Contoso."""

from shared.mapping import function
from shared.mapping._days import time_zone


def _quiet(text: str) -> str:
    return text


def back(text: str) -> str:
    return text.removesuffix("!")


@function(version=2, inverse=back)
def loud(text: str) -> str:
    return _quiet(text) + "!"


@function(inverse="itself")
def tidy(text: str) -> str:
    return text.strip("-")
'''


def file(folder: Path, text: str, name: str = "contoso.py") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_file(tmp_path: Path) -> None:
    """Its public functions are there, and nothing that it imports; each with its version and its inverse."""
    found = functions_in([file(tmp_path, OWN)])
    assert sorted(found) == ["back", "loud", "tidy"]
    assert found["loud"].version == "2"
    assert found["loud"].inverse is found["back"].call
    assert found["tidy"].inverse is found["tidy"].call
    assert found["back"].inverse is None


def test_a_file_stands_for_the_version(tmp_path: Path) -> None:
    """Where a function declares none, every change of its file is one; line ends are no change."""
    before = functions_in([file(tmp_path, OWN)])["back"].version
    assert functions_in([file(tmp_path, OWN.replace("\n", "\r\n"))])["back"].version == before
    assert functions_in([file(tmp_path, OWN.replace('"!"', '"?"'))])["back"].version != before


def test_a_module() -> None:
    """A flow's module hands over its own public functions in the same way."""
    module = ModuleType(__name__)
    module.__file__ = __file__
    module.area = area  # type: ignore[attr-defined]
    module.given = given  # type: ignore[attr-defined]
    assert list(functions_of(module)) == ["area"]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["def trim(text: str) -> str: ..."], "Koppel ships a function trim; give your own another name"),
        (["def a(text: str) -> str: ..."] * 2, "two functions are called a; give one of them another name"),
        (["def a("], "0.py cannot be loaded: SyntaxError: '(' was never closed (0.py, line 1); correct the file"),
        (["import nowhere"], "0.py cannot be loaded: ModuleNotFoundError: No module named 'nowhere'; correct the file"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, texts: list[str], sentence: str) -> None:
    files = [file(tmp_path, text, f"{at}.py") for at, text in enumerate(texts)]
    with pytest.raises(Fault) as refused:
        functions_in(files)
    assert str(refused.value) == sentence


def test_sources_together(tmp_path: Path) -> None:
    """A flow's module and a file may not use one name for two functions."""
    found = functions_in([file(tmp_path, OWN)])
    assert all_functions(found, {}) == found
    with pytest.raises(Fault, match="two functions are called back"):
        all_functions(found, found)


def test_a_file_that_fails_stops_who_needs_it() -> None:
    """A map with a function is told; a map without any loads nothing."""

    def load() -> Mapping[str, Function]:
        raise Fault("contoso.py cannot be loaded", "correct the file")

    without = [parse_document(map_text(KEY, GROUP), "base.yaml")]
    assert build_map("dual_write.customers", without, own=load).lines
    with pytest.raises(MapError, match=r"base\.yaml:9: SalesMemo >> description: contoso\.py cannot be loaded"):
        build_map(
            "dual_write.customers",
            [parse_document(map_text(KEY, GROUP, "SalesMemo >> description fn trim"), "base.yaml")],
            own=load,
        )
