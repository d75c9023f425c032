"""What operators ask and order, over HTTP: every refusal has the one shape and names the thing and the way out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.functions.stage import CONFIGURED, MASTER, Stage, context, on_stage, problem_of, the_host
from tests.simulation.rig import ACCOUNT, CUSTOMERS, ERP, GROUPS, coupled

FLOW = "dual_write/customers_v3_accounts"
READS = [
    f"/api/{trigger['route']}".replace("{suite}/{flow}", FLOW)
    for trigger in (each.trigger for each in the_host().functions.values())
    if trigger["type"] == "httpTrigger" and trigger["methods"] == ["GET"]
]
ROW = str(uuid4())


def filled(path: str) -> str:
    """An address of the app with something in its remaining places."""
    return path.replace("{side}/{id}", f"dataverse/{ROW}").replace("{id}", "9999999999-00000000")


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
        await stage.fire("operations_pump")
        await stage.pass_time(3600)
        found = checks(await stage.get("/api/operations/ready"))
        assert set(found) == {"pump"}
        assert "schedule" in found["pump"]
        await stage.pass_time(3 * 86400)
        assert f"passes {CUSTOMERS}" in checks(await stage.get("/api/operations/ready"))

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
        secrets = [MASTER, *(each for each in CONFIGURED["LEDGER_CONNECTION"].split(";") if "Key=" in each)]
        assert not [secret for secret in secrets if secret in answer.text]
        assert "Bearer" not in answer.text

    on_stage(story)


@pytest.mark.parametrize("path", [path for path in READS if not path.endswith("health")])
def test_nothing_can_be_reached(path: str) -> None:
    """While ledger and systems are away every question is answered 503 in the one shape, and nothing breaks."""

    async def story(stage: Stage) -> None:
        stage.weather.outage |= dict.fromkeys(("ledger", "dataverse", "finops"), math.inf)
        problem_of(await stage.get(filled(path)), 503)

    on_stage(story)


@pytest.mark.parametrize("path", [path for path in READS if FLOW in path])
def test_unknown_flows(path: str) -> None:
    """A flow that does not exist is not found, and the ones that do are named."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.get(filled(path).replace("customers_v3", "nobodys")), 404, CUSTOMERS)

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


def test_one_flow_in_the_wrong_state_stops_the_action_for_all() -> None:
    """An action on a whole suite is done to all of its flows or to none."""

    async def story(stage: Stage) -> None:
        await stage.post(f"/api/operations/flows/{FLOW}/pause")
        problem_of(await stage.post("/api/operations/flows/dual_write/all/pause"), 409, "cannot pause")
        assert await stage.rig.state(GROUPS) == "running"

    on_stage(story)


async def start(stage: Stage, body: Mapping[str, Any] | None) -> Any:
    await stage.post(f"/api/operations/flows/{FLOW}/stop")
    await stage.post(f"/api/operations/reports/{FLOW}/plan", {"master": (body or {}).get("master")})
    await stage.fire("operations_pump")
    assert (await stage.post(f"/api/operations/reports/{FLOW}/approve")).status_code == 200
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
    """What arrives while a flow is paused is kept, and done when it is resumed."""

    async def story(stage: Stage) -> None:
        await stage.post(f"/api/operations/flows/{FLOW}/pause")
        row_id = stage.rig.account()
        await stage.event(context(row_id, "Create"))
        await stage.fire("operations_pump")
        assert stage.rig.erp() is None
        assert (await stage.post(f"/api/operations/flows/{FLOW}/resume")).status_code == 202
        assert await stage.rig.state() == "resuming"
        await stage.fire("operations_pump")
        assert stage.rig.erp() is not None
        assert await stage.rig.state() == "running"

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
        assert await stage.rig.state() == "paused"
        problem_of(await stage.post(f"/api/operations/jobs/{job}/stop"), 409, "stopped already")
        newest = (await stage.get("/api/operations/jobs")).json()["jobs"][0]
        assert newest["id"] == job

    on_stage(story)


