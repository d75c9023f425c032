"""Query options on sets: what `$filter`, `$orderby`, `$select` and `$count` mean, and what is not supported."""

from __future__ import annotations

import pytest

from tests.emulator.finops.probe import CROSS, Probe

ENUM = "Microsoft.Dynamics.DataEntities"


@pytest.fixture
def probe() -> Probe:
    """Four customers whose letter case, amounts and enumerations differ."""
    probe = Probe()
    probe.customer("US-001", OrganizationName="Forest Wholesales", CreditLimit=100, OnHoldStatus="All")
    probe.customer("us-002", OrganizationName="Cave retail", CreditLimit=200.5, OrganizationNumberOfEmployees=7)
    probe.customer("US-003", OrganizationName="Retail Mall", SalesCurrencyCode="EUR", OnHoldStatus="Payment")
    probe.customer("US-004", OrganizationName="It's 100% (new)", SalesMemo="a*b", IdentificationNumber="Größe")
    return probe


def found(probe: Probe, text: str, options: str = "") -> list[str]:
    """The customers that a filter finds, each by its last character."""
    said = probe.get(f"CustomersV3?$filter={text}&$select=CustomerAccount{options}")
    assert said.status == 200, said.text
    return [account[-1] for account in said.column("CustomerAccount")]


