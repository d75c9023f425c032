"""Lines: what one row of a map does to a value in each direction, what it refuses, and what it takes for the same."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import FieldError
from shared.mapping import DATAVERSE, ERP, Field, Line, Side, Unresolved
from shared.mapping._lines import conversion
from tests.unit.mapping.maps import HOLD, built, customers, map_text, one

NAME: Final = "OrganizationName = name"
LIMIT: Final = "CreditLimit = creditlimit"
MEMO: Final = "SalesMemo = description"
PARTY: Final = "PartyNumber = msdyn_partynumber"
STAFF: Final = "OrganizationNumberOfEmployees = numberofemployees"
LATITUDE: Final = "InvoiceAddressLatitude > address2_latitude"
STATUS: Final = "OnHoldStatus >< msdyn_onholdstatus hold"
ONCE: Final = "IsOneTimeCustomer >< msdyn_onetimecustomer yes_no"
RATING: Final = "CreditRating = msdyn_creditrating"
TERM: Final = "PaymentTerms = msdyn_paymentterm.msdyn_name"


def enrolled() -> Line:
    """A line between a time in the ERP and a date in Dataverse."""
    text = map_text(
        "CardNumber = msdyn_cardnumber",
        "LoyaltyEnrollmentDate = msdyn_enrollmentdate",
        erp="{system: finops, entity: RetailLoyaltyCards, identity: [CardNumber]}",
        dataverse="{table: msdyn_loyaltycards}",
        company="",
        match="[[CardNumber]]",
    )
    return built(text).lines[1]


def to(side: Side, line: Line, value: str) -> str:
    """A value of the other side, brought to this one."""
    return line.forward(value) if side == DATAVERSE else line.backward(value)


# -- what is refused


@pytest.mark.parametrize(
    ("text", "side", "value", "code"),
    [
        (NAME, ERP, "x" * 101, "too-long"),
        (NAME, DATAVERSE, "x" * 161, "too-long"),
        ("SalesMemo = description", DATAVERSE, "x" * 2001, "too-long"),
        (RATING, ERP, "x" * 11, "too-long"),
        (STAFF, DATAVERSE, "-1", "range"),
        (STAFF, DATAVERSE, "1000000001", "range"),
        (STAFF, ERP, "2147483648", "range"),
        (STAFF, ERP, "-2147483649", "range"),
        (STAFF, DATAVERSE, "1.5", "type"),
        (STAFF, DATAVERSE, "five", "type"),
        (LIMIT, DATAVERSE, "-1", "range"),
        (LIMIT, DATAVERSE, "100000000000000.01", "range"),
        (LIMIT, DATAVERSE, "NaN", "type"),
        (LIMIT, DATAVERSE, "Infinity", "type"),
        (LATITUDE, DATAVERSE, "90.00001", "range"),
        (LATITUDE, DATAVERSE, "-91", "range"),
        (STATUS, DATAVERSE, "Never", "value-map"),
        (STATUS, ERP, "806380005", "value-map"),
        (ONCE, DATAVERSE, "Perhaps", "value-map"),
        (LIMIT, DATAVERSE, "-0.005", "range"),
        (LATITUDE, DATAVERSE, "90.000005", "range"),
        (LIMIT, DATAVERSE, "1" * 30 + ".123456", "range"),
    ],
)
def test_refused(text: str, side: Side, value: str, code: str) -> None:
    """A value that the target cannot hold is refused with its reason, its line and itself; nothing is cut off."""
    line = one(text, values=HOLD)
    with pytest.raises(FieldError) as refused:
        to(side, line, value)
    assert (refused.value.code, refused.value.field) == (code, line.name)
    assert refused.value.value == value


def test_codes_of_lookups() -> None:
    """The text that names a reference in the ERP keeps the length of its field."""
    line = one(TERM)
    assert line.code("x" * 10) == "x" * 10
    with pytest.raises(FieldError, match="the text has 11 characters, PaymentTerms takes 10"):
        line.code("x" * 11)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("bool", "maybe"), ("guid", "no guid"), ("date", "soon"), ("datetime", "2024-02-30"), ("int", "five")],
)
def test_foreign(kind: str, value: str) -> None:
    """What the source holds although no field of the type can is refused, never passed on."""
    with pytest.raises(FieldError) as refused:
        conversion(None, Field("Name", kind), "line")(value)
    assert (refused.value.code, refused.value.value) == ("type", value)


# -- what is carried over


@pytest.mark.parametrize(
    ("text", "side", "value", "expected"),
    [
        (NAME, DATAVERSE, "x" * 160, "x" * 160),
        (NAME, ERP, "x" * 100, "x" * 100),
        (NAME, ERP, "", ""),
        (RATING, DATAVERSE, "a-1", "a-1"),
        ("PartyCountry = msdyn_partycountry", ERP, "010", "010"),
        (STAFF, DATAVERSE, "1000000000", "1000000000"),
        (STAFF, ERP, "2147483647", "2147483647"),
        (STAFF, ERP, "", ""),
        ("OrganizationNumberOfEmployees > creditlimit", DATAVERSE, "7", "7"),
        (LATITUDE, DATAVERSE, "1.000004999", "1"),
        (LATITUDE, DATAVERSE, "1.000005", "1.00001"),
        (LATITUDE, DATAVERSE, "0.000004", ""),
        (LATITUDE, DATAVERSE, "-0.000004999", ""),
        (LIMIT, DATAVERSE, "1.005", "1.005"),
        (LIMIT, DATAVERSE, "1.00000000004", "1"),
        (LIMIT, ERP, "123456789012.123456", "123456789012.123456"),
        (LIMIT, ERP, "-0.0000005", "-0.000001"),
        (LATITUDE, DATAVERSE, "52.123455", "52.12346"),
        (LATITUDE, DATAVERSE, "-52.123455", "-52.12346"),
        (LATITUDE, DATAVERSE, "90.000004", "90"),
        (STATUS, DATAVERSE, "All", "806380002"),
        (STATUS, DATAVERSE, "aLL", "806380002"),
        (STATUS, DATAVERSE, "", ""),
        (STATUS, ERP, "806380001", "Invoice"),
        (ONCE, DATAVERSE, "Yes", "true"),
        (ONCE, ERP, "false", "No"),
    ],
)
def test_carried(text: str, side: Side, value: str, expected: str) -> None:
    """Values are copied or mapped; decimals are rounded as the target rounds, halves away from zero."""
    assert to(side, one(text, values=HOLD), value) == expected


@pytest.mark.parametrize(
    ("erp", "dataverse"), [("2024-02-29T12:00:00Z", "2024-02-29"), ("", ""), ("2024-02-29T23:59:59Z", "2024-02-29")]
)
def test_times_and_dates(erp: str, dataverse: str) -> None:
    """A time gives its day; a day gives noon of that day, and is the same."""
    line = enrolled()
    assert line.forward(erp) == dataverse
    assert line.backward(dataverse) in {"", "2024-02-29T12:00:00Z"}
    assert line.same(erp, dataverse)


@pytest.mark.parametrize("value", ["6f9619ff-8b86-d011-b42d-00c04fc964ff", "", Unresolved("10D")])
def test_lookups_are_ids(value: str) -> None:
    """Both values of a lookup are the id of the row it means; the line changes nothing about it."""
    line = one(TERM)
    assert line.forward(value) == line.backward(value) == value
    assert line.same(value, value)


# -- value maps


@pytest.mark.parametrize(
    ("text", "values", "side", "value", "expected"),
    [
        ("CreditRating >< msdyn_creditrating m", "{m: {'': none, A: best}}", DATAVERSE, "", "none"),
        ("CreditRating >< msdyn_creditrating m", "{m: {'': none, A: best}}", ERP, "NONE", ""),
        ("CreditRating >< msdyn_creditrating m", "{m: {A: '', B: bad}}", DATAVERSE, "a", ""),
        ("CreditRating >< msdyn_creditrating m", "{m: {A: '', B: bad}}", ERP, "", "A"),
        ("CreditRating >< msdyn_creditrating m", "{m: {A: best}}", DATAVERSE, "", ""),
        ("OnHoldStatus << msdyn_onholdstatus m", "{m: {No: 806380000}}", ERP, "806380000", "No"),
        ("OnHoldStatus >< msdyn_onholdstatus m", "{m: {invoice: 806380001}}", ERP, "806380001", "Invoice"),
        ("IsOneTimeCustomer >< msdyn_onetimecustomer m", "{m: {No: False}}", DATAVERSE, "No", "false"),
        ("PartyCountry >> creditlimit m", "{m: {US: 10.50}}", DATAVERSE, "US", "10.5"),
    ],
)
def test_value_maps(text: str, values: str, side: Side, value: str, expected: str) -> None:
    """A value map is read in any letter case, gives the system's own spelling, and may list blank on either side."""
    assert to(side, one(text, values=values), value) == expected