# -- sync now


def test_sync_one_record() -> None:
    """A record that somebody names is visited at once, and how that ended is told."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        for identity in (row_id, row_id.upper()):
            body = {"what": "record", "side": "dataverse", "identity": [identity]}
            answer = await stage.post(f"/api/operations/sync/{FLOW}", body)
            assert answer.status_code == 200
        assert answer.json() == {"outcome": "equal"}
        assert stage.rig.erp() is not None

    on_stage(story)


@pytest.mark.parametrize("what", ["changed", "everything"])
def test_sync_a_flow(what: str) -> None:
    """What changed, or everything, is a job; its number is told."""

    async def story(stage: Stage) -> None:
        await stage.rig.compare()
        stage.rig.account()
        job = (await stage.post(f"/api/operations/sync/{FLOW}", {"what": what})).json()["job"]
        await stage.fire("operations_pump")
        assert (await stage.get(f"/api/operations/jobs/{job}")).json()["state"] == "done"
        assert stage.rig.erp() is not None

    on_stage(story)


RECORD = {"what": "record", "side": "dataverse", "identity": [ROW]}
NOT_SYNCED: dict[str, tuple[str, object, int, str]] = {
    "nothing": (FLOW, {}, 400, "record, changed or everything"),
    "something else": (FLOW, {"what": "nonsense"}, 400, "'nonsense'"),
    "a list": (FLOW, {"what": ["record"]}, 400, "record, changed or everything"),
    "no body": (FLOW, None, 400, "empty"),
    "no side": (FLOW, {"what": "record", "identity": [ROW]}, 400, "erp or dataverse"),
    "no identity": (FLOW, {"what": "record", "side": "erp"}, 400, "dataAreaId, CustomerAccount"),
    "half an identity": (FLOW, {"what": "record", "side": "erp", "identity": ["usmf"]}, 400, "a list of 2"),
    "an empty part": (FLOW, {"what": "record", "side": "erp", "identity": ["usmf", ""]}, 400, "none of them empty"),
    "numbers": (FLOW, {"what": "record", "side": "erp", "identity": ["usmf", 1]}, 400, "texts"),
    "not an id": (FLOW, {**RECORD, "identity": ["US-001"]}, 400, "'US-001' is not the id"),
    "a misspelt member": (FLOW, {"what": "changed", "mster": "erp"}, 400, "mster"),
    "a record of all flows": ("dual_write/all", RECORD, 400, "name one flow"),
    "an unknown flow": ("dual_write/nothing", RECORD, 404, CUSTOMERS),
}


@pytest.mark.parametrize("name", NOT_SYNCED)
def test_syncs_that_are_refused(name: str) -> None:
    """What cannot be understood is told with what was expected; nothing is started."""
    flow, body, status, word = NOT_SYNCED[name]

    async def story(stage: Stage) -> None:
        before = len((await stage.get("/api/operations/jobs")).json()["jobs"])
        problem_of(await stage.post(f"/api/operations/sync/{flow}", body), status, word)
        assert len((await stage.get("/api/operations/jobs")).json()["jobs"]) == before

    on_stage(story)


@pytest.mark.parametrize("what", ["record", "changed", "everything"])
def test_nothing_is_synced_while_a_flow_is_paused(what: str) -> None:
    """Pausing means that nothing is written, also not at somebody's word."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        await stage.post(f"/api/operations/flows/{FLOW}/pause")
        body = {**RECORD, "identity": [row_id]} if what == "record" else {"what": what}
        problem_of(await stage.post(f"/api/operations/sync/{FLOW}", body), 409, "resume")
        assert stage.rig.erp() is None

    on_stage(story)


