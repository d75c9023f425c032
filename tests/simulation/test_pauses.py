"""What people say while a slice is at work: a flow that is paused is not written on, nor one whose job was stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from functions.flow import follow, visited
from shared.engine import Wake, job, jobs, pump, set_state, start_job, state_of, stop_job, take_hint, work_on
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, Rig, coupled, on_stage
from tests.simulation.test_jobs import reason

MANY = 60
WAVE = 5


@pytest.fixture(autouse=True)
def short_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that works on many records does so in waves of a few; and a glance at the state is never old."""
    for module in ("_compare", "_catch_up"):
        monkeypatch.setattr(f"shared.engine.passes.{module}.PAGE", WAVE)
    for module in ("_compare", "_waiting", "_forget", "_pump"):
        monkeypatch.setattr(f"shared.engine.passes.{module}.WAVE", WAVE)


Say = Callable[[Rig], Awaitable[Any]]


async def said_meanwhile(rig: Rig, say: Say, work: Awaitable[Any]) -> int:
    """Somebody says something when the first record has been written; how many are written after that is stored."""
    told: list[int] = []

    async def operator(*_request: object) -> None:
        if rig.writes() > before and not told:
            told.append(0)
            await say(rig)
            told[0] = rig.writes()

    before, rig.world.weather.latency = rig.writes(), 0.5
    rig.world.weather.gate = operator
    await rig.world.instance(work)[1]  # type: ignore[arg-type] # every work here is a coroutine
    await asyncio.sleep(60)
    rig.world.weather.gate = None
    assert told, "nothing was written at all"
    return rig.writes() - told[0]


def many_customers(rig: Rig, **values: Any) -> list[tuple[str, str]]:
    """More than a few waves of them, all new."""
    return [rig.customer(f"US-{number}", **values) for number in range(MANY)]


async def undo_ordered(rig: Rig) -> str:
    """Many were created by a load, and that is to be undone; the job."""
    many_customers(rig)
    loaded = await rig.compare_and_note()
    await paused(rig)
    return str((await start_job(rig.house, "undo", (CUSTOMERS,), undo=loaded["id"]))["id"])


async def paused(rig: Rig) -> None:
    await set_state(rig.house, CUSTOMERS, "paused", "the operator")


async def stopped(rig: Rig) -> None:
    await set_state(rig.house, CUSTOMERS, "not running", "the operator")


async def told_to_stop(rig: Rig) -> None:
    """Stops the job that is under way."""
    (under_way,) = [value["id"] async for value in jobs(rig.house) if value["state"] == "running"]
    await stop_job(rig.house, under_way)


@pytest.mark.parametrize("say", [paused, stopped, told_to_stop])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_load_ends_with_the_wave_that_is_under_way(side: str, say: Say) -> None:
    """The others have not begun, and wait for whoever lets the flow run again; what was begun leaves a hint."""

    async def story(rig: Rig) -> None:
        for number in range(MANY):
            rig.customer(f"US-{number}") if side == ERP else rig.account(f"US-{number}")
        started = await start_job(rig.house, "sync", (CUSTOMERS,), begin="initializing")
        assert await said_meanwhile(rig, say, work_on(rig.house, started["id"], lambda: False)) <= 2 * WAVE
        assert rig.counts()["hints"] <= 2 * WAVE
        assert not any(each.intent for each in rig.couplings())
        told = (await job(rig.house, started["id"]))["tallies"][CUSTOMERS]["counts"]
        assert 1 <= sum(told.get(f"created {other}", 0) for other in (ERP, DATAVERSE)) <= 3 * WAVE

    on_stage(story)


