"""Units of measure and their groups in Sales (reference: business-central 3.6)."""

from __future__ import annotations

import pytest

from functions.business_central.unit_actions import Unit, like_its_code
from functions.business_central.units_of_measure import unit_group_name, unit_of_group
from shared.engine import explain
from shared.mapping import DATAVERSE, ERP
from tests.simulation.central_items import UNITS, Shelf, with_shelf

PCS = Unit("1", "v", "PCS", "1", "")
PIECE = Unit("1", "v", "Piece", "1", "")
PALLET = Unit("2", "v", "Pallet", "48", "1")


@pytest.mark.parametrize(
    ("units", "steps", "parks"),
    [
        ([PCS], [], ""),
        ([PCS, PALLET], [], ""),
        ([PIECE], ["unit Piece renamed to PCS"], ""),
        ([PIECE, PALLET], [], "unit group NAV PCS has no unit PCS (units: Pallet, Piece)"),
        ([], [], ""),
        ([PIECE, Unit("2", "v", "PCS", "12", "1")], [], "unit PCS of unit group NAV PCS is not its base unit"),
        ([Unit("1", "v", "PCS", "2", "")], [], "unit PCS of unit group NAV PCS is not its base unit"),
    ],
    ids=["as it should be", "one more", "another name", "another name of two", "in a dry run", "multiple", "both"],
)
def test_a_group_has_a_unit_that_is_called_like_the_code(units: list[Unit], steps: list[str], parks: str) -> None:
    """The only one is renamed; what a person has to decide says what to do."""
    found = like_its_code("NAV PCS", "PCS", "0", units)
    assert [each.what for each in found.steps] == steps
    assert (found.parks.startswith(parks), bool(found.parks)) == (True, bool(parks))


@pytest.mark.parametrize("code", ["KM", "BRONTOZAUR", "NAV", ""])
def test_a_group_is_called_as_the_product_calls_it(code: str) -> None:
    """bc-213: and its name says which code it is for."""
    assert unit_group_name(code) == f"NAV {code}"
    assert unit_of_group(f"NAV {code}") == code


async def test_a_group_is_that_of_its_code_in_any_letters() -> None:
    """A person has typed it: it is coupled, its unit stays as it is, and a second look writes nothing."""

    async def story(shelf: Shelf) -> None:
        typed = shelf.group("nav r&d/o'b", "r&d/o'b")
        unit = shelf.central.coded("unitsOfMeasure", "R&D/O'B")
        assert (await shelf.hears(ERP, unit, name=UNITS)).dataverse == typed
        assert (await shelf.hears(DATAVERSE, (typed,), name=UNITS)).kind == "equal"
        assert shelf.said(UNITS) == []
        before = len(shelf.central.dataverse.history)
        await shelf.central.compare(UNITS)
        assert len(shelf.central.dataverse.history) == before

    await with_shelf(story)


async def test_a_group_that_somebody_called_otherwise_is_explained_and_put_back() -> None:
    """Its name says no code then: explain tells what is to come, and the next visit gives it its name again."""

    async def story(shelf: Shelf) -> None:
        unit = shelf.central.coded("unitsOfMeasure", "BOX")
        group = (await shelf.hears(ERP, unit, name=UNITS)).dataverse
        shelf.central.dataverse.update("uomschedules", group, {"name": "Boxes"})
        flow = shelf.central.house.flow(UNITS)
        (told,) = (await explain(flow, DATAVERSE, (group,)))["actions"]
        assert "'Boxes' is no unit group of Business Central" in told["next"]
        assert (await shelf.hears(DATAVERSE, (group,), name=UNITS)).kind == "updated"
        row = shelf.central.dataverse.row("uomschedules", group)
        assert (row and row["name"], shelf.said(UNITS)) == ("NAV BOX", [])

    await with_shelf(story)


def test_an_inactive_group_is_set_active_by_a_person() -> None:
    """No product can have it until then."""
    assert "set it active" in like_its_code("NAV PCS", "PCS", "1", [PCS]).parks


async def test_a_code_that_is_renamed_renames_group_and_unit() -> None:
    """And the items of that unit are as they were: nothing of them is written."""

    async def story(shelf: Shelf) -> None:
        item = shelf.item()
        await shelf.created(item)
        (unit,) = (row for row in shelf.central.erp.rows("CRONUS DE", "unitsOfMeasure") if row["code"] == "PCS")
        identity = (shelf.central.company, str(unit["id"]))
        shelf.central.erp.update("CRONUS DE", "unitsOfMeasure", identity[1], {"code": "EA"})
        assert (await shelf.hears(ERP, identity, name=UNITS)).kind == "updated"
        row = shelf.made()
        assert shelf.named(row, "_defaultuomscheduleid_value", "uomschedules") == "NAV EA"
        assert shelf.named(row, "_defaultuomid_value", "uoms") == "EA"
        before = len(shelf.central.dataverse.history)
        assert (await shelf.hears(ERP, item)).kind == "equal"
        assert (shelf.said(), len(shelf.central.dataverse.history)) == ([], before)

    await with_shelf(story)