def test_a_pilot() -> None:
    """Before a flow is run, records that somebody names go the whole way, once its report is approved."""

    async def story(stage: Stage) -> None:
        stage.rig.customer("US-002")
        row_id = stage.rig.account()
        await stage.post(f"/api/operations/flows/{FLOW}/stop")
        body = {**RECORD, "identity": [row_id]}
        problem_of(await stage.post(f"/api/operations/sync/{FLOW}", body), 409, "report")
        await stage.post(f"/api/operations/reports/{FLOW}/plan")
        await stage.fire("operations_pump")
        await stage.post(f"/api/operations/reports/{FLOW}/approve")
        assert (await stage.post(f"/api/operations/sync/{FLOW}", body)).json() == {"outcome": "created"}
        assert stage.rig.erp() is not None
        assert stage.rig.dataverse("US-002") is None

    on_stage(story)


def test_a_job_finds_its_flow_paused() -> None:
    """A job that was ordered before a flow was paused writes nothing to it, and says so."""

    async def story(stage: Stage) -> None:
        stage.rig.account()
        job = (await stage.post(f"/api/operations/sync/{FLOW}", {"what": "everything"})).json()["job"]
        await stage.post(f"/api/operations/flows/{FLOW}/pause")
        await stage.fire("operations_pump")
        told = (await stage.get(f"/api/operations/jobs/{job}")).json()
        assert "paused" in told["errors"][CUSTOMERS]
        assert stage.rig.erp() is None

    on_stage(story)


@pytest.mark.parametrize("moment", range(12))
def test_a_pump_at_the_wrong_moment(moment: int) -> None:
    """A pump that runs while a flow is being resumed neither passes it over nor leaves it resuming."""

    async def story(stage: Stage) -> None:
        await stage.rig.compare()
        await stage.post(f"/api/operations/flows/{FLOW}/pause")
        stage.rig.account()
        resumed = asyncio.create_task(stage.post(f"/api/operations/flows/{FLOW}/resume"))
        await stage.pass_time(moment * 0.05)
        await stage.fire("operations_pump")
        assert (await resumed).status_code == 202
        await stage.fire("operations_pump")
        assert await stage.rig.state() == "running"
        assert stage.rig.erp() is not None

    on_stage(story)


# -- parked


async def three_troubles(stage: Stage) -> None:
    """Two customers that wait for a group, and an account that the ERP refuses."""
    for account in ("A-1", "A-2"):
        stage.rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": account})
        stage.rig.customer(account, CustomerGroupId=account)
    stage.rig.account(**{"msdyn_customergroupid@odata.bind": None})
    await stage.rig.compare()


def test_everything_that_is_set_aside() -> None:
    """All of them, each with its reason, and how many there are per cause; narrowed down as asked."""

    async def story(stage: Stage) -> None:
        await three_troubles(stage)
        told = (await stage.get(f"/api/operations/parked/{FLOW}")).json()
        assert told["total"] == sum(told["causes"].values()) == len(told["records"]) == 3
        assert all(record["items"][0]["message"] for record in told["records"])
        assert told["titles"].keys() == told["causes"].keys()
        assert "CustomerGroupId = msdyn_customergroupid.msdyn_groupid: it must be filled in" in told["titles"].values()
        for part in ("kind", "side", "cause", "end"):
            for value in {record[part] for record in told["records"]}:
                address = f"/api/operations/parked/{FLOW}?{part}={value.replace('=', '%3D').replace('+', '%2B')}"
                narrowed = (await stage.get(address)).json()
                assert narrowed["records"] == [record for record in told["records"] if record[part] == value]
        one = (await stage.get(f"/api/operations/parked/{FLOW}?limit=1")).json()
        assert (len(one["records"]), one["total"]) == (1, 3)
        problem_of(await stage.get(f"/api/operations/parked/{FLOW}?limit=all"), 400, "'all'")

    on_stage(story)


