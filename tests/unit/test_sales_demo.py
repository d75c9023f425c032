"""The demo data of prospect_to_cash: the same every time, what the twins take, and of the kinds it says it is."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from tests.emulator.dataverse import DataverseTwin
from tests.emulator.demo.build import Demo
from tests.emulator.demo.sales import sales_demo
from tests.emulator.demo.sales_people import SalesPeople
from tests.emulator.finops import FinopsTwin
from tests.emulator.identity import Identity
from tests.emulator.local import Ports
from tests.emulator.twins import Twins


def loaded(made: Demo) -> tuple[DataverseTwin, FinopsTwin]:
    """Both twins with this data."""
    dataverse, finops = (twin(clock=clock, identity=Identity(clock)) for twin in (DataverseTwin, FinopsTwin))
    assert isinstance(dataverse, DataverseTwin)
    assert isinstance(finops, FinopsTwin)
    for table, rows in made.dataverse.items():
        dataverse.load(table, rows)
    for entity, rows in made.finops.items():
        finops.load(entity, rows)
    return dataverse, finops


def clock() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def data() -> Demo:
    return sales_demo(300)


@pytest.fixture(scope="module")
def sales(data: Demo) -> DataverseTwin:
    """A Dataverse twin with the data."""
    return loaded(data)[0]


@pytest.mark.parametrize("arguments", [(0,), (1,), (20, 7), (20, 7, "demf")])
def test_the_same_arguments_give_the_same_data(arguments: tuple[int, int, str]) -> None:
    """Nothing but the arguments decides."""
    first, second = (sales_demo(*arguments) for _ in range(2))
    assert json.dumps([first.finops, first.dataverse]) == json.dumps([second.finops, second.dataverse])


def test_the_twins_take_it(data: Demo) -> None:
    """Every row is one that its system holds."""
    dataverse, finops = loaded(data)
    assert [len(dataverse.rows(table)) for table in ("accounts", "contacts")] == [
        len(data.dataverse[table]) for table in ("accounts", "contacts")
    ]
    assert all(len(list(finops.rows(name))) >= len(rows) for name, rows in data.finops.items())


def test_kinds_of_accounts(data: Demo) -> None:
    """Counts of the first synchronisation are those of the rows."""
    expected = data.expected["prospect_to_cash.accounts"]
    both = expected.equal + expected.different
    assert len(data.finops["CustomersV3"]) == both + expected.only_erp
    assert len(data.dataverse["accounts"]) == both + expected.only_dataverse + expected.broken
    assert expected.broken == sum(map(len, data.broken["prospect_to_cash.accounts"].values()))


def test_contacts_with_and_without_activity(data: Demo, sales: DataverseTwin) -> None:
    """Who is the customer of a document buys; who works for an account and does not buy is a contact person."""
    tables = ("quotes", "salesorders", "invoices")
    customers = {row["_customerid_value"] for table in tables for row in sales.rows(table)}
    accounts = {row["accountid"] for row in sales.rows("accounts")}
    found = Counter(
        "buys" if row["contactid"] in customers
        else "works" if row["_parentcustomerid_value"] in accounts
        else "neither" if row["_parentcustomerid_value"] is None
        else "assists"
        for row in sales.rows("contacts")
    )  # fmt: skip
    assert found["buys"] == data.expected["prospect_to_cash.contacts_to_customers"].only_dataverse
    assert found["works"] == data.expected["prospect_to_cash.contacts"].only_dataverse
    assert min(found["neither"], found["assists"]) > 0


def test_products(data: Demo) -> None:
    """Every unit but one is in Sales, and numbers are unique."""
    products = data.finops["SellableReleasedProducts"]
    names = {row["name"] for row in data.dataverse["uoms"]}
    assert len([row for row in products if row["SalesUnitSymbol"] not in names]) == 1
    assert len({row["ProductNumber"] for row in products}) == len(products)
    assert {row["ProductType"] for row in products} == {"Item", "Service"}


def test_some_accounts_have_no_number_yet(data: Demo) -> None:
    """The upgrade job has something to do."""
    numbered = [row for row in data.dataverse["accounts"] if "accountnumber" in row]
    assert 0 < len(numbered) < len(data.dataverse["accounts"])


def test_people_live_with_it() -> None:
    """Whatever they do the twins take, and before long everything was done: somebody became a customer, too."""
    dataverse, finops = loaded(sales_demo(40))
    people = SalesPeople(dataverse=dataverse, finops=finops, random=Random(1))
    before = len(dataverse.rows("salesorders"))
    for _ in range(60):
        people.act()
    orders = len([told for told in people.done if told.endswith("bought something")])
    assert len(dataverse.rows("salesorders")) == before + orders > before
    assert {change.table for change in dataverse.history} >= {"accounts", "contacts", "salesorders"}
    assert {change.entity for change in finops.history} == {"SellableReleasedProducts"}


def test_people_need_somebody() -> None:
    """With nothing loaded there is an account to win, and then somebody to meet."""
    dataverse, finops = loaded(Demo({}, {}, {}, {}))
    people = SalesPeople(dataverse=dataverse, finops=finops, random=Random(1))
    assert people.act().endswith("became an account")
    assert people.sells_to_a_contact() is None
    assert people.prices_a_product() is None


def test_the_local_house_loads_the_suite_that_is_on() -> None:
    """The twins hold the data of the suite they are started for, and nobody waits for events of another suite's."""
    twins = Twins.with_demo_data(Ports(), 20, suites=("prospect_to_cash",))
    twins.connect(Ports())
    contacts = twins.dataverse.rows("contacts")
    assert {row["msdyn_partynumber"] for row in contacts} == {None}
    assert len(contacts) == len({row["msdynce_contactnumber"] for row in contacts} - {None}) == 20
    assert {row["msdynce_isactivecustomer"] for row in contacts} == {True, False}
    twins.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
    assert twins.finops.outbox == []
