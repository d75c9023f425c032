"""Synchronising at once: one record, what has changed, everything; and what an order meets when a flow is paused."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from shared.engine import start_job
from tests.functions.stage import Stage, context, on_stage, problem_of
from tests.simulation.rig import ACCOUNT, CUSTOMERS, coupled

FLOW = "dual_write/customers_v3_accounts"
ROW = str(uuid4())


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


@pytest.mark.parametrize("asked", ["sync", "couple", "event"])
def test_whatever_is_asked_for_during_a_first_synchronisation_goes_by_its_master(asked: str) -> None:
    """The master belongs to the flow: a record that is visited before its turn comes out like all others."""

    async def story(stage: Stage) -> None:
        identity = stage.rig.customer(OrganizationName="Contoso Ltd")
        row_id = stage.rig.account(name="Contoso")
        await start_job(stage.rig.house, "sync", (CUSTOMERS,), master="erp", begin="initializing")
        if asked == "sync":
            body: dict[str, object] = {"what": "record", "side": "dataverse", "identity": [row_id]}
            assert (await stage.post(f"/api/operations/sync/{FLOW}", body)).status_code == 200
        elif asked == "couple":
            body = {"erp": list(identity), "dataverse": row_id}
            assert (await stage.post(f"/api/operations/couplings/{FLOW}/couple", body)).status_code == 200
        else:
            assert (await stage.event(context(row_id))).status_code == 202
        assert stage.rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")

    on_stage(story)


RECORD = {"what": "record", "side": "dataverse", "identity": [ROW]}
NOT_SYNCED: dict[str, tuple[str, object, int, str]] = {
    "nothing": (FLOW, {}, 400, "record, changed or everything"),
    "something else": (FLOW, {"what": "nonsense"}, 400, "'nonsense'"),
    "a list": (FLOW, {"what": ["record"]}, 400, "record, changed or everything"),
    "no body": (FLOW, None, 400, "record, changed or everything"),
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


def test_a_record_that_a_system_refuses_is_told_in_its_words() -> None:
    """A right on this one row is missing: that is nobody's mistake of ours."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        stage.rig.world.dataverse.behaviour.withheld_rows["accounts", "read"] = {row_id}
        answer = await stage.post(
            f"/api/operations/sync/{FLOW}", {"what": "record", "side": "dataverse", "identity": [row_id]}
        )
        problem_of(answer, 409, "read")

    on_stage(story)


def test_a_record_whose_delete_is_beyond_the_budget_is_answered_as_any_other() -> None:
    """It is held, and the list says what to do; the flow runs on. Whoever asks again has said the word."""

    async def story(stage: Stage) -> None:
        rig = stage.rig
        row_id = await coupled(rig)
        rig.house.deletes = 0
        rig.world.dataverse.delete("accounts", row_id)
        for outcome in ("parked", "deleted"):
            assert rig.erp() is not None
            answer = await stage.post(f"/api/operations/sync/{FLOW}", {"side": "dataverse", "identity": [row_id]})
            assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
            assert await rig.state() == "running"

    on_stage(story)


@pytest.mark.parametrize("asks", [1, 2])
def test_a_record_whose_older_values_are_beyond_the_budget_is_refused_with_the_reason(asks: int) -> None:
    """However often: the flow has paused, and the answer says why and what to do."""

    async def story(stage: Stage) -> None:
        rig = stage.rig
        rig.house.older = 0
        await coupled(rig)
        for name in ("New", "Contoso"):
            rig.edit(OrganizationName=name)
            if name == "New":
                await rig.visit("erp", ("usmf", ACCOUNT))
        for _ in range(asks):
            body = {"side": "erp", "identity": ["usmf", ACCOUNT]}
            answer = await stage.post(f"/api/operations/sync/{FLOW}", body)
        problem_of(answer, 409, "older values")

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
        await stage.approve(FLOW)
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
