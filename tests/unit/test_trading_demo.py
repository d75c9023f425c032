"""The demo data of business_central: the same every time, what the twins take, of the kinds it says, with its traps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.emulator.business_central import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.demo import Demo, demo_of
from tests.emulator.demo.kinds import SHARES
from tests.emulator.demo.trading import SUITE, load, trading_demo
from tests.emulator.demo.trading_catalogue import COUNTRIES, DE, LOCAL, NO_GROUP, NO_RATE, US
from tests.emulator.demo.trading_people import TradingPeople
from tests.emulator.demo.trading_traps import TRAPS
from tests.emulator.identity import Identity
from tests.emulator.local import Ports
from tests.emulator.twins import Twins

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def loaded(made: Demo) -> tuple[DataverseTwin, BusinessCentralTwin]:
    """Both twins with this data."""
    dataverse = DataverseTwin(clock=lambda: NOW, identity=Identity(lambda: NOW))
    business_central = BusinessCentralTwin(clock=lambda: NOW, identity=Identity(lambda: NOW))
    for table, rows in made.dataverse.items():
        dataverse.load(table, rows)
    load(made, business_central)
    return dataverse, business_central


@pytest.fixture(scope="module")
def data() -> Demo:
    return trading_demo(300)


@pytest.fixture(scope="module")
def twins(data: Demo) -> tuple[DataverseTwin, BusinessCentralTwin]:
    return loaded(data)


@pytest.fixture(scope="module")
def erp(twins: tuple[DataverseTwin, BusinessCentralTwin]) -> BusinessCentralTwin:
    return twins[1]


@pytest.fixture(scope="module")
def sales(twins: tuple[DataverseTwin, BusinessCentralTwin]) -> DataverseTwin:
    return twins[0]


@pytest.mark.parametrize("arguments", [(0,), (1,), (20, 7)])
def test_the_same_arguments_give_the_same_data(arguments: tuple[int, ...]) -> None:
    """Nothing but the arguments decides."""
    first, second = (trading_demo(*arguments) for _ in range(2))
    assert json.dumps([first.business_central, first.dataverse]) == json.dumps(
        [second.business_central, second.dataverse]
    )
    assert loaded(first)


@pytest.mark.parametrize("flow", ["customers", "vendors", "contacts", "items"])
def test_the_twins_hold_what_the_kinds_say(data: Demo, erp: BusinessCentralTwin, flow: str) -> None:
    """What Business Central has is only there, on both sides, or out of scope."""
    expected = data.expected[f"{SUITE}.{flow}"]
    rows = sum(len(data.business_central[company].get(flow, ())) for company in LOCAL)
    here = sum(getattr(expected, kind) for kind in SHARES if kind != "only_dataverse")
    assert here - rows == (1 if flow == "customers" else 0)  # the prospect of a trap is an account alone
    companies = [row for company in LOCAL for row in erp.rows(company, flow)]
    owners = sum(len(data.business_central[company][name]) for company in LOCAL for name in ("customers", "vendors"))
    assert len(companies) == rows + (owners if flow == "contacts" else 0)


def test_what_is_equal_is_so(data: Demo, erp: BusinessCentralTwin, sales: DataverseTwin) -> None:
    """An account with the number of a customer has its name, its city and its currency."""
    accounts = {row["accountnumber"]: row for row in sales.rows("accounts")}
    currencies = {row["transactioncurrencyid"]: row["isocurrencycode"] for row in sales.rows("transactioncurrencies")}
    both = [(row, accounts[row["number"]]) for row in erp.rows(DE, "customers") if row["number"] in accounts]
    assert len(both) >= data.expected[f"{SUITE}.customers"].equal
    for row, account in both:
        assert account["name"] == row["displayName"]
        assert (account["address1_city"] or "") == row["city"]
        assert currencies[account["_transactioncurrencyid_value"]] == row["currencyCode"]


def test_people_work_for_somebody(erp: BusinessCentralTwin) -> None:
    """But for one, every person is under the company contact of a customer or vendor."""
    people = [row for company in LOCAL for row in erp.rows(company, "contacts") if row["type"] == "Person"]
    alone = [row for row in people if row["contactBusinessRelation"] == "None"]
    assert len(people) > 50
    assert [row["companyNumber"] for row in alone] == [""]


def test_two_companies_with_currencies_of_their_own(erp: BusinessCentralTwin) -> None:
    """The local currency of one is the base currency of Dataverse, that of the other is not; neither has a row."""
    for company, local in LOCAL.items():
        (setup,) = erp.rows(company, "generalLedgerSetup")
        assert setup["localCurrencyCode"] == local
        codes = {row["code"] for row in erp.rows(company, "currencies")}
        assert local not in codes
        rated = {row["currencyCode"] for row in erp.rows(company, "currencyExchangeRates")}
        assert NO_RATE[0] in codes - rated
        assert any(row["startingDate"] > "2090" for row in erp.rows(company, "currencyExchangeRates"))


def test_countries_are_those_of_the_cast(erp: BusinessCentralTwin) -> None:
    """No customer is at home where its company knows no country."""
    for company in LOCAL:
        assert {row["country"] for row in erp.rows(company, "customers")} <= {*COUNTRIES}


@pytest.mark.parametrize("name", TRAPS)
def test_every_trap_is_there(data: Demo, name: str) -> None:
    """Whatever the size, under its own name."""
    found = [numbers for each in (data, trading_demo(0)) for traps in each.broken.values()
             for trap, numbers in traps.items() if trap == name]  # fmt: skip
    assert len(found) == 2
    assert all(found)


def trapped(data: Demo, name: str) -> str:
    return next(numbers[0] for traps in data.broken.values() for trap, numbers in traps.items() if trap == name)


def customer(erp: BusinessCentralTwin, number: str, company: str = DE) -> Mapping[str, Any]:
    row = erp.row(company, "customers", erp.id_of(company, "customers", number))
    assert row is not None
    return row


def test_traps_of_texts(data: Demo, erp: BusinessCentralTwin, sales: DataverseTwin) -> None:
    """Too long a name and county, codes in small letters, a country in words."""
    accounts = {row["accountnumber"]: row for row in sales.rows("accounts")}
    assert len(accounts[trapped(data, "name_too_long")]["name"]) > 100
    number = trapped(data, "county_too_long")
    assert accounts[number]["address1_stateorprovince"][:30] == customer(erp, number)["state"]
    number = trapped(data, "codes_in_small_letters")
    assert customer(erp, number)["postalCode"] == accounts[number]["address1_postalcode"].strip().upper()
    assert customer(erp, trapped(data, "number_with_marks"))["number"] == "A/B & O'C 100%"


def test_traps_of_currencies(data: Demo, erp: BusinessCentralTwin) -> None:
    """Without a rate, without an ISO code, and blank where the local currency is not the base currency."""
    assert customer(erp, trapped(data, "currency_without_a_rate"))["currencyCode"] == NO_RATE[0]
    row = customer(erp, trapped(data, "blank_currency_of_another_country"), US)
    assert (row["currencyCode"], int(row["currencyId"].replace("-", ""), 16)) == ("USD", 0)


def test_traps_of_owners_and_people(data: Demo, erp: BusinessCentralTwin, sales: DataverseTwin) -> None:
    """A team that owns, two accounts for one customer, a prospect's contact, names in three parts."""
    number = trapped(data, "owned_by_a_team")
    (account,) = (row for row in sales.rows("accounts") if row["accountnumber"] == number)
    assert account["_ownerid_value"] in {row["teamid"] for row in sales.rows("teams")}
    number = trapped(data, "two_accounts_for_one")
    assert len([row for row in sales.rows("accounts") if row["accountnumber"] == number]) == 2
    row = erp.row(DE, "contacts", trapped(data, "three_names"))
    assert row is not None
    assert row["displayName"].split()[-2:] == ["Luise", "Berg"]


