"""Jobs: one flow that cannot go on stops no other, and a job has a say only over flows that are its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shared.engine import (
    Options,
    catch_up,
    demand_approval,
    job,
    pump,
    report,
    set_state,
    start_job,
    state_of,
    stop_job,
    work_on,
)
from shared.engine.passes._compare import Compare, _unpacked
from shared.engine.passes._retention import RETENTION
from shared.errors import Busy
from shared.ledger import FEEDS, JOBS, take_lease
from shared.mapping import Catalogue
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, coupled, maps_with, on_stage
from tests.simulation.world import shipped_maps


def without(*names: str) -> Catalogue:
    """A release that no longer has these flows."""
    shipped = shipped_maps()
    return Catalogue({name: path for name, path in shipped.files.items() if name not in names}, shipped.overlays)


async def one_slice(rig: Rig, job_id: str) -> Mapping[str, Any]:
    """A slice of a job that is as short as slices can be."""
    return await work_on(rig.house, job_id, lambda: True)


async def one_flow(rig: Rig, job_id: str) -> None:
    """Slices of a job until its flow is through."""
    at = (await job(rig.house, job_id))["at"]
    while (await one_slice(rig, job_id))["at"] == at:
        pass


async def reason(rig: Rig, name: str = CUSTOMERS) -> str:
    return str((await state_of(rig.house, name))["reason"])


async def waits(rig: Rig) -> None:
    """A customer that waits for its group."""
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "99"})
    rig.customer(CustomerGroupId="99")
    await rig.compare()
    assert rig.counts()["waiting"] == 1


# -- what a job does not expect


def test_a_page_that_is_refused_pauses_its_flow_and_no_other() -> None:
    """An entity that is no longer served stops its own flow, with the reason; the job and the pump go on."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        del rig.world.finops.environment.tables["CustomersV3"]
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "77"})
        started = await start_job(rig.house, "compare", (GROUPS, CUSTOMERS))
        await rig.pump()
        told = await job(rig.house, started["id"])
        assert (told["state"], list(told["errors"])) == ("done", [CUSTOMERS])
        assert (await rig.state(), await rig.state(GROUPS)) == ("paused", "running")
        assert "404" in await reason(rig)
        assert "404" in told["errors"][CUSTOMERS]
        assert len(list(rig.world.dataverse.rows("msdyn_customergroups"))) == 2

    on_stage(story)


def test_a_flow_that_a_release_no_longer_has_is_noted_and_passed_over() -> None:
    """A job that was ordered for it goes on with the next flow."""

    async def story(rig: Rig) -> None:
        rig.customer()
        started = await start_job(rig.house, "compare", (TERMS, CUSTOMERS))
        rig.house.catalogue = without(TERMS)
        await rig.pump()
        told = await job(rig.house, started["id"])
        assert (told["state"], list(told["errors"])) == ("done", [TERMS])
        assert rig.dataverse() is not None

    on_stage(story)


def test_a_map_that_goes_bad_under_a_job_stops_its_own_flow_alone(tmp_path: Path) -> None:
    """The other flows that the job was bringing up are live when it ends."""

    async def story(rig: Rig) -> None:
        started = await start_job(rig.house, "sync", (GROUPS, CUSTOMERS), begin="initializing")
        await one_flow(rig, started["id"])
        rig.house.catalogue = maps_with(tmp_path, "fields: |\n  Nothing = nothing\n", GROUPS)
        await rig.pump()
        told = await job(rig.house, started["id"])
        assert (told["state"], list(told["errors"])) == ("done", [GROUPS])
        assert (await rig.state(GROUPS), await rig.state()) == ("paused", "running")

    on_stage(story)


def test_a_privilege_that_goes_away_before_a_job_ends_pauses_its_flow() -> None:
    """The last look at what waits is refused: the flow pauses with the reason, the job ends."""

    async def story(rig: Rig) -> None:
        await waits(rig)
        started = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        await one_flow(rig, started["id"])
        rig.world.finops.behaviour.missing_roles.add("CustomersV3")
        told = await one_slice(rig, started["id"])
        assert (told["state"], list(told["errors"])) == ("done", [CUSTOMERS])
        assert await rig.state() == "paused"

    on_stage(story)


