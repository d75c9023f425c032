"""Jobs: one flow that cannot go on stops no other, and a job has a say only over flows that are its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shared.engine import (
    demand_approval,
    job,
    pump,
    set_state,
    start_job,
    state_of,
    stop_job,
    work_on,
)
from shared.engine.passes._memory import Memory, unpacked
from shared.engine.passes._snapshot import Snapshot
from shared.errors import LedgerMoved
from shared.ledger import FEEDS, JOBS, take_lease
from shared.mapping import Catalogue
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, at_first, coupled, maps_with, on_stage
from tests.simulation.world import shipped_maps
from tests.unit.maps.once import like


def without(*names: str) -> Catalogue:
    """A release that no longer has these flows."""
    shipped = shipped_maps()
    return like(shipped, files={name: path for name, path in shipped.files.items() if name not in names})


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


def test_a_pass_that_ends_in_the_middle_tells_what_it_has_done() -> None:
    """A privilege goes missing after the first page: the job's counts are those of what was written by then."""

    async def story(rig: Rig) -> None:
        rig.world.finops.behaviour.max_page_size = 1
        for number in range(3):
            rig.customer(f"E-{number}")
        behaviour = rig.world.dataverse.behaviour
        refuse = at_first("dataverse create", lambda: behaviour.missing_privileges.add("prvCreateaccount"))
        rig.world.weather.heard = lambda step, *_answer: refuse(step)
        told = await rig.compare_and_note()
        made = len(rig.accounts())
        assert (list(told["errors"]), await rig.state()) == ([CUSTOMERS], "paused")
        assert 0 < made < 3
        assert told["tallies"][CUSTOMERS]["counts"]["created dataverse"] == made

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
        memory = Memory(lease, {}, Snapshot(), set())
        random = Random(1)
        met = [random.getrandbits(64) for _ in range(150_000)]
        memory.met(ERP, met)
        await memory.store()
        rows = [await rig.house.documents.get(FEEDS, memory.chunk_key(at)) for at in range(memory.cursor["chunks"])]
        assert [key for row in rows for key in unpacked(row.value[f"met {ERP}"])] == met

    on_stage(story)


def test_who_lost_a_pass_sets_nothing_down_for_it() -> None:
    """What a pass remembers is written by the holder of its lease: another one's cursor would count it as its own."""

    async def story(rig: Rig) -> None:
        documents, clock = rig.house.documents, rig.house.clock
        slow = Memory(await take_lease(documents, clock, "slow", "feed", timedelta(0)), {}, Snapshot(), set())
        quick = Memory(await take_lease(documents, clock, "quick", "feed"), {}, Snapshot(), set())
        slow.met(ERP, [1])
        quick.met(ERP, [2])
        with pytest.raises(LedgerMoved):
            await slow.store()
        assert not [each async for each in documents.all(FEEDS, "feed~seen~")]
        await quick.store()
        (row,) = [each async for each in documents.all(FEEDS, "feed~seen~")]
        assert unpacked(row.value[f"met {ERP}"]) == [2]

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
        await asyncio.sleep(1)  # jobs of one second have no order
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
        assert (await job(rig.house, started["id"]))["state"] == "running"

    on_stage(story)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("begin", "way_out"), [("initializing", "resume it"), ("resuming", "resume it again")])
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
