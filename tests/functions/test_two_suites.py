"""Two suites over one table, as the operator's API tells of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.engine import set_state
from shared.mapping import Catalogue
from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.rig import TERMS
from tests.simulation.world import shipped_maps

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SHOP: Final = "shop.terms"
MAP: Final = Path(__file__).parents[1] / "suites" / "shop" / "terms.yaml"
WHAT: Final = f"{SHOP} and {TERMS} would both keep the same rows of msdyn_paymentterms"


def both() -> Catalogue:
    """The shipped maps, and one of a suite that keeps the same table."""
    shipped = shipped_maps()
    return Catalogue({**shipped.files, SHOP: MAP})


def test_a_flow_is_not_started_beside_another_suite() -> None:
    """A flow is refused while another suite keeps its rows; both are named. It may start once that has stopped."""

    async def story(stage: Stage) -> None:
        path = f"/api/operations/flows/{SHOP.replace('.', '/')}/run"
        problem_of(await stage.post(path, {"initial": False}), 409, WHAT)
        await set_state(stage.rig.house, TERMS, "not running")
        assert "both keep" not in (await stage.post(path, {"initial": False})).text

    on_stage(story, maps=both())


def test_the_preflight_names_both() -> None:
    """The preflight tells of it before anybody starts anything."""

    async def story(stage: Stage) -> None:
        report = (await stage.get(f"/api/operations/preflight?flow={SHOP}")).json()
        found = [each for each in report["findings"] if each["what"] == WHAT]
        assert [(each["severity"], sorted(each["flows"])) for each in found] == [("error", [TERMS, SHOP])]
        assert not report["sound"]
        told = [each["what"] for each in report["findings"]]
        assert "no setting of shop says which company rows belong to" in told

    on_stage(story, maps=both())
