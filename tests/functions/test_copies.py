"""Copies of the ledger over HTTP: a timer begins one, the pump makes it, an operator puts one back after a loss."""

from __future__ import annotations

from typing import Any

from shared.engine import check_environment, set_state
from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.rig import CUSTOMERS, GROUPS, TERMS, coupled

ADDRESS = "/api/operations/copies"


async def made(stage: Stage) -> dict[str, Any]:
    """The timer fires, and the pump comes round; the newest copy."""
    await check_environment(stage.rig.house)
    await stage.fire("operations_copy")
    await stage.fire("operations_pump")
    await stage.pass_time(60)
    copy: dict[str, Any] = (await stage.get(ADDRESS)).json()["copies"][0]
    return copy


async def lost_and_paused(stage: Stage) -> None:
    """The table is emptied, a person confirms it, and nothing runs."""
    stage.rig.world.tables.empty()
    assert (await stage.post("/api/operations/environment/confirm")).status_code == 200
    for name in (TERMS, GROUPS, CUSTOMERS):
        await set_state(stage.rig.house, name, "paused")


def test_from_the_timer_to_a_restored_ledger() -> None:
    """Restore first only counts; the job tells the same that is then done."""

    async def story(stage: Stage) -> None:
        await coupled(stage.rig)
        copy = await made(stage)
        assert (copy["state"], copy["own"], copy["flows"][CUSTOMERS]["pairs"]) == ("whole", True, 1)
        await lost_and_paused(stage)
        counted = await stage.post(f"{ADDRESS}/{copy['id']}/restore")
        assert "only counts" in counted.json()["note"]
        await stage.fire("operations_pump")
        await stage.pass_time(60)
        assert stage.rig.couplings() == []
        done = await stage.post(f"{ADDRESS}/{copy['id']}/restore", {"confirm": True})
        await stage.fire("operations_pump")
        await stage.pass_time(60)
        dry, wet = [(await stage.get(f"/api/operations/jobs/{each.json()['job']}")).json() for each in (counted, done)]
        assert (wet["state"], wet["errors"], wet["tallies"]) == ("done", {}, dry["tallies"])
        assert len(stage.rig.couplings()) == 1

    on_stage(story)


def test_while_it_is_put_back_no_flow_begins() -> None:
    """What is not back yet would be made anew."""

    async def story(stage: Stage) -> None:
        copy = await made(stage)
        await lost_and_paused(stage)
        assert (await stage.post(f"{ADDRESS}/{copy['id']}/restore", {"confirm": True})).status_code == 202
        place = CUSTOMERS.replace(".", "/")
        problem_of(await stage.post(f"/api/operations/flows/{place}/resume"), 409, "restore", "under way")
        problem_of(await stage.post(f"{ADDRESS}/{copy['id']}/drop"), 409, "restore", "at work")

    on_stage(story)


def test_one_is_made_and_dropped_by_hand() -> None:
    """It counts no more at once, and is gone when the next one is there."""

    async def story(stage: Stage) -> None:
        first = await made(stage)
        assert (await stage.post(f"{ADDRESS}/{first['id']}/drop")).status_code == 200
        (dropped,) = (await stage.get(ADDRESS)).json()["copies"]
        assert dropped["state"] == "dropped"
        assert (await stage.post(ADDRESS)).status_code == 202
        await stage.fire("operations_pump")
        await stage.pass_time(60)
        (next_one,) = (await stage.get(ADDRESS)).json()["copies"]
        assert (next_one["id"] != first["id"], next_one["state"]) == (True, "whole")

    on_stage(story)


def test_copies_that_come_to_no_end_are_told() -> None:
    """`ready` turns red two days after the last whole one, as does its alert; where none are wanted it says nothing."""

    async def story(stage: Stage) -> None:
        await made(stage)
        assert (await ready(stage))["ok"] is True
        await stage.pass_time(49 * 3600)
        assert "look at its timer" in (await ready(stage))["detail"]
        stage.rig.house.copies = None
        assert await ready(stage) is None

    on_stage(story)


async def ready(stage: Stage) -> Any:
    checks = (await stage.get("/api/operations/ready")).json()["checks"]
    return next((each for each in checks if each["check"] == "copy"), None)


def test_what_is_refused() -> None:
    """A copy that there is not, an action that there is not, and all of it where no copies are made."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.post(f"{ADDRESS}/none/restore"), 404, "no copy 'none'")
        problem_of(await stage.post(f"{ADDRESS}/none/burn"), 400, "restore, drop")
        stage.rig.house.copies = None
        problem_of(await stage.get(ADDRESS), 409, "LEDGER_COPY")
        await stage.fire("operations_copy")
        assert "copy" not in [each["kind"] for each in (await stage.get("/api/operations/jobs")).json()["jobs"]]

    on_stage(story)
