"""A number that one side keeps as text: carried over both ways, and set aside where it is none."""

from __future__ import annotations

from pathlib import Path

from shared.ledger import PARKED, read_trouble
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_constants import is_quiet

STAFF = ("PrimaryContactFax", "numberofemployees")
LINES = """fields: |
  OrganizationNumberOfEmployees = numberofemployees ; off
  PrimaryContactFax = fax ; off
  PrimaryContactFax >< numberofemployees fn to_whole(4)
"""


def test_a_number_that_is_a_text(tmp_path: Path) -> None:
    """Leading zeros come and go; what is no number stays where it is, with value and reason, until it is one."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactFax="0012")
        assert rig.both(*STAFF) == ("0012", 12)
        await is_quiet(rig)
        rig.change(row_id, numberofemployees=7)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*STAFF) == ("0007", 7)
        rig.edit(PrimaryContactFax="8")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*STAFF) == ("8", 8)
        await is_quiet(rig)
        rig.edit(PrimaryContactFax="eight")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*STAFF) == ("eight", 8)
        (item,) = [item for row in rig.rows(PARKED) for item in read_trouble(row).items]
        assert (item["code"], item["value"]) == ("function", "eight")
        assert "'eight' is not a whole number" in item["message"]
        rig.edit(PrimaryContactFax="9")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*STAFF) == ("9", 9)
        assert not rig.rows(PARKED)

    on_stage(story, maps_with(tmp_path, LINES))
