"""Contacts of Sales: who is a contact person, who a customer, and how one becomes the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from shared.engine import explain
from tests.simulation.prospects import ACCOUNTS, BUYERS, CONTACTS, DATAVERSE, ERP, NUMBER, PERSON, Sales, in_sales

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("prefix", ["koppel_", "msdynce_"])
def test_an_account_and_its_contact_become_a_customer_and_his_contact_person(prefix: str) -> None:
    """Under either prefix what Sales says arrives with the template's constants, and nothing comes back."""

    async def story(sales: Sales) -> None:
        account = sales.account(telephone1="123")
        contact = sales.contact(account, gendercode=2, donotemail=True)
        assert (await sales.look(ACCOUNTS, account)).kind == "created"
        assert (await sales.look(CONTACTS, contact)).kind == "created"
        assert (await sales.look(BUYERS, contact)).kind == "ignored"
        (customer,), (person,) = sales.customers().values(), sales.persons().values()
        assert sales.persons().keys() == {(PERSON, NUMBER)}
        assert (customer["PartyNumber"], customer["OrganizationName"], customer["PrimaryContactPhone"]) == (
            NUMBER, "Contoso", "123",
        )  # fmt: skip
        given = ("CustomerGroupId", "SiteId", "WarehouseId", "LanguageId", "AddressLocationRoles",
                 "IsExternallyMaintained", "AddressCountryRegionISOCode")  # fmt: skip
        assert [customer[name] for name in given] == ["10", "1", "13", "en-us", "Business", "Yes", "US"]
        told = ("FirstName", "Gender", "IsReceivingDirectMail", "IsInactive", "IsContactPersonExternallyMaintained")
        assert [person[name] for name in told] == ["Ada", "Female", "No", "No", "Yes"]
        before = sales.writes()
        await sales.compare()
        assert sales.writes() == before

    in_sales(story, prefix=prefix)


# -- from contact person to customer


async def employed(sales: Sales, **values: Any) -> str:
    """A contact person of a customer, in sync; the contact's id."""
    account = sales.account()
    await sales.look(ACCOUNTS, account)
    contact = sales.contact(account, **values)
    assert (await sales.look(CONTACTS, contact)).kind == "created"
    return contact


async def settled(sales: Sales) -> None:
    """Whatever is due has had its turn, and a pass finds nothing more to write."""
    for _ in range(3):
        await asyncio.sleep(120)
        await sales.pump()
    await sales.compare()
    before = sales.writes()
    await sales.compare()
    assert sales.writes() == before


@pytest.mark.parametrize("first", [CONTACTS, BUYERS])
def test_a_contact_that_buys_becomes_a_customer_once(first: str) -> None:
    """Whichever flow hears of it first; the contact person stays in finance and operations as it was."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales)
        (person,) = sales.persons().values()
        sales.buys(contact)
        await sales.look(first, contact)
        await sales.pump()
        (buyer,) = sales.buyers().values()
        assert (buyer["CustomerAccount"], buyer["PartyNumber"], buyer["PersonLastName"]) == (PERSON, PERSON, "King")
        assert sales.states() == {
            "accounts": ["coupled"],
            "contacts": ["dormant"],
            "contacts_to_customers": ["coupled"],
        }
        await settled(sales)
        assert [*sales.persons().values()] == [person]
        assert len(sales.buyers()) == 1

    in_sales(story)


def test_what_a_customer_is_called_is_no_longer_the_contact_persons() -> None:
    """An edit after the first order goes to the customer alone."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales)
        sales.buys(contact)
        await sales.look(BUYERS, contact)
        await sales.pump()
        sales.change("contacts", contact, lastname="Lovelace")
        for name in (CONTACTS, BUYERS):
            await sales.look(name, contact)
        await settled(sales)
        assert [row["PersonLastName"] for row in sales.buyers().values()] == ["Lovelace"]
        assert [row["LastName"] for row in sales.persons().values()] == ["King"]

    in_sales(story)


