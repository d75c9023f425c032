"""Scopes: filters as the servers understand them, with their collation, blanks and unread fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from shared.errors import Refused
from shared.mapping import Scope, compile_scope, entity

ACCOUNTS: Final = entity("dataverse", "accounts")
CUSTOMERS: Final = entity("finops", "CustomersV3")
CARDS: Final = entity("finops", "RetailLoyaltyCards")
COMPANY: Final = "6f9619ff-8b86-d011-b42d-00c04fc964ff"


def scope(text: str) -> Scope:
    """A filter on accounts."""
    return compile_scope(text, ACCOUNTS)


# -- what is refused


@pytest.mark.parametrize(
    "text",
    [
        "name",
        "name eq",
        "eq 'x'",
        "(name eq 'x'",
        "name eq 'x",
        'name eq "x"',
        "name = 'x'",
        "name eq 'a' name eq 'b'",
        "$",
    ],
)
def test_unreadable(text: str) -> None:
    """What is no filter is refused with its text, or with what is allowed."""
    with pytest.raises(
        Refused, match=r"cannot be read|is not allowed in a filter|not closed|double quotes|no operator"
    ):
        scope(text)


@pytest.mark.parametrize(
    "text",
    [
        "accounts/any(a: a/name eq 'x')",
        "true",
        "name",
        "cast(name, Edm.String) eq 'x'",
    ],
)
def test_not_allowed(text: str) -> None:
    """Only comparisons, their joining and three functions can be evaluated on our side."""
    with pytest.raises(Refused, match=r"allowed in a filter|own fields only|cannot be read"):
        scope(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nothing eq 1", "nothing is not a field of accounts"),
        ("_nothing_value eq 1", "_nothing_value is not a field of accounts"),
        ("primarycontactid/lastnam eq 'x'", "contacts has no column 'lastnam'"),
        ("tolower(name) eq 'x'", "an expression is not a field"),
        ("creditlimit add 1 eq 2", "an expression is not a field"),
        ("3 eq customertypecode", "an expression is not a field"),
        ("contains('x', name)", "an expression is not a field"),
        ("null eq name", "an expression is not a field"),
    ],
)
def test_fields(text: str, what: str) -> None:
    """A filter speaks of the table's own fields, on the left."""
    with pytest.raises(Refused, match=what):
        scope(text)


@pytest.mark.parametrize(
    "text", ["name eq fax", "startswith(name, fax)", "contains(name, null)", "name eq tolower('X')"]
)
def test_literals(text: str) -> None:
    """A field is compared with a literal."""
    with pytest.raises(Refused, match="compares a field with a literal value"):
        scope(text)


@pytest.mark.parametrize("word", ["gt", "ge", "lt", "le"])
def test_order_and_null(word: str) -> None:
    """Null has no order."""
    with pytest.raises(Refused, match=f"creditlimit is compared with null by {word}; use eq or ne"):
        scope(f"creditlimit {word} null")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("msdyn_onholdstatus gt null", "msdyn_onholdstatus is compared with null by gt"),
        ("msdyn_onetimecustomer ge true", "msdyn_onetimecustomer is compared with yes or no by ge"),
        (f"_msdyn_company_value lt {COMPANY}", "msdyn_company is compared with a lookup by lt"),
        ("startswith(creditlimit, '1')", "creditlimit is no text"),
    ],
)
def test_meaningless(text: str, what: str) -> None:
    """Only what has an order is ordered, and only texts are searched."""
    with pytest.raises(Refused, match=what):
        scope(text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("creditlimit eq ''", ACCOUNTS),
        ("creditlimit eq 'abc'", ACCOUNTS),
        ("creditlimit gt duration'P1D'", ACCOUNTS),
        ("modifiedon gt 'today'", ACCOUNTS),
        ("customertypecode eq 'Customer'", ACCOUNTS),
        ("customertypecode eq 99", ACCOUNTS),
        ("msdyn_onetimecustomer eq 'perhaps'", ACCOUNTS),
        ("OnHoldStatus eq 'Perhaps'", CUSTOMERS),
    ],
)
def test_literals_fit(text: str, where: Any) -> None:
    """A literal that its field can never hold is refused, as the server would refuse it."""
    with pytest.raises(Refused):
        compile_scope(text, where)


# -- what is inside


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_no_filter(text: str) -> None:
    """Without a filter every record is inside."""
    found = scope(text)
    assert found.includes({})
    assert (found.pushed, found.fields) == ("", ())