# -- defaults and constants


@pytest.mark.parametrize(
    ("text", "side", "value", "expected"),
    [
        ("PartyCountry = msdyn_partycountry default US", DATAVERSE, "", "US"),
        ("PartyCountry = msdyn_partycountry default US", ERP, "", "US"),
        ("PartyCountry = msdyn_partycountry default US", ERP, "NL", "NL"),
        ("PartyCountry > msdyn_partycountry default ''", DATAVERSE, "", ""),
        ("PartyCountry > msdyn_partycountry initial US", DATAVERSE, "", ""),
        ("OnHoldStatus >> msdyn_onholdstatus hold initial 806380002", DATAVERSE, "", ""),
        ("CreditLimit = creditlimit default 1.10", DATAVERSE, "", "1.1"),
        ("CreditLimit = creditlimit default 0.0", DATAVERSE, "", "0"),
        ("CreditLimit > creditlimit default 0", DATAVERSE, "5", "5"),
        ("CreditLimit < creditlimit default 5", ERP, "0", ""),
        ("CreditLimit < creditlimit default 5", ERP, "", "5"),
        ("OnHoldStatus >< msdyn_onholdstatus hold default All", DATAVERSE, "", "806380002"),
        ("OnHoldStatus >< msdyn_onholdstatus hold default All", ERP, "", "All"),
        ("OnHoldStatus >> msdyn_onholdstatus hold default 806380002", DATAVERSE, "", "806380002"),
        ("OnHoldStatus << msdyn_onholdstatus hold default All", ERP, "", "All"),
    ],
)
def test_defaults(text: str, side: Side, value: str, expected: str) -> None:
    """A default fills a blank with a value of the target; an initial value does not, it is for new records."""
    assert to(side, one(text, values=HOLD), value) == expected


