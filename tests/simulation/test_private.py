"""Values that a map calls private, or that the settings keep nothing of: who reads the ledger, or asks, sees none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Options, explain, report, start_job, work_on
from shared.ledger import PARKED, read_trouble
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

NUMBER: Final = "GB-4711"
LINE: Final = "IdentificationNumber = msdyn_identificationnumber"
PRIVATE: Final = f"fields: |\n  {LINE} ; private\n"


def kept(rig: Rig) -> str:
    """All that stands in the ledger but what is being written just now, and what lost: as somebody reads it."""
    rows = [row for rows in rig.world.tables.partitions.values() for row in rows.values()]
    return repr([row.cells for row in rows if not row.key.startswith("c~")])


async def planned(rig: Rig) -> Mapping[str, Any]:
    job = await start_job(rig.house, "plan", [CUSTOMERS])
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    return await report(rig.house, CUSTOMERS)


def refuse(rig: Rig) -> None:
    """Somebody's plug-in refuses the number, and says which it was."""
    behaviour = rig.world.dataverse.behaviour
    behaviour.refused_values["accounts"] = {"msdyn_identificationnumber": frozenset({NUMBER})}
    behaviour.own_words = f"The number '{NUMBER}' is not valid."


def test_a_private_line_is_written_and_its_values_stand_nowhere(tmp_path: Path) -> None:
    """It is told that the line was written, and that it differs; its values in neither journal nor explanation."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, IdentificationNumber="GB-1")
        rig.edit(IdentificationNumber=NUMBER, OrganizationName="Fabrikam")
        await rig.visit(ERP, ("usmf", "US-001"))
        assert rig.both("IdentificationNumber", "msdyn_identificationnumber") == (NUMBER, NUMBER)
        assert LINE in kept(rig)
        assert "Fabrikam" in kept(rig)
        rig.edit(IdentificationNumber="GB-2")
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (line,) = [each for each in told["lines"] if each["line"] == LINE]
        assert (line["flows"], line["changed"]) == ("to dataverse (edit)", [ERP])
        for value in ("GB-1", "GB-2", NUMBER):
            assert value not in kept(rig)
            assert value not in repr(told)

    on_stage(story, maps_with(tmp_path, PRIVATE))


@pytest.mark.parametrize("at_first", [True, False])
def test_what_a_system_says_of_a_private_value_is_not_kept(tmp_path: Path, at_first: bool) -> None:
    """A refusal quotes what it refuses: the line and the kind of trouble are listed, the words are not."""

    async def story(rig: Rig) -> None:
        refuse(rig)
        if at_first:
            await rig.visit(ERP, rig.customer(IdentificationNumber=NUMBER))
        else:
            await coupled(rig)
            rig.edit(IdentificationNumber=NUMBER)
            await rig.visit(ERP, ("usmf", "US-001"))
        (row,) = rig.rows(PARKED)
        assert NUMBER not in kept(rig)
        assert "code" in read_trouble(row).items[0]

    on_stage(story, maps_with(tmp_path, PRIVATE))


@pytest.mark.parametrize(
    ("private", "values", "shown"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_a_report_shows_values_as_the_journal_keeps_them(
    tmp_path: Path, private: bool, values: bool, shown: bool
) -> None:
    """A sample of a dry run names the line, and its values where nobody has said otherwise."""

    async def story(rig: Rig) -> None:
        await coupled(rig, IdentificationNumber="GB-1")
        rig.edit(IdentificationNumber=NUMBER)
        found = await planned(rig)
        assert LINE in repr(found["samples"])
        assert (NUMBER in repr(found["samples"])) == shown
        assert (NUMBER in kept(rig)) == shown

    on_stage(story, maps_with(tmp_path, PRIVATE) if private else None, options=Options(journal_values=values))


def test_without_values_a_parked_line_says_what_is_wrong_and_not_with_what() -> None:
    """The cause and the field stand; the value, and whatever is quoted, does not."""

    async def story(rig: Rig) -> None:
        refuse(rig)
        await coupled(rig)
        rig.edit(IdentificationNumber=NUMBER)
        await rig.visit(ERP, ("usmf", "US-001"))
        (row,) = rig.rows(PARKED)
        (item,) = read_trouble(row).items
        assert (item["line"], item["value"]) == (LINE, "")
        assert "is not valid" in item["message"]
        assert NUMBER not in kept(rig)

    on_stage(story, options=Options(journal_values=False))
