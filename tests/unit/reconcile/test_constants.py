"""What the map itself gives a record: on create, into a blank, to draw it into the scope, and where it is enforced."""

from __future__ import annotations

from typing import Any

import pytest

from shared.mapping import DATAVERSE, ERP, FlowMap, Side
from shared.reconcile import Given, causes_a_write, given, given_to_new, not_taken
from tests.unit.mapping.maps import customers

LANGUAGE = "LanguageId << - default en-us"
KIND = "- >> address1_addresstypecode default 2"
HOLD = "OnHoldStatus << - default All"
LIMIT = "- >> creditlimit default 5"
TYPE = "- >> customertypecode default 3"
SCOPE = {"dataverse": "{table: accounts, scope: customertypecode eq 3}"}


def told(found: tuple[Given, ...]) -> list[tuple[str, str, str, str]]:
    return [(each.name, each.old, each.new, each.why) for each in found if each.name != "CustomerGroupId"]


@pytest.mark.parametrize(
    ("line", "side", "name", "raw", "why"),
    [
        (LANGUAGE, ERP, "LanguageId", "", "blank"),
        (LANGUAGE, ERP, "LanguageId", "de", ""),
        (LANGUAGE, ERP, "LanguageId", "en-us", ""),
        (KIND, DATAVERSE, "address1_addresstypecode", None, "blank"),
        (KIND, DATAVERSE, "address1_addresstypecode", 1, ""),
        (HOLD, ERP, "OnHoldStatus", "No", ""),
        (LIMIT, DATAVERSE, "creditlimit", None, "blank"),
        (LIMIT, DATAVERSE, "creditlimit", 0, ""),
        ("- >> creditlimit default 0", DATAVERSE, "creditlimit", None, "blank"),
        ("- >> creditlimit default 0", DATAVERSE, "creditlimit", 0, ""),
        ("- >> creditlimit default 0", DATAVERSE, "creditlimit", 5, ""),
        ("CreditLimit << - default 5", ERP, "CreditLimit", 0, "blank"),
        ("- >> msdyn_onetimecustomer default true", DATAVERSE, "msdyn_onetimecustomer", None, "blank"),
        ("- >> msdyn_onetimecustomer default true", DATAVERSE, "msdyn_onetimecustomer", False, ""),
    ],
)
@pytest.mark.parametrize("enforced", [False, True])
def test_what_stands_there(line: str, side: Side, name: str, raw: Any, why: str, *, enforced: bool) -> None:
    """Only a blank is filled, and a first member, a zero of Dataverse and a `no` are none; what is enforced stands."""
    flow = customers(f"{line} ; enforced" if enforced else line)
    constant = next(each for each in flow.side(side).constants if each.target.name == name)
    found = given(flow, side, "usmf", {name: raw})
    equal = str(raw) == constant.value
    expected = "" if equal else "enforced" if enforced else why
    assert [each.why for each in found] == ([expected] if expected else [])
    assert causes_a_write(found) == (expected == "enforced")


@pytest.mark.parametrize(("outside", "why"), [(True, ["scope"]), (False, [])])
def test_what_draws_into_the_scope(outside: bool, why: list[str]) -> None:
    """A value that keeps a record out of the scope gives way, and no other does."""
    flow = customers(TYPE, KIND, **SCOPE)
    row = {"customertypecode": 8, "address1_addresstypecode": 1}
    found = given(flow, DATAVERSE, "usmf", row, outside=outside)
    assert [(each.name, each.why) for each in found] == [("customertypecode", each) for each in why]
    assert [each.replaces for each in found] == [True] * len(why)


def test_what_is_not_seen_is_left_alone() -> None:
    """A field that the answer does not hold may hold anything."""
    assert given(customers(f"{LANGUAGE} ; enforced", KIND), ERP, "usmf", {}) == ()


@pytest.mark.parametrize("line", ["- >> customertypecode initial 3", "PartyType << - default Person"])
def test_what_is_given_once(line: str) -> None:
    """What is for new records, or taken on create only, is never given to a record that exists."""
    flow = customers(line)
    side: Side = ERP if line.startswith("Party") else DATAVERSE
    (name,) = [each.target.name for each in flow.side(side).constants if each.target.name != "CustomerGroupId"]
    assert told(given(flow, side, "usmf", {name: None if side == DATAVERSE else "Organization"}, outside=True)) == []
    assert len(told(given_to_new(flow, side, "usmf"))) == 1


@pytest.mark.parametrize(("company", "value"), [("usmf", "a"), ("USMF", "a"), ("demf", "b")])
def test_by_company(company: str, value: str) -> None:
    """Each company has its own value, on create and where it is enforced."""
    flow = customers("LanguageId << - default $l ; enforced", constants="{l: {usmf: a, '*': b}}")
    assert told(given(flow, ERP, company, {"LanguageId": "x"})) == [("LanguageId", "x", value, "enforced")]
    assert told(given_to_new(flow, ERP, company)) == [("LanguageId", "", value, "create")]


def test_a_definition_is_about_the_field() -> None:
    """Another value, or `enforced`, makes no other constant: a value that it replaced can still be restored."""
    definitions = {
        flow.erp.constants[-1].definition
        for flow in map(customers, (LANGUAGE, f"{LANGUAGE} ; enforced", "LanguageId << - default de"))
    }
    assert len(definitions) == 1
    flow: FlowMap = customers(LANGUAGE)
    assert flow.constant(*definitions) is flow.erp.constants[-1]
    assert customers(KIND).constant(*definitions) is None


@pytest.mark.parametrize(("stored", "codes"), [("en-us", []), ("EN", ["coerced"]), ("de", ["coerced"])])
@pytest.mark.parametrize("enforced", [False, True])
def test_what_the_answer_shows(stored: str, codes: list[str], *, enforced: bool) -> None:
    """A constant that is there for itself is compared with the answer; one that fills a blank comes again or not."""
    flow = customers(f"{LANGUAGE} ; enforced" if enforced else LANGUAGE)
    found = given(flow, ERP, "usmf", {"LanguageId": ""})
    said = not_taken(found, "finops", {"LanguageId": stored})
    assert [each.code for each in said] == (codes if enforced else [])