@pytest.mark.parametrize(
    ("text", "accounts"),
    [
        ("CustomerAccount eq 'US-002'", "2"),
        ("CustomerAccount eq 'us-001  '", "1"),
        ("'US-001' eq CustomerAccount", "1"),
        ("CustomerAccount ne 'US-002'", "134"),
        ("CustomerAccount gt 'US-002'", "34"),
        ("CustomerAccount ge 'us-002'", "234"),
        ("CustomerAccount lt 'US-002'", "1"),
        ("'US-002' gt CustomerAccount", "1"),
        ("CustomerAccount le 'US-002'", "12"),
        ("CustomerAccount gt 'US-001' and CustomerAccount lt 'US-004'", "23"),
        ("CustomerAccount gt 'US-003' and CustomerAccount lt 'US-002'", ""),
        ("OrganizationName eq 'it''s 100% (new)'", "4"),
        ("OrganizationName eq 'Retail'", ""),
        ("OrganizationName eq '*retail*'", "23"),
        ("OrganizationName eq 'Retail*'", "3"),
        ("OrganizationName eq '*retail'", "2"),
        ("OrganizationName eq 'F*t*s'", "1"),
        ("OrganizationName ne '*retail*'", "14"),
        ("SalesMemo eq ''", "123"),
        ("SalesMemo eq 'a*'", "4"),
        ("IdentificationNumber eq 'GRÖSSE'", "4"),
        ("IdentificationNumber eq 'größe'", "4"),
        ("IdentificationNumber eq 'GROSSE'", ""),
        ("IdentificationNumber eq '\uff27RÖSSE'", "4"),
        ("OrganizationName eq 'Cave reta\u0131l'", ""),
        ("PartyType eq 'Organization'", "1234"),
        ("CreditLimit eq 200.5", "2"),
        ("CreditLimit eq 200.50", "2"),
        ("CreditLimit gt 100", "2"),
        ("CreditLimit ge 1e2", "12"),
        ("CreditLimit lt -1", ""),
        ("CreditLimit add 50 eq 150", "1"),
        ("CreditLimit sub 0.5 eq 200", "2"),
        ("CreditLimit mul 2 gt 200", "2"),
        ("CreditLimit div 4 eq 25", "1"),
        ("CreditLimit divby 8 eq 12.5", "1"),
        ("CreditLimit mod 7 eq 2", "1"),
        ("OrganizationNumberOfEmployees eq 7", "2"),
        ("OrganizationNumberOfEmployees eq 7.0", "2"),
        ("OrganizationNumberOfEmployees lt CreditLimit", "12"),
        ("OrganizationName eq OrganizationName", "1234"),
        ("1 eq 1.0", "1234"),
        ("CreditLimit eq 0 or CreditLimit eq 100", "134"),
        (f"OnHoldStatus eq {ENUM}.CustVendorBlocked'All'", "1"),
        (f"OnHoldStatus ne {ENUM}.CustVendorBlocked'No'", "13"),
        (f"{ENUM}.CustVendorBlocked'Payment' eq OnHoldStatus", "3"),
        ("not (CreditLimit gt 0)", "34"),
        ("not (CreditLimit gt 0) and SalesCurrencyCode eq 'EUR'", "3"),
        ("CreditLimit gt 0 or CreditLimit lt 0 and CustomerAccount eq 'x'", "12"),
        ("(CreditLimit gt 0 or CreditLimit lt 0) and CustomerAccount eq 'x'", ""),
        ("CustomerAccount eq 'US-001' or CustomerAccount eq 'US-003' or CustomerAccount eq 'none'", "13"),
        ("(CustomerAccount eq 'US-001' and not (CreditLimit eq 100)) or CustomerAccount eq 'US-003'", "3"),
        ("dataAreaId eq 'usmf' and (CustomerAccount eq 'US-001' or CustomerAccount eq 'US-003')", "13"),
        ("dataAreaId eq 'usmf' and dataAreaId eq 'demf'", ""),
        ("CustomerAccount eq 'US-001' and CustomerAccount eq 'US-002'", ""),
        ("( CustomerAccount  eq  'US-001' )", "1"),
    ],
)
def test_filter(probe: Probe, text: str, accounts: str) -> None:
    """Text is compared without letter case and trailing blanks, `*` stands for anything."""
    assert found(probe, text) == list(accounts)
    assert probe.get(f"CustomersV3/$count?$filter={text}").text == str(len(accounts))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "CustomerAccount",
        "'x'",
        "CreditLimit add 1",
        "CustomerAccount eq",
        "CustomerAccount eq 'x",
        "CustomerAccount eq 'x')",
        "CustomerAccount eq )",
        "(CustomerAccount eq 'x',",
        "contains(OrganizationName 'x')",
        "contains(OrganizationName",
        "(CustomerAccount eq 'x'",
        "CustomerAccount eq x",
        "CustomerAccount EQ 'x'",
        "CustomerAccount = 'x'",
        "CustomerAccount eq 'x'and CreditLimit eq 1",
        "CustomerAccount eq 'x' And CreditLimit eq 1",
        "CustomerAccount eq 'x',CreditLimit eq 1",
        "customeraccount eq 'x'",
        "NoSuchProperty eq 'x'",
        "CustomerAccount in ('x','y')",
        "CustomerAccount in 'x'",
        f"OnHoldStatus has {ENUM}.CustVendorBlocked'All'",
        "contains(OrganizationName,'x')",
        "startswith(OrganizationName,'x')",
        "tolower(OrganizationName) eq 'x'",
        "length(OrganizationName) eq 1",
        "year(LoyaltyEnrollmentDate) eq 2020",
        "CustomerGroup/Description eq 'x'",
        "Lines/any(l:l/Amount gt 1)",
        "CustomerAccount eq null",
        "CustomerAccount eq 1",
        "CustomerAccount eq dataAreaId add 1",
        "CreditLimit eq '1'",
        "CreditLimit eq 1M",
        "OrganizationNumberOfEmployees eq '7'",
        "OnHoldStatus eq 'All'",
        "OnHoldStatus eq 2",
        "OnHoldStatus eq CustVendorBlocked'All'",
        f"OnHoldStatus eq {ENUM}.CustVendorBlocked'Sometimes'",
        f"OnHoldStatus eq {ENUM}.CustVendorBlocked'all'",
        f"OnHoldStatus eq {ENUM}.NoYes'No'",
        f"OnHoldStatus eq {ENUM}.NoSuchEnum'No'",
        f"OnHoldStatus gt {ENUM}.CustVendorBlocked'No'",
        f"OnHoldStatus le {ENUM}.CustVendorBlocked'No'",
        "CreditLimitIsMandatory eq true",
        "not CreditLimit eq 1",
        "CreditLimit div 0 eq 1",
        "CustomerAccount eq 2020-01-01T00:00:00Z",
        "CustomerAccount eq 5b4c3a29-1807-4f6e-9d5c-4b3a29180f7e",
        "(" * 200 + "CreditLimit eq 1" + ")" * 200,
        "not " * 200 + "(CreditLimit eq 1)",
        "contains(" * 200,
    ],
)
def test_bad_filter(probe: Probe, text: str) -> None:
    """What the service does not support, or cannot compare, is refused."""
    assert probe.get(f"CustomersV3?$filter={text}").refusal[0] == 400
    assert probe.get(f"CustomersV3/$count?$filter={text}").refusal[0] == 400


