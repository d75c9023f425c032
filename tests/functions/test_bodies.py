"""Bodies and addresses that mean nothing: each is refused in the one shape, says what to do, and does nothing."""

from __future__ import annotations

from typing import Any

import pytest

from functions.operators import WITH_KEY
from tests.functions.stage import Stage, data_event, on_stage, problem_of
from tests.functions.test_decisions import PLACE, coupled, followed, quarrel
from tests.functions.test_said import let_run
from tests.functions.test_turned_back import WHERE, put_back
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP

LONG = ["usmf", "x" * 600]
OPERATIONS = "/api/operations"
ENDS = {"side": ERP, "identity": LONG}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"couplings/{PLACE}/couple", {"erp": LONG, "dataverse": "00000000-0000-4000-8000-00000000c0de"}),
        *((f"couplings/{PLACE}/{action}", ENDS) for action in ("uncouple", "clear", "erase")),
        (f"sync/{PLACE}", {"what": "record", **ENDS}),
    ],
)
def test_a_key_that_no_record_can_have(path: str, body: Any) -> None:
    """It is too long for any ledger, and is refused as it comes in."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.post(f"{OPERATIONS}/{path}", body), 400, "too long", "look at the key")

    on_stage(story)


def test_a_key_that_no_record_can_have_is_not_asked_about_and_not_told_of() -> None:
    """In the address of a record, and in an event."""

    async def story(stage: Stage) -> None:
        asked = await stage.post(f"{OPERATIONS}/records/{PLACE}", {"side": ERP, "identity": [*LONG]})
        problem_of(asked, 400, "too long")
        problem_of(await stage.event(data_event(*LONG), source="finops"), 400, "too long")

    on_stage(story)


@pytest.mark.parametrize(("limit", "status"), [("9" * 5000, 400), ("-1", 400), ("1.5", 400), ("0", 200), ("7", 200)])
def test_a_limit(limit: str, status: int) -> None:
    """It has as many digits as a number of rows may have."""

    async def story(stage: Stage) -> None:
        answer = await stage.get(f"{OPERATIONS}/parked/{PLACE}?limit={limit}")
        assert answer.status_code == status, answer.text

    on_stage(story)


@pytest.mark.parametrize("action", ["accept", "restore"])
@pytest.mark.parametrize("body", [{"id": "c~nobody"}, {"cause": "overruled:nothing"}])
def test_a_conflict_that_is_not_there(action: str, body: Any) -> None:
    """Nobody is told that something was done."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        problem_of(await stage.post(f"{OPERATIONS}/conflicts/{PLACE}/{action}", body), 404, "list them")
        assert len(stage.rig.conflicts()) == 1

    on_stage(story)


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        (f"conflicts/{PLACE}/accept", {"id": 5}, "it has to be a text"),
        (f"conflicts/{PLACE}/accept", {"id": None, "cause": None}, "name the conflicts"),
        (f"conflicts/{PLACE}/accept", {"id": "x", "winer": "erp"}, "winner"),
        (f"conflicts/{PLACE}/restore", {"id": "x", "winner": "erp"}, "known: confirm, id, cause"),
        (f"couplings/{PLACE}/erase", {"side": ERP, "identity": ["usmf", "A"], "confirm": "true"}, "true or false"),
        (f"couplings/{PLACE}/uncouple", {"side": ERP, "identity": ["usmf", "A"], "confirm": True}, "side, identity"),
        (f"couplings/{PLACE}/rebuild", {"confrm": True}, "known: confirm"),
        (f"couplings/{PLACE}/undo", {"job": 5}, "it has to be a text"),
        (f"reports/{PLACE}/plan", {"mastr": "erp"}, "known: master"),
        (f"reports/{PLACE}/approve", {"master": "erp"}, "known: report"),
        ("environment/confirm", {"side": "erp"}, "known: key_lost"),
    ],
)
def test_a_member_that_is_not_known_or_of_another_kind(path: str, body: Any, word: str) -> None:
    """Whoever misspells a word does not get what he did not ask for."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.post(f"{OPERATIONS}/{path}", body), 400, word)
        assert (await stage.get(f"{OPERATIONS}/jobs")).json()["jobs"][0]["kind"] == "compare"

    on_stage(story)


def test_a_load_is_undone_where_it_was_made() -> None:
    """A flow that took no part in it is refused, and the flows that did are named."""

    async def story(stage: Stage) -> None:
        await stage.post(f"{OPERATIONS}/flows/{PLACE}/stop")
        load = await followed(stage, await stage.post(f"{OPERATIONS}/flows/{PLACE}/run"))
        path = f"{OPERATIONS}/couplings/dual_write/customer_groups/undo"
        problem_of(await stage.post(path, {"job": load["id"]}), 400, CUSTOMERS)

    on_stage(story)


def test_of_all_flows_those_are_confirmed_that_wait_for_it() -> None:
    """The others, which nobody may even run, are no hindrance."""

    async def story(stage: Stage) -> None:
        where = f"{OPERATIONS}/turned_back/dual_write/all/confirm"
        problem_of(await stage.post(where, {"side": ERP}), 409, "nothing is to be confirmed")
        await put_back(stage)
        answer = await stage.post(where, {"side": DATAVERSE})
        assert answer.json()["flows"] == [CUSTOMERS]
        assert (await followed(stage, answer))["errors"] == {}
        assert await stage.rig.state() == "running"

    on_stage(story)


def test_nothing_is_to_be_confirmed_whether_the_flow_may_run_or_not() -> None:
    """The answer is about what was asked."""

    async def story(stage: Stage) -> None:
        await coupled(stage.rig)
        problem_of(await stage.post(f"{WHERE}/confirm", {"side": ERP}), 409, "nothing is to be confirmed")

    on_stage(story)


RUN_IT = f"is not running: POST {OPERATIONS}/flows/{PLACE}/run lets it run, once its report is planned and approved"
RESUME_IT = f"paused by {WITH_KEY}. POST {OPERATIONS}/flows/{PLACE}/resume lets it go on"


@pytest.mark.parametrize(("action", "word"), [("stop", RUN_IT), ("pause", RESUME_IT)])
def test_a_record_tells_that_its_flow_is_not_at_work(action: str, word: str) -> None:
    """What is to be done to it waits for that: it says so first, with what lets the flow go on."""

    async def story(stage: Stage) -> None:
        row_id = await coupled(stage.rig)
        stage.rig.edit(OrganizationName="New")
        path = f"{OPERATIONS}/records/{PLACE}/dataverse/{row_id}"
        assert "waits for" not in (await stage.get(path)).json()
        await stage.post(f"{OPERATIONS}/flows/{PLACE}/{action}")
        told = (await stage.get(path)).json()
        assert word in told["waits for"]
        assert next(iter(told)) == "waits for"
        checks = (await stage.get(f"{OPERATIONS}/ready")).json()["checks"]
        red = [each["detail"] for each in checks if each["check"] == f"flow {CUSTOMERS}"]
        assert red == ([f"paused: {RESUME_IT}"] if action == "pause" else [])

    on_stage(story)


def test_whoever_names_the_side_that_lost_is_not_taken_at_his_word_for_the_one_that_won() -> None:
    """The loser would be given up; what he means is to restore it."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        await let_run(stage)
        (row,) = (await stage.get(f"{OPERATIONS}/conflicts/{PLACE}")).json()["conflicts"]
        path = f"{OPERATIONS}/conflicts/{PLACE}"
        problem_of(await stage.post(f"{path}/accept", {"id": row["id"], "winner": ERP}), 409, "Dataverse", "restore")
        assert len(stage.rig.conflicts()) == 1
        assert (await stage.post(f"{path}/accept", {"id": row["id"], "winner": DATAVERSE})).json() == {"accept": 1}

    on_stage(story)


