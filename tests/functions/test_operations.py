"""What operators ask and order, over HTTP: every refusal has the one shape and names the thing and the way out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.engine import state_of
from shared.mapping import Catalogue
from tests.emulator.local import OPERATOR_KEY
from tests.functions.stage import CONFIGURED, Stage, context, on_stage, problem_of, the_host
from tests.simulation.rig import CUSTOMERS, GROUPS, maps_with

FLOW = "dual_write/customers_v3_accounts"
READS = [
    f"/api/{trigger['route']}".replace("{suite}/{flow}", FLOW)
    for trigger in (each.trigger for each in the_host().functions.values())
    if trigger["type"] == "httpTrigger" and trigger["methods"] == ["GET"]
]
ROW = str(uuid4())


def filled(path: str) -> str:
    """An address of the app with something in its remaining places, and with the flow that it has to name."""
    with_row = path.replace("dataverse/{id}", f"dataverse/{ROW}").replace("{id}", "9999999999-00000000")
    named = f"{with_row}?flow={CUSTOMERS}" if with_row.endswith("/records") else with_row
    return named.replace("{suite}", "dual_write")


@pytest.mark.parametrize(("flow", "status", "words"), [("x", 400, "use suite.flow"), ("dual_write.x", 404, "no flow")])
@pytest.mark.parametrize("path", ["preflight", "webhooks"])
def test_a_flow_that_is_not_there_is_not_set_up(path: str, flow: str, status: int, words: str) -> None:
    """The refusal repeats what was asked for, and lists the flows that there are."""

    async def story(stage: Stage) -> None:
        answer = await stage.get(f"/api/operations/{path}?flow={flow}")
        problem_of(answer, status, words, flow, CUSTOMERS)

    on_stage(story)


# -- health


def test_alive() -> None:
    """Whether the process is alive is told to anybody, and costs nobody a request."""

    async def story(stage: Stage) -> None:
        requests = len(stage.rig.world.requests)
        answer = await stage.client.get("/api/operations/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
        assert len(stage.rig.world.requests) == requests

    on_stage(story)


def checks(answer: Any) -> dict[str, Any]:
    """What is not as it should be, and why."""
    return {check["check"]: check["detail"] for check in answer.json()["checks"] if not check["ok"]}


def test_ready() -> None:
    """Ready means: both sign-ins, every map, and a pump that ran lately; what every flow did last is told, too."""

    async def story(stage: Stage) -> None:
        await stage.post("/api/operations/webhooks")
        before = await stage.get("/api/operations/ready")
        assert (before.status_code, set(checks(before))) == (503, {"pump"})
        await stage.fire("operations_pump")
        answer = await stage.get("/api/operations/ready")
        assert (answer.status_code, checks(answer)) == (200, {})
        assert answer.json()["flows"][GROUPS]["passed"].keys() == {"compare"}

    on_stage(story)


def test_a_pump_that_stands() -> None:
    """A pump that has not run for a while, and a pass that is overdue, are told with what to look at."""

    async def story(stage: Stage) -> None:
        await stage.post("/api/operations/webhooks")
        await stage.fire("operations_pump")
        await stage.pass_time(3600)
        found = checks(await stage.get("/api/operations/ready"))
        assert set(found) == {"pump"}
        assert "schedule" in found["pump"]
        await stage.pass_time(3 * 86400)
        assert f"passes {CUSTOMERS}" in checks(await stage.get("/api/operations/ready"))

    on_stage(story)


def test_a_record_that_stands_still_is_known() -> None:
    """Whatever keeps it there: it is named, with since when and why."""

    async def story(stage: Stage) -> None:
        await stage.post("/api/operations/webhooks")
        await stage.fire("operations_pump")
        assert checks(await stage.get("/api/operations/ready")) == {}
        ledger = stage.rig.flow().ledger
        hint = await ledger.store_hint("erp", ("usmf", "US-002"), "update")
        why = {"kind": "waiting", "code": "unanswered", "message": "An unexpected error.", "since": hint.at}
        await ledger.postpone(hint, stage.rig.house.clock() + timedelta(days=1), why)
        assert checks(await stage.get("/api/operations/ready")) == {}
        await stage.pass_time(3700)
        await stage.fire("operations_pump")
        found = checks(await stage.get("/api/operations/ready"))
        assert set(found) == {"oldest"}
        assert all(each in found["oldest"] for each in (CUSTOMERS, "US-002", "An unexpected error."))

    on_stage(story)


def test_a_table_that_cannot_be_read_is_told_by_its_name() -> None:
    """What holds a pass is told, and no timer is blamed; the next night the other flows have a new pass."""

    async def story(stage: Stage) -> None:
        stage.rig.world.finops.behaviour.broken_sets.add("CustomerGroups")
        await stage.fire("dual_write_compare")
        for _ in range(2):
            await stage.fire("operations_pump")
            await stage.pass_time(3600)
        found = checks(await stage.get("/api/operations/ready"))[f"passes {GROUPS}"]
        assert all(words in found for words in ("CustomerGroups cannot be read", "500"))
        assert "timer" not in found
        flows = (await stage.get("/api/operations/flows")).json()["flows"]
        before = {each["flow"]: each["passed"].get("compare", "") for each in flows}
        await stage.fire("dual_write_compare")
        await stage.fire("operations_pump")
        flows = (await stage.get("/api/operations/flows")).json()["flows"]
        after = {each["flow"]: each["passed"].get("compare", "") for each in flows}
        assert after[CUSTOMERS] > before[CUSTOMERS]
        assert after[GROUPS] == before[GROUPS]

    on_stage(story)


def test_a_sign_in_that_fails() -> None:
    """A system that refuses us is told apart from the other one."""

    async def story(stage: Stage) -> None:
        await stage.fire("operations_pump")
        stage.rig.world.dataverse.behaviour.application_user = "missing"
        answer = await stage.get("/api/operations/ready")
        assert (answer.status_code, set(checks(answer))) == (503, {"dataverse"})

    on_stage(story)


# -- every address


@pytest.mark.parametrize("path", [path for path in READS if not path.endswith("health")])
def test_reads_need_a_key(path: str) -> None:
    """Nothing about records or settings is told without a key."""

    async def story(stage: Stage) -> None:
        assert (await stage.get(filled(path), "wrong")).status_code == 401

    on_stage(story)


@pytest.mark.parametrize("path", READS)
def test_reads_tell_no_secret(path: str) -> None:
    """No answer holds a key, a secret or a token."""

    async def story(stage: Stage) -> None:
        answer = await stage.get(filled(path))
        assert answer.status_code in {200, 404, 409, 503}
        secrets = [OPERATOR_KEY, *(each for each in CONFIGURED["LEDGER_CONNECTION"].split(";") if "Key=" in each)]
        assert not [secret for secret in secrets if secret in answer.text]
        assert "Bearer" not in answer.text

    on_stage(story)


@pytest.mark.parametrize("path", [path for path in READS if not path.endswith(("health", "setup/{suite}"))])
def test_nothing_can_be_reached(path: str) -> None:
    """While ledger and systems are away every question is answered 503 in the one shape, and nothing breaks.

    A suite that needs nothing set up asks nobody.
    """

    async def story(stage: Stage) -> None:
        stage.weather.outage |= dict.fromkeys(("ledger", "dataverse", "finops"), math.inf)
        problem_of(await stage.get(filled(path)), 503)

    on_stage(story)


@pytest.mark.parametrize("path", [path for path in READS if FLOW in path])
def test_unknown_flows(path: str) -> None:
    """A flow that does not exist is not found, and the ones that do are named."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.get(filled(path).replace("customers_v3", "nobodys")), 404, CUSTOMERS)
        near = await stage.get(filled(path).replace("customers_v3", "customer_v3"))
        problem_of(near, 404, f"did you mean {CUSTOMERS}?")

    on_stage(story)