@pytest.mark.parametrize(
    ("text", "row", "inside"),
    [
        ("name eq 'Contoso'", {"name": "CONTOSO "}, True),
        ("name eq 'Contoso '", {"name": "contoso"}, True),
        ("name eq 'Contoso'", {"name": " Contoso"}, False),
        ("name eq 'O''Brien'", {"name": "O'Brien"}, True),
        ("NAME EQ 'x' AND Name ne 'y'", {"name": "x"}, True),
        ("name ge 'b' and name lt 'c'", {"name": "BZ"}, True),
        ("name eq ''", {"name": ""}, True),
        ("name ne ''", {"name": "x"}, True),
        ("name ne ''", {"name": None}, False),
        ("accountnumber eq '010'", {"accountnumber": "10"}, False),
        ("accountnumber eq 10", {"accountnumber": "10"}, True),
        ("customertypecode eq 3", {"customertypecode": 3}, True),
        ("customertypecode gt 3", {"customertypecode": 12}, True),
        ("customertypecode ne 3", {"customertypecode": 8}, True),
        ("statecode eq 0", {"statecode": 0}, True),
        ("creditlimit ge 1000.50", {"creditlimit": "1000.5"}, True),
        ("creditlimit gt 999", {"creditlimit": 1000}, True),
        ("creditlimit lt -5", {"creditlimit": -10}, True),
        ("creditlimit eq 1e3", {"creditlimit": "1000.00"}, True),
        ("numberofemployees gt 1000 and numberofemployees le 2000", {"numberofemployees": 2000}, True),
        ("msdyn_onetimecustomer eq true", {"msdyn_onetimecustomer": True}, True),
        ("msdyn_onetimecustomer eq false", {"msdyn_onetimecustomer": True}, False),
        ("modifiedon gt 2024-01-01T00:00:00Z", {"modifiedon": "2024-01-01T00:00:01Z"}, True),
        ("modifiedon gt 2024-01-01T00:00:00Z", {"modifiedon": "2024-01-01T01:00:00+02:00"}, False),
        ("modifiedon ge 2024-01-01", {"modifiedon": "2024-01-01T00:00:00Z"}, True),
        (f"_msdyn_company_value eq {COMPANY}", {"_msdyn_company_value": COMPANY.upper()}, True),
        (f"msdyn_company eq {COMPANY.upper()}", {"_msdyn_company_value": COMPANY}, True),
        (f"_msdyn_company_value ne {COMPANY}", {"_msdyn_company_value": COMPANY}, False),
        ("customertypecode in (3, 8)", {"customertypecode": 8}, True),
        ("customertypecode in (3, 8)", {"customertypecode": 1}, False),
        ("not (customertypecode in (3))", {"customertypecode": 3}, False),
        ("name in ('a', 'in (b)')", {"name": "IN (B)"}, True),
        ("customertypecode in (null, 3)", {"customertypecode": None}, True),
        ("startswith(name, 'con')", {"name": "CONTOSO"}, True),
        ("endswith(name, 'OSO')", {"name": "Contoso "}, True),
        ("contains(name, 'nto')", {"name": "Contoso"}, True),
        ("contains(name, 'x')", {"name": None}, False),
    ],
)
def test_comparisons(text: str, row: dict[str, Any], inside: bool) -> None:
    """Values compare by their type; text without letter case and trailing blanks, as the servers compare it."""
    assert scope(text).includes(row) is inside


@pytest.mark.parametrize("blank", [None, "", "  "])
@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("name eq 'x'", False),
        ("name ne 'x'", True),
        ("name gt 'x'", False),
        ("name lt 'x'", False),
        ("name eq ''", True),
        ("not (name eq 'x')", True),
        ("not (name ne 'x')", False),
        ("startswith(name, 'x')", False),
        ("not contains(name, 'x')", True),
    ],
)
def test_blank(text: str, blank: str | None, inside: bool) -> None:
    """A blank is equal to nothing but a blank, and neither greater nor less."""
    assert scope(text).includes({"name": blank}) is inside


@pytest.mark.parametrize(
    "text",
    [
        *("name eq 'x'", "name ne 'x'", "name lt 'x'", "name eq null", "not (name eq 'x')", "not (name ne 'x')"),
        *("name ne 'x' and fax eq 'y'", "fax eq 'y' and not (name eq 'x')", "endswith(name, 'x')"),
        "not contains(name, 'x')",
    ],
)
def test_unread(text: str) -> None:
    """Nothing is known of a field that was not read: the record is out, also under not."""
    assert not scope(text).includes({"fax": "y"})


