"""An undo of products: what Koppel itself has put on price lists goes with them; what people did there keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from shared.engine import kept_by, set_state, start_job, work_on
from tests.simulation.wares import FLOW, Wares, with_wares

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


async def job(wares: Wares, kind: Any, **options: Any) -> Mapping[str, Any]:
    """A job, to its end."""
    value = await start_job(wares.sales.house, kind, (FLOW,), **options)
    while value["state"] == "running":
        value = await work_on(wares.sales.house, value["id"], lambda: False)
    assert not value["errors"], value["errors"]
    return value


async def loaded(wares: Wares) -> Mapping[str, Any]:
    """A load of one product, with a price list that it is put on."""
    wares.lists("Retail")
    wares.sells()
    found = await job(wares, "sync")
    assert wares.items() == [("Retail", "ea", 12.5)]
    return found


async def undone(wares: Wares, load: Mapping[str, Any]) -> tuple[dict[str, int], list[str]]:
    """The dry run and the run, which have to tell the same: the counts, and why what is left was left."""
    await set_state(wares.sales.house, FLOW, "paused")
    dry = await job(wares, "undo", undo=load["id"], dry=True)
    run = await job(wares, "undo", undo=load["id"])
    assert dry["tallies"] == run["tallies"]
    left = [str(each["why"]) async for each in kept_by(wares.sales.house.documents, run["id"])]
    return run["tallies"][FLOW]["counts"], left


def test_a_product_goes_with_the_price_that_koppel_has_given_it() -> None:
    """It was set active and put on a list by the load, and nobody has touched either."""

    async def story(wares: Wares) -> None:
        counts, left = await undone(wares, await loaded(wares))
        assert (counts, left) == ({"deleted dataverse": 1}, [])
        assert [wares.world.dataverse.rows(each) for each in ("products", "productpricelevels")] == [[], []]

    with_wares(story)


def test_also_after_koppel_has_corrected_the_price() -> None:
    """The price changed in finance and operations since."""

    async def story(wares: Wares) -> None:
        load = await loaded(wares)
        wares.edits(SalesPrice=15)
        await wares.hears()
        assert wares.items() == [("Retail", "ea", 15)]
        assert await undone(wares, load) == ({"deleted dataverse": 1}, [])

    with_wares(story)


def edited(wares: Wares) -> None:
    (item,) = wares.world.dataverse.rows("productpricelevels")
    wares.world.dataverse.update("productpricelevels", str(item["productpricelevelid"]), {"amount": 9})


def another(wares: Wares) -> None:
    wares.item(wares.lists("Wholesale"), wares.base, 8)


@pytest.mark.parametrize("since", [edited, another])
def test_what_people_did_there_keeps_the_product(since: Callable[[Wares], None]) -> None:
    """A price that somebody set is no price of Koppel's, on whichever list it stands."""

    async def story(wares: Wares) -> None:
        load = await loaded(wares)
        since(wares)
        counts, (why,) = await undone(wares, load)
        assert counts == {"in use, uncoupled": 1}
        assert "productpricelevels" in why
        assert wares.row()

    with_wares(story)


def test_a_price_that_a_person_had_set_before_keeps_it() -> None:
    """Koppel found it on the list and only corrected it: somebody else has made it."""

    async def story(wares: Wares) -> None:
        wares.sells()
        load = await job(wares, "sync")
        wares.item(wares.lists("Retail"), wares.base, 8)
        await wares.settles()
        assert wares.items() == [("Retail", "ea", 12.5)]
        counts, _ = await undone(wares, load)
        assert counts == {"in use, uncoupled": 1}

    with_wares(story)


@pytest.mark.parametrize("state", [1, 3])
def test_a_state_that_a_person_has_set_keeps_it(state: int) -> None:
    """Retired or revised since."""

    async def story(wares: Wares) -> None:
        load = await loaded(wares)
        wares.sets(state)
        counts, _ = await undone(wares, load)
        assert counts == {"edited since, uncoupled": 1}

    with_wares(story)