@pytest.mark.parametrize("last", ["the order", "the name"])
@pytest.mark.parametrize("heard", ["one after the other", "at once", "late"])
def test_the_first_order_and_an_edit_of_the_name_meet(last: str, heard: str) -> None:
    """In whatever order they come and are heard of, the customer has the new name, and nobody is there twice."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales)

        async def hears() -> None:
            if heard == "at once":
                await asyncio.gather(*(sales.look(name, contact) for name in (CONTACTS, BUYERS, CONTACTS)))
            elif heard == "one after the other":
                for name in (CONTACTS, BUYERS):
                    await sales.look(name, contact)

        deeds: list[Callable[[], None]] = [
            lambda: sales.change("contacts", contact, lastname="Lovelace"),
            lambda: sales.buys(contact),
        ]
        for deed in deeds if last == "the order" else reversed(deeds):
            deed()
            await hears()
        await settled(sales)
        assert [row["PersonLastName"] for row in sales.buyers().values()] == ["Lovelace"]
        assert len(sales.persons()) == 1
        assert sales.states()["contacts_to_customers"] == ["coupled"]
        assert not [*sales.troubles("p~", CONTACTS), *sales.troubles("p~", BUYERS)]

    in_sales(story)


@pytest.mark.parametrize("fate", ["unsent", "unheard"])
@pytest.mark.parametrize("flow", [CONTACTS, BUYERS])
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.long)])
def test_whoever_hands_a_contact_over_dies(flow: str, fate: str, every: int) -> None:
    """Death at any request, before it leaves or before its answer is heard, ends in one customer and one person."""
    died = True
    for at in range(1, 40, every):
        if not died:
            break

        async def story(sales: Sales, at: int = at) -> None:
            nonlocal died
            contact = await employed(sales)
            sales.buys(contact)
            died = await sales.dies(sales.look(flow, contact), at, unheard=fate == "unheard")
            for _ in range(4):
                await asyncio.sleep(300)
                await sales.pump()
            await sales.compare()
            assert (len(sales.buyers()), len(sales.persons()), at) == (1, 1, at)
            assert sales.states()["contacts_to_customers"] == ["coupled"]

        in_sales(story)
    assert not died, "the hand-over takes more requests than that"


def test_nothing_turns_back_when_the_flag_is_taken_away_by_hand() -> None:
    """The customer sleeps where it is; the contact person is not taken up again, and nothing is created anew."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales)
        sales.buys(contact)
        await sales.look(BUYERS, contact)
        await sales.pump()
        sales.change("contacts", contact, **{sales.own("isactivecustomer"): False}, lastname="Lovelace")
        for name in (CONTACTS, BUYERS):
            await sales.look(name, contact)
        await settled(sales)
        assert [row["PersonLastName"] for row in sales.buyers().values()] == ["King"]
        assert [row["LastName"] for row in sales.persons().values()] == ["King"]
        assert sales.states()["contacts"] == sales.states()["contacts_to_customers"] == ["dormant"]
        sales.buys(contact)
        await settled(sales)
        assert [row["PersonLastName"] for row in sales.buyers().values()] == ["Lovelace"]

    in_sales(story)


def test_nothing_turns_back_when_the_customer_is_deleted() -> None:
    """Nobody but a person decides: the contact is parked with those who buy, and stays as it is."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales)
        sales.buys(contact)
        await sales.look(BUYERS, contact)
        await sales.pump()
        sales.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": PERSON})
        await sales.hears(BUYERS, ERP, ("usmf", PERSON))
        await sales.compare()
        assert sales.troubles("p~", BUYERS)
        assert sales.row("contacts", contact)[sales.own("isactivecustomer")] is True
        assert (len(sales.persons()), len(sales.buyers())) == (1, 0)
        assert sales.states()["contacts"] == ["dormant"]

    in_sales(story)


def test_who_buys_before_anybody_has_heard_of_him_is_a_customer_at_once() -> None:
    """A contact with sales activity, with or without an account, never becomes a contact person."""

    async def story(sales: Sales) -> None:
        account = sales.account()
        for number, employer in (("CON-1", account), ("CON-2", "")):
            contact = sales.contact(employer, number)
            sales.buys(contact)
        await sales.compare()
        assert sales.buyers().keys() == {"CON-1", "CON-2"}
        assert not sales.persons()

    in_sales(story)


def test_a_buyer_whom_finance_and_operations_refuses_is_handed_over_once() -> None:
    """He is set aside with those who buy; a further pass leaves him there, and tells nobody to look."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales, firstname=None)
        sales.buys(contact)
        await sales.look(CONTACTS, contact)
        await settled(sales)
        assert any("first name" in why for why in sales.troubles("p~", BUYERS))
        assert not sales.rows("h~", BUYERS)
        sales.change("contacts", contact, firstname="Ada")
        await sales.look(BUYERS, contact)
        assert len(sales.buyers()) == 1

    in_sales(story)