def test_a_mistake_of_ours_in_a_job_leaves_everything_else_at_work(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged and told by the pump; other jobs and hints are worked on."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        broken = await start_job(rig.house, "compare", (TERMS,))
        await rig.house.documents.change(JOBS, broken["id"], lambda value: {**value, "at": None})
        sound = await start_job(rig.house, "compare", (GROUPS,))
        await rig.hint(ERP, identity)
        pumped = await pump(rig.house, lambda: False)
        assert f"job {broken['id']}" in pumped.problems
        assert (await job(rig.house, sound["id"]))["state"] == "done"
        assert rig.dataverse() is not None

    on_stage(story)
    assert "TypeError" in caplog.text


def test_a_page_of_any_length_is_remembered() -> None:
    """A side that comes as one huge page is kept in rows that the ledger takes, and known again by the next slice."""

    async def story(rig: Rig) -> None:
        lease = await take_lease(rig.house.documents, rig.house.clock, "me", "feed")
        feed = await take_lease(rig.house.documents, rig.house.clock, "me", "changes")
        run = Compare(rig.flow(), lease, feed, ("usmf",), lambda: False)
        run.fresh = bytearray(Random(1).randbytes(8 * 150_000))
        met = bytes(run.fresh)
        await run._store_chunk(ERP)
        rows = [await rig.house.documents.get(FEEDS, run._chunk_key(number)) for number in range(run.cursor["chunks"])]
        known = [key for row in rows for key in _unpacked(row.value[ERP])]
        assert b"".join(key.to_bytes(8, "big") for key in known) == met

    on_stage(story)


# -- whose flow it is


@pytest.mark.parametrize("state", ["paused", "not running"])
def test_what_an_operator_says_while_a_job_ends_holds(state: Any) -> None:
    """A flow that is paused or stopped while the last look at what waits is under way does not run afterwards."""

    async def story(rig: Rig) -> None:
        await waits(rig)
        started = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        await one_flow(rig, started["id"])
        said: list[str] = []

        async def operator(_sender: int, step: str, _what: str) -> None:
            if step.startswith(("finops", "dataverse")) and not said:
                said.append(step)
                await set_state(rig.house, CUSTOMERS, state, "the operator")

        rig.world.weather.gate = operator
        await rig.world.instance(one_slice(rig, started["id"]))[1]
        assert said
        assert (await rig.state(), await reason(rig)) == (state, "the operator")

    on_stage(story)


@pytest.mark.parametrize(("kind", "begin"), [("sync", "initializing"), ("compare", None)])
def test_an_old_job_does_not_go_on_under_a_new_one(kind: Any, begin: Any) -> None:
    """A flow that was stopped and run again comes up as the second order says, not as the first did."""

    async def story(rig: Rig) -> None:
        rig.customer(OrganizationName="Here")
        rig.account(name="There")
        old = await start_job(rig.house, kind, (CUSTOMERS,), master=ERP, begin=begin)
        await set_state(rig.house, CUSTOMERS, "not running", "stopped by an operator")
        new = await start_job(rig.house, "sync", (CUSTOMERS,), master=DATAVERSE, begin="initializing")
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("There", "There")
        assert list((await job(rig.house, old["id"]))["errors"]) == [CUSTOMERS]
        assert (await job(rig.house, new["id"]))["errors"] == {}
        assert await rig.state() == "running"

    on_stage(story)


def test_a_job_does_not_go_on_in_a_flow_that_was_let_run_without_it() -> None:
    """Stopped, and run again without a first synchronisation: what differed before stays as it is."""

    async def story(rig: Rig) -> None:
        rig.customer()
        old = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        await set_state(rig.house, CUSTOMERS, "not running", "stopped by an operator")
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.pump()
        assert rig.dataverse() is None
        assert list((await job(rig.house, old["id"]))["errors"]) == [CUSTOMERS]

    on_stage(story)


def test_a_job_that_is_stopped_leaves_alone_what_another_brings_up() -> None:
    """Only flows that are still its own pause."""

    async def story(rig: Rig) -> None:
        old = await start_job(rig.house, "sync", (GROUPS, CUSTOMERS), begin="initializing")
        await start_job(rig.house, "catch-up", (CUSTOMERS,), begin="resuming")
        await stop_job(rig.house, old["id"])
        assert (await rig.state(GROUPS), await rig.state()) == ("paused", "resuming")

    on_stage(story)


def test_a_job_that_is_stopped_while_it_ends_stays_stopped() -> None:
    """What the operator was told holds."""

    async def story(rig: Rig) -> None:
        await waits(rig)
        started = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        await one_flow(rig, started["id"])
        said: list[str] = []

        async def operator(_sender: int, step: str, _what: str) -> None:
            if step.startswith(("finops", "dataverse")) and not said:
                said.append(step)
                await stop_job(rig.house, started["id"])

        rig.world.weather.gate = operator
        told = await rig.world.instance(one_slice(rig, started["id"]))[1]
        assert (told["state"], await rig.state()) == ("stopped", "paused")

    on_stage(story)


def test_a_changed_map_writes_nothing_at_the_end_of_a_job(tmp_path: Path) -> None:
    """A release comes while a job is open: what waits is not written with a map that nobody has approved."""

    async def story(rig: Rig) -> None:
        await demand_approval(rig.house, CUSTOMERS)
        await waits(rig)
        started = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        await one_flow(rig, started["id"])
        await rig.compare(GROUPS)
        rig.house.catalogue = maps_with(tmp_path, "policy: {conflict: park}\n")
        await one_slice(rig, started["id"])
        assert rig.dataverse() is None
        assert await rig.state() == "paused"

    on_stage(story)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("begin", "way_out"), [("initializing", "run it again"), ("resuming", "resume it again")])
