"""A restore in place, over HTTP: the reason, the records, and the word of a person who says which side is right."""

from __future__ import annotations

from typing import Any

import pytest

from shared.engine import demand_approval
from shared.mapping import Side
from tests.functions.stage import Stage, on_stage, problem_of
from tests.functions.test_decisions import PLACE, coupled, followed
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP

WHERE = f"/api/operations/turned_back/{PLACE}"
ACCOUNTS = [f"T-{number:02}" for number in range(12)]


async def put_back(stage: Stage) -> None:
    """Twelve customers are renamed, and the ERP is restored to the state before; the compare pass comes by."""
    rig = stage.rig
    await demand_approval(rig.house, CUSTOMERS)
    for account in ACCOUNTS:
        await coupled(rig, account)
    backup = rig.world.finops.back_up()
    for account in ACCOUNTS:
        rig.edit(account, OrganizationName=f"New {account}")
        await rig.visit(ERP, ("usmf", account))
    rig.world.finops.put_back(backup)
    await stage.pass_time(300)
    await followed(stage, await stage.post(f"/api/operations/sync/{PLACE}", {"what": "everything"}))


def names(stage: Stage) -> tuple[set[Any], set[Any]]:
    world = stage.rig.world
    erp = {row["OrganizationName"] for row in world.finops.rows("CustomersV3")}
    return erp, {row["name"] for row in world.dataverse.rows("accounts")}


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
def test_the_word_of_a_person_decides(right: Side) -> None:
    """The reason stands in the state, in `ready`, with the record; the answer is carried out, and the flow runs."""

    async def story(stage: Stage) -> None:
        await put_back(stage)
        flows = (await stage.get("/api/operations/flows")).json()["flows"]
        (reason,) = [each["reason"] for each in flows if each["flow"] == CUSTOMERS]
        assert "12 of 12 records of CustomersV3" in reason
        assert f"POST {WHERE}/confirm" in reason
        assert (await stage.get("/api/operations/ready")).json()["flows"][CUSTOMERS]["reason"] == reason
        looked = (await stage.get("/api/operations/preflight")).json()
        assert (looked["sound"], looked["findings"][0]["what"]) == (False, reason)
        record = (
            await stage.post(f"/api/operations/records/{PLACE}", {"side": ERP, "identity": ["usmf", "T-00"]})
        ).json()
        assert record["waits for"] == reason
        (shown,) = (await stage.get(WHERE)).json()["flows"]
        assert (shown[ERP]["seen"], shown[ERP]["reason"], shown[DATAVERSE]["seen"]) == (12, reason, 0)
        job = await followed(stage, await stage.post(f"{WHERE}/confirm", {"side": right}))
        assert (job["state"], job["errors"]) == ("done", {})
        assert await stage.rig.state() == "running"
        new, old = {f"New {account}" for account in ACCOUNTS}, {"Contoso"}
        assert names(stage) == ((old, old) if right == ERP else (new, new))

    on_stage(story)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [({}, 400, "use erp or dataverse"), ({"side": "both"}, 400, "use erp or dataverse"),
     ({"side": "erp", "force": True}, 400, "not known"), ({"side": "erp"}, 409, "nothing is to be confirmed")],
)  # fmt: skip
def test_what_cannot_be_confirmed_is_refused(body: dict[str, Any], status: int, says: str) -> None:
    """A side has to be named, and something has to wait for it."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.post(f"{WHERE}/confirm", body), status, says)

    on_stage(story)


def test_a_record_that_a_person_asks_for_is_no_way_round() -> None:
    """A single sync is refused with the reason while the flow is paused; resumed without a word, it stops again."""

    async def story(stage: Stage) -> None:
        await put_back(stage)
        one = {"what": "record", "side": ERP, "identity": ["usmf", "T-00"]}
        problem_of(await stage.post(f"/api/operations/sync/{PLACE}", one), 409, "look turned back")
        await followed(stage, await stage.post(f"/api/operations/flows/{PLACE}/resume"))
        for _ in range(3):
            await stage.fire("operations_pump")
            await stage.pass_time(60)
        assert await stage.rig.state() == "paused"
        assert names(stage) == ({"Contoso"}, {f"New {account}" for account in ACCOUNTS})

    on_stage(story)


def test_a_flow_that_is_stopped_and_run_again_is_looked_at_anew() -> None:
    """Somebody has put the customers right meanwhile: what was said before does not stop the flow again."""

    async def story(stage: Stage) -> None:
        await put_back(stage)
        assert (await stage.post(f"/api/operations/flows/{PLACE}/stop")).status_code == 202
        for account in ACCOUNTS[1:]:
            stage.rig.edit(account, OrganizationName=f"New {account}")
        assert (await stage.post(f"/api/operations/flows/{PLACE}/run", {"initial": False})).status_code == 202
        job = await followed(stage, await stage.post(f"/api/operations/sync/{PLACE}", {"what": "everything"}))
        assert (job["errors"], await stage.rig.state()) == ({}, "running")
        both = {"Contoso", *(f"New {account}" for account in ACCOUNTS[1:])}
        assert names(stage) == (both, both)

    on_stage(story)