def test_traps_of_units(data: Demo, erp: BusinessCentralTwin, sales: DataverseTwin) -> None:
    """A unit without a group, and a group with two units."""
    row = erp.row(DE, "items", erp.id_of(DE, "items", trapped(data, "unit_without_a_group")))
    assert row is not None
    groups = {row["uomscheduleid"]: row["name"] for row in sales.rows("uomschedules")}
    assert f"NAV {row['baseUnitOfMeasureCode']}" == f"NAV {NO_GROUP}"
    assert f"NAV {NO_GROUP}" not in groups.values()
    units = [groups.get(row["_uomscheduleid_value"]) for row in sales.rows("uoms")]
    assert units.count("NAV BOX") == 2


def test_people_do_what_makes_sense() -> None:
    """Both systems take whatever they do, however long, and they never run out of it."""
    dataverse, business_central = loaded(trading_demo(40))
    people = TradingPeople(dataverse=dataverse, business_central=business_central, random=Random(1))
    for _ in range(300):
        people.act()
    assert len(people.done) == 300
    kinds = {" ".join(each.split()[-3:]) for each in people.done}
    assert len(kinds) > 10
    assert {each.set for each in business_central.history} >= {"customers", "contacts", "items"}


def test_people_without_anybody() -> None:
    """With nobody there they begin by winning somebody."""
    dataverse = DataverseTwin(clock=lambda: NOW, identity=Identity(lambda: NOW))
    business_central = BusinessCentralTwin(clock=lambda: NOW + timedelta(1), identity=Identity(lambda: NOW))
    assert TradingPeople(dataverse=dataverse, business_central=business_central, random=Random(3)).act()


def test_the_local_house_has_it() -> None:
    """With the suite there is a twin of Business Central, with the data and somebody who works in it."""
    twins = Twins.with_demo_data(Ports(), 20, suites=(SUITE,))
    twins.connect(Ports())
    assert twins.business_central.base == f"{Ports().business_central_url}/v2.0/Sandbox/api/v2.0"
    assert len(list(twins.business_central.rows(DE, "customers"))) > 10
    (people,) = twins.people(Random(1))
    assert people.act()
    assert list(Twins.with_demo_data(Ports(), 20).business_central.rows(DE, "customers")) == []


def test_two_suites_in_one_dataverse() -> None:
    """Each currency is there once, and rows of both suites refer to it."""
    both = demo_of(("dual_write", SUITE), 20)
    codes = [row["isocurrencycode"] for row in both.dataverse["transactioncurrencies"]]
    assert len(codes) == len(set(codes))
    assert both.finops
    assert both.business_central
    dataverse, _ = loaded(both)
    known = {row["transactioncurrencyid"] for row in dataverse.rows("transactioncurrencies")}
    assert {row["_transactioncurrencyid_value"] for row in dataverse.rows("accounts")} <= {*known, None}