@pytest.mark.parametrize("part", ["end", "cause", "kind", ""])
def test_retry(part: str) -> None:
    """One record, a group or all of them are looked at again at once."""

    async def story(stage: Stage) -> None:
        await three_troubles(stage)
        records = (await stage.get(f"/api/operations/parked/{FLOW}")).json()["records"]
        body = {part: records[0][part]} if part else None
        expected = [record for record in records if not part or record[part] == records[0][part]]
        answer = await stage.post(f"/api/operations/parked/{FLOW}/retry", body)
        assert (answer.status_code, answer.json()) == (202, {"retried": len(expected)})
        assert stage.rig.counts()["hints"] == len(expected)

    on_stage(story)


def test_a_retry_of_everything_decides_nothing() -> None:
    """A deleted account waits for a person's word: whoever retries all of them has not said it, who names it has."""

    async def story(stage: Stage) -> None:
        await stage.rig.unversioned((ERP, "CustomersV3"))
        stage.rig.world.dataverse.delete("accounts", await coupled(stage.rig))
        await stage.rig.compare()
        (record,) = (await stage.get(f"/api/operations/parked/{FLOW}")).json()["records"]
        assert record["items"][0]["code"] == "deleted"
        for body in (None, {"kind": "parked"}):
            answer = await stage.post(f"/api/operations/parked/{FLOW}/retry", body)
            assert (answer.status_code, answer.json()) == (202, {"retried": 0, "left": 1})
        assert stage.rig.counts()["hints"] == 0
        for part in ("cause", "end"):
            answer = await stage.post(f"/api/operations/parked/{FLOW}/retry", {part: record[part]})
            assert (answer.status_code, answer.json()) == (202, {"retried": 1})
        assert stage.rig.counts()["hints"] == 1

    on_stage(story)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"end": "d~nothing"}, 404, "d~nothing"),
        ({"cause": "nothing"}, 404, "nothing"),
        ({"ends": "all"}, 400, "'ends'"),
        ({"end": 7}, 400, "a text"),
    ],
)
def test_retries_that_hit_nothing(body: object, status: int, word: str) -> None:
    """A record or group that is not set aside is told, instead of nothing being done in silence."""

    async def story(stage: Stage) -> None:
        await three_troubles(stage)
        problem_of(await stage.post(f"/api/operations/parked/{FLOW}/retry", body), status, word)
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


# -- explain


@pytest.mark.parametrize(
    ("address", "status", "word"),
    [
        ("dataverse/US-001", 400, "not the id"),
        ("erp/US-001", 400, "dataAreaId, CustomerAccount"),
        ("erp/usmf,", 400, "none of them empty"),
        ("crm/1", 400, "erp or dataverse"),
    ],
)
def test_identities_that_are_none(address: str, status: int, word: str) -> None:
    """An identity that a side cannot have is told with what it has to look like."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.get(f"/api/operations/records/{FLOW}/{address}"), status, word)

    on_stage(story)


@pytest.mark.parametrize("number", ["A/1", "A,1", "50%", "#1?", "O'Neil & Söhne", "0010", "😀"])
def test_explain_any_number(number: str) -> None:
    """Any record can be asked for, whatever stands in its number."""

    async def story(stage: Stage) -> None:
        stage.rig.customer(number)
        await stage.rig.compare()
        answer = await stage.client.get(
            f"/api/operations/records/{FLOW}/erp/-",
            params={"parts": f"usmf|{number}"},
            headers={"x-functions-key": MASTER},
        )
        assert answer.status_code == 200
        assert (answer.json()["state"], answer.json()["why"]) == ("coupled", "in sync")

    on_stage(story)


def test_explain_a_stranger() -> None:
    """A record that does not exist is told so, and so is one that is outside the flow."""

    async def story(stage: Stage) -> None:
        stranger = (await stage.get(f"/api/operations/records/{FLOW}/erp/usmf,{ACCOUNT}")).json()
        assert (stranger["state"], stranger["why"]) == ("not coupled", "the record does not exist")
        row_id = stage.rig.account(customertypecode=1)
        outside = (await stage.get(f"/api/operations/records/{FLOW}/dataverse/{row_id}")).json()
        assert "outside" in outside["why"]

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
