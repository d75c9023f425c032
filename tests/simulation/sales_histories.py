"""Histories of prospect to cash: its maps, what its settings say, and who keeps its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from functions.prospect_to_cash.columns import columns
from functions.runtime import actions_of
from shared.columns import Columns, Keeper, Upgrades
from shared.engine import House, start_upgrade, work_on
from tests.simulation.prospects import NAME, USMF, configured
from tests.simulation.world import World
from tests.unit.maps.prospects import OURS

COLUMNS: Final[Columns] = columns(configured(OURS.rstrip("_")))
POLICIES: Final[Mapping[str, str]] = {
    "restore": "policy: {delete: restore}",
    "rename": "policy: {key_change: rename}",
    "uncouple": "policy: {delete: uncouple, key_change: put_back, reborn: park}",
    "propagate": "policy: {conflict: dataverse_wins, master: dataverse, delete: propagate}",
}
"""What the overlays of a history say about every flow, in place of what is shipped."""
SLICES: Final = 20


def set_up(world: World) -> None:
    """The suite is turned on, and its columns are there."""
    world.companies = ()
    world.dataverse.add_columns(OURS)
    world.suites, world.actions, world.upgrade = {NAME: USMF}, actions_of, Upgrades([COLUMNS])


def keeper_of(house: House) -> Keeper:
    """Who keeps the columns of the suite in a house."""
    return Keeper(house, COLUMNS)


async def upgraded(house: House) -> list[str]:
    """An operator gives older rows what they lack. What is wrong with that in good weather."""
    started = await start_upgrade(house, NAME, dry=False)
    found: Mapping[str, object] = started
    for _ in range(SLICES):
        if (found := await work_on(house, str(started["id"]), lambda: False))["state"] != "running":
            break
    return [] if found["state"] == "done" and not found["errors"] else [f"rule: an upgrade does not end: {found}"]