@pytest.mark.parametrize("text", ["creditlimit gt 1", "not (creditlimit gt 1)"])
def test_foreign(text: str) -> None:
    """Nothing is known of a number that is none."""
    assert not scope(text).includes({"creditlimit": "much"})


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("fax eq 'y' or name eq 'x'", True),
        ("name eq 'x' or fax eq 'y'", True),
        ("fax eq 'n' or name eq 'x'", False),
        ("fax eq 'y' and name eq 'x'", False),
        ("not (fax eq 'n' and name eq 'x')", True),
        ("not (fax eq 'y' and name eq 'x')", False),
        ("not (fax eq 'n' or name eq 'x')", False),
    ],
)
def test_three_values(text: str, inside: bool) -> None:
    """A field that was not read, here the name, does not spoil what is decided without it, here by the fax."""
    assert scope(text).includes({"fax": "y"}) is inside


@pytest.mark.parametrize(
    ("text", "row", "inside"),
    [
        ("name eq null", {"name": None}, True),
        ("name eq null", {"name": "x"}, False),
        ("name ne null", {"name": "x"}, True),
        ("name ne null", {"name": None}, False),
        ("customertypecode eq null", {"customertypecode": 0}, False),
        ("name eq null", {}, False),
        ("name ne null", {}, False),
        ("_msdyn_company_value ne null", {"_msdyn_company_value": COMPANY}, True),
        ("modifiedon eq null", {"modifiedon": None}, True),
    ],
)
def test_null(text: str, row: dict[str, Any], inside: bool) -> None:
    """Null is asked for by eq and ne; of a field that was not read nothing is known."""
    assert scope(text).includes(row) is inside


@pytest.mark.parametrize(
    ("text", "row", "inside"),
    [
        ("creditlimit lt 100", {"creditlimit": None}, False),
        ("numberofemployees eq 0", {"numberofemployees": None}, False),
        ("creditlimit eq null", {"creditlimit": 0}, False),
        ("creditlimit ne null", {"creditlimit": "0.00"}, True),
        ("msdyn_onetimecustomer eq false", {"msdyn_onetimecustomer": None}, False),
        ("msdyn_onetimecustomer ne false", {"msdyn_onetimecustomer": None}, True),
        ("msdyn_onetimecustomer eq null", {"msdyn_onetimecustomer": None}, True),
    ],
)
def test_null_is_not_zero(text: str, row: dict[str, Any], inside: bool) -> None:
    """In a Dataverse filter null is neither zero nor false."""
    assert scope(text).includes(row) is inside


@pytest.mark.parametrize("text", ["CreditLimit ne null", "OrganizationName eq null"])
def test_no_null_in_finops(text: str) -> None:
    """A filter for finance and operations does not speak of null, which it does not have."""
    with pytest.raises(Refused):
        compile_scope(text, CUSTOMERS)


@pytest.mark.parametrize(("value", "inside"), [("1900-01-01T00:00:00Z", False), ("2024-06-01T12:00:00Z", True)])
def test_no_date(value: str, inside: bool) -> None:
    """The empty date of finance and operations is no date."""
    text = "LoyaltyEnrollmentDate lt 2025-01-01T00:00:00Z"
    assert compile_scope(text, CARDS).includes({"LoyaltyEnrollmentDate": value}) is inside


# -- what is pushed to the server


