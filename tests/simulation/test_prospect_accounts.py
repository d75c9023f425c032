"""Accounts of Sales become customers: what the template gives, what overlays take from Sales, and bad input."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import SuiteOptions, Wake, couple, explain, visit
from shared.mapping import ERP
from tests.emulator.dataverse.refusal import Refusal
from tests.simulation.prospects import ACCOUNTS, BUYERS, CONTACTS, DATAVERSE, NUMBER, Sales, in_sales
from tests.unit.maps.prospects import prospects

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

DAY: Final = 86_400
"""Seconds after which nothing that was sent can be under way any more."""
GROUPS: Final = """extends: accounts
fields: |
  CustomerGroupId  <<  -                 ; off
  CustomerGroupId  <<  customertypecode  group_by_kind default $customer_group
values:
  group_by_kind: {20: 8}
"""


def test_a_default_may_take_a_column_as_its_source(tmp_path: Path) -> None:
    """The column counts where it holds something, the documented default where it is blank, also later."""
    own = tmp_path / "groups.yaml"
    own.write_text(GROUPS)

    async def story(sales: Sales) -> None:
        for company in ("usmf", "demf"):
            sales.world.finops.create("CustomerGroups", {"dataAreaId": company, "CustomerGroupId": "20"})
        prospect, plain = sales.account("A-1", customertypecode=8), sales.account("A-2", customertypecode=None)
        await sales.compare(ACCOUNTS)
        assert {number: row["CustomerGroupId"] for number, row in sales.customers().items()} == {
            "A-1": "20", "A-2": "10",
        }  # fmt: skip
        sales.change("accounts", prospect, customertypecode=None)
        sales.change("accounts", plain, customertypecode=8)
        await sales.compare(ACCOUNTS)
        assert {number: row["CustomerGroupId"] for number, row in sales.customers().items()} == {
            "A-1": "10", "A-2": "20",
        }  # fmt: skip

    in_sales(story, prospects(("accounts", own)))


def test_what_is_kept_and_what_is_a_persons() -> None:
    """The flag that brings documents back is put back and can be restored; another customer group stays."""

    async def story(sales: Sales) -> None:
        sales.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
        sales.account()
        await sales.compare(ACCOUNTS)
        edit = {"IsExternallyMaintained": "No", "CustomerGroupId": "20", "PrimaryContactPhone": "by hand"}
        sales.world.finops.update("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": NUMBER}, edit)
        await sales.compare(ACCOUNTS)
        row = sales.customers()[NUMBER]
        assert [row[name] for name in edit] == ["Yes", "20", ""]
        assert sales.rows("c~", ACCOUNTS)

    in_sales(story)


@pytest.mark.parametrize("prefix", ["koppel_", "msdynce_"])
def test_a_customer_of_the_same_number_is_the_same(prefix: str) -> None:
    """As the vendor's upsert had it: the account is coupled, and what Sales says is written; of what only finance and
    operations has nothing is created in Sales.
    """

    async def story(sales: Sales) -> None:
        row = {"dataAreaId": "usmf", "OrganizationName": "Contoso", "CustomerGroupId": "10",
               "PartyType": "Organization", "SalesCurrencyCode": "USD"}  # fmt: skip
        for number in (NUMBER, "ERP-1"):
            sales.world.finops.create("CustomersV3", {**row, "CustomerAccount": number, "PartyNumber": number})
        sales.account(telephone1="123")
        await sales.compare(ACCOUNTS)
        assert sales.customers()[NUMBER]["PrimaryContactPhone"] == "123"
        assert sales.customers()[NUMBER]["IsExternallyMaintained"] == "Yes"
        assert sales.customers()["ERP-1"]["IsExternallyMaintained"] == "No"
        assert len(sales.world.dataverse.rows("accounts")) == 1
        assert not sales.troubles("p~", ACCOUNTS)

    in_sales(story, prefix=prefix)


# -- bad input


def test_an_account_number_of_21_characters() -> None:
    """Dataverse takes 20. Where somebody has made the column longer the account is parked, and says how long it is."""
    long = "A" * 21

    async def story(sales: Sales) -> None:
        with pytest.raises(Refusal):
            sales.account(long)
        table = sales.world.dataverse.environment.tables["accounts"]
        table.set_column(replace(table.definition.columns["accountnumber"], length=40))
        sales.account(long)
        await sales.compare(ACCOUNTS)
        assert not sales.customers()
        assert "the text has 21 characters, CustomerAccount takes 20" in sales.troubles("p~", ACCOUNTS)

    in_sales(story)


def test_an_account_without_a_number() -> None:
    """Whoever has none yet is parked until it has one, and nobody is numbered by finance and operations."""

    async def story(sales: Sales) -> None:
        account = sales.account(None)
        await sales.compare(ACCOUNTS)
        assert not sales.customers()
        assert any("accountnumber is blank" in why for why in sales.troubles("p~", ACCOUNTS))
        sales.change("accounts", account, accountnumber=NUMBER)
        await sales.compare(ACCOUNTS)
        assert sales.customers().keys() == {NUMBER}
        assert not sales.troubles("p~", ACCOUNTS)

    in_sales(story)


def test_two_accounts_with_one_number() -> None:
    """The first one is the customer; the second is parked and names the number, whoever comes first."""

    async def story(sales: Sales) -> None:
        sales.account(name="Contoso")
        sales.account(name="Fabrikam")
        await sales.compare(ACCOUNTS)
        assert len(sales.customers()) <= 1
        assert any(NUMBER in why for why in sales.troubles("p~", ACCOUNTS))
        before = sales.writes()
        await sales.compare(ACCOUNTS)
        assert sales.writes() == before

    in_sales(story)


def test_a_country_that_the_list_lacks() -> None:
    """It is parked with the country and the list that lacks it; an overlay that lists it lets it go."""

    async def story(sales: Sales) -> None:
        sales.account(address1_country="Italy", telephone1="123")
        await sales.compare(ACCOUNTS)
        assert any("'Italy' is not in the value map country" in why for why in sales.troubles("p~", ACCOUNTS))
        assert not sales.customers()

    in_sales(story)


def test_a_country_that_the_list_lacks_later() -> None:
    """An edit of the country is parked alone: what is equal without it goes on."""

    async def story(sales: Sales) -> None:
        account = sales.account(address1_city="Boston")
        await sales.compare(ACCOUNTS)
        sales.change("accounts", account, address1_country="Italy", address1_city="Roma", telephone1="123")
        await sales.compare(ACCOUNTS)
        row = sales.customers()[NUMBER]
        assert (row["AddressCountryRegionISOCode"], row["PrimaryContactPhone"]) == ("US", "123")
        assert any("'Italy' is not in the value map country" in why for why in sales.troubles("p~", ACCOUNTS))

    in_sales(story)


def test_a_number_that_is_changed_later() -> None:
    """The key of a customer is not changed: a person decides."""

    async def story(sales: Sales) -> None:
        account = sales.account()
        await sales.compare(ACCOUNTS)
        sales.change("accounts", account, accountnumber="ACC-2")
        await sales.compare(ACCOUNTS)
        assert sales.customers().keys() == {NUMBER}
        assert sales.troubles("p~", ACCOUNTS)

    in_sales(story)


def test_a_deleted_account_leaves_its_customer() -> None:
    """The template never deleted anything, and neither do we: the pair is parked."""

    async def story(sales: Sales) -> None:
        account = sales.account()
        await sales.compare(ACCOUNTS)
        sales.world.dataverse.delete("accounts", account)
        await sales.compare(ACCOUNTS)
        assert sales.customers().keys() == {NUMBER}
        assert sales.troubles("p~", ACCOUNTS)

    in_sales(story)


UNITS: Final = SuiteOptions(writer="", units={"CONTOSO": "usmf"})


def test_a_business_unit_that_the_setting_lacks() -> None:
    """Its rows belong to nobody: they are left alone, and explain says so."""

    async def story(sales: Sales) -> None:
        account = sales.account()
        assert (await sales.look(ACCOUNTS, account)).kind == "ignored"
        assert "company" in str(await explain(sales.house.flow(ACCOUNTS), DATAVERSE, (account,)))
        assert not sales.customers()

    in_sales(story, options=SuiteOptions(writer="", units={"ELSEWHERE": "usmf"}))


# -- contacts that are moved


async def moved(sales: Sales, **values: Any) -> list[str]:
    """A contact person is moved; what is set aside then."""
    account = sales.account()
    contact = sales.contact(account)
    await sales.compare()
    assert len(sales.persons()) == 1
    sales.change("contacts", contact, **values)
    await sales.compare()
    return [why for name in (CONTACTS, BUYERS) for kind in ("w~", "p~") for why in sales.troubles(kind, name)]


def test_a_contact_moved_to_another_account() -> None:
    """Whom it works for is part of its key, which is not changed: a person decides, and nothing is made meanwhile."""

    async def story(sales: Sales) -> None:
        other = sales.account("ACC-2", name="Fabrikam")
        assert await moved(sales, **{"parentcustomerid_account@odata.bind": f"/accounts({other})"})
        assert [key[1] for key in sales.persons()] == [NUMBER]

    in_sales(story)


@pytest.mark.parametrize("lagging", [False, True])
@pytest.mark.parametrize("to", ["none", "a contact"])
def test_a_contact_moved_away_from_its_account(to: str, lagging: bool) -> None:
    """It is no contact person any more: its contact person stays as it is, and nothing is created, also while the
    computed column has not followed yet.
    """

    async def story(sales: Sales) -> None:
        boss = sales.contact(number="CON-2")
        values: dict[str, Any] = {"parentcustomerid_account@odata.bind": None}
        if to == "a contact":
            values = {"parentcustomerid_contact@odata.bind": f"/contacts({boss})"}
        if not lagging:
            values[sales.own("iscompanyanaccount")] = False
        await moved(sales, **values)
        assert [key[1] for key in sales.persons()] == [NUMBER]
        assert not sales.buyers()

    in_sales(story)


def test_two_contacts_with_one_number() -> None:
    """Where no key keeps the number unique the second is parked, and both are named."""

    async def story(sales: Sales) -> None:
        sales.world.dataverse.environment.tables["contacts"].keys.clear()
        account = sales.account()
        for name in ("Ada", "Grace"):
            sales.contact(account, "CON-1", firstname=name, lastname=name)
        await sales.compare()
        assert len(sales.persons()) <= 1
        assert any("CON-1" in why for why in sales.troubles("p~", CONTACTS))

    in_sales(story)


def test_an_account_without_a_currency() -> None:
    """Its customer has the company's own, which the ERP fills in; a currency that is taken away later is not blanked
    there, for the ERP refuses that, and the line says so.
    """

    async def story(sales: Sales) -> None:
        row_id = sales.account()
        sales.change("accounts", row_id, transactioncurrencyid=None)
        await sales.compare(ACCOUNTS)
        assert sales.customers()[NUMBER]["SalesCurrencyCode"] == "USD"
        before = sales.writes()
        await sales.compare(ACCOUNTS)
        assert (sales.writes(), sales.troubles("p~", ACCOUNTS)) == (before, [])
        euro = {"isocurrencycode": "EUR", "currencyname": "Euro", "currencysymbol": "€", "exchangerate": 1}
        other = sales.world.dataverse.create("transactioncurrencies", {**euro, "currencyprecision": 2})
        sales.change("accounts", row_id, **{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({other})"})
        await sales.compare(ACCOUNTS)
        assert sales.customers()[NUMBER]["SalesCurrencyCode"] == "EUR"
        sales.change("accounts", row_id, transactioncurrencyid=None)
        await sales.compare(ACCOUNTS)
        assert sales.customers()[NUMBER]["SalesCurrencyCode"] == "EUR"
        assert "must be filled in" in str(sales.troubles("p~", ACCOUNTS))

    in_sales(story)


@pytest.mark.parametrize("same", [True, False])
def test_a_customer_that_was_renamed_before_anybody_heard_of_it_is_not_created_again(*, same: bool) -> None:
    """It is known by the party number that was sent with it: a person couples the two, or says that it is another. That
    has to get a number of its own, for the customer's party has this one.
    """

    async def story(sales: Sales) -> None:
        account = sales.account()
        sales.world.weather.heard = lambda step, _answer: step == "finops create"
        await asyncio.wait({sales.world.instance(sales.look(ACCOUNTS, account))[1]}, timeout=60)
        sales.world.weather.heard = None
        key = {"dataAreaId": "usmf", "CustomerAccount": NUMBER}
        sales.world.finops.rename("CustomersV3", key, {"CustomerAccount": "US-777"})
        sales.house = sales.world.house()
        for _ in range(4):
            await asyncio.sleep(3600)
            await sales.pump()
        writes = sales.writes()
        await sales.compare(ACCOUNTS)
        assert ({*sales.customers()}, sales.writes()) == ({"US-777"}, writes)
        (why,) = sales.troubles("p~", ACCOUNTS)
        assert why.startswith("it may have been created before, and been given another key since: usmf US-777")
        if same:
            await couple(sales.flow(ACCOUNTS), ("usmf", "US-777"), account)
        else:
            await _retried(sales, account)
            assert sales.customers().keys() == {"US-777"}
            (why,) = sales.troubles("p~", ACCOUNTS)
            assert why.startswith(f"{NUMBER!r} stands at 'Contoso' without ever having come from the ERP")
            assert "is that of 'usmf US-777 Contoso'" in why
            sales.change("accounts", account, accountnumber="ACC-2")
            await asyncio.sleep(DAY)
            await _retried(sales, account)
        assert sales.customers().keys() == ({"US-777"} if same else {"US-777", "ACC-2"})
        assert sales.states() == {"accounts": ["coupled"]}

    in_sales(story)


def test_a_match_that_was_cut_off_where_nothing_is_created_asks_nobody() -> None:
    """Whoever claimed the customer died before the two were coupled: no account was on its way."""

    async def story(sales: Sales) -> None:
        row = {"dataAreaId": "usmf", "OrganizationName": "Contoso", "CustomerGroupId": "10",
               "PartyType": "Organization", "SalesCurrencyCode": "USD"}  # fmt: skip
        sales.world.finops.create("CustomersV3", {**row, "CustomerAccount": NUMBER, "PartyNumber": NUMBER})
        sales.account()
        sales.world.weather.strike = lambda step: step == "ledger intend"
        customer = Wake(ERP, ("usmf", NUMBER))
        await asyncio.wait({sales.world.instance(visit(sales.flow(ACCOUNTS), customer))[1]}, timeout=60)
        sales.world.weather.strike = None
        assert sales.states() == {"accounts": ["claimed"]}
        sales.house = sales.world.house()
        for _ in range(2):
            await asyncio.sleep(3600)
            await sales.compare(ACCOUNTS)
        assert sales.states() == {"accounts": ["coupled"]}
        assert not sales.troubles("p~", ACCOUNTS)

    in_sales(story)


async def _retried(sales: Sales, account: str) -> None:
    """A person retries an account that was set aside."""
    flow = sales.flow(ACCOUNTS)
    await visit(flow, Wake(DATAVERSE, (account,), await flow.ledger.ask(DATAVERSE, (account,))))
