"""Two versions of the app on one ledger: approval says whose map it is, and the other one leaves the flow alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.engine import (
    House,
    approve,
    catch_up,
    demand_approval,
    job,
    pump,
    start_job,
    state_checked,
    state_of,
    work_on,
)
from shared.errors import Halted, OtherVersion
from tests.simulation.rig import CUSTOMERS, ERP, GROUPS, Rig, coupled, maps_with, on_stage

OVERLAY = "policy: {conflict: park}\n"


def second(rig: Rig, folder: Path) -> House:
    """Another app on the same ledger, with another map of customers, which nobody has approved."""
    found = rig.world.house()
    found.catalogue, found.version = maps_with(folder, OVERLAY), "the app on staging"
    return found


def test_an_app_whose_map_is_not_approved_leaves_the_flow_alone(tmp_path: Path) -> None:
    """It pauses nobody, writes nothing, and says who it is; hints and passes are left to the app that was approved."""

    async def story(rig: Rig) -> None:
        await demand_approval(rig.house, CUSTOMERS)
        await coupled(rig)
        other = second(rig, tmp_path)
        rig.edit(OrganizationName="Edited")
        await rig.hint(ERP, ("usmf", "US-001"))
        pumped = await pump(other, lambda: False)
        assert all(words in pumped.problems[CUSTOMERS] for words in ("the app on staging", "was approved", "plan"))
        assert (await rig.state(), rig.counts()["hints"]) == ("running", 1)
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Edited", "Edited")

    on_stage(story)


def test_a_job_is_left_to_the_app_that_was_approved(tmp_path: Path) -> None:
    """The other one takes no slice of it for done; flows that are the same in both it carries on."""

    async def story(rig: Rig) -> None:
        await demand_approval(rig.house, CUSTOMERS)
        rig.customer()
        other = second(rig, tmp_path)
        started = await start_job(rig.house, "compare", (GROUPS, CUSTOMERS))
        told = await work_on(other, started["id"], lambda: False)
        assert (told["state"], told["flows"][told["at"] :], rig.dataverse()) == ("running", [CUSTOMERS], None)
        told = await work_on(rig.house, started["id"], lambda: False)
        assert (told["state"], told["errors"]) == ("done", {})
        assert rig.dataverse() is not None
        assert "failing" not in await state_of(rig.house, CUSTOMERS)

    on_stage(story)


def test_who_is_approved_takes_over_at_once(tmp_path: Path) -> None:
    """No pause, no resume: from then on the app that had the flow leaves it alone, in the middle of its work, too."""

    async def story(rig: Rig) -> None:
        await demand_approval(rig.house, CUSTOMERS)
        await coupled(rig)
        await rig.compare()
        other = second(rig, tmp_path)
        planned = await start_job(other, "plan", (CUSTOMERS,))
        while (await job(other, planned["id"]))["state"] == "running":
            await work_on(other, planned["id"], lambda: False)
        await approve(other, CUSTOMERS)
        assert (await state_checked(other, CUSTOMERS))["state"] == "running"
        with pytest.raises(OtherVersion, match="staging"):
            await state_checked(rig.house, CUSTOMERS)
        with pytest.raises(Halted, match="staging"):
            await catch_up(rig.house, CUSTOMERS, lambda: False)

    on_stage(story)