def test_a_buyer_who_was_merged_away_is_not_handed_over_with_every_pass() -> None:
    """He is nobody's customer: his contact person sleeps, and no pass leaves word with those who buy."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales)
        sales.buys(contact)
        await sales.look(CONTACTS, contact)
        sales.world.dataverse.merge("contacts", sales.contact(number="CON-2"), contact)
        await settled(sales)
        await sales.compare(CONTACTS)
        assert (sales.rows("h~", BUYERS), len(sales.buyers()), sales.states()["contacts"]) == ([], 0, ["dormant"])

    in_sales(story)


def test_what_finance_and_operations_fills_in_by_itself_stands_until_sales_says_something() -> None:
    """The customer has the first name of his party where Sales has none: nobody tries to empty it."""

    async def story(sales: Sales) -> None:
        contact = await employed(sales)
        sales.change("contacts", contact, firstname=None)
        sales.buys(contact)
        await sales.look(CONTACTS, contact)
        await settled(sales)
        assert [row["PersonFirstName"] for row in sales.buyers().values()] == ["Ada"]
        assert not sales.troubles("p~", BUYERS)
        sales.change("contacts", contact, firstname="Augusta")
        await sales.look(BUYERS, contact)
        assert [row["PersonFirstName"] for row in sales.buyers().values()] == ["Augusta"]

    in_sales(story)


# -- who is left alone, and who waits


def test_a_contact_without_account_and_activity_is_nobodys() -> None:
    """It is ignored, and explain says which scope leaves it out; so is the assistant of another contact."""

    async def story(sales: Sales) -> None:
        stranger = sales.contact(number="CON-1")
        boss = f"/contacts({stranger})"
        assistant = sales.contact(number="CON-2", **{"parentcustomerid_contact@odata.bind": boss})
        for contact in (stranger, assistant):
            for name, column in ((CONTACTS, "iscompanyanaccount"), (BUYERS, "isactivecustomer")):
                assert (await sales.look(name, contact)).kind == "ignored"
                told = await explain(sales.house.flow(name), DATAVERSE, (contact,))
                assert sales.own(column) in str(told)
        await sales.compare()
        assert sales.states() == {}
        assert not any(sales.troubles(kind, name) for kind in ("w~", "p~") for name in (CONTACTS, BUYERS))

    in_sales(story)


def test_a_contact_whose_account_is_not_there_yet_waits() -> None:
    """It says for whom, and follows by itself once the account is a customer."""

    async def story(sales: Sales) -> None:
        account = sales.account()
        contact = sales.contact(account)
        assert (await sales.look(CONTACTS, contact)).kind == "waiting"
        assert [NUMBER in why for why in sales.troubles("w~", CONTACTS)] == [True]
        await sales.look(ACCOUNTS, account)
        await asyncio.sleep(600)
        await sales.pump()
        assert sales.persons().keys() == {(PERSON, NUMBER)}
        assert not sales.troubles("w~", CONTACTS)

    in_sales(story)


def test_a_contact_older_than_the_columns_is_a_contact_person() -> None:
    """Whether it is an active customer was never said: that counts as no."""

    async def story(sales: Sales) -> None:
        account = sales.account()
        await sales.look(ACCOUNTS, account)
        contact = sales.contact(account, **{sales.own("isactivecustomer"): None})
        assert (await sales.look(CONTACTS, contact)).kind == "created"

    in_sales(story)
