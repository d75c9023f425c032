"""Columns that prospect to cash computes: who was sold to, whose company is an account, whose products are whose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from functions.prospect_to_cash.columns import CUSTOMERS, ORDERS, QUOTES, SOLUTION, columns
from shared.columns import Keeper
from shared.engine import set_state
from shared.errors import Busy
from shared.ledger import JOURNAL, read_journal
from tests.simulation.prospects import BUYERS, CONTACTS, Sales, configured, in_sales
from tests.simulation.rig import at_first
from tests.simulation.shops import BUYS, COPIES, LINES, ONLY, WORKS, Shop

EVERYWHERE = pytest.mark.parametrize("heard", ["event", "catch-up"])


def in_shop(story: Callable[[Shop], Coroutine[Any, Any, None]], prefix: str = "koppel", *, looked: bool = True) -> None:
    """Plays a story. looked: whether what was there at the beginning has been looked at."""

    async def whole(sales: Sales) -> None:
        shop = Shop(sales.world, sales.house, sales.prefix, sales.currency)
        if looked:
            await shop.follows()
        await story(shop)

    in_sales(whole, prefix=f"{prefix}_")


# -- contacts


@EVERYWHERE
@pytest.mark.parametrize("table", ["quotes", "salesorders", "invoices"])
def test_who_was_sold_to(table: str, heard: str) -> None:
    """The customer of a document, and nobody else; the document may go again, and another one take it over."""

    async def story(shop: Shop) -> None:
        ada, bob = shop.person(), shop.person()
        made = shop.document(table, ada)
        await shop.learns(heard, table, made)
        assert (shop.says("contacts", ada, BUYS), shop.says("contacts", bob, BUYS)) == (True, False)
        shop.twin.update(table, made, {"customerid_contact@odata.bind": f"/contacts({bob})"})
        await shop.learns(heard, table, made)
        shop.twin.delete(table, made)
        await shop.learns(heard, table, made)
        assert (shop.says("contacts", ada, BUYS), shop.says("contacts", bob, BUYS)) == (True, True)
        await shop.rests()

    in_shop(story)


@pytest.mark.parametrize("state", [1, 2, 3])
def test_the_state_of_a_document_does_not_count(state: int) -> None:
    """Whatever became of a quote: there was one."""

    async def story(shop: Shop) -> None:
        ada = shop.person()
        made = shop.document("quotes", ada)
        shop.twin.update("quotes", made, {"statecode": state})
        await shop.follows()
        assert shop.says("contacts", ada, BUYS) is True

    in_shop(story)


@EVERYWHERE
def test_the_company_of_a_contact(heard: str) -> None:
    """An account, a contact, nothing; whoever sets the flag by hand is put right."""

    async def story(shop: Shop) -> None:
        account, boss, ada = shop.account(), shop.person(), shop.person()
        said = []
        for values in (
            {"parentcustomerid_account@odata.bind": f"/accounts({account})"},
            {shop.own(WORKS): False},
            {"parentcustomerid_contact@odata.bind": f"/contacts({boss})"},
            {shop.own(WORKS): True},
            {"parentcustomerid_contact@odata.bind": None},
        ):
            shop.twin.update("contacts", ada, values)
            await shop.learns(heard, "contacts", ada)
            said.append(shop.says("contacts", ada, WORKS))
        assert said == [True, True, False, False, False]
        await shop.rests()

    in_shop(story)


@pytest.mark.parametrize("happens", ["says yes", "deletes it"])
def test_somebody_is_faster(happens: str) -> None:
    """A Yes that is said between our look and our write stays; a row that is gone by then keeps nobody else waiting."""

    async def story(shop: Shop) -> None:
        blank = {shop.own(BUYS): None, shop.own(WORKS): None}
        ada, bob = shop.person(**blank), shop.person(**blank)

        def deed() -> None:
            if happens == "says yes":
                shop.change("contacts", ada, **{shop.own(BUYS): True})
            else:
                shop.twin.delete("contacts", ada)

        shop.world.weather.strike = at_first("dataverse batch", deed)
        await shop.follows()
        shop.world.weather.strike = None
        await shop.rests()
        assert shop.says("contacts", bob, BUYS) is False
        if happens == "says yes":
            assert shop.says("contacts", ada, BUYS) is True

    in_shop(story)


def test_what_is_older_than_the_columns() -> None:
    """A blank becomes what it should say, for a scope asks for a No."""

    async def story(shop: Shop) -> None:
        blank = {shop.own(BUYS): None, shop.own(WORKS): None}
        ada = shop.person(**blank)
        await shop.follows()
        assert (shop.says("contacts", ada, BUYS), shop.says("contacts", ada, WORKS)) == (False, False)
        (entry,) = [read_journal(row) for row in shop.rows(JOURNAL, CUSTOMERS)]
        assert [(each["old"], each["new"]) for each in entry["lines"]] == [("null", "false")] * 2

    in_shop(story)


def test_the_flows_hear_of_it() -> None:
    """What is computed is news: the contact becomes a contact person, and with the first order a customer."""

    async def story(shop: Shop) -> None:
        account = shop.account()
        ada = shop.contact("", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
        await shop.keeper.woken("contacts", ada)
        await shop.compare()
        assert (len(shop.persons()), len(shop.buyers())) == (1, 0)
        await shop.keeper.woken("salesorders", shop.document("salesorders", ada))
        await shop.compare()
        assert (len(shop.persons()), len(shop.buyers())) == (1, 1)

    in_shop(story)


@EVERYWHERE
@pytest.mark.parametrize(("deleted", "buyers"), [("unseen", 0), ("flagged", 1), ("handed over", 1)])
def test_the_first_order_is_deleted_again(heard: str, deleted: str, buyers: int) -> None:
    """Whom somebody has seen buying stays a customer, once, and the contact person stays; of an order that came and
    went before anybody looked nobody knows.
    """

    async def story(shop: Shop) -> None:
        account = shop.account()
        ada = shop.contact("", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
        await shop.keeper.woken("contacts", ada)
        await shop.compare()
        order = shop.document("salesorders", ada)
        if deleted != "unseen":
            await shop.learns(heard, "salesorders", order)
        if deleted == "handed over":
            await shop.compare()
        shop.twin.delete("salesorders", order)
        await shop.learns(heard, "salesorders", order)
        await shop.compare()
        assert (len(shop.persons()), len(shop.buyers())) == (1, buyers)
        assert shop.says("contacts", ada, BUYS) is bool(buyers)
        await shop.rests()
        before = shop.writes()
        await shop.compare()
        assert shop.writes() == before
        assert not any(shop.troubles(kind, name) for kind in ("p~", "w~") for name in (CONTACTS, BUYERS))

    in_shop(story)


# -- documents


@EVERYWHERE
@pytest.mark.parametrize("table", LINES)
def test_products_of_the_erp_only(table: str, heard: str) -> None:
    """Line by line: the header and its copies say whether all of them are, and a document without lines says yes."""

    async def story(shop: Shop) -> None:
        flags = {"A": True, "B": False, "C": None}
        theirs, ours, older = (shop.product(each, external=flag) for each, flag in flags.items())
        made = shop.document(table)
        await shop.learns(heard, table, made)
        assert shop.told(table, made) == (True, set())
        await shop.learns(heard, LINES[table], shop.line(table, made, theirs))
        assert shop.told(table, made) == (True, {True})
        for product in (ours, older, ""):
            foreign = shop.line(table, made, product)
            await shop.learns(heard, LINES[table], foreign)
            assert shop.told(table, made) == (False, {False})
            shop.twin.delete(LINES[table], foreign)
            await shop.learns(heard, LINES[table], foreign)
            assert shop.told(table, made) == (True, {True})
        await shop.rests()

    in_shop(story)


@EVERYWHERE
@pytest.mark.parametrize("table", LINES)
def test_the_product_of_a_line_is_changed(table: str, heard: str) -> None:
    """And so is what the document says; whoever sets a flag by hand is put right."""

    async def story(shop: Shop) -> None:
        theirs, ours = shop.product("A", external=True), shop.product("B", external=False)
        made = shop.document(table)
        line = shop.line(table, made, theirs)
        await shop.learns(heard, LINES[table], line)
        shop.twin.update(LINES[table], line, {"productid@odata.bind": f"/products({ours})"})
        await shop.learns(heard, LINES[table], line)
        assert shop.told(table, made) == (False, {False})
        shop.twin.update(table, made, {shop.own(ONLY): True})
        await shop.learns(heard, table, made)
        shop.twin.update(LINES[table], line, {shop.own(COPIES[table]): True})
        await shop.learns(heard, LINES[table], line)
        assert shop.told(table, made) == (False, {False})

    in_shop(story)


def test_lines_that_all_went_are_not_another_documents() -> None:
    """Of a line that is gone nobody tells whose it was: all that say No are looked at, and only one is put right."""

    async def story(shop: Shop) -> None:
        first, second = shop.document("quotes"), shop.document("quotes")
        gone = shop.line("quotes", first)
        shop.line("quotes", second)
        await shop.follows()
        shop.twin.delete("quotedetails", gone)
        await shop.keeper.woken("quotedetails", gone)
        assert [shop.says("quotes", each, ONLY) for each in (first, second)] == [True, False]

    in_shop(story)


def test_a_document_that_cannot_be_edited() -> None:
    """It keeps what it says, and nothing is tried; opened again, it is put right."""

    async def story(shop: Shop) -> None:
        made = shop.document("quotes")
        line = shop.line("quotes", made)
        shop.twin.update("quotes", made, {"statecode": 1})
        before = shop.writes()
        assert await shop.keeper.woken("quotedetails", line) == "in order"
        await shop.follows()
        assert (shop.told("quotes", made), shop.writes()) == ((True, {False}), before)
        shop.twin.update("quotes", made, {"statecode": 0})
        await shop.follows()
        assert shop.told("quotes", made) == (False, {False})

    in_shop(story)


def test_the_journal_tells_of_documents() -> None:
    """Under the flow that carries them."""

    async def story(shop: Shop) -> None:
        for table in LINES:
            shop.line(table, shop.document(table))
        await shop.follows()
        for flow in (QUOTES, ORDERS):
            assert [read_journal(row)["what"] for row in shop.rows(JOURNAL, flow)] == ["computed"]

    in_shop(story)


# -- whoever dies, and whoever comes at the same time


@pytest.mark.parametrize("after", range(48))
def test_whoever_dies_while_catching_up(after: int) -> None:
    """At whatever request: another one goes on, and nothing is missed, in the very first look or in a later one."""

    async def story(shop: Shop) -> None:
        for begun in (False, True):
            ada, order, quote = shop.person(), shop.document("salesorders"), shop.document("quotes")
            shop.line("salesorders", order)
            shop.twin.delete("quotedetails", shop.line("quotes", quote))
            shop.document("invoices", ada)
            older = shop.person(**{shop.own(WORKS): None})
            left = [after]

            def strikes(_step: str, left: list[int] = left) -> bool:
                left[0] -= 1
                return left[0] == -1

            shop.world.weather.strike = strikes
            doomed = Keeper(shop.world.house(), shop.keeper.columns)
            _, task = shop.world.instance(doomed.follow(lambda: False))
            await asyncio.wait({task}, timeout=60)
            shop.world.weather.strike = None
            await asyncio.sleep(600)
            await shop.follows()
            told = shop.says("contacts", ada, BUYS), shop.told("salesorders", order), shop.told("quotes", quote)
            assert told == (True, (False, {False}), (True, set())), begun
            assert shop.says("contacts", older, WORKS) is False, begun

    in_shop(story, looked=False)


def test_two_at_once() -> None:
    """The catch-up is one instance's; an event that meets it does no harm."""

    async def story(shop: Shop) -> None:
        ada = shop.person()
        made = shop.document("salesorders", ada)
        shop.line("salesorders", made)
        others = [Keeper(shop.world.house(), shop.keeper.columns) for _ in range(3)]
        done = await asyncio.gather(
            others[0].follow(lambda: False),
            others[1].follow(lambda: False),
            others[2].woken("salesorders", made),
            return_exceptions=True,
        )
        assert [type(each) for each in done[:2]].count(Busy) == 1
        assert (shop.says("contacts", ada, BUYS), shop.told("salesorders", made)) == (True, (False, {False}))
        await shop.rests()

    in_shop(story)


