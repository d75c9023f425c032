"""Value maps: several values that mean one member, one list per direction, and what stands for all others."""

from __future__ import annotations

import pytest

from shared.errors import FieldError
from shared.mapping import Line
from tests.unit.mapping.maps import GROUP, KEY, built, customers, map_text, number_of, one, problems

SEVERAL = "{h: {No: 806380000, Invoice: [806380001, 806380005]}}"
MEMBERS = "{h: {No: 806380000, Invoice: 806380001, All: 806380001, to_erp: {806380001: Invoice}}}"
OTHERS = "{h: {No: 806380000, Invoice: 806380001, others: 806380005}}"
BACK = "{h: {No: 806380000, All: 806380002, to_erp: {others: All}}}"
EACH_WAY = "{h: {to_dataverse: {No: 806380000, others: 806380001}, to_erp: {806380000: No, 806380005: Never}}}"


def hold(symbol: str, values: str) -> Line:
    """The line of the status with this list."""
    return one(f"OnHoldStatus {symbol} msdyn_onholdstatus h", values=values)


@pytest.mark.parametrize(
    ("values", "member", "value"),
    [
        (SEVERAL, "Invoice", "806380001"),
        (MEMBERS, "All", "806380001"),
        (MEMBERS, "invoice", "806380001"),
        (OTHERS, "Never", "806380005"),
        (OTHERS, "NewOne", "806380005"),
        (OTHERS, "", ""),
        (BACK, "All", "806380002"),
        (EACH_WAY, "Never", "806380001"),
    ],
)
def test_to_dataverse(values: str, member: str, value: str) -> None:
    """The first of several values is written; whatever is not listed becomes what others are, but for a blank."""
    assert hold("><", values).forward(member) == value


@pytest.mark.parametrize(
    ("values", "value", "member"),
    [
        (SEVERAL, "806380005", "Invoice"),
        (MEMBERS, "806380001", "Invoice"),
        (BACK, "806380004", "All"),
        (BACK, "77", "All"),
        (BACK, "", ""),
        (EACH_WAY, "806380005", "Never"),
    ],
)
def test_to_the_erp(values: str, value: str, member: str) -> None:
    """All of several values are read; of members that share one the marked one is written."""
    assert hold("><", values).backward(value) == member


@pytest.mark.parametrize("symbol", ["><", ">>", "<<"])
@pytest.mark.parametrize(
    ("values", "member", "value", "same"),
    [
        (SEVERAL, "Invoice", "806380005", True),
        (SEVERAL, "No", "806380005", False),
        (MEMBERS, "All", "806380001", True),
        (MEMBERS, "No", "806380001", False),
        (OTHERS, "Never", "806380005", True),
        (OTHERS, "Invoice", "806380005", False),
        (BACK, "All", "806380004", True),
        (BACK, "No", "806380004", False),
    ],
)
def test_what_means_the_same(symbol: str, values: str, member: str, value: str, same: bool) -> None:
    """Two that mean each other by the list are equal, whichever way the line flows: neither is replaced."""
    assert hold(symbol, values).same(member, value) is same


def test_what_stands_for_all_others_has_no_way_back() -> None:
    """Nobody can tell which member it stands for, unless the list names one."""
    with pytest.raises(FieldError, match="'806380005' stands for all that the value map h does not list") as refused:
        hold("><", OTHERS).backward("806380005")
    assert refused.value.code == "value-map"
    named = "{h: {No: 806380000, Never: 806380005, others: 806380005}}"
    assert hold("><", named).backward("806380005") == "Never"


def test_a_default_fills_a_blank_beside_a_list() -> None:
    """A list that says nothing of a blank leaves it to the default."""
    line = one("CreditRating >> msdyn_creditrating h default none", values="{h: {A: one}}")
    assert not line.same("", "")
    assert line.forward("") == "none"


def test_an_overlay_adds_to_each_direction() -> None:
    """Members, and entries of one direction, are added, replaced and taken out one by one."""
    line = "OnHoldStatus >< msdyn_onholdstatus h"
    overlay = (
        "extends: customers\nvalues: {h: {No: [806380003], to_erp: {others: off, 806380005: Never}}}\nfields: ''\n"
    )
    flow = built(map_text(KEY, GROUP, line, values=BACK), overlay)
    assert flow.lines[1].forward("No") == "806380003"
    assert flow.lines[1].backward("806380005") == "Never"
    with pytest.raises(FieldError):
        flow.lines[1].backward("806380004")


def test_a_finding_stands_at_the_entry() -> None:
    """In the file and at the line of the entry, however far from the line of the map that names the list."""
    lines = "\n  h:\n    No: 806380000\n    Invoice: 806380001\n    All: 1"
    text = map_text(KEY, GROUP, "OnHoldStatus >< msdyn_onholdstatus h", values=lines)
    (problem,) = problems(text)
    assert (problem.line, problem.field) == (number_of(text, "All: 1"), "values.h.All")
    overlay = "extends: customers\nfields: ''\nvalues:\n  h:\n    All: 2\n"
    (problem,) = problems(text, overlay)
    assert (problem.file, problem.line) == ("overlay1.yaml", 5)


def test_a_finding_about_a_shared_list() -> None:
    """It stands in the file of the shared list, once for however many lines that use it."""
    lines = ("OnHoldStatus >< msdyn_onholdstatus yes_no", "CreditRating >< msdyn_creditrating yes_no")
    found = problems(map_text(KEY, GROUP, *lines))
    assert [(each.file, each.line) for each in found] == [("yes_no.yaml", 3), ("yes_no.yaml", 2)]


def test_one_mistake_is_one_finding() -> None:
    """Two lines that use a list share what is wrong with it."""
    lines = ("CreditRating << msdyn_creditrating h", "PrimaryContactFax << fax h")
    (problem,) = problems(map_text(KEY, GROUP, *lines, values="{h: {A: one, B: one}}"))
    assert problem.field == "values.h.B"


TERMS = "{t: {to_dataverse: {n30: net30, N30: late, others: rest}, N45: late, '': none}}"


@pytest.mark.parametrize(
    ("code", "becomes"),
    [("N30", "net30"), ("n45", "late"), ("OTHERS", "rest"), ("others", "rest"), ("X", "rest"), ("", "none")],
)
def test_codes_of_a_list_are_read_like_members(code: str, becomes: str) -> None:
    """The first that reads the same counts, others stands for whatever is not listed, and a blank for itself."""
    flow = customers("PaymentTerms >> msdyn_paymentterm.msdyn_name t", values=TERMS)
    assert flow.erp.read({"PaymentTerms": code})[1] == becomes


def test_a_blank_code_is_not_among_others() -> None:
    """A list that names no blank leaves it blank."""
    flow = customers("PaymentTerms >> msdyn_paymentterm.msdyn_name t", values="{t: {others: rest}}")
    assert flow.erp.read({"PaymentTerms": ""})[1] == ""