@pytest.mark.parametrize(
    ("text", "pushed", "fields"),
    [
        ("NAME eq 'x'", "name eq 'x'", ("name",)),
        ("name eq 'O''Brien'", "name eq 'O''Brien'", ("name",)),
        ("accountnumber eq 10", "accountnumber eq '10'", ("accountnumber",)),
        ("customertypecode eq 3", "customertypecode eq 3", ("customertypecode",)),
        ("creditlimit gt -1.50", "creditlimit gt -1.5", ("creditlimit",)),
        ("numberofemployees eq 007", "numberofemployees eq 7", ("numberofemployees",)),
        ("creditlimit ne 0.00", "creditlimit ne 0", ("creditlimit",)),
        ("modifiedon ge 2024-01-31", "modifiedon ge 2024-01-31T00:00:00Z", ("modifiedon",)),
        ("modifiedon lt 2024-01-31T10:00:00+02:00", "modifiedon lt 2024-01-31T08:00:00Z", ("modifiedon",)),
        ("name ne null", "name ne null", ("name",)),
        (f"msdyn_company eq {COMPANY}", f"_msdyn_company_value eq {COMPANY}", ("_msdyn_company_value",)),
        ("not (name eq 'x')", "not (name eq 'x')", ("name",)),
        ("name eq 'a' or name eq 'b' and fax eq 'c'", "(name eq 'a' or (name eq 'b' and fax eq 'c'))", ("name", "fax")),
        ("customertypecode in (3)", "customertypecode eq 3", ("customertypecode",)),
        (
            "customertypecode in (3,8) and name eq 'a'",
            "((customertypecode eq 3 or customertypecode eq 8) and name eq 'a')",
            ("customertypecode", "name"),
        ),
        ("startswith(name, 'x')", "", ("name",)),
        ("fax eq 'c' and contains(name, 'x')", "", ("fax", "name")),
    ],
)
def test_pushed(text: str, pushed: str, fields: tuple[str, ...]) -> None:
    """A filter is pushed under the names of the wire, as it binds; a filter with a function is not pushed."""
    found = scope(text)
    assert (found.pushed, found.fields, found.text) == (pushed, fields, text)


@pytest.mark.parametrize(
    ("text", "pushed"),
    [
        ("PartyType eq 'Organization'", "PartyType eq 'Organization'"),
        ("OnHoldStatus ne 'No'", "OnHoldStatus ne Microsoft.Dynamics.DataEntities.CustVendorBlocked'No'"),
        ("OnHoldStatus ne 'no'", "OnHoldStatus ne Microsoft.Dynamics.DataEntities.CustVendorBlocked'No'"),
        ("OnHoldStatus in ('All')", "OnHoldStatus eq Microsoft.Dynamics.DataEntities.CustVendorBlocked'All'"),
    ],
)
def test_enumerations(text: str, pushed: str) -> None:
    """A member is pushed with its type, in its own spelling, and compares in any letter case."""
    found = compile_scope(text, CUSTOMERS)
    assert found.includes({"OnHoldStatus": "ALL", "PartyType": "ORGANIZATION"})
    assert found.pushed == pushed


@pytest.mark.parametrize(
    ("literal", "pushed"), [("2024-01-31", "2024-01-31T00:00:00Z"), ("1900-01-01", "1900-01-01T00:00:00Z")]
)
def test_days_of_finance_and_operations(literal: str, pushed: str) -> None:
    """A day goes to finance and operations as the moment that its fields hold, and no day as 1900-01-01."""
    found = compile_scope(f"LoyaltyEnrollmentDate eq {literal}", entity("finops", "RetailLoyaltyCards"))
    assert found.pushed == f"LoyaltyEnrollmentDate eq {pushed}"
    assert found.includes({"LoyaltyEnrollmentDate": pushed})


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("customertypecode eq 3 and name eq 'A'", {"customertypecode": "3", "name": "A"}),
        (
            "msdyn_creditlimitismandatory eq false and (customertypecode eq 3 or name eq 'A')",
            {"msdyn_creditlimitismandatory": "false"},
        ),
        ("customertypecode eq 3 and not (msdyn_creditlimitismandatory eq true)", {"customertypecode": "3"}),
        ("customertypecode ne 3 and name eq null", {}),
        ("customertypecode in (3, 8) and name in ('A')", {"name": "A"}),
    ],
)
def test_what_a_scope_asks_whatever_else_it_says(text: str, asks: dict[str, str]) -> None:
    """What a record has to hold to be inside, and what is enough in one of two cases only."""
    assert dict(scope(text).asks) == asks


# -- columns of other rows

EUROS: Final = "transactioncurrencyid.isocurrencycode eq 'EUR'"
SOLD: Final = "transactioncurrencyid.isocurrencycode"


