"""Columns that prospect to cash computes: who was sold to, whose company is an account, whose products are whose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import pytest

from functions.prospect_to_cash import ProspectToCash
from functions.prospect_to_cash.columns import CUSTOMERS, ORDERS, QUOTES, SOLUTION, columns
from functions.suites import Configured
from shared.columns import TAG, Keeper
from shared.engine import set_state
from shared.errors import Busy
from shared.ledger import JOURNAL, read_journal
from shared.settings import Settings
from tests.emulator.dataverse import DataverseTwin
from tests.simulation.prospects import BUYERS, CONTACTS, Sales, in_sales

HOUSE: Final = Settings(dataverse_url="https://twin", finops_url="https://twin")
LINES: Final = {"quotes": "quotedetails", "salesorders": "salesorderdetails"}
PARENTS: Final = {"quotes": "quoteid", "salesorders": "salesorderid"}
COPIES: Final = {
    "quotes": "quotehasexternalmaintainedproductsonly",
    "salesorders": "orderhasexternalmaintainedproductsonly",
}
ONLY: Final = "hasexternallymaintainedproductsonly"
BUYS, WORKS = "isactivecustomer", "iscompanyanaccount"
EVERYWHERE = pytest.mark.parametrize("heard", ["event", "catch-up"])


@dataclass(slots=True)
class Shop:
    """Sales, what people do there, and who keeps its columns."""

    sales: Sales
    keeper: Keeper
    group: str = ""
    unit: str = ""

    @property
    def twin(self) -> DataverseTwin:
        return self.sales.world.dataverse

    def document(self, table: str, customer: str = "", kind: str = "contact") -> str:
        """A document for a contact or an account, or for nobody; its id."""
        bind = {f"customerid_{kind}@odata.bind": f"/{kind}s({customer})"} if customer else {}
        return self.twin.create(table, {"name": "Tea", **bind})

    def line(self, table: str, document: str, product: str = "") -> str:
        """A line with a product, or a write-in; its id."""
        what = {"productid@odata.bind": f"/products({product})", "uomid@odata.bind": f"/uoms({self.unit})"}
        written_in = {"isproductoverridden": True, "productdescription": "Something"}
        parent = {f"{PARENTS[table]}@odata.bind": f"/{table}({document})"}
        return self.twin.create(LINES[table], {"quantity": 1, **parent, **(what if product else written_in)})

    def product(self, number: str, *, external: bool | None) -> str:
        """An active product; its id."""
        if not self.group:
            self.group = self.twin.create("uomschedules", {"name": "Default Unit", "baseuomname": "Primary Unit"})
            (self.unit,) = (str(row["uomid"]) for row in self.twin.rows("uoms"))
        made = self.twin.create(
            "products",
            {
                "productnumber": number,
                "name": number,
                "quantitydecimal": 0,
                "defaultuomscheduleid@odata.bind": f"/uomschedules({self.group})",
                "defaultuomid@odata.bind": f"/uoms({self.unit})",
                self.sales.own("ismaintainedexternally"): external,
            },
        )
        self.twin.update("products", made, {"statecode": 0})
        return made

    def contact(self, **values: Any) -> str:
        return self.twin.create("contacts", {"lastname": "King", **values})

    def says(self, table: str, row_id: str, name: str) -> object:
        return self.sales.row(table, row_id)[self.sales.own(name)]

    def told(self, table: str, document: str) -> tuple[object, set[object]]:
        """What header and lines say of the products of a document."""
        below = [row for row in self.twin.rows(LINES[table]) if row[f"_{PARENTS[table]}_value"] == document]
        return self.says(table, document, ONLY), {row[self.sales.own(COPIES[table])] for row in below}

    def written(self) -> int:
        return len([each for each in self.twin.history if each.tag == TAG])

    async def hears(self, heard: str, table: str, row_id: str) -> None:
        """The event arrives, or it is lost and the catch-up comes round."""
        await (self.keeper.woken(table, row_id) if heard == "event" else self.follows())

    async def follows(self) -> None:
        assert await self.keeper.follow(lambda: False)

    async def rests(self) -> None:
        """Nothing is left to be written, however often one looks."""
        await self.follows()
        before = self.written()
        await self.follows()
        await self.follows()
        assert self.written() == before


def configured(prefix: str) -> Configured:
    return Configured(HOUSE, {"prospect_to_cash": ProspectToCash(company="usmf", prefix=prefix)})


def in_shop(story: Callable[[Shop], Coroutine[Any, Any, None]], prefix: str = "koppel", *, looked: bool = True) -> None:
    """Plays a story. looked: whether what was there at the beginning has been looked at."""

    async def whole(sales: Sales) -> None:
        shop = Shop(sales, Keeper(sales.house, columns(configured(prefix))))
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
        ada, bob = shop.contact(), shop.contact()
        made = shop.document(table, ada)
        await shop.hears(heard, table, made)
        assert (shop.says("contacts", ada, BUYS), shop.says("contacts", bob, BUYS)) == (True, False)
        shop.twin.update(table, made, {"customerid_contact@odata.bind": f"/contacts({bob})"})
        await shop.hears(heard, table, made)
        shop.twin.delete(table, made)
        await shop.hears(heard, table, made)
        assert (shop.says("contacts", ada, BUYS), shop.says("contacts", bob, BUYS)) == (True, True)
        await shop.rests()

    in_shop(story)


@pytest.mark.parametrize("state", [1, 2, 3])
def test_the_state_of_a_document_does_not_count(state: int) -> None:
    """Whatever became of a quote: there was one."""

    async def story(shop: Shop) -> None:
        ada = shop.contact()
        made = shop.document("quotes", ada)
        shop.twin.update("quotes", made, {"statecode": state})
        await shop.follows()
        assert shop.says("contacts", ada, BUYS) is True

    in_shop(story)


@EVERYWHERE
def test_the_company_of_a_contact(heard: str) -> None:
    """An account, a contact, nothing; whoever sets the flag by hand is put right."""

    async def story(shop: Shop) -> None:
        account, boss, ada = shop.sales.account(), shop.contact(), shop.contact()
        said = []
        for values in (
            {"parentcustomerid_account@odata.bind": f"/accounts({account})"},
            {shop.sales.own(WORKS): False},
            {"parentcustomerid_contact@odata.bind": f"/contacts({boss})"},
            {shop.sales.own(WORKS): True},
            {"parentcustomerid_contact@odata.bind": None},
        ):
            shop.twin.update("contacts", ada, values)
            await shop.hears(heard, "contacts", ada)
            said.append(shop.says("contacts", ada, WORKS))
        assert said == [True, True, False, False, False]
        await shop.rests()

    in_shop(story)


def test_what_is_older_than_the_columns() -> None:
    """A blank becomes what it should say, for a scope asks for a No."""

    async def story(shop: Shop) -> None:
        blank = {shop.sales.own(BUYS): None, shop.sales.own(WORKS): None}
        ada = shop.contact(**blank)
        await shop.follows()
        assert (shop.says("contacts", ada, BUYS), shop.says("contacts", ada, WORKS)) == (False, False)
        (entry,) = [read_journal(row) for row in shop.sales.rows(JOURNAL, CUSTOMERS)]
        assert [(each["old"], each["new"]) for each in entry["lines"]] == [("null", "false")] * 2

    in_shop(story)


def test_the_flows_hear_of_it() -> None:
    """What is computed is news: the contact becomes a contact person, and with the first order a customer."""

    async def story(shop: Shop) -> None:
        account = shop.sales.account()
        ada = shop.sales.contact("", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
        await shop.keeper.woken("contacts", ada)
        await shop.sales.compare()
        assert (len(shop.sales.persons()), len(shop.sales.buyers())) == (1, 0)
        await shop.keeper.woken("salesorders", shop.document("salesorders", ada))
        await shop.sales.compare()
        assert (len(shop.sales.persons()), len(shop.sales.buyers())) == (1, 1)

    in_shop(story)


@EVERYWHERE
@pytest.mark.parametrize(("deleted", "buyers"), [("unseen", 0), ("flagged", 1), ("handed over", 1)])
def test_the_first_order_is_deleted_again(heard: str, deleted: str, buyers: int) -> None:
    """Whom somebody has seen buying stays a customer, once, and the contact person stays; of an order that came and
    went before anybody looked nobody knows.
    """

    async def story(shop: Shop) -> None:
        account = shop.sales.account()
        ada = shop.sales.contact("", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
        await shop.keeper.woken("contacts", ada)
        await shop.sales.compare()
        order = shop.document("salesorders", ada)
        if deleted != "unseen":
            await shop.hears(heard, "salesorders", order)
        if deleted == "handed over":
            await shop.sales.compare()
        shop.twin.delete("salesorders", order)
        await shop.hears(heard, "salesorders", order)
        await shop.sales.compare()
        assert (len(shop.sales.persons()), len(shop.sales.buyers())) == (1, buyers)
        assert shop.says("contacts", ada, BUYS) is bool(buyers)
        await shop.rests()
        before = shop.sales.writes()
        await shop.sales.compare()
        assert shop.sales.writes() == before
        assert not any(shop.sales.troubles(kind, name) for kind in ("p~", "w~") for name in (CONTACTS, BUYERS))

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
        await shop.hears(heard, table, made)
        assert shop.told(table, made) == (True, set())
        await shop.hears(heard, LINES[table], shop.line(table, made, theirs))
        assert shop.told(table, made) == (True, {True})
        for product in (ours, older, ""):
            foreign = shop.line(table, made, product)
            await shop.hears(heard, LINES[table], foreign)
            assert shop.told(table, made) == (False, {False})
            shop.twin.delete(LINES[table], foreign)
            await shop.hears(heard, LINES[table], foreign)
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
        await shop.hears(heard, LINES[table], line)
        shop.twin.update(LINES[table], line, {"productid@odata.bind": f"/products({ours})"})
        await shop.hears(heard, LINES[table], line)
        assert shop.told(table, made) == (False, {False})
        shop.twin.update(table, made, {shop.sales.own(ONLY): True})
        await shop.hears(heard, table, made)
        shop.twin.update(LINES[table], line, {shop.sales.own(COPIES[table]): True})
        await shop.hears(heard, LINES[table], line)
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
        before = shop.sales.writes()
        assert await shop.keeper.woken("quotedetails", line) == "in order"
        await shop.follows()
        assert (shop.told("quotes", made), shop.sales.writes()) == ((True, {False}), before)
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
            assert [read_journal(row)["what"] for row in shop.sales.rows(JOURNAL, flow)] == ["computed"]

    in_shop(story)


# -- whoever dies, and whoever comes at the same time


@pytest.mark.parametrize("after", range(48))
def test_whoever_dies_while_catching_up(after: int) -> None:
    """At whatever request: another one goes on, and nothing is missed, in the very first look or in a later one."""

    async def story(shop: Shop) -> None:
        for begun in (False, True):
            ada, order, quote = shop.contact(), shop.document("salesorders"), shop.document("quotes")
            shop.line("salesorders", order)
            shop.twin.delete("quotedetails", shop.line("quotes", quote))
            shop.document("invoices", ada)
            older = shop.contact(**{shop.sales.own(WORKS): None})
            left = [after]

            def strikes(_step: str, left: list[int] = left) -> bool:
                left[0] -= 1
                return left[0] == -1

            shop.sales.world.weather.strike = strikes
            doomed = Keeper(shop.sales.world.house(), shop.keeper.columns)
            _, task = shop.sales.world.instance(doomed.follow(lambda: False))
            await asyncio.wait({task}, timeout=60)
            shop.sales.world.weather.strike = None
            await asyncio.sleep(600)
            await shop.follows()
            told = shop.says("contacts", ada, BUYS), shop.told("salesorders", order), shop.told("quotes", quote)
            assert told == (True, (False, {False}), (True, set())), begun
            assert shop.says("contacts", older, WORKS) is False, begun

    in_shop(story, looked=False)


def test_two_at_once() -> None:
    """The catch-up is one instance's; an event that meets it does no harm."""

    async def story(shop: Shop) -> None:
        ada = shop.contact()
        made = shop.document("salesorders", ada)
        shop.line("salesorders", made)
        others = [Keeper(shop.sales.world.house(), shop.keeper.columns) for _ in range(3)]
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
        ada = shop.contact()
        made = shop.document("quotes", ada)
        fresh = Keeper(shop.sales.house, shop.keeper.columns)
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
        for name in shop.sales.house.catalogue.names:
            await set_state(shop.sales.house, name, "not running")
        assert "runs" in await shop.keeper.why_not()
        await set_state(shop.sales.house, CONTACTS, "running")
        assert await shop.keeper.why_not() == ""

    in_shop(story)


def test_another_prefix_reads_and_writes_its_own() -> None:
    """Every column of the rules is that of the installation."""
    found = columns(configured("contoso"))
    names = {name for rule in found.rules for each in (*rule.own.values(), *rule.feeds.values()) for name in each}
    assert not [name for name in names if name.startswith(("msdynce_", "koppel_"))]
    assert {name for name in names if name.startswith("contoso_")} >= {"contoso_isactivecustomer", f"contoso_{ONLY}"}
