"""A ledger that was lost is not a new one: a mark outside of it tells, and a person confirms before anything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.engine import (
    LostLedger,
    check_environment,
    confirm_environment,
    demand_environment,
    demand_ledger,
    environments,
    ledger_trouble,
    set_state,
    set_up_ledger,
)
from shared.errors import KoppelError, Refused
from tests.simulation.rig import ACCOUNT, CUSTOMERS, ERP, Rig, coupled, on_stage


def emptied(rig: Rig) -> None:
    """Somebody empties the table, or its name is mistyped."""
    rig.world.tables.empty()


def other_house(rig: Rig) -> None:
    """Another installation is set up for the same organisation, with a table of its own."""
    rig.world.dataverse.environment.table("serviceendpoints").rows.clear()
    row = {"serviceendpointid": "5a7e1c9e-3f0b-4e5d-9b51-2c8a6d1f7e40", "name": "Koppel ledger", "contract": 8,
           "url": "https://contoso.example", "authtype": 4, "authvalue": "x",
           "description": "Koppel keeps its couplings in ledger 0123456789abcdef."}  # fmt: skip
    rig.world.dataverse.create("serviceendpoints", row)


async def set_up(rig: Rig) -> None:
    rig.house.marked = True
    await set_up_ledger(rig.house)


def test_a_new_house_is_set_up_before_anything_is_done() -> None:
    """Without a mark and without a ledger nothing confirms itself; set-up names the ledger, once."""

    async def story(rig: Rig) -> None:
        rig.house.marked = True
        with pytest.raises(KoppelError, match="this installation is new: set it up"):
            await check_environment(rig.house)
        assert (await environments(rig.house))["known"] == {}
        await demand_ledger(rig.house)
        await set_up_ledger(rig.house)
        mark = await rig.house.dataverse.mark()
        assert len(mark) == 16
        writes = rig.writes()
        await set_up_ledger(rig.house)
        await check_environment(rig.house)
        await demand_environment(rig.house)
        assert (await rig.house.dataverse.mark(), rig.writes()) == (mark, writes)

    on_stage(story)


@pytest.mark.parametrize("lost", [emptied, other_house])
def test_a_ledger_that_is_not_the_one_named_is_not_worked_with(lost: Callable[[Rig], None]) -> None:
    """Nothing is written by pump, event or person, set-up is refused, and nobody confirms it but a person."""

    async def story(rig: Rig) -> None:
        await set_up(rig)
        await coupled(rig)
        await rig.pump()
        lost(rig)
        await set_state(rig.house, CUSTOMERS, "running")
        rig.house.environment_checked = None
        rig.edit(OrganizationName="Edited")
        await rig.hint(ERP, ("usmf", ACCOUNT))
        writes = rig.writes()
        await rig.pump()
        assert rig.writes() == writes
        assert rig.both("OrganizationName", "name") == ("Edited", "Contoso")
        for refused in (demand_environment, set_up_ledger):
            with pytest.raises(Refused, match="set-up has named ledger"):
                await refused(rig.house)
        with pytest.raises(LostLedger, match="LEDGER_TABLE"):
            await demand_ledger(rig.house)

    on_stage(story)


@pytest.mark.parametrize("lost", [emptied, other_house])
def test_a_person_confirms_that_this_ledger_is_meant(lost: Callable[[Rig], None]) -> None:
    """It is named in the place of the other one, and work goes on."""

    async def story(rig: Rig) -> None:
        await set_up(rig)
        await coupled(rig)
        lost(rig)
        await confirm_environment(rig.house)
        assert await ledger_trouble(rig.house) is None
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        rig.edit(OrganizationName="Contoso Ltd")
        await rig.hint(ERP, ("usmf", ACCOUNT))
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")

    on_stage(story)


def test_a_mark_that_is_gone_is_left_again_by_set_up() -> None:
    """Dataverse was put back to before the set-up: the ledger is what it was, and its name is written again."""

    async def story(rig: Rig) -> None:
        await set_up(rig)
        mark = await rig.house.dataverse.mark()
        rig.world.dataverse.environment.table("serviceendpoints").rows.clear()
        await check_environment(rig.house)
        await set_up_ledger(rig.house)
        assert await rig.house.dataverse.mark() == mark

    on_stage(story)


def test_the_local_house_knows_no_marks() -> None:
    """Its ledger is thrown away every now and then: it is taken into use as it is."""

    async def story(rig: Rig) -> None:
        await check_environment(rig.house)
        emptied(rig)
        await check_environment(rig.house)
        assert await rig.house.dataverse.mark() == ""

    on_stage(story)


def test_events_are_taken_while_nobody_can_say_which_ledger_is_meant() -> None:
    """Dataverse is away: that is no reason to turn an event of the ERP down."""

    async def story(rig: Rig) -> None:
        await set_up(rig)
        rig.world.dataverse.behaviour.application_user = "disabled"
        rig.house.environment_checked = None
        await demand_ledger(rig.house)

    on_stage(story)