def test_a_flow_whose_job_was_never_stored_pauses_and_says_so(begin: Any, way_out: str) -> None:
    """Whoever ordered it died: for some minutes the job may still appear, after that a person has to order it again."""

    async def story(rig: Rig) -> None:
        rig.world.weather.strike = lambda now: now == "ledger jobs"
        await asyncio.wait({rig.world.instance(start_job(rig.house, "sync", (CUSTOMERS,), begin=begin))[1]}, timeout=60)
        rig.world.weather.strike = None
        rig.house = rig.world.house()
        await rig.pump()
        assert await rig.state() == begin
        await asyncio.sleep(900)
        await rig.pump()
        assert await rig.state() == "paused"
        assert way_out in await reason(rig)

    on_stage(story)


def test_a_flow_whose_job_takes_long_is_left_alone() -> None:
    """As long as the job is open its flows are coming up."""

    async def story(rig: Rig) -> None:
        started = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        await asyncio.sleep(3600)
        await pump(rig.house, lambda: False, lambda: True)
        assert await rig.state() == "initializing"
        assert (await job(rig.house, started["id"]))["state"] == "running"

    on_stage(story)


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


# -- dry runs, retention, fairness


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("moment", range(4))
def test_a_dry_run_that_dies_is_begun_anew_from_its_first_flow(moment: int) -> None:
    """Wherever the next process dies in turn, the report of a flow is that of a first look."""

    async def story(rig: Rig) -> None:
        rig.customer()
        started = await start_job(rig.house, "plan", (GROUPS, CUSTOMERS))
        await one_flow(rig, started["id"])
        rig.house = rig.world.house()
        struck = iter([False] * moment + [True])
        rig.world.weather.strike = lambda now: now == "ledger jobs" and next(struck, False)
        await asyncio.wait({rig.world.instance(work_on(rig.house, started["id"], lambda: False))[1]}, timeout=60)
        rig.world.weather.strike = None
        rig.house = rig.world.house()
        await asyncio.sleep(600)
        for _ in range(3):
            await work_on(rig.house, started["id"], lambda: False)
        assert (await job(rig.house, started["id"]))["state"] == "done"
        assert (await report(rig.house, CUSTOMERS))["counts"]["created dataverse"] == 1

    on_stage(story)


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