@pytest.mark.parametrize("say", [paused, stopped])
def test_hints_of_a_flow_that_is_paused_stand_as_they_were(say: Say) -> None:
    """The pump leaves them for later, without a pause of their own."""

    async def story(rig: Rig) -> None:
        for identity in many_customers(rig):
            await rig.hint(ERP, identity)
        assert await said_meanwhile(rig, say, pump(rig.house, lambda: False)) <= 2 * WAVE
        assert rig.counts()["hints"] >= MANY - 3 * WAVE
        assert all(row.cells["tries"] == 0 for row in rig.rows("h~"))

    on_stage(story)


@pytest.mark.parametrize("heard", [True, False])
def test_what_people_do_during_a_pause_is_carried_over_when_it_ends(*, heard: bool) -> None:
    """Edits, conflicts, deletes and new records of both sides, each once; what no event told of by the next pass."""

    async def story(rig: Rig) -> None:
        ids = {name: await coupled(rig, f"P-{name}") for name in ("erp", "dataverse", "both", "gone", "deleted")}
        await rig.compare()
        await paused(rig)
        rig.edit("P-erp", OrganizationName="of the ERP")
        rig.change(ids["dataverse"], name="of Dataverse")
        rig.edit("P-both", OrganizationName="of the ERP")
        rig.change(ids["both"], name="of Dataverse")
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "P-gone"})
        rig.world.dataverse.delete("accounts", ids["deleted"])
        customer, account, writes = rig.customer("N-erp"), rig.account("N-dataverse"), rig.writes()
        events: tuple[tuple[Side, tuple[str, ...], str], ...] = (
            (ERP, ("usmf", "P-erp"), "update"), (DATAVERSE, (ids["dataverse"],), "update"),
            (ERP, ("usmf", "P-both"), "update"), (DATAVERSE, (ids["both"],), "update"),
            (ERP, ("usmf", "P-gone"), "delete"), (DATAVERSE, (ids["deleted"],), "delete"),
            (ERP, customer, "create"), (DATAVERSE, (account,), "create"),
        )  # fmt: skip
        for side, end, what in events if heard else ():
            await rig.hint(side, end, what)
        await rig.pump()
        assert rig.writes() == writes
        started = await start_job(rig.house, "catch-up", (CUSTOMERS,), begin="resuming")
        await work_on(rig.house, started["id"], lambda: False)
        await (rig.pump() if heard else rig.compare())
        for number, name in (("P-erp", "of the ERP"), ("P-dataverse", "of Dataverse"), ("P-both", "of Dataverse")):
            assert rig.both("OrganizationName", "name", number) == (name, name)
        for number in ("N-erp", "N-dataverse"):
            assert rig.both("OrganizationName", "name", number) == ("Contoso", "Contoso")
        assert [rig.erp(each) or rig.dataverse(each) for each in ("P-gone", "P-deleted")] == [None, None]
        assert [(each.loser, each.value) for each in rig.conflicts()] == [(ERP, "of the ERP")]
        writes = rig.writes()
        await rig.compare()
        assert (rig.writes(), rig.counts()["parked"], rig.counts()["hints"]) == (writes, 0, 0)

    on_stage(story)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_catch_up_ends_when_its_flow_is_paused(seed: int) -> None:
    """Its cursor has not moved past what it did not come to: nothing is lost when the flow runs again."""

    async def story(rig: Rig) -> None:
        await rig.compare()
        for number in range(MANY):
            rig.account(f"US-{number}")
        assert await said_meanwhile(rig, paused, follow(rig.house, CUSTOMERS, 3600)) <= 2 * WAVE
        await set_state(rig.house, CUSTOMERS, "running")
        await follow(rig.house, CUSTOMERS, 3600)
        assert all(rig.erp(f"US-{number}") for number in range(MANY))

    on_stage(story, seed=seed)


