"""A flow that needs another is not let run before it, unless a person waives that."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.engine import set_state
from shared.mapping import Catalogue
from tests.functions.stage import Stage, on_stage, problem_of
from tests.functions.test_decisions import followed
from tests.simulation.rig import CUSTOMERS, GROUPS, maps_with

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

RUN: Final = "/api/operations/flows/dual_write/customers_v3_accounts/run"
RESUME: Final = "/api/operations/flows/dual_write/customers_v3_accounts/resume"
PLAN: Final = "/api/operations/reports/dual_write/all/{}"
SYNC: Final = "/api/operations/sync/dual_write/customers_v3_accounts"
NEEDS: Final = f"{CUSTOMERS} needs {GROUPS}, which is not running"


@pytest.fixture
def maps(tmp_path: Path) -> Catalogue:
    """Customers need their groups to run."""
    return maps_with(tmp_path, "needs: [customer_groups]\n")


async def stopped(stage: Stage, *names: str) -> None:
    for name in names:
        await set_state(stage.rig.house, name, "not running")


def test_what_is_needed_runs_first(maps: Catalogue) -> None:
    """The refusal names both flows and what to do; once the other one runs, nobody stands in the way."""

    async def story(stage: Stage) -> None:
        await stopped(stage, CUSTOMERS, GROUPS)
        refused = await stage.post(RUN, {"initial": False})
        problem_of(refused, 409, NEEDS)
        assert '\\"waive\\": [\\"customer_groups\\"]' in refused.text
        assert await stage.rig.state() == "not running"
        await set_state(stage.rig.house, GROUPS, "running")
        assert NEEDS not in (await stage.post(RUN, {"initial": False})).text

    on_stage(story, maps=maps)


def test_what_runs_along_with_it_is_enough(maps: Catalogue) -> None:
    """A whole suite is started at once: what is needed is among its flows."""

    async def story(stage: Stage) -> None:
        for name in stage.rig.house.catalogue.names:
            await stopped(stage, name)
        await followed(stage, await stage.post(PLAN.format("plan")))
        assert (await stage.approve("dual_write/all")).status_code == 200
        answer = await stage.post("/api/operations/flows/dual_write/all/run", {"initial": False})
        assert (answer.status_code, answer.json()["left"]) == (202, [])

    on_stage(story, maps=maps)


def test_who_needs_a_flow_that_is_left_is_left_too(maps: Catalogue) -> None:
    """A whole suite is started, and what is needed is not approved: both say why, the others run."""

    async def story(stage: Stage) -> None:
        for name in stage.rig.house.catalogue.names:
            await stopped(stage, name)
        answer = await stage.post("/api/operations/flows/dual_write/all/run", {"initial": False})
        left = {each["flow"]: each["why"] for each in answer.json()["left"]}
        assert "approve it first" in left[GROUPS]
        assert NEEDS in left[CUSTOMERS]
        assert {each["state"] for each in answer.json()["flows"]} == {"running"}
        assert await stage.rig.state() == "not running"

    on_stage(story, maps=maps)


@pytest.mark.parametrize("word", ["customer_groups", GROUPS])
def test_what_is_needed_may_be_waived_by_name(maps: Catalogue, word: str) -> None:
    """The waiver is shown with the flow and holds when it is resumed; the next run asks again."""

    async def story(stage: Stage) -> None:
        await stopped(stage, CUSTOMERS, GROUPS)
        answer = await stage.post(RUN, {"initial": False, "waive": [word]})
        assert answer.status_code == 202, answer.text
        assert [each["waived"] for each in answer.json()["flows"]] == [[GROUPS]]
        await set_state(stage.rig.house, CUSTOMERS, "paused")
        assert (await stage.post(RESUME)).status_code == 202
        await stopped(stage, CUSTOMERS)
        problem_of(await stage.post(RUN, {"initial": False}), 409, NEEDS)

    on_stage(story, maps=maps)


def test_a_waiver_ends_with_the_next_run(maps: Catalogue) -> None:
    """Run again with what it needs, a flow does not go on without that later."""

    async def story(stage: Stage) -> None:
        await stopped(stage, CUSTOMERS, GROUPS)
        await stage.post(RUN, {"initial": False, "waive": ["customer_groups"]})
        await stopped(stage, CUSTOMERS)
        await set_state(stage.rig.house, GROUPS, "running")
        assert (await stage.post(RUN, {"initial": False})).status_code == 202
        await set_state(stage.rig.house, CUSTOMERS, "paused")
        await stopped(stage, GROUPS)
        problem_of(await stage.post(RESUME), 409, NEEDS)

    on_stage(story, maps=maps)


def test_a_flow_that_was_never_waived_is_not_resumed_alone(maps: Catalogue) -> None:
    """What it needs has been stopped meanwhile: going on would create records whose references are not kept."""

    async def story(stage: Stage) -> None:
        await set_state(stage.rig.house, CUSTOMERS, "paused")
        await stopped(stage, GROUPS)
        problem_of(await stage.post(RESUME), 409, NEEDS)

    on_stage(story, maps=maps)


@pytest.mark.parametrize(
    ("waive", "status", "what"),
    [
        (["terms_of_payment"], 409, "terms_of_payment cannot be waived"),
        ("customer_groups", 400, "waive"),
        ([1], 400, "waive"),
    ],
)
def test_what_cannot_be_waived_is_refused(maps: Catalogue, waive: object, status: int, what: str) -> None:
    """A slip in the list says what could be waived, and starts nothing."""

    async def story(stage: Stage) -> None:
        await stopped(stage, CUSTOMERS, GROUPS)
        answer = await stage.post(RUN, {"initial": False, "waive": waive})
        problem_of(answer, status, what)
        assert await stage.rig.state() == "not running"

    on_stage(story, maps=maps)


def test_a_pilot_needs_what_its_flow_needs(maps: Catalogue) -> None:
    """One record, synced before its flow is run, is asked for what that needs, and may waive it; a flow that runs was
    asked before.
    """

    async def story(stage: Stage) -> None:
        side, identity = "erp", list(stage.rig.customer("E-1"))
        body = {"what": "record", "side": side, "identity": identity}
        await stopped(stage, CUSTOMERS, GROUPS)
        problem_of(await stage.post(SYNC, body), 409, NEEDS)
        assert stage.rig.accounts() == []
        assert NEEDS not in (await stage.post(SYNC, {**body, "waive": ["customer_groups"]})).text
        await set_state(stage.rig.house, CUSTOMERS, "running")
        assert (await stage.post(SYNC, body)).status_code == 200

    on_stage(story, maps=maps)