@pytest.mark.parametrize(
    ("text", "side", "value", "initial"),
    [
        ("LanguageId << - default en-us", ERP, "en-us", False),
        ("LanguageId << - initial ''", ERP, "", True),
        ("CreditLimit << - default 1e3", ERP, "1000", False),
        ("CreditLimit << - default 0.00", ERP, "", False),
        ("OnHoldStatus << - default invoice", ERP, "Invoice", False),
        ("- >> customertypecode initial 3", DATAVERSE, "3", True),
        ("- >> msdyn_onetimecustomer default TRUE", DATAVERSE, "true", False),
    ],
)
def test_constants(text: str, side: Side, value: str, initial: bool) -> None:
    """A constant is no line to compare; it is held in the canonical form of its field."""
    flow = customers(text)
    constant = flow.side(side).constants[-1]
    assert len(flow.lines) == 1
    assert (constant.of("usmf"), constant.initial) == (value, initial)
    assert constant.target.wire_name in flow.side(side).columns


@pytest.mark.parametrize(
    ("given", "company", "value"),
    [
        ("{USMF: 10, '*': 20}", "usmf", "10"),
        ("{usmf: 10, '*': 20}", "USMF", "10"),
        ("{usmf: 10, '*': 20}", "demf", "20"),
        ("{usmf: 10, '*': 20}", "", "20"),
        ("{usmf: 10}", "demf", None),
        ("{usmf: ''}", "usmf", ""),
        ("{}", "usmf", None),
    ],
)
def test_constants_by_company(given: str, company: str, value: str | None) -> None:
    """A constant may differ by company, in any letter case; without a value for a company nothing is written."""
    flow = customers("PaymentDay << - default $day", constants=f"{{day: {given}}}")
    assert flow.erp.constants[-1].of(company) == value


