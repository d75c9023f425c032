"""Passes in slices: several jobs over one flow, walks that take long, and what is left of the time for others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from shared.engine import Options, catch_up, job, pump, set_state, start_job, work_on
from shared.engine.passes._compare import Compare
from shared.engine.passes._retention import RETENTION
from shared.errors import Busy
from shared.ledger import FEEDS, JOBS, take_lease
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, coupled, on_stage
from tests.simulation.test_jobs import one_flow, one_slice, without

# -- several jobs over one flow


async def half_compared(rig: Rig, *flows: str) -> str:
    """A job that is half through a compare pass over its first flow."""
    started = await start_job(rig.house, "compare", flows or (CUSTOMERS,))
    await one_slice(rig, started["id"])
    return str(started["id"])


async def place(rig: Rig, name: str = CUSTOMERS) -> Mapping[str, Any]:
    """How far the compare pass over a flow has come."""
    cursor: Mapping[str, Any] = (await rig.house.documents.get(FEEDS, f"{name}~compare")).value["cursor"]
    return cursor


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of a compare pass is one record, so that a slice is over after it."""
    monkeypatch.setattr("shared.engine.passes._compare.PAGE", 1)


@pytest.mark.usefixtures("short_pages")
def test_a_compare_begins_when_the_one_before_it_is_through() -> None:
    """Two jobs over one flow share its place: the second leaves what the first has read as it is."""

    async def story(rig: Rig) -> None:
        for number in range(3):
            rig.customer(f"US-{number}")
        first = await half_compared(rig)
        second = await half_compared(rig)
        assert (await place(rig))["job"] == first
        await rig.pump()
        told = [await job(rig.house, each) for each in (first, second)]
        assert [each["state"] for each in told] == ["done", "done"]
        assert [each["read"][CUSTOMERS]["erp usmf"] for each in told] == [3, 3]

    on_stage(story)


@pytest.mark.usefixtures("short_pages")
def test_a_job_that_has_gone_on_holds_no_flow_back() -> None:
    """It was half through a flow that paused; it is at another now, and never comes back to this one."""

    async def story(rig: Rig) -> None:
        for number in (77, 78, 79):
            rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": str(number)})
        for number in range(3):
            rig.customer(f"US-{number}")
        gone_on = await half_compared(rig, GROUPS, CUSTOMERS)
        await set_state(rig.house, GROUPS, "paused")
        await one_flow(rig, gone_on)
        await set_state(rig.house, GROUPS, "running")
        second = await half_compared(rig, GROUPS)
        assert (await place(rig, GROUPS))["job"] == second

    on_stage(story)


def test_a_flow_that_is_being_caught_up_is_compared_as_soon_as_that_is_over() -> None:
    """A slice that finds the change feed busy holds nothing back afterwards."""

    async def story(rig: Rig) -> None:
        busy = await take_lease(rig.house.documents, rig.house.clock, "another", f"{CUSTOMERS}~dataverse")
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        assert (await one_slice(rig, started["id"]))["at"] == 0
        await busy.release()
        assert (await work_on(rig.house, started["id"], lambda: False))["state"] == "done"

    on_stage(story)


def test_the_change_feed_rests_as_long_as_a_compare_takes() -> None:
    """Every step of the pass keeps it: a catch-up in between would take the mark that the pass is to set."""

    async def story(rig: Rig) -> None:
        lease, feed = [
            await take_lease(rig.house.documents, rig.house.clock, "me", f"{CUSTOMERS}~{each}")
            for each in ("compare", "dataverse")
        ]
        run = Compare(rig.flow(), lease, feed, ("usmf",), lambda: False)
        await run._prepare()
        for _ in range(3):
            await asyncio.sleep(90)
            await run._checkpoint()
        with pytest.raises(Busy):
            await catch_up(rig.house, CUSTOMERS, lambda: False)

    on_stage(story)


# -- slices of what takes long