# -- flows


REFUSED: dict[str, tuple[str, object, int, str]] = {
    "an unknown action": ("dance", None, 400, "run, pause, resume, stop"),
    "run while running": ("run", None, 409, "possible now: pause, stop"),
    "resume while running": ("resume", None, 409, "possible now: pause, stop"),
    "a misspelt member": ("run", {"intial": False}, 400, "initial"),
    "a text for a truth": ("run", {"initial": "no"}, 400, "true or false"),
    "an unknown master": ("run", {"master": "sap"}, 400, "dataverse"),
    "a list": ("run", [], 400, "not an object"),
    "a body for pause": ("pause", {"master": "erp"}, 400, "master"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_actions_that_are_refused(name: str) -> None:
    """What cannot be done is refused before anything is, and says what can."""
    action, body, status, word = REFUSED[name]

    async def story(stage: Stage) -> None:
        if body is not None and action == "run":
            await stage.post(f"/api/operations/flows/{FLOW}/stop")
        before = await stage.rig.state()
        problem_of(await stage.post(f"/api/operations/flows/{FLOW}/{action}", body), status, word)
        assert await stage.rig.state() == before

    on_stage(story)


@pytest.fixture
def broken(tmp_path: Path) -> Catalogue:
    """The shipped maps; that of customer groups cannot be used."""
    return maps_with(tmp_path, "", GROUPS)


def test_an_action_on_all_does_what_it_can(broken: Catalogue) -> None:
    """A flow in the wrong state, or with a broken map, keeps no other from an emergency stop: it is listed with why."""

    async def story(stage: Stage) -> None:
        await stage.post(f"/api/operations/flows/{FLOW}/pause")
        answer = await stage.post("/api/operations/flows/dual_write/all/pause")
        assert answer.status_code == 202, answer.text
        running = [each["flow"] for each in answer.json()["flows"]]
        left = {each["flow"]: each["why"] for each in answer.json()["left"]}
        assert {*running, *left} == {*stage.rig.house.catalogue.names}
        assert "is paused: it cannot pause; possible now: resume, stop" in left[CUSTOMERS]
        assert {await stage.rig.state(name) for name in running} == {"paused"}
        assert GROUPS in running
        refused = await stage.post("/api/operations/flows/dual_write/all/pause")
        problem_of(refused, 409, "none of these flows can do that", f"{GROUPS} is paused: it cannot pause")

    on_stage(story, maps=broken)


def test_all_that_may_be_resumed_are_resumed(broken: Catalogue) -> None:
    """A flow with a broken map is left, with what to do about it."""

    async def story(stage: Stage) -> None:
        await stage.post("/api/operations/flows/dual_write/all/pause")
        answer = await stage.post("/api/operations/flows/dual_write/all/resume")
        assert answer.status_code == 202, answer.text
        left = {each["flow"]: each["why"] for each in answer.json()["left"]}
        assert "the overlay says nothing; give it lines" in left[GROUPS]
        assert await stage.rig.state(GROUPS) == "paused"
        assert await stage.rig.state() == "resuming"

    on_stage(story, maps=broken)


async def start(stage: Stage, body: Mapping[str, Any] | None) -> Any:
    await stage.post(f"/api/operations/flows/{FLOW}/stop")
    await stage.post(f"/api/operations/reports/{FLOW}/plan", {"master": (body or {}).get("master")})
    await stage.fire("operations_pump")
    assert (await stage.approve(FLOW)).status_code == 200
    answer = await stage.post(f"/api/operations/flows/{FLOW}/run", body)
    assert answer.status_code == 202, answer.text
    return answer.json()


@pytest.mark.parametrize(("master", "winner"), [("erp", "Here"), ("dataverse", "There"), (None, "There")])
def test_run_with_a_first_synchronisation(master: str | None, winner: str) -> None:
    """A flow that is run brings both sides together, the master's values winning, and is live when it has."""

    async def story(stage: Stage) -> None:
        stage.rig.customer(OrganizationName="Here")
        stage.rig.account(name="There")
        job = (await start(stage, {"master": master}))["job"]
        assert await stage.rig.state() == "initializing"
        await stage.fire("operations_pump")
        assert (await stage.get(f"/api/operations/jobs/{job}")).json()["state"] == "done"
        assert stage.rig.both("OrganizationName", "name") == (winner, winner)
        assert await stage.rig.state() == "running"

    on_stage(story)


def test_run_without_a_first_synchronisation() -> None:
    """Without it the flow is live at once, and what differed before stays as it is."""

    async def story(stage: Stage) -> None:
        stage.rig.customer()
        assert "job" not in await start(stage, {"initial": False})
        assert await stage.rig.state() == "running"
        await stage.fire("operations_pump")
        assert stage.rig.dataverse() is None

    on_stage(story)


def test_pause_and_resume() -> None:
    """What arrives while a flow is paused is kept, and done when it is resumed; then why it was is gone (bc-018)."""

    async def story(stage: Stage) -> None:
        await stage.post(f"/api/operations/flows/{FLOW}/pause")
        assert (await state_of(stage.rig.house, CUSTOMERS))["reason"]
        row_id = stage.rig.account()
        await stage.event(context(row_id, "Create"))
        await stage.fire("operations_pump")
        assert stage.rig.erp() is None
        assert (await stage.post(f"/api/operations/flows/{FLOW}/resume")).status_code == 202
        assert await stage.rig.state() == "resuming"
        await stage.fire("operations_pump")
        assert stage.rig.erp() is not None
        state = await state_of(stage.rig.house, CUSTOMERS)
        assert (state["state"], state["reason"]) == ("running", "")

    on_stage(story)


# -- jobs


@pytest.mark.parametrize("job", ["nothing", "%23", "%3F%20%25", "..", "a" * 600, "%C3%A4%F0%9F%98%80"])
def test_unknown_jobs(job: str) -> None:
    """A job that does not exist is not found, whatever it is called."""

    async def story(stage: Stage) -> None:
        for answer in (
            await stage.get(f"/api/operations/jobs/{job}"),
            await stage.post(f"/api/operations/jobs/{job}/stop"),
        ):
            assert answer.status_code == 404

    on_stage(story)


def test_a_job_is_stopped_once() -> None:
    """A job that is stopped ends where it stands, its flows pause, and it cannot be stopped again."""

    async def story(stage: Stage) -> None:
        job = (await start(stage, None))["job"]
        stopped = await stage.post(f"/api/operations/jobs/{job}/stop")
        assert (stopped.status_code, stopped.json()["state"]) == (202, "stopped")
        assert (stopped.json()["writing"], stopped.json()["note"]) == ("", "nothing is written for it any more")
        assert await stage.rig.state() == "paused"
        problem_of(await stage.post(f"/api/operations/jobs/{job}/stop"), 409, "stopped already")
        newest = (await stage.get("/api/operations/jobs")).json()["jobs"][0]
        assert newest["id"] == job

    on_stage(story)


@pytest.mark.parametrize("seconds", [2.0, 60.0])
def test_who_stops_a_job_hears_whether_the_writing_has_stopped(seconds: float) -> None:
    """If that takes longer than an answer may, it says until when it may go on."""

    async def story(stage: Stage) -> None:
        for number in range(3):
            stage.rig.customer(f"US-10{number}")
        job, sent = (await start(stage, None))["job"], asyncio.Event()
        now = stage.rig.world.loop.time

        async def slow(_sender: int, step: str, _what: str) -> None:
            if step.startswith("dataverse create"):
                sent.set()
                await asyncio.sleep(seconds)

        stage.weather.gate = slow
        _, at_work = stage.rig.world.instance(stage.rig.pump())
        await sent.wait()
        began = now()
        stopped = (await stage.post(f"/api/operations/jobs/{job}/stop")).json()
        writing = bool(stopped["writing"])
        assert writing == (seconds > now() - began)
        assert ("no other record is begun" in stopped["note"]) is writing
        before = stage.rig.writes()
        await at_work
        assert (stage.rig.writes() > before) is writing
        assert stopped["writing"] == "" or stopped["writing"] > stopped["ended"]

    on_stage(story)


# -- what nobody expected


def test_an_unexpected_failure() -> None:
    """A mistake of our own is a 500 in the one shape, with a number to find it in the log by, and nothing else."""

    async def story(stage: Stage) -> None:
        stage.rig.house.companies = None  # type: ignore[assignment] # something that the code does not expect
        stage.rig.house.catalogue = None  # type: ignore[assignment] # the same
        body = problem_of(await stage.get("/api/operations/flows"), 500, "log")
        assert body["failure"] in body["detail"]
        assert "NoneType" not in body["detail"]

    on_stage(story)