# -- the same


@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "same"),
    [
        (NAME, "Contoso", "Contoso", True),
        (NAME, "Contoso", "CONTOSO", False),
        (NAME, "Contoso", "", False),
        (NAME, "", "", True),
        (RATING, "aa", "AA", True),
        (RATING, "aa", "ab", False),
        ("CustomerGroupId > msdyn_creditrating", "vip", "VIP", True),
        (LATITUDE, "1.000005", "1.00001", True),
        (LATITUDE, "1.000004", "1.00001", False),
        (LATITUDE, "0.000001", "", True),
        (LIMIT, "1.005", "1.01", False),
        (LIMIT, "-1", "", False),
        (LIMIT, "-1", "-1", True),
        (LATITUDE, "52.123456789", "52.12346", True),
        (LATITUDE, "52.12346", "52.123456789", False),
        (STATUS, "All", "806380002", True),
        (STATUS, "All", "806380001", False),
        (STATUS, "Never", "806380005", False),
        (STATUS, "", "", True),
        (ONCE, "Yes", "true", True),
        ("PartyCountry = msdyn_partycountry default US", "", "US", True),
        ("PartyCountry = msdyn_partycountry default US", "US", "", True),
        ("PartyCountry > msdyn_partycountry default US", "US", "", False),
        ("PartyCountry < msdyn_partycountry default US", "US", "", True),
        (TERM, Unresolved("10D"), "", False),
        (TERM, Unresolved("10D"), Unresolved("30D"), False),
        ("PartyCountry = msdyn_partycountry default US", "", "", False),
    ],
)
def test_same(text: str, erp: str, dataverse: str, same: bool) -> None:
    """Two values are the same if the map leads from one to the other; rounding and the case of codes do not count."""
    assert one(text, values=HOLD).same(erp, dataverse) is same


@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "decimals", "alike"),
    [
        (LIMIT, "1234.56", "1235", 0, True),
        (LIMIT, "1234.56", "1235", 2, False),
        (LIMIT, "1.2345", "1.235", 3, True),
        (LIMIT, "1.005", "1.01", None, True),
        (LIMIT, "1235", "1234.56", 0, False),
        (NAME, "a shop", "a", None, False),
        (NAME, "a\u00a0", "a", None, False),
        (PARTY, "N60\u00a0", "N60", None, False),
        (MEMO, "x" * 2_500, "x" * 2_000, None, True),
        (MEMO, "x" * 2_500, "x" * 1_999, None, False),
        (MEMO, "x" * 1_999 + "\U0001f600", "x" * 1_999, None, False),
        ("SalesMemo < description", "x" * 2_500, "x" * 2_000, None, False),
    ],
)
def test_alike(text: str, erp: str, dataverse: str, decimals: int | None, alike: bool) -> None:
    """Two values are alike if one is all that its column holds of the other: so many characters, or decimals."""
    assert one(text).alike(erp, dataverse, decimals) is alike


