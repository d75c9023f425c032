"""A ledger that is lost, over HTTP: receivers answer 503, `ready` and the preflight say so, a person confirms."""

from __future__ import annotations

from typing import Any

from shared.engine import set_up_ledger
from tests.functions.stage import ADDRESS, Stage, context, data_event, on_stage, problem_of
from tests.functions.test_decisions import PLACE


async def lost(stage: Stage) -> None:
    """Set up, and then the table is empty."""
    stage.rig.house.marked = True
    await set_up_ledger(stage.rig.house)
    stage.rig.world.tables.empty()
    await stage.pass_time(120)


async def check(stage: Stage) -> Any:
    answer = await stage.get("/api/operations/ready")
    return answer.status_code, next(each for each in answer.json()["checks"] if each["check"] == "ledger")


def test_events_are_left_with_their_sender() -> None:
    """Dataverse and the ERP repeat what is answered 503; an event answered 202 would be gone. Why is not told."""

    async def story(stage: Stage) -> None:
        await lost(stage)
        for body, source in (
            (context("0b0b0b0b-0000-4000-8000-000000000001"), "dataverse"),
            (data_event("usmf", "US-001"), "finops"),
        ):
            assert "ledger" not in problem_of(await stage.event(body, source=source), 503, "send it again")["detail"]

    on_stage(story)


def test_it_is_said_wherever_a_person_looks_and_confirmed_by_one() -> None:
    """Neither is a run allowed, nor a set-up; after the word of a person all of it is."""

    async def story(stage: Stage) -> None:
        await lost(stage)
        status, ledger = await check(stage)
        assert (status, ledger["ok"]) == (503, False)
        assert "POST /api/operations/environment/confirm" in ledger["detail"]
        looked = (await stage.get("/api/operations/preflight")).json()
        assert looked["sound"] is False
        assert "the ledger is empty" in looked["findings"][0]["what"]
        problem_of(await stage.post(f"/api/operations/flows/{PLACE}/run", {"initial": False}), 409, "ledger is empty")
        assert (await stage.post("/api/operations/environment/confirm")).status_code == 200
        assert (await check(stage))[1]["ok"] is True
        path = ADDRESS.replace("dataverse", "finops")
        assert await stage.outcome(data_event("usmf", "US-001"), path) == "not running"

    on_stage(story)


def test_a_new_house_says_what_comes_first() -> None:
    """`ready` and the preflight name the set-up; nothing runs before it."""

    async def story(stage: Stage) -> None:
        stage.rig.house.marked = True
        stage.rig.world.tables.empty()
        assert "set it up" in (await check(stage))[1]["detail"]
        looked = (await stage.get("/api/operations/preflight")).json()
        assert "POST /api/operations/webhooks" in looked["findings"][0]["remedy"] + looked["findings"][0]["what"]
        problem_of(await stage.post(f"/api/operations/flows/{PLACE}/run", {"initial": False}), 409, "set it up")

    on_stage(story)
