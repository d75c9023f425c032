"""Deletes beyond the budget are held, one by one; the flow goes on, and one word releases them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.engine import release_held, start_job, state_of, work_on
from shared.ledger import PARKED, read_trouble
from tests.simulation.rig import CUSTOMERS, DATAVERSE, Rig, coupled, on_stage
from tests.simulation.test_deletes import delete
from tests.simulation.turning_back import ACCOUNTS, settled


def held(rig: Rig) -> list[str]:
    """Causes of everything that is parked."""
    return [read_trouble(row).cause for row in rig.rows(PARKED)]


async def gone(rig: Rig, number: int, budget: int) -> None:
    """So many customers whose accounts somebody deletes, and an event about each."""
    ids = [await coupled(rig, f"A-{each}") for each in range(number)]
    rig.house.deletes = budget
    for each, row_id in enumerate(ids):
        delete(rig, DATAVERSE, row_id, f"A-{each}")
        await rig.hint(DATAVERSE, (row_id,), "delete")
    await rig.pump()


@pytest.mark.parametrize("budget", [2, 0])
def test_deletes_beyond_the_budget_are_held_and_the_flow_goes_on(budget: int) -> None:
    """They are one group of the parked list; no pass releases them by itself, not even when the hour is over."""

    async def story(rig: Rig) -> None:
        await gone(rig, 5, budget)
        assert await rig.state() == "running"
        assert (len(customers(rig)), held(rig)) == (5 - budget, ["held:"] * (5 - budget))
        before = rig.rows(PARKED)
        rig.world.loop.pass_time(7200.0)
        await rig.compare()
        assert (len(customers(rig)), rig.rows(PARKED)) == (5 - budget, before)
        rig.customer("B-1")
        await rig.compare()
        assert rig.dataverse("B-1") is not None

    on_stage(story)


@pytest.mark.parametrize("budget", [2, 0])
def test_a_plan_tells_what_would_be_held(budget: int) -> None:
    """Its counts are those of the pass after it."""

    async def story(rig: Rig) -> None:
        ids = [await coupled(rig, f"A-{each}") for each in range(5)]
        rig.house.deletes = budget
        for each, row_id in enumerate(ids):
            delete(rig, DATAVERSE, row_id, f"A-{each}")
        planned = await start_job(rig.house, "plan", (CUSTOMERS,))
        planned = await work_on(rig.house, planned["id"], lambda: False)
        assert len(customers(rig)) == 5
        told = planned["tallies"][CUSTOMERS]
        assert (told["counts"].get("deleted", 0), told["reasons"]) == (budget, {"held": 5 - budget})
        assert (await rig.compare()).as_json() == told

    on_stage(story)


def customers(rig: Rig) -> list[Any]:
    return list(rig.world.finops.rows("CustomersV3"))


@pytest.mark.parametrize("budget", [2, 0])
def test_one_word_releases_all_that_is_held(budget: int) -> None:
    """More than the budget are released at once, for a person has looked."""

    async def story(rig: Rig) -> None:
        await gone(rig, 7, budget)
        assert await release_held(rig.house, CUSTOMERS) == 7 - budget
        await rig.pump()
        assert (customers(rig), held(rig), rig.counts()["hints"]) == ([], [], 0)

    on_stage(story)


def test_what_is_released_is_confirmed_afresh() -> None:
    """Who is edited, or back, by the time of the word is not deleted."""

    async def story(rig: Rig) -> None:
        await gone(rig, 3, 0)
        rig.edit("A-1", OrganizationName="Edited since")
        await release_held(rig.house, CUSTOMERS)
        await rig.pump()
        assert [row["CustomerAccount"] for row in customers(rig)] == ["A-1"]
        assert held(rig) == ["deleted-edited:"]

    on_stage(story)


def test_a_delete_that_is_refused_spends_nothing() -> None:
    """The budget counts what was deleted."""

    async def story(rig: Rig) -> None:
        ids = {account: await coupled(rig, account) for account in ("A-1", "A-2", "A-3")}
        rig.edit("A-3", InvoiceAccount="A-1")
        rig.world.finops.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] == "A-3"
        rig.house.deletes = 1
        for account, kind in (("A-1", "parked"), ("A-2", "deleted")):
            delete(rig, DATAVERSE, ids[account], account)
            assert (await rig.visit(DATAVERSE, (ids[account],))).kind == kind

    on_stage(story)


def test_a_side_that_looks_turned_back_pauses_whatever_is_held() -> None:
    """Where both apply a person is asked about the whole of it."""

    async def story(rig: Rig) -> None:
        await settled(rig)
        rig.house.deletes = 0
        for account in ACCOUNTS[:12]:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
        await rig.compare_and_note()
        assert (await rig.state(), held(rig)) == ("paused", [])
        assert "12 of" in (await state_of(rig.house, CUSTOMERS))["reason"]

    on_stage(story)
