"""Products: what finance and operations sells has a price and can be sold in Sales."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulation.network import LATEST
from tests.simulation.wares import FLOW, Wares, with_wares
from tests.unit.maps.prospects import PUBLISHED

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
ACTIVE, RETIRED, DRAFT, REVISED = 0, 1, 2, 3


def test_a_product_that_arrives_can_be_sold() -> None:
    """It is on the first list by name at its price, and active; then nothing is written any more."""

    async def story(wares: Wares) -> None:
        wares.lists("Wholesale")
        wares.lists("retail")
        wares.sells()
        assert (await wares.hears()).kind == "created"
        assert (wares.items(), wares.state(), wares.said()) == ([("retail", "ea", 12.5)], ACTIVE, [])
        assert await wares.silent()
        assert [entry["what"] for entry in wares.journal()].count("price list item") == 1

    with_wares(story)


def test_where_products_are_made_active_nothing_is_left_to_do() -> None:
    """A setting of the organisation makes new products active: then nobody sets them so once more."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        organization = wares.world.dataverse.organization_id
        setting = {"createproductswithoutparentinactivestate": True}
        wares.world.dataverse.update("organizations", organization, setting)
        wares.sells()
        await wares.hears()
        assert wares.state() == ACTIVE
        assert [entry["what"] for entry in wares.journal()].count("active state") == 0

    with_wares(story)


def test_a_new_price_reaches_the_list() -> None:
    """The item that is there is corrected: there is never a second one, and nobody writes it again."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        await wares.hears()
        wares.edits(SalesPrice=14, ProductName="Good coffee")
        assert (await wares.hears()).kind == "updated"
        assert wares.items() == [("Retail", "ea", 14)]
        wares.edits(SalesPrice=0)
        await wares.hears()
        assert wares.items() == [("Retail", "ea", 0)]
        assert await wares.silent()

    with_wares(story)


def test_a_new_unit_takes_the_item_along() -> None:
    """The item that we keep is sold by the new unit, and one that a person made for another stays as it is."""

    async def story(wares: Wares) -> None:
        prices, box = wares.lists("Retail"), wares.unit("box")
        wares.unit("pack")
        wares.sells()
        await wares.hears()
        wares.item(prices, box, 99)
        wares.edits(SalesUnitSymbol="pack", SalesPrice=20)
        await wares.hears()
        assert wares.items() == [("Retail", "box", 99), ("Retail", "pack", 20)]
        assert await wares.silent()

    with_wares(story)


def test_a_new_currency_has_its_own_list() -> None:
    """The price goes to the first list of that currency; what stood in the other list is left to people."""

    async def story(wares: Wares) -> None:
        krona = wares.currency("SEK")
        wares.lists("Sweden", krona)
        wares.lists("Retail")
        wares.sells()
        await wares.hears()
        wares.edits(CurrencyCode="SEK", SalesPrice=11)
        await wares.hears()
        assert wares.items() == [("Retail", "ea", 12.5), ("Sweden", "ea", 11)]

    with_wares(story)


def test_a_product_waits_for_a_list_of_its_currency() -> None:
    """It says which is missing, holds nothing else back, writes nothing meanwhile, and goes on by itself."""

    async def story(wares: Wares) -> None:
        krona = wares.currency("SEK")
        wares.lists("Retail")
        wares.sells(CurrencyCode="SEK")
        assert (await wares.hears()).kind == "waiting"
        (why,) = wares.said()
        assert why.startswith("no active price list in SEK is valid today")
        assert (wares.items(), wares.state()) == ([], ACTIVE)
        assert await wares.silent()
        told = await wares.explained()
        assert [(each["action"], each["done"], each["next"]) for each in told["actions"]] == [
            ("price list item", False, why),
            ("active state", True, ""),
        ]
        wares.lists("Sweden", krona)
        await asyncio.sleep(7200)
        await wares.sales.pump()
        assert (wares.items(), wares.said()) == ([("Sweden", "ea", 12.5)], [])
        assert (await wares.explained())["why"] == "in sync"

    with_wares(story)


def test_a_retired_product_has_no_new_price_and_none_is_lost() -> None:
    """A price that changes while the product is retired says why it does not arrive; it does once that is active."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        await wares.hears()
        wares.sets(RETIRED)
        wares.edits(SalesPrice=14)
        assert (await wares.hears()).kind == "parked"
        assert "retired in Sales" in wares.said()[0]
        assert (wares.items(), wares.state()) == ([("Retail", "ea", 12.5)], RETIRED)
        assert await wares.silent()
        wares.sets(ACTIVE)
        await wares.hears()
        assert (wares.items(), wares.said()) == ([("Retail", "ea", 14)], [])

    with_wares(story)


