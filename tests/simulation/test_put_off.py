"""One table that cannot be read holds no other flow: a job goes on with the next, comes back, and at last gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

import pytest

from shared.engine import catch_up, job, jobs, start_job, state_of, work_on
from shared.errors import TryLater
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, coupled, on_stage


def broken(rig: Rig) -> set[str]:
    """Entity sets of the ERP that answer nothing but 500."""
    return rig.world.finops.behaviour.broken_sets


async def slices(rig: Rig, started: Mapping[str, Any], hours: int = 0) -> Mapping[str, Any]:
    """A slice of a job, and one in each of the hours after it."""
    for _ in range(hours):
        await work_on(rig.house, started["id"], lambda: False)
        await asyncio.sleep(3600)
    return await work_on(rig.house, started["id"], lambda: False)


def test_a_table_that_cannot_be_read_holds_no_flow_behind_it() -> None:
    """The pass goes on with the next flow in the very same slice, and comes back to the first when it is its turn."""

    async def story(rig: Rig) -> None:
        rig.customer()
        broken(rig).add("CustomerGroups")
        started = await start_job(rig.house, "compare", (TERMS, GROUPS, CUSTOMERS))
        told = await slices(rig, started)
        assert rig.dataverse() is not None
        assert (told["state"], told["flows"][told["at"] :], list(told["failing"])) == ("running", [GROUPS], [GROUPS])
        broken(rig).clear()
        told = await slices(rig, started)
        assert (told["state"], told["errors"], told["failing"]) == ("done", {}, {})
        assert "failing" not in await state_of(rig.house, GROUPS)

    on_stage(story)


def test_a_pass_gives_a_table_up_that_cannot_be_read_for_hours() -> None:
    """It ends with an error that names the table, so that the next one may begin; the flow itself goes on."""

    async def story(rig: Rig) -> None:
        broken(rig).add("CustomerGroups")
        started = await start_job(rig.house, "compare", (GROUPS, CUSTOMERS))
        assert (await slices(rig, started, hours=5))["state"] == "running"
        told = await slices(rig, started, hours=1)
        assert (told["state"], list(told["errors"])) == ("done", [GROUPS])
        assert all(words in told["errors"][GROUPS] for words in ("CustomerGroups", "500", "given up"))
        assert (await rig.state(GROUPS), await rig.state()) == ("running", "running")
        assert "CustomerGroups" in (await state_of(rig.house, GROUPS))["failing"]["compare"]["why"]

    on_stage(story)


def test_a_job_that_brings_flows_up_never_gives_up() -> None:
    """A first synchronisation goes on when its table can be read again, however long that takes."""

    async def story(rig: Rig) -> None:
        broken(rig).add("CustomerGroups")
        started = await start_job(rig.house, "sync", (GROUPS, CUSTOMERS), begin="initializing")
        assert (await slices(rig, started, hours=30))["state"] == "running"
        broken(rig).clear()
        assert (await slices(rig, started))["state"] == "done"
        assert (await job(rig.house, started["id"]))["errors"] == {}
        assert await rig.state(GROUPS) == "running"

    on_stage(story)


# -- a page that one record makes unreadable


def breaks(rig: Rig, side: str, account: str) -> None:
    """A computed field of one customer fails on a side: every page that holds it does."""
    if side == ERP:
        rows = rig.world.finops.behaviour.broken_rows
        rows["CustomersV3"] = lambda row: row["CustomerAccount"] == account
    else:
        rows = rig.world.dataverse.behaviour.broken_rows
        rows["accounts"] = lambda row: row["accountnumber"] == account


@pytest.mark.parametrize("page", [2, 1000])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "plain"])
def test_a_record_that_fails_is_set_aside_and_the_rest_of_its_page_compared(
    side: Side, page: int, tracked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pass comes to its end and names the record; nothing is concluded from its absence on that page."""
    monkeypatch.setattr("shared.engine.passes._compare.PAGE", page)

    async def story(rig: Rig) -> None:
        for number in range(1, 6):
            await coupled(rig, f"US-{number}")
        if not tracked:
            await rig.compare()
        for number in range(1, 6):
            if side == ERP:
                rig.edit(f"US-{number}", OrganizationName="Edited")
            else:
                rig.change(str(account_of(rig, number)["accountid"]), name="Edited")
        breaks(rig, side, "US-3")
        told = await rig.compare_and_note()
        field = "name" if side == ERP else "OrganizationName"
        other = [account_of(rig, each) if side == ERP else rig.erp(f"US-{each}") for each in (1, 2, 4, 5)]
        assert {row and row[field] for row in other} == {"Edited"}
        assert told["state"] == "done"
        assert all(words in told["errors"][CUSTOMERS] for words in ("1 of its records cannot be read", "500"))
        assert (rig.counts()["hints"] > 0, await rig.state()) == (True, "running")
        assert sum(not each.ended for each in rig.couplings()) == 5

    on_stage(story)


