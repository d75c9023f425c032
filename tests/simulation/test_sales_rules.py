"""What the judge asks of prospect to cash beyond the laws: every rule bites, and says whom it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.simulation.golden_sales import columns_and_flows, first_order
from tests.simulation.judge import Judge
from tests.simulation.prospects import ACCOUNTS, BUYERS, CONTACTS, NUMBER, PERSON
from tests.simulation.sales_rules import unruly
from tests.simulation.shops import BUYS, COPIES, ONLY, WORKS, Shop, furnished_shop
from tests.simulation.world import World, in_a_world
from tests.unit.maps.prospects import prospects

ACTIVE, RETIRED = 0, 1
Deed = Callable[[Shop, Judge], None]


def buyer(shop: Shop) -> str:
    """The contact that has bought."""
    (row,) = (row for row in shop.twin.rows("contacts") if row[shop.own("contactnumber")] == PERSON)
    return str(row["contactid"])


def unset(name: str) -> Deed:
    def deed(shop: Shop, _judge: Judge) -> None:
        shop.change("contacts", buyer(shop), **{shop.own(name): False})

    return deed


def order_says_otherwise(shop: Shop, _judge: Judge) -> None:
    (order,) = shop.twin.rows("salesorders")
    shop.twin.update("salesorders", str(order["salesorderid"]), {shop.own(ONLY): True})


def line_says_otherwise(shop: Shop, _judge: Judge) -> None:
    (line,) = shop.twin.rows("salesorderdetails")
    shop.twin.update("salesorderdetails", str(line["salesorderdetailid"]), {shop.own(COPIES["salesorders"]): True})


def is_forgotten(shop: Shop, _judge: Judge) -> None:
    """Nothing in the ledger tells of the customer any more."""
    shop.world.tables.partitions[BUYERS].clear()


def stays_awake(shop: Shop, _judge: Judge) -> None:
    """The flow of contact persons still keeps it."""
    rows = shop.world.tables.partitions[CONTACTS]
    key = f"d~{buyer(shop)}"
    rows[key] = type(rows[key])(key, {**rows[key].cells, "state": "coupled"}, rows[key].etag)


def works_for_nobody(shop: Shop, judge: Judge) -> None:
    """The same of one that never bought, and works for nobody."""
    order = str(next(iter(shop.twin.rows("salesorders")))["salesorderid"])
    shop.twin.delete("salesorders", order)
    nobody = {"parentcustomerid_account@odata.bind": None, shop.own(BUYS): False, shop.own(WORKS): False}
    shop.change("contacts", buyer(shop), **nobody)
    stays_awake(shop, judge)


def is_there_twice(shop: Shop, judge: Judge) -> None:
    """Another customer that Koppel made was made for it, too."""
    judge.pairs[BUYERS][("usmf", "CON-2"), buyer(shop)] = 0.0


def product(shop: Shop) -> str:
    (row,) = shop.twin.rows("products")
    return str(row["productid"])


def costs_something_else(shop: Shop, _judge: Judge) -> None:
    (item,) = shop.twin.rows("productpricelevels")
    shop.twin.update("productpricelevels", str(item["productpricelevelid"]), {"amount": 1})


def is_a_draft(shop: Shop, _judge: Judge) -> None:
    """Its history says that it never was anything else."""
    states = [each for each in shop.twin.history if each.id == product(shop) and "statecode" in each.after]
    for each in states:
        shop.twin.history[shop.twin.history.index(each)] = replace(each, after={**each.after, "statecode": 2})


def test_what_was_created_for_a_contact_that_is_gone_and_was_edited_since_is_left_to_itself() -> None:
    """Nobody can tell any more that it is ours, and no copy of it is made in Sales: the journal tells that much."""

    async def story(world: World) -> None:
        judge = Judge(world, rules=unruly)
        world.on_applied = judge.watch
        shop = await furnished_shop(world)
        account = shop.account()
        await shop.look(ACCOUNTS, account)
        contact = shop.contact(account)
        world.weather.heard = lambda step, _answer: step == "finops create"
        _, task = world.instance(shop.look(CONTACTS, contact))
        await asyncio.wait({task}, timeout=60)
        world.weather.heard = None
        key = {"dataAreaId": "usmf", "ContactPersonPartyNumber": PERSON, "AssociatedPartyNumber": NUMBER}
        world.finops.update("CDSContactPersons", key, {"LastName": "Lovelace"})
        shop.twin.delete("contacts", contact)
        shop.house = world.house()
        for _ in range(6):
            await asyncio.sleep(3600)
            await shop.pump()
        await shop.compare()
        assert shop.states() == {"accounts": ["coupled"]}
        assert len(shop.persons()) == 1
        assert not await judge.verdict(shop.house)

    in_a_world(1, story, maps=prospects())


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (unset(BUYS), "says False of whether it buys, which is True"),
        (unset(WORKS), "says False of whether its company is an account, which is True"),
        (order_says_otherwise, "salesorders"),
        (line_says_otherwise, "salesorders"),
        (is_forgotten, "buys, is no customer, and no row says why"),
        (stays_awake, "buys, and is still a contact person"),
        (works_for_nobody, "works for no account, and is a contact person"),
        (costs_something_else, "costs 12.5, and is on price lists at ['1.0']"),
        (is_a_draft, "is still a draft"),
        (is_there_twice, "is a customer 2 times: "),
    ],
)
def test_every_rule_bites(deed: Deed, said: str) -> None:
    """Two contacts have ordered, a product is for sale, and all is as it should be: then something is wrong."""

    async def story(world: World) -> None:
        judge = Judge(world, rules=unruly)
        world.on_applied = judge.watch
        shop = await furnished_shop(world)
        await first_order(shop)
        (order,) = shop.twin.rows("salesorders")
        shop.line("salesorders", str(order["salesorderid"]))
        shop.document("quotes", shop.contact(number="CON-2", firstname="Bob"))
        shop.releases()
        await columns_and_flows(shop)
        await shop.compare()
        assert len(shop.buyers()) == 2
        assert not await judge.verdict(shop.house)
        deed(shop, judge)
        assert any(text.startswith("rule: ") and said in text for text in await judge.verdict(shop.house))

    in_a_world(1, story, maps=prospects())


@pytest.mark.parametrize("retired", [True, False])
def test_a_line_that_cannot_be_written_for_its_product_is_retired_breaks_no_rule(*, retired: bool) -> None:
    """Sales refuses whatever is written there: it may say what it said before, and only as long as that lasts."""

    async def story(world: World) -> None:
        judge = Judge(world, rules=unruly)
        world.on_applied = judge.watch
        shop = await furnished_shop(world)
        shop.releases()
        await shop.compare()
        order = shop.document("salesorders", shop.account(), "account")
        shop.line("salesorders", order, product(shop))
        await columns_and_flows(shop)
        (line,) = shop.twin.rows("salesorderdetails")
        says = {shop.own(COPIES["salesorders"]): False}
        shop.twin.update("salesorderdetails", str(line["salesorderdetailid"]), says)
        shop.twin.update("products", product(shop), {"statecode": RETIRED if retired else ACTIVE})
        broken = await judge.verdict(shop.house)
        assert any("of whether all is the ERP's" in text for text in broken) is not retired

    in_a_world(1, story, maps=prospects())


@pytest.mark.parametrize("due", [True, False])
def test_a_price_that_a_retired_product_cannot_have_is_no_difference_and_has_to_be_due(*, due: bool) -> None:
    """All lines are equal: the row is about the price list, and is not so where the price stands there."""

    async def story(world: World) -> None:
        judge = Judge(world, rules=unruly)
        world.on_applied = judge.watch
        shop = await furnished_shop(world)
        shop.releases()
        await shop.compare()
        shop.twin.update("products", product(shop), {"statecode": RETIRED})
        shop.reprices(14)
        await shop.compare()
        if not due:
            (item,) = shop.twin.rows("productpricelevels")
            shop.twin.update("products", product(shop), {"statecode": ACTIVE})
            shop.twin.update("productpricelevels", str(item["productpricelevelid"]), {"amount": 14})
            shop.twin.update("products", product(shop), {"statecode": RETIRED})
        broken = await judge.verdict(shop.house)
        assert [text.partition(" that its ")[2] for text in broken] == (
            [] if due else ["price list item is yet to come, which is not so"]
        )

    in_a_world(1, story, maps=prospects())