# -- where nothing is to be done


def test_where_the_vendors_solution_is_installed() -> None:
    """Its own steps keep these columns: nothing is written, and the answer says so."""

    async def story(shop: Shop) -> None:
        shop.twin.install()
        ada = shop.person()
        made = shop.document("quotes", ada)
        fresh = Keeper(shop.house, shop.keeper.columns)
        assert SOLUTION in await fresh.woken("quotes", made)
        assert (shop.says("contacts", ada, BUYS), shop.written()) == (True, 0)

    in_shop(story, "msdynce")


def test_where_nobody_made_the_columns() -> None:
    """What is missing is named, and what makes it."""

    async def story(sales: Sales) -> None:
        keeper = Keeper(sales.house, columns(configured("contoso")))
        why = await keeper.why_not()
        assert "contact.contoso_isactivecustomer" in why
        assert "product.contoso_ismaintainedexternally" in why
        assert "set the suite up" in why

    in_sales(story)


def test_while_no_flow_runs() -> None:
    """The first flow of the suite that runs wakes the columns."""

    async def story(shop: Shop) -> None:
        for name in shop.house.catalogue.names:
            await set_state(shop.house, name, "not running")
        assert "runs" in await shop.keeper.why_not()
        await set_state(shop.house, CONTACTS, "running")
        assert await shop.keeper.why_not() == ""

    in_shop(story)


def test_another_prefix_reads_and_writes_its_own() -> None:
    """Every column of the rules is that of the installation."""
    found = columns(configured("contoso"))
    names = {name for rule in found.rules for each in (*rule.own.values(), *rule.feeds.values()) for name in each}
    assert not [name for name in names if name.startswith(("msdynce_", "koppel_"))]
    assert {name for name in names if name.startswith("contoso_")} >= {"contoso_isactivecustomer", f"contoso_{ONLY}"}
