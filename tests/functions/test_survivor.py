"""What becomes of the one record that is left of a pair, over HTTP: told first, done once, and never on another one."""

from __future__ import annotations

from typing import Any, Final

import pytest

from shared.engine import set_state
from tests.emulator.local import OPERATOR_KEY
from tests.functions.stage import JSON, Stage, keyed, on_stage, problem_of
from tests.functions.test_decisions import PLACE, coupled
from tests.functions.test_pairs_of_a_company import Desk, at_desk
from tests.simulation.central import DE
from tests.simulation.central_items import UNITS
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP

SURVIVOR: Final = f"/api/operations/couplings/{PLACE}/survivor"
SAYS: Final = {"restore": "make what is gone again", "uncouple": "what is left stays", "delete": "delete what is left"}


async def widowed(stage: Stage) -> dict[str, Any]:
    """An account whose customer was deleted; how a request names it."""
    row_id = await coupled(stage.rig)
    await stage.pass_time(600)
    stage.rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
    return {"side": DATAVERSE, "identity": [row_id]}


@pytest.mark.parametrize("do", SAYS)
def test_it_is_told_first_and_done_once(do: str) -> None:
    """In words that say which of the two records it is about; whoever sends it again is told what there is by then."""

    async def story(stage: Stage) -> None:
        record = await widowed(stage)
        before = stage.rig.writes()
        told = (await stage.post(SURVIVOR, {**record, "do": do})).json()
        assert (told["gone"], told["erp"], SAYS[do] in told["note"]) == (ERP, ["usmf", ACCOUNT], True), told
        assert ACCOUNT in told["left"]
        assert stage.rig.writes() == before
        done = await stage.post(SURVIVOR, {**record, "do": do, "confirm": True})
        assert (done.status_code, done.json()["reasons"]) == (200, []), done.text
        again = await stage.post(SURVIVOR, {**record, "do": do, "confirm": True})
        words = {"restore": "both of the two are there", "uncouple": "uncoupled already", "delete": "deleted already"}
        problem_of(again, 409, words[do])

    on_stage(story)


def test_what_a_run_would_refuse_is_refused_without_confirm_too() -> None:
    """A unit is Business Central's: nothing of it could be made again there."""

    async def story(desk: Desk) -> None:
        central = desk.central
        unit = central.coded("unitsOfMeasure", "PCS")
        assert (await central.visit(ERP, unit, name=UNITS)).kind == "created"
        central.later(hours=1)
        central.erp.delete(DE, "unitsOfMeasure", unit[1])
        place = f"/api/operations/couplings/{UNITS.replace('.', '/')}/survivor"
        for more in ({}, {"confirm": True}):
            body = {"side": ERP, "identity": [*unit], "do": "restore", **more}
            answer = await desk.client.post(place, json=body, headers={**JSON, **keyed(place, OPERATOR_KEY)})
            problem_of(answer, 409, "what is made there would be empty")

    at_desk(story)


def test_nothing_is_done_in_a_paused_flow_nor_for_a_partner_who_is_back() -> None:
    async def story(stage: Stage) -> None:
        record = await widowed(stage)
        await set_state(stage.rig.house, CUSTOMERS, "paused", "for a while")
        refused = await stage.post(SURVIVOR, {**record, "do": "delete", "confirm": True})
        problem_of(refused, 409, "is paused (for a while)")
        assert stage.rig.dataverse() is not None
        await set_state(stage.rig.house, CUSTOMERS, "running")
        stage.rig.customer()
        refused = await stage.post(SURVIVOR, {**record, "do": "delete", "confirm": True})
        problem_of(refused, 409, "both of the two are there: nothing was lost")
        assert stage.rig.dataverse() is not None

    on_stage(story)