@pytest.fixture
def short_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever walks over rows of the ledger may end its slice after every row."""
    monkeypatch.setattr("tests.emulator.tables.PAGE", 1)
    for module in ("_compare", "_waiting", "_forget"):
        monkeypatch.setattr(f"shared.engine.passes.{module}.WAVE", 1)


async def slices(rig: Rig, job_id: str, count: Callable[[], int]) -> list[int]:
    """Carries a job out in slices that are as short as can be; what was to be counted after each."""
    counted = []
    while (await one_slice(rig, job_id))["state"] == "running":
        counted.append(count())
    return counted


@pytest.mark.usefixtures("short_walks")
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_records_that_are_missing_are_looked_at_in_slices(side: str) -> None:
    """One after the other, each once; none of them holds up what people do for longer than a slice."""

    async def story(rig: Rig) -> None:
        ids = [await coupled(rig, f"US-{number}") for number in range(4)]
        for number in range(3):
            if side == ERP:
                rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": f"US-{number}"})
            else:
                rig.world.dataverse.delete("accounts", ids[number])
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        alive = await slices(rig, started["id"], lambda: sum(not each.ended for each in rig.couplings()))
        assert {1, 2, 3} <= {*alive}
        counts = (await job(rig.house, started["id"]))["tallies"][CUSTOMERS]["counts"]
        assert (counts["deleted"], rig.counts()["hints"]) == (3, 0)

    on_stage(story)


@pytest.mark.usefixtures("short_walks")
def test_rows_that_are_set_aside_are_looked_at_in_slices() -> None:
    """Their records are gone, as no event told: each slice takes some of the rows away."""

    async def story(rig: Rig) -> None:
        for number in range(3):
            row_id = rig.account(f"P-{number}", **{"msdyn_customergroupid@odata.bind": None})
            await rig.visit(DATAVERSE, (row_id,))
            rig.world.dataverse.delete("accounts", row_id)
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        parked = await slices(rig, started["id"], lambda: rig.counts()["parked"])
        assert {1, 2} <= {*parked}
        assert rig.counts()["parked"] == 0
        assert (await job(rig.house, started["id"]))["tallies"][CUSTOMERS]["counts"]["gone"] == 3

    on_stage(story)


@pytest.mark.usefixtures("short_walks")
def test_the_last_look_at_what_waits_goes_on_where_it_stood() -> None:
    """A job ends when every waiting record was looked at once, however many slices that takes; then its flow runs."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "99"})
        for number in range(3):
            rig.customer(f"US-{number}", CustomerGroupId="99")
        await rig.compare()
        started = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        await one_flow(rig, started["id"])
        await rig.compare(GROUPS)
        waiting = await slices(rig, started["id"], lambda: rig.counts()["waiting"])
        assert (waiting, rig.counts()["waiting"]) == ([2, 1], 0)
        assert await rig.state() == "running"

    on_stage(story)


@pytest.mark.usefixtures("short_walks")
def test_a_dry_run_of_an_undo_counts_in_slices() -> None:
    """Nothing is gone that it has counted; it goes on behind that."""

    async def story(rig: Rig) -> None:
        for number in range(3):
            await coupled(rig, f"US-{number}")
        started = await start_job(rig.house, "rebuild", (CUSTOMERS,), dry=True)
        counted = [0]
        while (value := await one_slice(rig, started["id"]))["state"] == "running":
            counted.append(value["tallies"][CUSTOMERS]["counts"]["uncoupled"])
        assert counted[:4] == [0, 1, 2, 3]
        assert value["tallies"][CUSTOMERS]["counts"] == {"uncoupled": 3}

    on_stage(story)


# -- retention, fairness


def test_jobs_that_are_over_go_away_with_the_journal() -> None:
    """What a job wrote is known as long as its journal rows are; a job that is open stays, however old it is."""

    async def story(rig: Rig) -> None:
        await rig.compare()
        rig.world.loop.now += timedelta(days=20).total_seconds()
        recent = await rig.compare_and_note()
        lasting = await start_job(rig.house, "compare", (CUSTOMERS,))
        rig.world.loop.now += timedelta(days=20).total_seconds()
        await pump(rig.house, lambda: False, lambda: True)
        partitions = rig.world.tables.partitions
        assert set(partitions[JOBS]) == {recent["id"], lasting["id"]}
        assert [key for key in partitions[FEEDS] if key.startswith("job~")] == [f"job~{recent['id']}"]

    on_stage(story, options=Options(journal=timedelta(days=30)))


def test_flows_that_go_away_during_a_round_of_retention_do_not_stop_the_pump() -> None:
    """The day's round was at a flow that the new release does not have."""

    async def story(rig: Rig) -> None:
        names = rig.house.catalogue.names
        await rig.pump()
        place = {"flow": len(names) - 1, "after": "j~"}
        await rig.house.documents.change(
            FEEDS, RETENTION, lambda value: {**value, "cursor": {**value["cursor"], **place}}
        )
        rig.house.catalogue = without(*names[3:])
        pumped = await pump(rig.house, lambda: False)
        assert pumped.problems == {}
        assert (await rig.house.documents.get(FEEDS, RETENTION)).value["cursor"]["flow"] is None

    on_stage(story)


def test_a_long_job_leaves_time_for_what_people_do_meanwhile() -> None:
    """When the part of the time that jobs may have is over, hints are worked off in what is left."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.hint(ERP, identity)
        started = await start_job(rig.house, "compare", (TERMS, GROUPS))
        over = iter([False, *[True] * 9])
        await pump(rig.house, lambda: False, lambda: next(over))
        assert (await job(rig.house, started["id"]))["state"] == "running"
        assert rig.dataverse(ACCOUNT) is not None

    on_stage(story)