def test_a_price_that_a_person_put_right_is_said_to_be_missing_no_more() -> None:
    """Whoever sets a product active, corrects its price and retires it again has done what was asked for."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        await wares.hears()
        wares.sets(RETIRED)
        wares.edits(SalesPrice=14)
        assert (await wares.hears()).kind == "parked"
        wares.sets(ACTIVE)
        wares.corrects(14)
        wares.sets(RETIRED)
        await wares.sales.compare(FLOW)
        assert (wares.items(), wares.state(), wares.said()) == ([("Retail", "ea", 14)], RETIRED, [])
        assert (await wares.explained())["why"] == "in sync"
        assert await wares.silent()

    with_wares(story)


@pytest.mark.parametrize("state", [REVISED, RETIRED])
def test_the_state_that_a_person_chose_stays(state: int) -> None:
    """A product is set active once; who revises or retires it afterwards has decided."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        await wares.hears()
        wares.sets(state)
        wares.edits(ProductName="Good coffee")
        assert (await wares.hears()).kind == "updated"
        assert (wares.state(), wares.said()) == (state, [])

    with_wares(story)


def test_a_product_of_sales_that_is_matched_gets_what_it_lacks() -> None:
    """A draft that a person began becomes active and has its price; the item that stands there is corrected."""

    async def story(wares: Wares) -> None:
        prices = wares.lists("Retail")
        wares.begun("P-1")
        wares.item(prices, wares.base, 10)
        wares.sells()
        await wares.hears()
        assert (wares.items(), wares.state()) == ([("Retail", "ea", 12.5)], ACTIVE)
        assert await wares.silent()

    with_wares(story)


def test_where_the_vendors_solution_is_installed_its_steps_set_the_price() -> None:
    """Ours makes no item there, and still sets the product active."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        await wares.hears()
        assert (wares.items(), wares.state()) == ([("Retail", "ea", 12.5)], ACTIVE)
        assert {entry["what"] for entry in wares.journal()} == {"created in dataverse", "active state"}
        assert [each["action"] for each in (await wares.explained())["actions"]] == ["active state"]

    with_wares(story, PUBLISHED)


def test_what_the_system_refuses_parks_in_its_words_and_can_be_sent_again() -> None:
    """It is not tried again by itself; everything else goes on, and a person sends the one row again."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        refused = wares.world.dataverse.behaviour.refused_values
        refused["productpricelevels"] = {"amount": frozenset({12.5})}
        wares.sells()
        assert (await wares.hears()).kind == "parked"
        assert (wares.items(), wares.state()) == ([], ACTIVE)
        assert wares.said() == ["The change does not comply with the policy of the organization."]
        before = wares.tries("productpricelevels")
        assert await wares.silent()
        assert wares.tries("productpricelevels") == before
        refused.clear()
        assert (await wares.retries()).kind == "updated"
        assert (wares.items(), wares.said()) == ([("Retail", "ea", 12.5)], [])

    with_wares(story)