@pytest.mark.parametrize(
    ("text", "erp", "dataverse", "shorter"),
    [
        (LIMIT, "1234.56", "1235", DATAVERSE),
        (LIMIT, "0.4", "", DATAVERSE),
        (LIMIT, "1234.56", "1236", None),
        (LIMIT, "1235", "1234.56", ERP),
        (NAME, "a shop", "a sh", DATAVERSE),
        (NAME, "a", "a shop", ERP),
        (NAME, "a shop", "", None),
        (PARTY, "N60\u00a0", "N60", None),
        (PARTY, "N60", "N6", None),
        (NAME, "a shop", "A SHOP", None),
        (NAME, "a shop", "a shop", None),
        (MEMO, "x" * 2_500, "x" * 5, DATAVERSE),
        ("SalesMemo > description", "x", "xy", None),
        ("LanguageId >< address1_country m", "de", "d", None),
    ],
)
def test_shorter(text: str, erp: str, dataverse: str, shorter: str | None) -> None:
    """The side that may hold the other's value for want of room is told, if there is one."""
    assert one(text, values="{m: {de: Germany}}").shorter(erp, dataverse) == shorter


NUMBERS = st.decimals(0, 10**14, allow_nan=False, places=6).map(
    lambda number: format(number, "f").rstrip("0").rstrip(".")
)
DRAWN: Final = {
    NAME: st.text(max_size=100).map(str.rstrip),
    RATING: st.text("aAbB-1", max_size=10),
    LIMIT: NUMBERS.map(lambda text: "" if text == "0" else text),
    STAFF: st.integers(1, 10**9).map(str),
    ONCE: st.sampled_from(["Yes", "No"]),
    STATUS: st.sampled_from(["No", "All", "Invoice", ""]),
}


@pytest.mark.parametrize("text", DRAWN)
@given(st.data())
def test_same_as_the_map(text: str, data: st.DataObject) -> None:
    """What the map makes of a value is the same as that value, and brings back a value that is the same too."""
    line, erp = one(text, values=HOLD), data.draw(DRAWN[text])
    dataverse = line.forward(erp)
    assert line.same(erp, dataverse)
    assert line.same(line.backward(dataverse), dataverse)
    assert line.comparable(line.forward(line.backward(dataverse))) == line.comparable(dataverse)


@pytest.mark.parametrize(
    ("line", "erp", "dataverse", "same"),
    [
        ("PrimaryContactPhone = telephone1", "+49 (0)89 123-4", "+49891234", False),
        ("PrimaryContactPhone = telephone1; as digits", "+49 (0)89 123-4", "+49891234", True),
        ("PrimaryContactPhone = telephone1; as digits", "+49 (0)89 123-4", "+49891235", False),
        ("PrimaryContactPhone = telephone1; as digits", "ask reception", "none", False),
        ("PrimaryContactPhone = telephone1; as digits", "Ask reception", "ask reception", True),
        ("PrimaryContactPhone = telephone1; as digits", "n/a", "", False),
        ("SalesMemo = description; as caseless", "A Shop", "a SHOP", True),
        ("SalesMemo = description; as caseless", "A Shop", "a  SHOP", False),
        ("SalesMemo > description; as caseless", "A Shop", "a SHOP", True),
    ],
)
def test_another_form_of_the_same(line: str, erp: str, dataverse: str, same: bool) -> None:
    """Texts that differ in nothing but what the line leaves out of account are equal, and print the same."""
    found = one(line)
    assert found.same(erp, dataverse) is same
    assert (found.comparable(erp) == found.comparable(dataverse)) is same


def test_another_way_to_compare_is_another_line() -> None:
    """What was agreed about the texts as they are says nothing of their digits."""
    plain, loose = one("PrimaryContactPhone = telephone1"), one("PrimaryContactPhone = telephone1; as digits")
    assert plain.definition != loose.definition
    assert plain.root == loose.root