@pytest.mark.parametrize("text", [EUROS, EUROS.replace(".", "/")])
def test_a_column_of_the_row_behind_a_lookup(text: str) -> None:
    """It is read by a name of its own, with the lookup; compared as its own table says; pushed as OData writes it."""
    found = scope(f"customertypecode eq 3 and {text}")
    assert found.fields == ("customertypecode", "_transactioncurrencyid_value", SOLD)
    assert found.own == ("customertypecode", "_transactioncurrencyid_value")
    assert [(each.table, each.key) for each in found.paths] == [("transactioncurrencies", "isocurrencycode")]
    assert found.pushed == "(customertypecode eq 3 and transactioncurrencyid/isocurrencycode eq 'EUR')"
    assert found.asks == (("customertypecode", "3"),)
    rows: list[dict[str, Any]] = [{SOLD: "eur"}, {SOLD: "USD"}, {SOLD: None}, {}]
    assert [found.includes({"customertypecode": 3, **row}) for row in rows] == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "is_pushed"),
    [
        (EUROS, True),
        ("transactioncurrencyid.isocurrencycode in ('EUR', 'CHF')", True),
        ("transactioncurrencyid.createdon ge today - 30 days", True),
        ("transactioncurrencyid.isocurrencycode ne 'EUR'", False),
        ("transactioncurrencyid.isocurrencycode eq null", False),
        (f"not ({EUROS})", False),
        (f"customertypecode eq 3 or {EUROS}", False),
        (f"(customertypecode eq 3 or customertypecode eq 8) and {EUROS}", True),
        ("contains(transactioncurrencyid.currencyname, 'Euro')", False),
    ],
)
def test_what_may_hold_for_a_row_that_points_nowhere_is_not_pushed(text: str, *, is_pushed: bool) -> None:
    """Nothing published says whether a join leaves such rows out."""
    assert bool(scope(text).by(lambda: datetime(2024, 3, 1, tzinfo=UTC)).pushed) is is_pushed


def test_a_blank_lookup_is_a_blank_column() -> None:
    assert scope("transactioncurrencyid.isocurrencycode ne 'EUR'").includes({SOLD: None})
    assert not scope("transactioncurrencyid.isocurrencycode ne 'EUR'").includes({})


def test_a_column_of_the_row_behind_one_of_several_tables() -> None:
    """The navigation property says which table is meant; of a row that points to another one nothing is known."""
    contacts, written = entity("dataverse", "contacts"), "parentcustomerid_account.customertypecode"
    found = compile_scope(f"{written} in (3, 11)", contacts)
    assert found.fields == ("_parentcustomerid_value", written)
    assert [(each.table, each.key) for each in found.paths] == [("accounts", "customertypecode")]
    way = written.replace(".", "/")
    assert found.pushed == f"({way} eq 3 or {way} eq 11)"
    assert [found.includes(row) for row in ({written: 11}, {written: 8}, {written: None}, {})] == [True, *[False] * 3]
    with pytest.raises(Refused) as fault:
        compile_scope("parentcustomerid.customertypecode eq 3", contacts)
    assert "say which: parentcustomerid_account.customertypecode or parentcustomerid_contact" in str(fault.value)
    with pytest.raises(Refused):
        compile_scope("parentcustomerid_account.fullname eq 'x'", contacts)


def test_what_a_page_works_out_is_not_pushed() -> None:
    """No filter of its system knows it; on our side it counts as ever."""
    cards, row_id = entity("business_central", "contactCards"), "0c0ffee0-0000-4000-8000-000000000001"
    found = compile_scope(f"type eq 'Person' and customerOrVendorId eq {row_id}", cards)
    assert found.pushed == ""
    assert found.includes({"type": "Person", "customerOrVendorId": row_id})


def test_the_erp_looks_into_no_other_record() -> None:
    with pytest.raises(Refused, match="a filter of CustomersV3 does not look into other records"):
        compile_scope("CustomerGroupId.Description eq 'x'", CUSTOMERS)


# -- Business Central

CUSTOMER = entity("business_central", "customers")


@pytest.mark.parametrize(
    ("text", "pushed"),
    [
        ("blocked eq ''", "blocked eq ' '"),
        ("blocked eq '' and type eq 'Person'", "(blocked eq ' ' and type eq 'Person')"),
        ("blocked in ('', 'Ship')", "(blocked eq ' ' or blocked eq 'Ship')"),
        ("postalCode ne ''", "postalCode ne ''"),
        ("blocked eq '' or type eq 'Person'", ""),
        ("not (blocked eq 'All')", ""),
        ("city eq 'Wien'", ""),
    ],
)
def test_what_business_central_is_asked(text: str, pushed: str) -> None:
    """Neither `not` nor `or` over two fields; a text is compared here, for the service tells letter cases apart."""
    assert compile_scope(text, CUSTOMER).pushed == pushed


@pytest.mark.parametrize("raw", ["_x0020_", " "])
def test_a_blank_member_of_business_central(raw: str) -> None:
    """Is a blank, however it is written."""
    scope = compile_scope("blocked eq ''", CUSTOMER)
    assert scope.includes({"blocked": raw})
    assert not scope.includes({"blocked": "All"})