def test_a_dry_run_knows_what_would_be_done() -> None:
    """The report shows the item and the state beside the new row, and nothing is written."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        before = wares.sales.writes()
        told = await wares.planned()
        assert wares.sales.writes() == before
        shown = {what: sample[0]["lines"] for what, sample in told["samples"].items()}
        item = {line["line"]: line["new"] for line in shown["price list item"]}
        assert (item["productpricelevels.pricelevelid"], item["productpricelevels.amount"]) == ("Retail", "12.5")
        assert [line["new"] for line in shown["active state"]] == ["Active", "Active"]

    with_wares(story)


def test_two_workers_make_one_item() -> None:
    """Both hear of the product at once; whoever is late finds everything done."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        await asyncio.gather(wares.hears(), wares.hears())
        await wares.settles()
        assert (wares.items(), wares.state(), wares.said()) == ([("Retail", "ea", 12.5)], ACTIVE, [])

    with_wares(story)


def test_a_unit_is_that_of_the_group() -> None:
    """One of the same name in another group is another unit."""

    async def story(wares: Wares) -> None:
        wares.world.dataverse.create("uomschedules", {"name": "Weights", "baseuomname": "ea"})
        wares.lists("Retail")
        wares.sells()
        assert (await wares.hears()).kind == "created"
        assert wares.row()["_defaultuomscheduleid_value"] == wares.group

    with_wares(story)


@pytest.mark.parametrize("new", [True, False], ids=["new", "edited"])
def test_a_unit_that_the_group_lacks_is_waited_for(new: bool) -> None:
    """It is named with its group; a product that is there keeps what it has, and all goes on once the unit is made."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.world.finops.create("UnitsOfMeasure", {"UnitSymbol": "kg"})
        wares.world.dataverse.create("uomschedules", {"name": "Weights", "baseuomname": "kg"})
        wares.sells()
        if not new:
            await wares.hears()
        wares.edits(SalesUnitSymbol="kg", SalesPrice=14)
        assert (await wares.hears()).kind == "waiting"
        assert wares.said() == ["'kg' is not among the uoms of 'Default unit' yet: add it there"]
        assert wares.items() == ([] if new else [("Retail", "ea", 14)])
        wares.unit("kg", known=True)
        await wares.settles()
        assert (wares.items(), wares.said()) == ([("Retail", "kg", 14)], [])

    with_wares(story)


def test_a_missing_unit_group_is_waited_for() -> None:
    """It is named, and found in whatever letters somebody calls it."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.world.dataverse.update("uomschedules", wares.group, {"name": "Pieces"})
        wares.sells()
        assert (await wares.hears()).kind == "waiting"
        assert "'Default unit' is not in Dataverse uomschedules yet" in wares.said()
        wares.world.dataverse.update("uomschedules", wares.group, {"name": "DEFAULT UNIT"})
        await wares.settles()
        assert (wares.items(), wares.said()) == ([("Retail", "ea", 12.5)], [])

    with_wares(story)


def test_who_sets_the_price_at_the_same_moment_is_met() -> None:
    """A person's item that comes first is looked at again: it is corrected, nothing is refused, none is there twice."""

    async def story(wares: Wares) -> None:
        prices = wares.lists("Retail")
        wares.sells()
        wares.before("dataverse create", 2, lambda: wares.item(prices, wares.base, 10))
        assert (await wares.hears()).kind == "created"
        assert (wares.items(), wares.said()) == ([("Retail", "ea", 12.5)], [])

    with_wares(story)


