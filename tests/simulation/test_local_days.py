"""Days that Dataverse holds as midnight of whoever entered them: the map names the zone, and no day moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Wake, set_state, visit
from shared.errors import MapError
from shared.mapping import DATAVERSE, ERP
from tests.other_schemas import column_like
from tests.simulation.rig import Rig, maps_with, on_stage

CARDS: Final = "dual_write.loyalty_cards"
VIENNA: Final = "fields: |\n  LoyaltyEnrollmentDate = msdyn_enrollmentdate ; zone Europe/Vienna\n"
SUMMER: Final = ("2024-07-05T12:00:00Z", "2024-07-04T22:00:00Z")
WINTER: Final = ("2024-12-05T12:00:00Z", "2024-12-04T23:00:00Z")


@pytest.fixture(autouse=True)
def local_days(tmp_path: Path) -> Iterator[None]:
    """The day of enrollment is date only and user local."""
    with column_like(tmp_path, "msdyn_loyaltycards", "msdyn_enrollmentdate", {"type": "datetime", "local_day": True}):
        yield


def both(rig: Rig) -> tuple[Any, Any]:
    (erp,), (row,) = rig.world.finops.rows("RetailLoyaltyCards"), rig.world.dataverse.rows("msdyn_loyaltycards")
    return erp["LoyaltyEnrollmentDate"], row["msdyn_enrollmentdate"]


async def look(rig: Rig, side: Any, *identity: str) -> None:
    await visit(rig.flow(CARDS), Wake(side, identity))


def test_a_day_is_the_same_day_on_both_sides(tmp_path: Path) -> None:
    """Summer and winter, on create and on update, whoever enters it."""

    async def story(rig: Rig) -> None:
        await set_state(rig.house, CARDS, "running")
        rig.world.finops.create("RetailLoyaltyCards", {"CardNumber": "1", "LoyaltyEnrollmentDate": SUMMER[0]})
        await look(rig, ERP, "1")
        assert both(rig) == SUMMER
        (row,) = rig.world.dataverse.rows("msdyn_loyaltycards")
        rig.world.dataverse.update(
            "msdyn_loyaltycards", row["msdyn_loyaltycardid"], {"msdyn_enrollmentdate": WINTER[1]}
        )
        await look(rig, DATAVERSE, str(row["msdyn_loyaltycardid"]))
        assert both(rig) == WINTER
        writes = rig.writes()
        await rig.compare(CARDS)
        assert rig.writes() == writes

    on_stage(story, maps_with(tmp_path, VIENNA, CARDS))


def test_a_day_that_somebody_enters_elsewhere_is_the_day_that_it_is_here(tmp_path: Path) -> None:
    """New York's midnight is in Vienna's morning: the same day, and Dataverse keeps its moment."""

    async def story(rig: Rig) -> None:
        await set_state(rig.house, CARDS, "running")
        row = {"msdyn_cardnumber": "1", "msdyn_enrollmentdate": "2024-12-05T05:00:00Z"}
        await look(rig, DATAVERSE, rig.world.dataverse.create("msdyn_loyaltycards", row))
        assert both(rig) == ("2024-12-05T12:00:00Z", "2024-12-05T05:00:00Z")
        await rig.compare(CARDS)
        assert both(rig) == ("2024-12-05T12:00:00Z", "2024-12-05T05:00:00Z")

    on_stage(story, maps_with(tmp_path, VIENNA, CARDS))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("LoyaltyEnrollmentDate = msdyn_enrollmentdate", "midnight of whoever entered it"),
        ("LoyaltyEnrollmentDate = msdyn_enrollmentdate ; zone Atlantis", "there is no time zone 'Atlantis'"),
        ("LoyaltyEnrollmentDate = msdyn_enrollmentdate ; zone ../etc", "there is no time zone"),
        ("OmOperatingUnitNumber = msdyn_operatingunitnumber ; zone Europe/Vienna", "is not a day"),
    ],
)
def test_a_map_that_does_not_say_whose_midnight_it_is_is_refused(line: str, what: str, tmp_path: Path) -> None:
    """The flow does not start, and its finding says what to write."""
    overlay = VIENNA if line.startswith("Om") else "fields: |\n"
    with pytest.raises(MapError, match=what):
        maps_with(tmp_path, f"{overlay}  {line}\n", CARDS).map(CARDS)
