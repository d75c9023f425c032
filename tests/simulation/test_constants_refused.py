"""Enforced constants beside values that a system refuses: neither hides the other."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, at_first, coupled, on_stage
from tests.simulation.test_constants import KIND, LANGUAGE, enforcing, is_quiet, kept, parked, told
from tests.simulation.test_refusals import business_logic, plug_in


def test_what_is_enforced_is_put_back_though_a_line_is_parked(tmp_path: Path) -> None:
    """A fax number that Dataverse refuses is no reason to leave the language alone."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        plug_in(rig, {"fax": "2"})
        rig.edit(PrimaryContactFax="2")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        rig.edit(LanguageId="de")
        await rig.compare()
        assert (rig.erp() or {})["LanguageId"] == "en-us"
        assert [item["value"] for item in parked(rig)] == ["2"]
        await is_quiet(rig)

    on_stage(story, enforcing(tmp_path))


def test_a_value_that_an_enforced_constant_did_not_replace_is_no_conflict(tmp_path: Path) -> None:
    """The ERP refuses the constant: what stands there still has not lost, and the journal tells of no change."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        before = told(rig)
        business_logic(rig, {"LanguageId": "en-us"})
        rig.edit(LanguageId="de")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert (rig.erp() or {})["LanguageId"] == "de"
        assert [item["line"] for item in parked(rig)] == [LANGUAGE]
        assert (kept(rig), told(rig)) == ([], before)
        await is_quiet(rig)

    on_stage(story, enforcing(tmp_path))


def test_a_constant_is_not_to_blame_for_a_value_that_has_changed_since() -> None:
    """A memo that Dataverse refuses is edited before the next try: what rode on it rides on the new one."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, address1_addresstypecode=None)
        await rig.visit(DATAVERSE, (row_id,))
        plug_in(rig, {"description": "no"})
        rig.edit(SalesMemo="no")
        rig.world.weather.strike = at_first("ledger settle", lambda: rig.edit(SalesMemo="yes"))
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("SalesMemo", "description") == ("yes", "yes")
        assert parked(rig) == []
        assert told(rig)[0] == (KIND, "", "2")
        await is_quiet(rig)

    on_stage(story)