def test_functions_where_a_version_has_them(probe: Probe) -> None:
    """Some versions accept text functions; the twin does on demand."""
    probe.twin.behaviour.functions_in_filter = True
    assert found(probe, "contains(OrganizationName,'RETAIL')") == ["2", "3"]
    assert found(probe, "startswith(OrganizationName,'re')") == ["3"]
    assert found(probe, "not (endswith(OrganizationName,'l'))") == ["1", "4"]
    assert probe.get("CustomersV3?$filter=contains(CreditLimit,'1')").status == 400
    assert probe.get("CustomersV3?$filter=contains(OrganizationName)").status == 400
    assert probe.get("CustomersV3?$filter=tolower(OrganizationName) eq 'x'").status == 400


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("LoyaltyEnrollmentDate eq 2024-05-01T12:00:00Z", ["1"]),
        ("LoyaltyEnrollmentDate eq 2024-05-01T14:00:00%2B02:00", ["1"]),
        ("LoyaltyEnrollmentDate gt 2024-05-01T12:00:00Z", ["2"]),
        ("LoyaltyEnrollmentDate gt 1900-01-01T00:00:00Z", ["1", "2"]),
        ("LoyaltyEnrollmentDate eq 1900-01-01T00:00:00Z", ["3"]),
    ],
)
def test_times(probe: Probe, text: str, numbers: list[str]) -> None:
    """Times are compared as points in time; no date is 1900-01-01."""
    days = {"1": "2024-05-01T00:00:00Z", "2": "2024-06-01T00:00:00Z"}
    rows = [{"CardNumber": card, "LoyaltyEnrollmentDate": day} for card, day in days.items()]
    probe.twin.load("RetailLoyaltyCards", [*rows, {"CardNumber": "3"}])
    assert probe.get(f"RetailLoyaltyCards?$filter={text}").column("CardNumber") == numbers


@pytest.mark.parametrize(
    "literal", ["'2024-05-01T12:00:00Z'", "2024-05-01", "2024-05-01T12:00:00", "2024-13-01T00:00:00Z"]
)
def test_bad_times(probe: Probe, literal: str) -> None:
    """A time in a filter is bare and says its zone."""
    assert probe.get(f"RetailLoyaltyCards?$filter=LoyaltyEnrollmentDate eq {literal}").status == 400


def test_names_like_keywords(probe: Probe) -> None:
    """A property may begin like a keyword."""
    probe.twin.load("PaymentSchedules", [{"dataAreaId": "usmf", "Name": "M3", "AllocationMethod": "Specified"}])
    text = f"AllocationMethod eq {ENUM}.PaymSchedBy'Specified' and NumberOfPayments eq 0"
    assert probe.get(f"PaymentSchedules?$filter={text}").column("Name") == ["M3"]


def test_ids_and_enumerations_in_keys(probe: Probe) -> None:
    """Key fields of every type can be compared."""
    probe.twin.load("NameAffixes", [{"Type": kind, "Affix": "B"} for kind in ("PersonalSuffix", "PersonalPrefix")])
    suffix = f"Type eq {ENUM}.DirNameAffixType'PersonalSuffix' and Affix eq 'b'"
    assert probe.get(f"NameAffixes?$filter={suffix}").column("Type") == ["PersonalSuffix"]
    assert probe.get("NameAffixes").column("Type") == ["PersonalPrefix", "PersonalSuffix"]
    line = str(probe.twin.create("PaymentDayLinesCds", {})["CdsIntegrationKey"])
    assert len(probe.get(f"PaymentDayLinesCds?$filter=CdsIntegrationKey eq {line.upper()}").rows) == 1
    assert probe.get(f"PaymentDayLinesCds?$filter=CdsIntegrationKey eq '{line}'").status == 400


