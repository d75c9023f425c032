"""A run, and a synchronisation of everything, on other terms than those that somebody has approved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, maps_with

PLACE = CUSTOMERS.replace(".", "/")


async def planned(stage: Stage, master: str = "", **terms: str) -> None:
    """A report on these terms, approved."""
    await stage.post(f"/api/operations/reports/{PLACE}/plan", {**({"master": master} if master else {}), **terms})
    await stage.fire("operations_pump")
    assert (await stage.approve(PLACE)).status_code == 200


def test_a_run_with_another_master_than_the_approved_one_is_refused_until_that_is_planned() -> None:
    """What the refusal says to do works."""

    async def story(stage: Stage) -> None:
        run = f"/api/operations/flows/{PLACE}/run"
        stage.rig.customer(OrganizationName="Contoso Ltd")
        stage.rig.account(name="Contoso")
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        await planned(stage, ERP)
        (told,) = (await stage.get(f"/api/operations/reports/{PLACE}")).json()["reports"]
        assert (told["master"], told["companies"]) == (ERP, ["DEMF", "USMF"])
        for body in ({"master": DATAVERSE}, {}, {"initial": False}, {"initial": False, "master": ERP}):
            problem_of(await stage.post(run, body), 409, "the master erp was approved", "plan it")
        assert stage.rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso")
        assert (await stage.post(run, {"master": ERP})).status_code == 202
        await stage.fire("operations_pump")
        assert stage.rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")

    on_stage(story)


@pytest.mark.parametrize("what", ["changed", "everything"])
def test_everything_is_synced_with_an_approved_master_only(what: str) -> None:
    """A live flow is no way around the report."""

    async def story(stage: Stage) -> None:
        stage.rig.customer(OrganizationName="Contoso Ltd")
        stage.rig.account(name="Contoso")
        body: dict[str, Any] = {"what": what, "master": ERP}
        problem_of(await stage.post(f"/api/operations/sync/{PLACE}", body), 409, "plan it")
        await planned(stage, DATAVERSE)
        problem_of(await stage.post(f"/api/operations/sync/{PLACE}", body), 409, "plan it with the master erp")
        await planned(stage, ERP)
        assert (await stage.post(f"/api/operations/sync/{PLACE}", body)).status_code == 202

    on_stage(story)


def test_a_person_says_where_a_run_and_a_sync_of_one_record_create(tmp_path: Path) -> None:
    """What the map leaves alone is made where the approved request says so; one record where it says `create`."""

    async def story(stage: Stage) -> None:
        run, sync = f"/api/operations/flows/{PLACE}/run", f"/api/operations/sync/{PLACE}"
        identity = stage.rig.customer("E-1")
        stage.rig.account("C-1")
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        await planned(stage, creates="erp")
        problem_of(await stage.post(run, {"creates": "everywhere"}), 400, "use both, erp, dataverse or none")
        problem_of(await stage.post(run, {"creates": "both"}), 409, "plan it with creates both")
        assert (await stage.post(run, {"creates": "erp"})).status_code == 202
        await stage.fire("operations_pump")
        assert (stage.rig.erp("C-1") is not None, stage.rig.dataverse("E-1")) == (True, None)
        body = {"what": "record", "side": ERP, "identity": list(identity)}
        problem_of(await stage.post(sync, {**body, "create": "yes"}), 400, "create")
        assert (await stage.post(sync, body)).json() == {"outcome": "ignored"}
        assert (await stage.post(sync, {**body, "create": True})).json() == {"outcome": "created"}
        assert stage.rig.dataverse("E-1") is not None

    on_stage(story, maps=maps_with(tmp_path, "policy: {creates: none}\n"))
