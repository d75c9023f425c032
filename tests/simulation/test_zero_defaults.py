"""A default of 0 is written where a number of Dataverse is null, and is a value from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_constants import is_quiet

STAFF = ("OrganizationNumberOfEmployees", "numberofemployees")


@pytest.mark.parametrize("line", ["OrganizationNumberOfEmployees = numberofemployees default 0",
                                  "OrganizationNumberOfEmployees > numberofemployees default 0",
                                  "OrganizationNumberOfEmployees = numberofemployees initial 0"])  # fmt: skip
def test_a_new_record_has_the_zero(tmp_path: Path, line: str) -> None:
    """Not a null; and nobody writes it again, nor what a person puts there."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        assert rig.both(*STAFF) == (0, 0)
        await is_quiet(rig)
        rig.edit(OrganizationNumberOfEmployees=7)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*STAFF) == (7, 7)
        rig.edit(OrganizationNumberOfEmployees=0)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*STAFF)[0] == 0
        await is_quiet(rig)

    on_stage(story, maps_with(tmp_path, f"fields: |\n  {line}\n"))


def test_a_zero_of_dataverse_is_no_blank(tmp_path: Path) -> None:
    """The default of the ERP fills a null, and leaves a 0 alone."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        for value, there in ((3, 3), (0, 0), (None, 5)):
            rig.change(row_id, numberofemployees=value)
            await rig.visit(DATAVERSE, (row_id,))
            assert rig.both(*STAFF) == (there, value)
            await is_quiet(rig)

    line = "OrganizationNumberOfEmployees < numberofemployees default 5"
    on_stage(story, maps_with(tmp_path, f"fields: |\n  {line}\n"))


@pytest.mark.parametrize("option", ["", " ; enforced"])
def test_a_constant_of_zero(tmp_path: Path, option: str) -> None:
    """It stands in a new row; one that is enforced takes the place of a null and of any other number."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        row = rig.dataverse()
        assert row is not None
        assert row["numberofemployees"] == 0
        await is_quiet(rig)
        rig.change(row_id, numberofemployees=4)
        await rig.visit(DATAVERSE, (row_id,))
        row = rig.dataverse()
        assert row is not None
        assert row["numberofemployees"] == (0 if option else 4)
        await is_quiet(rig)

    off, line = "OrganizationNumberOfEmployees = numberofemployees ; off", "- >> numberofemployees default 0"
    on_stage(story, maps_with(tmp_path, f"fields: |\n  {off}\n  {line}{option}\n"))