def account_of(rig: Rig, number: int) -> Mapping[str, Any]:
    found = rig.dataverse(f"US-{number}")
    assert found is not None
    return found


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_pass_in_slices_goes_on_behind_the_record_that_fails(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another slice does not begin with the page that fails again; each record is met once."""
    monkeypatch.setattr("shared.engine.passes._compare.PAGE", 2)

    async def story(rig: Rig) -> None:
        for number in range(1, 8):
            await coupled(rig, f"US-{number}")
        await rig.compare()
        first = min(rig.world.dataverse.rows("accounts"), key=lambda row: str(row["accountid"]))
        breaks(rig, side, str(first["accountnumber"]))
        before = rig.world.weather.passed["dataverse read"]
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        while (told := await work_on(rig.house, started["id"], lambda: True))["state"] == "running":
            pass
        assert told["read"][CUSTOMERS] == {"erp usmf": 7, "dataverse ": 7}
        assert told["tallies"][CUSTOMERS]["counts"] == {"equal": 6, "kept": 1}
        assert rig.world.weather.passed["dataverse read"] - before < 20, "nobody but the one is visited"

    on_stage(story)


def test_a_column_that_is_gone_is_no_fault_of_records() -> None:
    """What is refused for every row of a page stops the flow with the words of the system."""

    async def story(rig: Rig) -> None:
        for number in range(1, 4):
            await coupled(rig, f"US-{number}")
        rig.world.finops.behaviour.broken_rows["CustomersV3"] = lambda _row: True
        told = await work_on(rig.house, (await start_job(rig.house, "compare", (CUSTOMERS,)))["id"], lambda: False)
        assert list(told["failing"]) == [CUSTOMERS]
        assert rig.counts()["hints"] == 0

    on_stage(story)


@pytest.mark.parametrize(("refuses", "state"), [("rows", "running"), ("reads", "paused")])
def test_the_only_record_of_a_page_is_at_fault_if_nothing_else_is(
    refuses: Literal["rows", "reads"], state: str
) -> None:
    """A search that finds nobody tells a record that is refused from a field that is."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await rig.compare()
        breaks(rig, ERP, ACCOUNT)
        rig.world.finops.behaviour.refuses = refuses
        told = await rig.compare_and_note()
        aside = "1 of its records cannot be read" in told["errors"][CUSTOMERS]
        assert (await rig.state(), aside, rig.counts()["hints"]) == (state, refuses == "rows", int(refuses == "rows"))

    on_stage(story)


def test_a_record_that_failed_and_is_none_of_the_flows_is_listed_until_its_turn_comes() -> None:
    """A pass that reads it again has nothing to do with it, and a pass only looks; a day later nobody speaks of it."""

    async def story(rig: Rig) -> None:
        for number in range(1, 4):
            await coupled(rig, f"US-{number}")
        rig.account("US-9", customertypecode=1)
        breaks(rig, DATAVERSE, "US-9")
        told = await rig.compare_and_note()
        assert "1 of its records cannot be read" in told["errors"][CUSTOMERS]
        rig.world.dataverse.behaviour.broken_rows.clear()
        await rig.compare()
        assert rig.counts()["hints"] == 1
        await asyncio.sleep(86_400)
        await rig.pump()
        assert rig.counts()["hints"] == 0

    on_stage(story)


# -- a feed of changes that fails


def test_a_feed_that_fails_for_an_hour_is_begun_anew_without_it() -> None:
    """Its page cannot be read row by row: a compare pass finds what changed; what holds the feed is told, and no pass
    is started over and over.
    """

    async def story(rig: Rig) -> None:
        for number in range(1, 4):
            await coupled(rig, f"US-{number}")
        await rig.compare()
        for number in (1, 2, 3):
            rig.change(str(account_of(rig, number)["accountid"]), name="Edited")
        breaks(rig, DATAVERSE, "US-2")
        for _ in range(4):
            with suppress(TryLater):
                await catch_up(rig.house, CUSTOMERS, lambda: False)
            await asyncio.sleep(1800)
        await rig.pump()
        edited = [row["OrganizationName"] for each in (1, 2, 3) if (row := rig.erp(f"US-{each}"))]
        assert edited == ["Edited", "Contoso", "Edited"]
        before = len(await all_jobs(rig))
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert len(await all_jobs(rig)) == before
        assert "change tracking" in (await state_of(rig.house, CUSTOMERS))["failing"]["catch-up"]["why"]
        rig.world.dataverse.behaviour.broken_rows.clear()
        await rig.compare()
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert "failing" not in await state_of(rig.house, CUSTOMERS)

    on_stage(story)


async def all_jobs(rig: Rig) -> list[str]:
    return [value["id"] async for value in jobs(rig.house)]


def test_change_tracking_that_is_switched_off_costs_the_catch_up_alone() -> None:
    """The flow runs on with events and compare passes, and says what it is missing."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await rig.compare()
        tables = rig.world.dataverse.environment.tables
        untracked = replace(tables["accounts"].definition, change_tracking=False)
        tables["accounts"].definition = untracked
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        rig.change(row_id, name="Edited")
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Edited", "Edited")
        assert await rig.state() == "running"
        assert "switched on" in (await state_of(rig.house, CUSTOMERS))["failing"]["catch-up"]["why"]

    on_stage(story)