def test_what_is_not_there_is_said_as_it_was_meant() -> None:
    """A suite that is off is no misspelt flow, and a report that nobody made is no job."""

    async def story(stage: Stage) -> None:
        for path in ("flows/business_central/all/pause", "reports/prospect_to_cash/accounts/plan"):
            problem_of(await stage.post(f"{OPERATIONS}/{path}"), 404, "is not turned on here (SUITES)", CUSTOMERS)
        said = problem_of(
            await stage.post(f"{OPERATIONS}/reports/{PLACE}/approve", {"report": "1"}), 404, "no report '1'"
        )
        assert "job" not in said["detail"]

    on_stage(story)


def test_reports_of_all_flows_are_those_that_there_are() -> None:
    """One flow that was never planned hides no other; and those are approved that the report is about."""

    async def story(stage: Stage) -> None:
        path = f"{OPERATIONS}/reports/dual_write/all"
        problem_of(await stage.get(path), 404, "plan")
        await let_run(stage)
        assert [each["flow"] for each in (await stage.get(path)).json()["reports"]] == [CUSTOMERS]
        await stage.post(f"{OPERATIONS}/reports/dual_write/cds_contacts_v2/plan")
        await stage.fire("operations_pump")
        told = (await stage.get(path)).json()["reports"]
        assert {each["flow"]: bool(each["approved"]) for each in told} == {
            "dual_write.cds_contacts_v2": False, CUSTOMERS: True,
        }  # fmt: skip

    on_stage(story)


@pytest.mark.parametrize("body", [{"side": "x" * 100_000}, {"side": ERP, "identity": ["x" * 100_000]}])
def test_a_refusal_does_not_repeat_whatever_was_sent(body: Any) -> None:
    """It says what was expected, in few words."""

    async def story(stage: Stage) -> None:
        answer = await stage.post(f"{OPERATIONS}/couplings/{PLACE}/clear", body)
        problem_of(answer, 400, "xxx", "use erp" if len(body) == 1 else "dataAreaId")
        assert len(answer.text) < 2_500

    on_stage(story)
