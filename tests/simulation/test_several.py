"""A choice of several beside a text of the ERP: what is selected travels, its order does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from shared.ledger import PARKED, read_trouble
from tests.other_schemas import column_like
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_constants import is_quiet

FAX: Final = ("PrimaryContactFax", "fax")
LINE: Final = """fields: |
  PrimaryContactFax {} fax h ; separator ';'
values: {{h: {{Ships: 1, Trains: 2, Planes: 10}}}}
"""


@pytest.fixture(autouse=True)
def several(tmp_path: Path) -> Iterator[None]:
    """The fax of an account is a choice of several."""
    options = {"1": "Ships", "2": "Trains", "3": "Boats", "10": "Planes"}
    with column_like(tmp_path, "accounts", "fax", {"type": "choices", "options": options}):
        yield


def test_a_selection_goes_both_ways(tmp_path: Path) -> None:
    """Created, edited on either side, and cleared; another order is no edit."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactFax="Planes;Ships")
        assert rig.both(*FAX) == ("Planes;Ships", "1,10")
        await is_quiet(rig)
        writes = rig.writes()
        rig.change(row_id, fax="10,1")
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(PrimaryContactFax="Ships;Planes")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.writes() == writes
        rig.change(row_id, fax="10,2")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*FAX) == ("Trains;Planes", "10,2")
        rig.edit(PrimaryContactFax="Trains")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*FAX) == ("Trains", "2")
        rig.change(row_id, fax=None)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*FAX) == ("", None)
        await is_quiet(rig)

    on_stage(story, maps_with(tmp_path, LINE.format("><")))


@pytest.mark.parametrize("symbol", [">>", "<<"])
def test_another_order_on_a_target_is_not_put_back(tmp_path: Path, symbol: str) -> None:
    """It means the same."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(fax="1,2")
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(PrimaryContactFax="Trains;Ships")
        rig.change(row_id, fax="2,1")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*FAX) == ("Trains;Ships", "2,1")
        await is_quiet(rig)

    on_stage(story, maps_with(tmp_path, LINE.format(symbol)))


def test_a_member_that_nobody_knows(tmp_path: Path) -> None:
    """The line is set aside with what was selected, and nothing of it is written."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactFax="Ships")
        rig.change(row_id, fax="1,3")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*FAX) == ("Ships", "1,3")
        (item,) = [item for row in rig.rows(PARKED) for item in read_trouble(row).items]
        assert item["code"] == "value-map"
        assert "'3' is not in the value map h" in item["message"]

    on_stage(story, maps_with(tmp_path, LINE.format("><")))
