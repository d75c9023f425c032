"""What consultants get wrong about `fn`, and the sentence that tells them: what is wrong where, and what to write."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shared.errors import MapError
from shared.mapping import Function, build_map, parse_document
from tests.unit.mapping.maps import GROUP, KEY, map_text, number_of


def full_name(first: str, last: str = "") -> str:
    return f"{first} {last}".strip()


def half(amount: Decimal) -> Decimal:
    return amount / 2


def untold(text) -> str:  # type: ignore[no-untyped-def] # noqa: ANN001 - that is the mistake
    return str(text)


def listed(texts: list[str]) -> str:
    return "".join(texts)


def by_name(text: str, *, sign: str) -> str:
    return text + sign


def silent(text: str):  # type: ignore[no-untyped-def] # noqa: ANN201 - that is the mistake
    return text


OWN: dict[str, Function] = {}
for each in (full_name, half, untold, listed, by_name, silent):
    OWN[each.__name__] = Function.of(each, "1")


def said(line: str, *more: str, **head: str) -> str:
    """The only finding about a map with this line, at its place."""
    text = map_text(KEY, GROUP, line, *more, **head)
    with pytest.raises(MapError) as refused:
        build_map("dual_write.customers", [parse_document(text, "base.yaml")], own=lambda: OWN)
    (problem,) = refused.value.problems
    last = more[-1] if more else line
    assert problem.line in {number_of(text, line), number_of(text, last)}
    code = f" [{problem.code}]" if problem.code else ""
    return f"{problem.what}; {problem.remedy}{code}"


YOURS = "docs/maps.md says where your own stand"
NAMELESS = "'fn' needs the name of a function after it; write for example fn digits, or fn left(10)"
NO_FIELD = "has no ERP field; write - >> column default value, or name the field [DIPV1021]"
CASES = [
    # the call as written
    ("SalesMemo >> description fn", NAMELESS),
    ("SalesMemo >> description fn ; create", NAMELESS),
    ("SalesMemo >> description fn 'left'", NAMELESS),
    ("SalesMemo >> description fn left(10",
     "a parenthesis is not closed after left; write left(...) with what it is given"),
    ("SalesMemo >> description fn left(10,)",
     "an argument is missing beside a comma; separate arguments by one comma each: join(' ', A, B)"),
    ("- >> description fn join(,AddressCity)",
     "an argument is missing beside a comma; separate arguments by one comma each: join(' ', A, B)"),
    ("- >> description fn full_name(OrganizationName AddressCity)",
     "a comma is missing before 'AddressCity'; separate arguments by commas; a text stands in quotes"),
    ("SalesMemo >> description fn upper(trim(SalesMemo))",
     ("a function stands inside of upper; "
      "write a function of your own that does both; docs/maps.md says where it stands")),
    ("SalesMemo >> description fn upper fn trim", "has two functions; write a function of your own that does both"),
    ("SalesMemo >> description yes_no fn trim",
     "has the value map yes_no and the function trim; keep the one that is meant"),
    ("- >> description fn join(' ' AddressCity, AddressState)",
     "a comma is missing before 'AddressCity'; separate arguments by commas; a text stands in quotes"),
    ("- >> description fn full_name(AddressCity,,AddressState)",
     "an argument is missing beside a comma; separate arguments by one comma each: join(' ', A, B)"),
    # the line around it
    ("SalesMemo = description fn trim", "= copies a value as it is; write SalesMemo >< description fn trim"),
    ("SalesMemo > description fn left(9)", "> copies a value as it is; write SalesMemo >> description fn left(9)"),
    ("- > description fn upper(SalesMemo)", NO_FIELD),
    ("- >< description fn upper(SalesMemo)", NO_FIELD),
    ("- << description fn upper(SalesMemo)", NO_FIELD),
    ("- >> - fn upper(SalesMemo)", "has no field on either side; name the field to write"),
    ("- >> description fn upper",
     "upper is given no field; name the fields it reads; a fixed value is written default X"),
    ("- >> description fn join(' ', 'a')",
     "join is given no field; name the fields it reads; a fixed value is written default X"),
    ("SalesMemo >> description fn full_name(AddressCity)",
     ("full_name is given fields, and the line has a source of its own; "
      "write - >> description fn full_name(...) with SalesMemo among what it is given")),
    ("SalesMemo << description fn full_name(name)",
     ("full_name is given fields, and the line has a source of its own; "
      "write SalesMemo << - fn full_name(...) with description among what it is given")),
    ("PaymentTerms >> msdyn_paymentterm.msdyn_name fn upper",
     ("msdyn_paymentterm is a lookup, which no function reads or writes; "
      "drop the function: the code is that of the row it points to")),
    ("- >> msdyn_paymentterm.msdyn_name fn upper(PaymentTerms)",
     ("msdyn_paymentterm is a lookup, which no function reads or writes; "
      "drop the function: the code is that of the row it points to")),
    ("SalesMemo << - fn upper(description) ; blank No",
     "a computed value has no value that says nothing; write blank keep, or drop the option"),
    ("SalesMemo << - fn upper(description) ; enforced",
     "only a constant can be enforced, and this line has a source; let it flow one way: > or <"),
    ("SalesMemo << - fn upper(description) ; missing keep", "only a lookup can be missing; drop the option"),
    # which function
    ("SalesMemo >> description fn upperr", f"there is no function 'upperr'; write upper; {YOURS}"),
    ("- >> description fn fullname(OrganizationName)", f"there is no function 'fullname'; write full_name; {YOURS}"),
    ("SalesMemo >> description fn zzz",
     ("there is no function 'zzz'; use one of after, before, by_name, digits, first_word, from_decimal, "
      f"from_whole, full_name, half, join, last_word, left and 15 more, or write your own; {YOURS}")),
    ("SalesMemo >> description fn untold",
     ("untold does not say what its parameter 'text' is; "
      "annotate it with str, int, Decimal, bool, date or datetime")),
    ("SalesMemo >> description fn silent",
     "silent does not say what its result is; annotate it with str, int, Decimal, bool, date or datetime"),
    ("SalesMemo >> description fn listed",
     ("listed does not say what its parameter 'texts' is; "
      "annotate it with str, int, Decimal, bool, date or datetime")),
    ("SalesMemo >> description fn by_name", "by_name takes 'sign' by name; let it take every argument by its place"),
    # what it is given
    ("- >> description fn full_name(OrganizationName, AdressCity)",
     ("CustomersV3 has no field 'AdressCity'; write AddressCity if that is meant, or add it to the schema; "
      "a text stands in quotes [DIPV1022]")),
    ("SalesMemo << - fn full_name(name, adress1_city)",
     ("accounts has no field 'adress1_city'; write address1_city if that is meant, or add it to the schema; "
      "a text stands in quotes [DIPV1025]")),
    ("- >> description fn full_name(OrganizationName, address1_city)",
     ("address1_city is a field of accounts; name fields of CustomersV3: a function reads one side, "
      "and its result goes to the other")),
    ("SalesMemo << - fn full_name(name, AddressCity)",
     ("AddressCity is a field of CustomersV3; name fields of accounts: a function reads one side, "
      "and its result goes to the other")),
    ("SalesMemo << - fn upper(msdyn_paymentterm)",
     "msdyn_paymentterm is a lookup, which no function reads; name a field that holds the value itself"),
    ("SalesMemo << - fn upper(msdyn_paymentterm.msdyn_name)",
     "msdyn_paymentterm.msdyn_name leads to another table; a function reads accounts's own fields only"),
    ("SalesMemo >> description fn left", "left takes text, count, and is given SalesMemo; write fn left(count)"),
    ("SalesMemo >> description fn upper(1)", "upper takes text, and is given SalesMemo, 1; write fn upper"),
    ("- >> description fn left(SalesMemo)",
     "left takes text, count, and is given SalesMemo; write fn left(text, count)"),
    ("- >> description fn full_name(SalesMemo, AddressCity, AddressCounty)",
     ("full_name takes first, [last], and is given SalesMemo, AddressCity, AddressCounty; "
      "write fn full_name(first, [last])")),
    ("SalesMemo >> description fn left(few)",
     ("left is given fields, and the line has a source of its own; "
      "write - >> description fn left(...) with SalesMemo among what it is given")),
    ("SalesMemo >> description fn left('ten')",
     "'ten' is not a whole number, which left takes as count; write a whole number in its place [DIPV1030]"),
    ("SalesMemo >> description fn left(1.5)",
     "1.5 is not a whole number, which left takes as count; write a whole number in its place [DIPV1030]"),
    ("CreditLimit >> description fn digits",
     ("CreditLimit is a decimal number, and digits takes a text as text; "
      "name a text, or write a function of your own [DIPV1030]")),
    ("- >> creditlimit fn half(SalesMemo)",
     ("SalesMemo is a text of several lines, and half takes a number as amount; "
      "name a number, or write a function of your own [DIPV1030]")),
    # what it gives
    ("SalesMemo >> creditlimit fn digits",
     ("digits gives a text, creditlimit is a currency amount; "
      "let it write a text, or write a function of your own [DIPV1030]")),
    ("CreditLimit >> numberofemployees fn half",
     ("half gives a number, numberofemployees is a whole number; "
      "let it write a number, or write a function of your own [DIPV1030]")),
    # both ways
    ("SalesMemo >< description fn left(9)", "left has no way back; let the line flow one way, with >> or <<"),
    ("SalesMemo >< description fn strip_zeros",
     ("the way back of strip_zeros is pad, which takes text, width; "
      "write fn strip_zeros(width), or let the line flow one way")),
    # who a record is
    ("PartyNumber >< msdyn_partynumber fn upper",
     "PartyNumber tells records apart: it is mapped as it is; map it without a function"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "sentence"), CASES)
def test_mistakes(line: str, sentence: str) -> None:
    """One mistake is one finding, at its line, with what to write instead."""
    erp = "{system: finops, entity: CustomersV3, identity: [dataAreaId, CustomerAccount], second: PartyNumber}"
    more = () if "PartyNumber" in line else ("PartyNumber = msdyn_partynumber",)
    assert said(line, *more, erp=erp).startswith(sentence)


@pytest.mark.parametrize("head", [{"match": "[[CustomerAccount], [SalesMemo]]"}, {"name": "[SalesMemo]"}])
def test_a_computed_match_key(head: dict[str, str]) -> None:
    """What several fields are put together for is nothing that a partner can be looked for, or told, by."""
    found = said("SalesMemo << - fn join(' ', name, fax)", **head)
    assert found == "several fields are no match key and no name; take it out of match and name, or map it as it is"


@pytest.mark.parametrize(
    "lines",
    [
        ("OrganizationName << - fn first_word(name)", "- >> name fn join(' ', AddressCity, OrganizationName)"),
        ("SalesMemo << - fn join(' ', fax, description)", "- >> description fn upper(AddressCity)",
         "AddressCity << - fn join(' ', telephone1, websiteurl)",
         "- >> websiteurl fn join(' ', AddressState, SalesMemo)"),
    ],
)  # fmt: skip
def test_a_circle(lines: tuple[str, ...]) -> None:
    """A value that is put together from what it is split into would never rest, over whichever of its fields."""
    assert "a value would go round in a circle for ever: " in said(*lines)


def test_no_circle() -> None:
    """One field read by several functions, and by a line of its own, comes to rest."""
    lines = ("OrganizationName = name", "SalesMemo << - fn first_word(name)", "AddressCity << - fn other_words(name)")
    text = map_text(KEY, GROUP, *lines)
    found: Any = build_map("dual_write.customers", [parse_document(text, "base.yaml")])
    assert [line.name for line in found.lines][1:] == ["OrganizationName = name", "SalesMemo << -", "AddressCity << -"]
