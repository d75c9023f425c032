"""The upgrade over HTTP: a report first, then the run, carried on by the pump."""

from __future__ import annotations

from functions.runtime import kept, runtime
from shared.columns import Upgrades
from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.test_sellable import document, person, sellable

ADDRESS = "/api/operations/upgrade/dual_write"


async def finished(stage: Stage, action: str) -> None:
    """The action is ordered, and the pump comes round."""
    assert (await stage.post(f"{ADDRESS}/{action}")).status_code == 202
    await stage.fire("operations_pump")
    await stage.pass_time(60)


def test_report_and_run() -> None:
    """The report counts and writes nothing; nothing runs before it."""

    async def story(stage: Stage) -> None:
        stage.rig.house.upgrade = Upgrades(kept(runtime().configured))
        ada, _ = person(stage.rig), person(stage.rig)
        document(stage.rig, "quotes", ada)
        problem_of(await stage.post(f"{ADDRESS}/run"), 409, "plan it")
        await finished(stage, "plan")
        found = (await stage.get(ADDRESS)).json()
        assert (found["suite"], found["run"]) == ("dual_write", None)
        assert "runs" in found["idle"]
        assert found["report"]["tallies"] == {"dual_write": {"contacts.msdyn_sellable": 1}}
        assert sellable(stage.rig, ada) is False
        await finished(stage, "run")
        run = (await stage.get(ADDRESS)).json()["run"]
        assert (run["state"], run["tallies"]) == ("done", found["report"]["tallies"])
        assert sellable(stage.rig, ada) is True

    on_stage(story)


def test_what_is_refused() -> None:
    """A suite that is off or computes nothing, and an action that there is not."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.get("/api/operations/upgrade/prospect_to_cash"), 404, "those that do: dual_write")
        problem_of(await stage.post(f"{ADDRESS}/go"), 400, "plan, run")
        problem_of(await stage.post(f"{ADDRESS}/plan", {"master": "erp"}), 400, "master")

    on_stage(story)


def test_where_sales_is_missing() -> None:
    """Nothing is started, and the refusal says what is not there."""

    async def story(stage: Stage) -> None:
        stage.rig.world.dataverse.environment.tables.pop("quotes")
        stage.rig.world.dataverse.environment.by_logical.pop("quote")
        problem_of(await stage.post(f"{ADDRESS}/plan"), 409, "no table quote")

    on_stage(story)
