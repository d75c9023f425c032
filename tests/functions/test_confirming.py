"""What cannot be taken back is told about first; and who approves has looked at what is approved."""

from __future__ import annotations

import pytest

from shared.engine import approve
from shared.errors import Refused
from tests.functions.stage import Stage, on_stage, problem_of
from tests.functions.test_decisions import PLACE, followed
from tests.simulation.rig import CUSTOMERS

OPERATIONS = "/api/operations"
REPORTS = f"{OPERATIONS}/reports/{PLACE}"


async def planned(stage: Stage, place: str = PLACE) -> str:
    """A report is made; its id, which is that of its job."""
    return str((await followed(stage, await stage.post(f"{OPERATIONS}/reports/{place}/plan")))["id"])


def test_an_older_report_is_not_approved() -> None:
    """Who looked at it has not seen what the newer one says, whose id is told."""

    async def story(stage: Stage) -> None:
        older, newer = await planned(stage), await planned(stage)
        refused = await stage.post(f"{REPORTS}/approve", {"report": older})
        problem_of(refused, 409, CUSTOMERS, f"{older} is not its last report", newer)
        (told,) = (await stage.get(REPORTS)).json()["reports"]
        assert (told["report"], told["approved"]) == (newer, {})
        assert (await stage.post(f"{REPORTS}/approve", {"report": newer})).status_code == 200

    on_stage(story)


def test_a_report_that_came_between_look_and_word_is_not_approved() -> None:
    """The engine holds it against the one that stands as it approves."""

    async def story(stage: Stage) -> None:
        older = await planned(stage)
        await planned(stage)
        with pytest.raises(Refused, match="is not its last report"):
            await approve(stage.rig.house, CUSTOMERS, older)

    on_stage(story)


def test_what_is_no_report_of_these_flows_is_not_approved() -> None:
    """A job that does not exist, one that did something, one about other flows, one that is not done."""

    async def story(stage: Stage) -> None:
        body = {"report": "0000000000-00000000"}
        problem_of(await stage.post(f"{REPORTS}/approve", body), 404, "there is no report")
        problem_of(await stage.post(f"{REPORTS}/approve"), 404, "has no report yet")
        groups = await planned(stage, "dual_write/customer_groups")
        problem_of(await stage.post(f"{REPORTS}/approve", {"report": groups}), 404, "not about", CUSTOMERS)
        synced = (await stage.post(f"{OPERATIONS}/sync/{PLACE}", {"what": "changed"})).json()["job"]
        problem_of(await stage.post(f"{REPORTS}/approve", {"report": synced}), 404, "is no report")
        under_way = (await stage.post(f"{REPORTS}/plan")).json()["job"]
        problem_of(await stage.post(f"{REPORTS}/approve", {"report": under_way}), 409, "still being made")

    on_stage(story)


def test_of_all_flows_those_are_approved_that_the_report_is_about() -> None:
    """The answer lists them."""

    async def story(stage: Stage) -> None:
        report = await planned(stage)
        done = await stage.post(f"{OPERATIONS}/reports/dual_write/all/approve", {"report": report})
        assert done.json() == {"approved": [CUSTOMERS], "report": report}

    on_stage(story)


def test_an_undo_that_cannot_start_is_refused_at_once() -> None:
    """Its first synchronisation is still under way; also where it would only be counted."""

    async def story(stage: Stage) -> None:
        await stage.post(f"{OPERATIONS}/flows/{PLACE}/stop")
        load = (await stage.post(f"{OPERATIONS}/flows/{PLACE}/run")).json()["job"]
        path = f"{OPERATIONS}/couplings/{PLACE}/undo"
        for confirm in (False, True):
            problem_of(await stage.post(path, {"job": load, "confirm": confirm}), 409, "still under way", "stop")
        problem_of(await stage.post(path, {"job": "0000000000-00000000"}), 404, "there is no job")

    on_stage(story)


@pytest.mark.parametrize("action", ["undo", "rebuild"])
def test_a_dry_run_says_that_nothing_is_done_and_what_to_send(action: str) -> None:
    """In words, with the job to look at; the confirmed one has nothing to add."""

    async def story(stage: Stage) -> None:
        await stage.post(f"{OPERATIONS}/flows/{PLACE}/stop")
        load = await followed(stage, await stage.post(f"{OPERATIONS}/flows/{PLACE}/run"))
        await stage.post(f"{OPERATIONS}/flows/{PLACE}/stop")
        body = {"job": load["id"]} if action == "undo" else {}
        told = (await stage.post(f"{OPERATIONS}/couplings/{PLACE}/{action}", body)).json()
        words = ("nothing is changed", f"/jobs/{told['job']}", '"confirm": true', action)
        assert all(each in told["note"] for each in words), told["note"]
        await stage.post(f"{OPERATIONS}/jobs/{told['job']}/stop")
        confirmed = (await stage.post(f"{OPERATIONS}/couplings/{PLACE}/{action}", {**body, "confirm": True})).json()
        assert confirmed.keys() == {"job"}

    on_stage(story)