def test_what_waits_is_left_alone_when_its_flow_is_paused() -> None:
    """The look at what waits writes many records at once, when what they wait for has come."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "99"})
        many_customers(rig, CustomerGroupId="99")
        await rig.compare()
        await rig.compare(GROUPS)
        await asyncio.sleep(3600)
        assert await said_meanwhile(rig, paused, pump(rig.house, lambda: False)) <= 2 * WAVE
        assert rig.counts()["waiting"] >= MANY - 3 * WAVE

    on_stage(story)


def test_an_undo_that_is_stopped_deletes_no_more() -> None:
    """What is left stays coupled."""

    async def story(rig: Rig) -> None:
        undo = await undo_ordered(rig)
        assert await said_meanwhile(rig, told_to_stop, work_on(rig.house, undo, lambda: False)) <= 2 * WAVE
        assert len(rig.couplings()) >= MANY - 3 * WAVE
        assert (await job(rig.house, undo))["tallies"][CUSTOMERS]["counts"]["deleted dataverse"] >= 1

    on_stage(story)


def test_an_undo_ends_when_its_flow_runs_again() -> None:
    """Nothing is forgotten of a flow that writes meanwhile."""

    async def story(rig: Rig) -> None:
        undo = await undo_ordered(rig)

        async def run(rig: Rig) -> None:
            await set_state(rig.house, CUSTOMERS, "running")

        assert await said_meanwhile(rig, run, work_on(rig.house, undo, lambda: False)) <= 2 * WAVE
        assert "running" in (await job(rig.house, undo))["errors"][CUSTOMERS]

    on_stage(story)


def test_a_wave_that_has_begun_writes_nothing_new_either() -> None:
    """However long a page is: whoever has not been claimed yet is not, and a claim under which nothing went is free."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(OrganizationName="Once")
        rig.customer("US-002")
        await start_job(rig.house, "compare", (CUSTOMERS,))
        said: list[str] = []

        async def operator(_sender: int, step: str, _what: str) -> None:
            if step in {"finops read", "dataverse find", "dataverse batch"} and not said:
                said.append(step)
                await paused(rig)
                await asyncio.sleep(2)

        rig.world.weather.gate = operator
        before = rig.writes()
        await rig.world.instance(pump(rig.house, lambda: False))[1]
        assert said
        assert (rig.writes(), rig.counts()["hints"]) == (before, 0)
        assert [(each.dataverse, each.intent) for each in rig.couplings()] == [(row_id, None)]
        assert await reason(rig) == "the operator"

    on_stage(story)


@pytest.mark.parametrize("say", [paused, stopped])
def test_an_event_whose_systems_were_long_in_answering_asks_again_whether_its_flow_runs(say: Say) -> None:
    """The look at the environment waits as long as a system says; the flow is paused meanwhile."""

    async def story(rig: Rig) -> None:
        end, found = rig.customer(), await state_of(rig.house, CUSTOMERS)
        hint = await take_hint(rig.house, CUSTOMERS, ERP, end, "create")
        rig.house.environment_checked = None

        async def operator(_sender: int, _step: str, _what: str) -> None:
            rig.world.weather.gate = None
            await say(rig)
            await asyncio.sleep(30)

        rig.world.weather.gate, before = operator, rig.writes()
        await rig.world.instance(visited(rig.house, CUSTOMERS, Wake(ERP, end, hint), found))[1]
        assert (rig.writes(), rig.couplings(), rig.counts()["hints"]) == (before, [], 1)

    on_stage(story)


def test_a_plan_that_is_stopped_reads_no_more() -> None:
    """It ends with the page that it was at."""

    async def story(rig: Rig) -> None:
        many_customers(rig)
        started = await start_job(rig.house, "plan", (CUSTOMERS,))
        pages: list[str] = []

        async def operator(_sender: int, _step: str, what: str) -> None:
            if "CustomersV3" in what:
                pages.append(what)
                if len(pages) == 3:
                    await stop_job(rig.house, started["id"])

        rig.world.weather.gate, rig.world.weather.latency = operator, 1.0
        await rig.world.instance(work_on(rig.house, started["id"], lambda: False))[1]
        assert (await job(rig.house, started["id"]))["state"] == "stopped"
        assert len(pages) < MANY / WAVE

    on_stage(story)