@pytest.mark.parametrize(
    ("text", "accounts"),
    [
        ("CustomerAccount", "1234"),
        ("CustomerAccount desc", "4321"),
        ("dataAreaId,CustomerAccount", "1234"),
        ("dataAreaId desc,CustomerAccount asc", "1234"),
        ("OrganizationName", "2143"),
        ("OrganizationName desc", "3412"),
        ("CreditLimit", "3412"),
        ("CreditLimit desc, CustomerAccount desc", "2143"),
        ("OnHoldStatus", "2413"),
    ],
)
def test_order(probe: Probe, text: str, accounts: str) -> None:
    """Text is ordered without letter case, enumerations by their values; equal rows stand in key order."""
    assert found(probe, "CustomerAccount ne ''", f"&$orderby={text}") == list(accounts)


@pytest.mark.parametrize("text", ["", "NoSuchProperty", "customeraccount", "CustomerAccount up", "CustomerAccount,,"])
def test_bad_order(probe: Probe, text: str) -> None:
    """An order names properties, and asc or desc."""
    assert probe.get(f"CustomersV3?$orderby={text}").refusal[0] == 400


def test_select(probe: Probe) -> None:
    """A selection holds just what was asked for, and the ETag."""
    said = probe.get("CustomersV3?$select=CustomerAccount, CreditLimit&$top=1")
    assert list(said.rows[0]) == ["@odata.etag", "CustomerAccount", "CreditLimit"]
    assert said.json["@odata.context"].endswith("/data/$metadata#CustomersV3(CustomerAccount,CreditLimit)")
    one = probe.get("CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')?$select=CreditLimit").json
    assert list(one) == ["@odata.context", "@odata.etag", "CreditLimit"]
    assert one["@odata.context"].endswith("#CustomersV3(CreditLimit)/$entity")
    assert len(probe.get("CustomersV3?$select=*&$top=1").rows[0]) == len(probe.get("CustomersV3?$top=1").rows[0])


@pytest.mark.parametrize("text", ["", "NoSuchProperty", "customeraccount", "CustomerAccount,", "@odata.etag"])
def test_bad_selection(probe: Probe, text: str) -> None:
    """A selection names properties with their letter case."""
    assert probe.get(f"CustomersV3?$select={text}").refusal[0] == 400
    assert probe.get(f"CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')?$select={text}").refusal[0] == 400


def test_count(probe: Probe) -> None:
    """The count covers everything that matches, whatever part is shown."""
    said = probe.get("CustomersV3?$count=true&$top=1&$skip=1&$filter=CreditLimit gt 0")
    assert said.json["@odata.count"] == 2
    assert said.column("CustomerAccount") == ["us-002"]
    assert "@odata.count" not in probe.get("CustomersV3?$count=false").json
    plain = probe.get("CustomersV3/$count")
    assert (plain.text, plain.headers["content-type"]) == ("4", "text/plain")


@pytest.mark.parametrize(
    "target",
    [
        "CustomersV3?$expand=CustomerGroup",
        "CustomersV3?$search=x",
        "CustomersV3?$apply=aggregate(CreditLimit with sum as Total)",
        "CustomersV3?$compute=CreditLimit mul 2 as Double",
        "CustomersV3?$format=json",
        "CustomersV3?$delta=x",
        "CustomersV3?$Filter=CreditLimit gt 0",
        "CustomersV3?$count=yes",
        "CustomersV3?$count=",
        "CustomersV3?$top=-1",
        "CustomersV3?$top=x",
        "CustomersV3?$top=1.5",
        "CustomersV3?$skip=-1",
        "CustomersV3?$top=1&$top=2",
        "CustomersV3/$count?$top=1",
        "CustomersV3/$count?$select=CreditLimit",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')?$filter=CreditLimit gt 0",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')?$expand=CustomerGroup",
        "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')?$top=1",
    ],
)
def test_unsupported_option(probe: Probe, target: str) -> None:
    """Options that are not documented, do not belong here or make no sense are refused."""
    assert probe.get(target).refusal[0] == 400


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_no_options_on_writes(probe: Probe, method: str) -> None:
    """Writes take no query options but the company context."""
    target = "CustomersV3" if method == "POST" else "CustomersV3(dataAreaId='usmf',CustomerAccount='US-001')"
    assert probe.send(method, f"{target}?$select=CreditLimit", {}).refusal[0] == 400


def test_own_parameters_are_passed_over(probe: Probe) -> None:
    """Names without a dollar sign are the caller's own."""
    assert len(probe.get(f"CustomersV3?{CROSS}&trace=1&select=x").rows) == 4