def test_a_pass_does_what_nobody_was_told_of() -> None:
    """What is still to be done for a record is remembered, however equal its two rows are."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        await wares.hears()
        wares.sets(RETIRED)
        wares.edits(SalesPrice=14)
        await wares.hears()
        wares.sets(ACTIVE)
        await wares.sales.compare(FLOW)
        assert (wares.items(), wares.said()) == ([("Retail", "ea", 14)], [])

    with_wares(story)


def test_a_pass_does_what_waited_for_what_nobody_was_told_of() -> None:
    """Both rows are equal, and there is no list yet: the pair has no digests, by which a pass would pass it over."""

    async def story(wares: Wares) -> None:
        wares.sells()
        await wares.hears()
        (coupling,) = wares.sales.couplings(FLOW)
        assert (wares.items(), coupling.digests) == ([], {})
        wares.lists("Retail")
        await wares.sales.compare(FLOW)
        assert (wares.items(), wares.said()) == ([("Retail", "ea", 12.5)], [])

    with_wares(story)


def test_what_a_lost_worker_did_is_told() -> None:
    """The item is made, and its maker dies before he hears of it: it is found by its id, and the journal says so."""

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.sells()
        assert await wares.dies(wares.hears(), 1, unheard=True, kind="dataverse create")
        await wares.settles()
        assert (wares.items(), wares.untold()) == ([("Retail", "ea", 12.5)], [])
        (entry,) = (each for each in wares.journal() if each["what"] == "price list item")
        assert {line["reason"] for line in entry["lines"]} == {"recovered: it stands there"}

    with_wares(story)


@pytest.mark.parametrize("doubted", [False, True], ids=["as-agreed", "let-stay"])
def test_what_comes_back_by_a_late_create_can_be_sold_again(doubted: bool) -> None:
    """Somebody deleted the product, its price with it, before our first request came through: the draft that it made
    is priced and set active like a new one, whether nobody can tell the two apart or a person lets it stay.
    """

    async def story(wares: Wares) -> None:
        wares.lists("Retail")
        wares.world.weather.orders["dataverse create"] = "late"
        wares.sells()
        await wares.hears()
        if doubted:
            wares.edits(ProductName="Good coffee")
            await wares.hears()
        wares.world.dataverse.delete("products", str(wares.row()["productid"]))
        await asyncio.sleep(LATEST)
        assert (wares.items(), wares.state()) == ([], DRAFT)
        await wares.hears()
        assert ["no answer came" in each for each in wares.said()] == [True] * doubted
        if doubted:
            await wares.retries()
        await asyncio.sleep(3600)
        await wares.sales.compare(FLOW)
        assert (wares.items(), wares.state(), wares.said()) == ([("Retail", "ea", 12.5)], ACTIVE, [])
        assert await wares.silent()

    with_wares(story)


@pytest.mark.parametrize("unheard", [False, True], ids=["unsent", "unheard"])
@pytest.mark.parametrize("new", [True, False], ids=["new", "edited"])
def test_a_death_at_any_request_loses_nothing(new: bool, unheard: bool) -> None:
    """Wherever the worker dies, others finish: one item, the right price, the active state, all in the journal.

    At every third request; the long form dies at all.
    """
    _die(3, new=new, unheard=unheard)


@pytest.mark.long
@pytest.mark.parametrize("unheard", [False, True], ids=["unsent", "unheard"])
@pytest.mark.parametrize("new", [True, False], ids=["new", "edited"])
def test_a_death_at_each_request_loses_nothing(new: bool, unheard: bool) -> None:
    """The same at every single one."""
    _die(1, new=new, unheard=unheard)


def _die(every: int, *, new: bool, unheard: bool) -> None:
    at = 0
    while _dies(at, new=new, unheard=unheard):
        at += every
    assert at > 5


def _dies(at: int, *, new: bool, unheard: bool) -> bool:
    """One such story; False if there were fewer requests."""
    struck = False

    async def story(wares: Wares) -> None:
        nonlocal struck
        wares.lists("Retail")
        wares.unit("box")
        wares.sells()
        if not new:
            await wares.hears()
            wares.edits(SalesPrice=14, SalesUnitSymbol="box")
        struck = await wares.dies(wares.hears(), at, unheard=unheard)
        await wares.settles()
        await wares.sales.compare(FLOW)
        expected = ("ea", 12.5) if new else ("box", 14)
        assert (wares.items(), wares.state(), wares.said()) == ([("Retail", *expected)], ACTIVE, []), at
        assert wares.untold() == [], at
        assert await wares.silent()

    with_wares(story)
    return struck
