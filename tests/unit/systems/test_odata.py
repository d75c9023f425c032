"""OData on the wire: literals that cannot break out, keys and filters that survive the address, queries that share."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.mapping import Field, entity
from shared.systems._client import json_body
from shared.systems._odata import URL_BUDGET, encoded, equals, if_match, key_segment, literal, one_of

ENUMS = "Microsoft.Dynamics.DataEntities"
CUSTOMERS = entity("finops", "CustomersV3")
COMPANY, NUMBER = CUSTOMERS.fields["dataAreaId"], CUSTOMERS.fields["CustomerAccount"]
NAME = CUSTOMERS.fields["OrganizationName"]
HOSTILE = [
    *("O'Neil", "''", "'", "a/b", "a\\b", "#1", "a?b", "100%", "a&b=c", "a+b", "a;b", "a,b", "(x)", "$filter", "@p"),
    *("ä ö", "💶", "e\u0301", "a b", "x' or '1' eq '1", "%27", "*", "a*b", '"', "<>", "|", ":"),
]
TEXTS = st.text(max_size=30)


# -- literals


@pytest.mark.parametrize(
    ("system", "name", "field", "value", "written"),
    [
        ("finops", "CustomersV3", "OrganizationName", "Fabrikam", "'Fabrikam'"),
        ("finops", "CustomersV3", "OrganizationName", "O'Neil & Sons", "'O''Neil & Sons'"),
        ("finops", "CustomersV3", "OrganizationName", "", "''"),
        ("finops", "CustomersV3", "CustomerAccount", "010", "'010'"),
        ("finops", "CustomersV3", "OnHoldStatus", "All", "Microsoft.Dynamics.DataEntities.CustVendorBlocked'All'"),
        ("finops", "CustomersV3", "OrganizationNumberOfEmployees", "42", "42"),
        ("finops", "CustomersV3", "OrganizationNumberOfEmployees", "", "0"),
        ("finops", "CustomersV3", "CreditLimit", "1.5", "1.5"),
        ("finops", "CustomersV3", "CreditLimit", "", "0"),
        ("finops", "PaymentScheduleLines", "LineNumber", "1", "1"),
        ("finops", "RetailLoyaltyCards", "LoyaltyEnrollmentDate", "2026-01-05T12:00:00Z", "2026-01-05T12:00:00Z"),
        ("dataverse", "accounts", "name", "O'Neil", "'O''Neil'"),
        ("dataverse", "accounts", "customertypecode", "3", "3"),
        ("dataverse", "accounts", "msdyn_company", "0a0a0a0a-0000-4000-8000-000000000001",
         "0a0a0a0a-0000-4000-8000-000000000001"),
        ("dataverse", "accounts", "accountid", "0a0a0a0a-0000-4000-8000-000000000001",
         "0a0a0a0a-0000-4000-8000-000000000001"),
        ("dataverse", "contacts", "msdyn_sellable", "true", "true"),
        ("dataverse", "contacts", "createdon", "2026-01-05T12:00:00Z", "2026-01-05T12:00:00Z"),
    ],
)  # fmt: skip
def test_literals(system: str, name: str, field: str, value: str, written: str) -> None:
    """A canonical value becomes a literal of the field's type: quoted, bare, or an enumeration's member."""
    assert literal(value, entity(system, name).fields[field]) == written


@given(value=TEXTS)
def test_no_text_ends_its_quotes(value: str) -> None:
    """Whatever a text holds, its literal is one literal."""
    text = literal(value, NAME)
    assert re.fullmatch(r"'(?:[^']|'')*'", text, re.DOTALL)
    assert text[1:-1].replace("''", "'") == value


def test_lookups_are_compared_by_their_id() -> None:
    """A lookup is named as it is read."""
    company = entity("dataverse", "accounts").fields["msdyn_company"]
    assert equals((company, "0a0b")) == "_msdyn_company_value eq 0a0b"


# -- addresses


@pytest.mark.parametrize("value", HOSTILE)
def test_filters_survive_the_address(value: str) -> None:
    """A filter arrives as it was meant, beside its neighbours, whatever its values hold."""
    filter_ = equals((NAME, value))
    url = httpx.URL(f"https://contoso.example/data/CustomersV3?$filter={encoded(filter_)}&$top=1")
    query = parse_qs(urlsplit(str(url)).query, separator="&", strict_parsing=True)
    assert query == {"$filter": [filter_], "$top": ["1"]}
    assert str(url).isascii()


@given(value=TEXTS)
def test_any_filter_survives_the_address(value: str) -> None:
    """The same for any text at all."""
    filter_ = f"{equals((NAME, value))} and {equals((NUMBER, value))}"
    url = httpx.URL(f"https://contoso.example/data/CustomersV3?$filter={encoded(filter_)}&$top=1")
    assert parse_qs(url.query.decode(), separator="&") == {"$filter": [filter_], "$top": ["1"]}


@pytest.mark.parametrize("value", ["\ud83d", "Fabrikam \ude00"])
def test_half_an_emoji_in_an_address(value: str) -> None:
    """A text cut in the middle of an emoji makes an address like any other."""
    assert encoded(equals((NAME, value))).isascii()
    assert key_segment(CUSTOMERS, ["usmf", value]).isascii()


@pytest.mark.parametrize("value", HOSTILE)
def test_keys_survive_the_address(value: str) -> None:
    """A key arrives as one path segment with every part as it was, whatever the parts hold."""
    segment = key_segment(CUSTOMERS, ["usmf", value])
    url = httpx.URL(f"https://contoso.example/data/CustomersV3{segment}?cross-company=true")
    path = url.raw_path.decode().partition("?")[0]
    assert path.count("/") == 2
    quoted = value.replace("'", "''")
    assert unquote(path) == f"/data/CustomersV3(dataAreaId='usmf',CustomerAccount='{quoted}')"
    assert url.query == b"cross-company=true"


@given(values=st.tuples(TEXTS, TEXTS))
def test_any_key_survives_the_address(values: tuple[str, str]) -> None:
    """The same for any texts at all: every part is told from the other."""
    url = httpx.URL(f"https://contoso.example/data/CustomersV3{key_segment(CUSTOMERS, values)}?a=1")
    path = url.raw_path.decode().partition("?")[0]
    first, second = (value.replace("'", "''") for value in values)
    assert unquote(path) == f"/data/CustomersV3(dataAreaId='{first}',CustomerAccount='{second}')"


@pytest.mark.parametrize(
    ("name", "identity", "segment"),
    [
        ("CustomersV3", ["usmf", "US-001"], "(dataAreaId='usmf',CustomerAccount='US-001')"),
        ("NameAffixes", ["PersonalPrefix", "Dr."], f"(Type={ENUMS}.DirNameAffixType'PersonalPrefix',Affix='Dr.')"),
        ("PaymentScheduleLines", ["usmf", "Q", "1.5"], "(dataAreaId='usmf',PaymentScheduleName='Q',LineNumber=1.5)"),
        ("RetailLoyaltyCards", ["100001"], "(CardNumber='100001')"),
    ],
)
def test_keys_are_named_and_typed(name: str, identity: list[str], segment: str) -> None:
    """Every part of a key is named; strings are quoted, numbers bare, enumerations typed."""
    assert key_segment(entity("finops", name), identity) == segment


@pytest.mark.parametrize("identity", [[], ["usmf"], ["usmf", "1", "2"]])
def test_keys_are_whole(identity: list[str]) -> None:
    """A key with a part missing or too many addresses nothing."""
    with pytest.raises(ValueError, match="zip"):
        key_segment(CUSTOMERS, identity)


# -- searches that share a query


def customers(*numbers: str, company: str = "usmf") -> list[list[tuple[Field, str]]]:
    return [[(COMPANY, company), (NUMBER, number)] for number in numbers]


def test_one_search() -> None:
    """A single search is its conditions, without parentheses."""
    assert list(one_of(customers("1"))) == [("dataAreaId eq 'usmf' and CustomerAccount eq '1'", [0])]


def test_single_conditions() -> None:
    """Searches by one field share their alternatives."""
    found = list(one_of([[(NUMBER, "1")], [(NUMBER, "2")]]))
    assert found == [("CustomerAccount eq '1' or CustomerAccount eq '2'", [0, 1])]


def test_shared_search() -> None:
    """Searches that differ in their last value are one filter: what they share, and the alternatives in parentheses."""
    found = list(one_of(customers("1", "2", "1")))
    assert found == [
        ("dataAreaId eq 'usmf' and (CustomerAccount eq '1' or CustomerAccount eq '2')", [0, 1, 2]),
    ]


def test_searches_that_cannot_share() -> None:
    """Other companies and other fields have filters of their own."""
    searches = [*customers("1"), *customers("1", company="dat"), [(COMPANY, "usmf"), (NAME, "x")], *customers("2")]
    assert list(one_of(searches)) == [
        ("dataAreaId eq 'usmf' and (CustomerAccount eq '1' or CustomerAccount eq '2')", [0, 3]),
        ("dataAreaId eq 'dat' and CustomerAccount eq '1'", [1]),
        ("dataAreaId eq 'usmf' and OrganizationName eq 'x'", [2]),
    ]


def test_searches_that_begin_with_a_value_of_their_own_each_share_a_filter() -> None:
    """A name and a postal code: no company comes first, and a request for each name would be one for each record."""
    searches = [[(NAME, f"name {number}"), (NUMBER, str(number % 7))] for number in range(20)]
    ((text, places),) = one_of(searches)
    assert (text.count(" or "), places) == (19, list(range(20)))


@given(numbers=st.lists(st.text(max_size=200), max_size=120))
def test_everybody_is_served_within_the_budget(numbers: list[str]) -> None:
    """Every search is served by exactly one filter that asks for its value, and no filter outgrows an address."""
    searches = customers(*numbers)
    served = []
    for text, places in one_of(searches):
        served += places
        assert all(equals(searches[place][-1]) in text for place in places)
        assert len(encoded(text)) <= URL_BUDGET + 200 or len(places) == 1
    assert sorted(served) == list(range(len(numbers)))


def test_long_values_do_not_lock_others_out() -> None:
    """A value that fills an address by itself is asked for alone."""
    found = list(one_of(customers("1", "ä" * 3000, "2")))
    assert sorted(place for _, places in found for place in places) == [0, 1, 2]
    assert [places for text, places in found if "ää" in text] == [[1]]


# -- bodies


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, b"{}"),
        ({"CreditLimit": "10.50"}, b'{"CreditLimit":10.50}'),
        (
            {"name": '"\\u00e4"', "msdyn_company": "null"},
            b'{"name":"\\u00e4","msdyn_company":null}',
        ),
    ],
)
def test_bodies(body: dict[str, str], text: bytes) -> None:
    """A body is made of ready JSON texts: decimals keep every digit."""
    assert json_body(body) == text


@pytest.mark.parametrize("version", ['W/"1"\r\nX-Evil: 1', 'W/"1"\n', "", 'W/"a b"', 'W/"\u00e9"', 'W/"\x00"'])
def test_versions_that_no_header_can_hold(version: str) -> None:
    """A version that would write more than its own header is refused: its record parks, and nothing is sent."""
    with pytest.raises(Rejected, match="version"):
        if_match(version)


def test_versions() -> None:
    """A version goes out just as it came."""
    assert if_match('W/"12345"') == {"If-Match": 'W/"12345"'}
