"""Setting Dataverse up for a suite, as the operator's API shows and does it, and the preflight tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from functions.prospect_to_cash import ProspectToCash
from shared.mapping import Catalogue
from shared.settings import SuiteSettings
from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.world import shipped_maps

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SUITE: Final = "prospect_to_cash"
PATH: Final = f"/api/operations/setup/{SUITE}"
FLOW: Final = f"{SUITE}.terms"
MAP: Final = Path(__file__).parents[1] / "suites" / "shop" / "terms.yaml"


def both(prefix: str = "koppel") -> Mapping[str, SuiteSettings]:
    """Both suites are on."""
    return {"dual_write": SuiteSettings(), SUITE: ProspectToCash(company="usmf", prefix=prefix)}


def maps() -> Catalogue:
    """The shipped maps, and one of the suite."""
    return Catalogue({**shipped_maps().files, FLOW: MAP})


async def told(stage: Stage) -> list[dict[str, Any]]:
    """What the preflight says about the set-up of the suite."""
    report = (await stage.get(f"/api/operations/preflight?flow={FLOW}")).json()
    return [each for each in report["findings"] if "set up for" in each["what"] or "set-up of" in each["what"]]


def test_it_is_shown_and_made() -> None:
    """GET shows what is missing, POST makes it and tells so, and both then find it complete."""

    async def story(stage: Stage) -> None:
        shown = (await stage.get(PATH)).json()
        assert (shown["suite"], shown["prefix"], shown["complete"], shown["made"]) == (SUITE, "koppel", False, [])
        assert {each["state"] for each in shown["steps"]} == {"missing"}
        done = (await stage.post(PATH)).json()
        assert done["complete"]
        assert "column contact koppel_contactnumber" in done["made"]
        assert (await stage.post(PATH)).json() == {**done, "made": []}
        assert (await stage.get(PATH)).json() == {**done, "made": []}

    on_stage(story, suites=both())


def test_the_prefix_of_the_setting() -> None:
    """The vendor's columns are looked for where the setting says so."""

    async def story(stage: Stage) -> None:
        assert {each["state"] for each in (await stage.post(PATH)).json()["steps"]} == {"blocked"}
        stage.rig.world.dataverse.install()
        assert (await stage.get(PATH)).json()["complete"]

    on_stage(story, suites=both("msdynce"))


def test_a_suite_that_needs_nothing() -> None:
    """It is complete, and nothing is asked of Dataverse."""

    async def story(stage: Stage) -> None:
        path = "/api/operations/setup/dual_write"
        nothing = {"suite": "dual_write", "complete": True, "prefix": "", "made": [], "steps": []}
        assert [(await stage.get(path)).json(), (await stage.post(path)).json()] == [nothing, nothing]

    on_stage(story, suites=both())


@pytest.mark.parametrize("suite", [SUITE, "nothing", "operations"])
def test_a_suite_that_is_off(suite: str) -> None:
    """It is not set up, nor is one that does not exist; those that are on are named."""

    async def story(stage: Stage) -> None:
        for ask in (stage.get, stage.post):
            problem_of(await ask(f"/api/operations/setup/{suite}"), 404, suite, "turned on: dual_write")

    on_stage(story, suites={"dual_write": SuiteSettings()})


def test_without_a_key() -> None:
    """Nobody sets up without a key."""

    async def story(stage: Stage) -> None:
        assert [(await stage.get(PATH, "wrong")).status_code, (await stage.post(PATH, key="wrong")).status_code] == [
            401,
            401,
        ]

    on_stage(story, suites=both())


def test_a_right_that_is_missing() -> None:
    """It is named with what it is for and what an administrator does; it is no failure of the app."""

    async def story(stage: Stage) -> None:
        stage.rig.world.dataverse.behaviour.missing_privileges = {"prvCreateAttribute"}
        (first, *_) = [each for each in (await stage.post(PATH)).json()["steps"] if each["state"] == "not allowed"]
        assert "prvCreateAttribute" in first["says"]
        assert "as an administrator, add to contact a column with the schema name" in first["remedy"]

    on_stage(story, suites=both())


def test_dataverse_is_away() -> None:
    """The caller is told to try later."""

    async def story(stage: Stage) -> None:
        stage.weather.outage["dataverse"] = stage.rig.world.loop.time() + 10_000
        problem_of(await stage.get(PATH), 503)
        problem_of(await stage.post(PATH), 503)

    on_stage(story, suites=both())


def test_an_index_that_takes_hours() -> None:
    """The answer comes before Azure gives up on it, and says what is under way."""

    async def story(stage: Stage) -> None:
        stage.rig.world.dataverse.behaviour.key_index_seconds = 10_000
        began = stage.rig.world.loop.time()
        done = (await stage.post(PATH)).json()
        assert stage.rig.world.loop.time() - began < 230
        assert [each["name"] for each in done["steps"] if each["state"] == "waits"] == ["koppel_contactnumber"]
        await stage.pass_time(10_000)
        assert (await stage.get(PATH)).json()["complete"]

    on_stage(story, suites=both())


def test_the_preflight_tells() -> None:
    """What flows cannot work without is an error, what people lack a warning, each with the way out; then neither."""

    async def story(stage: Stage) -> None:
        missing, _ = await told(stage)
        assert missing["severity"] == "error"
        assert missing["flows"] == [FLOW]
        assert "Dataverse is not set up for prospect_to_cash: publisher koppel" in missing["what"]
        assert f"POST {PATH} makes what is missing" in missing["remedy"]
        stage.rig.world.dataverse.behaviour.missing_privileges = {"prvPublishCustomization"}
        await stage.post(PATH)
        (left,) = await told(stage)
        assert left["severity"] == "warning"
        assert "prvPublishCustomization" in left["remedy"]
        stage.rig.world.dataverse.behaviour.missing_privileges = set()
        await stage.post(PATH)
        assert await told(stage) == []

    on_stage(story, suites=both(), maps=maps())


def test_the_preflight_of_another_suite_does_not_look() -> None:
    """What a suite needs stands in the way of its own flows only."""

    async def story(stage: Stage) -> None:
        report = (await stage.get("/api/operations/preflight?flow=dual_write.all")).json()
        assert not [each for each in report["findings"] if "set up for" in each["what"]]

    on_stage(story, suites=both(), maps=maps())
