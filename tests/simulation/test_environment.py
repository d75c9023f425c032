"""The environment fingerprint: a restored or copied system is not the one that the couplings speak of."""

from __future__ import annotations

import pytest

from shared.engine import check_environment, confirm_environment, demand_environment, environments, set_state
from shared.errors import Refused
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, on_stage

COPY = "0c0c0c0c-0000-4000-8000-00000000c0de"


def test_another_organisation_pauses_everything_until_a_person_confirms() -> None:
    """Nothing is written to the copy, the reason names both, and confirmed couplings go on where they were."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        await rig.pump()
        known = (await environments(rig.house))["known"]
        rig.world.dataverse.environment.organization_id = COPY
        rig.edit(OrganizationName="Edited")
        await rig.hint(ERP, ("usmf", "US-001"))
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Edited", "Contoso")
        assert await rig.state() == "paused"
        with pytest.raises(Refused, match=f"was {known['dataverse']} and is {COPY}"):
            await demand_environment(rig.house)
        await confirm_environment(rig.house)
        await demand_environment(rig.house)
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Edited", "Edited")

    on_stage(story)


def test_the_first_look_remembers_the_environment_and_later_ones_write_nothing() -> None:
    """A new ledger belongs to the environment it is first used with."""

    async def story(rig: Rig) -> None:
        assert (await environments(rig.house))["known"] == {}
        await check_environment(rig.house)
        found = await environments(rig.house)
        assert found["known"] == found["now"]
        assert found["now"][DATAVERSE] == rig.world.dataverse.organization_id
        transactions = rig.world.tables.transactions
        await check_environment(rig.house)
        assert rig.world.tables.transactions == transactions

    on_stage(story)


def test_a_paused_flow_is_left_alone_by_jobs() -> None:
    """A job that was started before the flow paused says so, and does nothing."""

    async def story(rig: Rig) -> None:
        rig.customer()
        await set_state(rig.house, CUSTOMERS, "paused")
        job = await rig.compare_and_note()
        assert job["errors"] == {CUSTOMERS: "the flow is paused: nothing was done"}
        assert rig.dataverse() is None

    on_stage(story)
