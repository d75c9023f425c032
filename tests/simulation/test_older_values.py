"""Values that read as they did before are counted by visits and passes, and have a budget of their own."""

from __future__ import annotations

from dataclasses import replace

from shared.engine import set_state
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, on_stage
from tests.simulation.turning_back import ACCOUNTS, confirmed, names, reason, restored, settled


def test_visits_and_passes_count_together() -> None:
    """Six that events of the other side bring up and six that a pass finds are twelve; the six of the pass are held."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS[:12])
        backup = rig.world.finops.back_up()
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"New {account}")
            await rig.visit(ERP, ("usmf", account))
        rig.world.finops.put_back(backup)
        for account in ACCOUNTS[:6]:
            await rig.hint(DATAVERSE, (ids[account],))
        await rig.pump()
        assert await rig.state() == "running"
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert sum(name.startswith("New") for name in names(rig, DATAVERSE).values()) == 6

    on_stage(story)


def test_old_values_of_long_ago_are_new_ones() -> None:
    """What a line was agreed at weeks ago is not remembered: to enter it again is an edit like any other."""

    async def story(rig: Rig) -> None:
        await settled(rig, ACCOUNTS[:12])
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"New {account}")
            await rig.visit(ERP, ("usmf", account))
        rig.world.loop.pass_time(30 * 86_400)
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"Firm {account}")
        await rig.compare()
        assert names(rig, DATAVERSE) == names(rig, ERP)

    on_stage(story)


def test_older_values_have_a_budget_of_their_own() -> None:
    """However small their share is: more of them than that within an hour, and the flow pauses; resumed, it goes on."""

    async def story(rig: Rig) -> None:
        rig.world.options = replace(rig.world.options, turned_back_share=2.0)
        rig.house = rig.world.house()
        rig.house.older = 3
        await settled(rig, ACCOUNTS[:6])
        for values in ("New", "Firm"):
            for account in ACCOUNTS[:6]:
                rig.edit(account, OrganizationName=f"{values} {account}")
                if values == "New":
                    await rig.visit(ERP, ("usmf", account))
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "older values" in await reason(rig)
        assert sum(name.startswith("Firm") for name in names(rig, DATAVERSE).values()) == 3
        await rig.house.budget.refill_older(CUSTOMERS)
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.pump()
        assert names(rig, DATAVERSE) == names(rig, ERP)

    on_stage(story)


def test_whoever_confirms_a_side_begins_the_budget_of_older_values_anew() -> None:
    """He has looked: what comes back by and by after that is not held up by what was spent before."""

    async def story(rig: Rig) -> None:
        await restored(rig, ERP, new_versions=False)
        await rig.compare_and_note()
        rig.house.older = 8
        for _ in range(8):
            await rig.house.budget.spend_older(CUSTOMERS)
        await confirmed(rig, ERP)
        await rig.house.budget.spend_older(CUSTOMERS)

    on_stage(story)


async def asked_in_a_pass(rig: Rig) -> int:
    """How often a compare pass asks about customers or accounts."""
    first = len(rig.world.requests)
    await rig.compare()
    return sum("/CustomersV3" in path or "/accounts" in path for _, _, path, _ in rig.world.requests[first:])


def test_a_pass_without_changes_asks_nothing_more() -> None:
    """No system is asked about records that are as agreed, however lately they changed."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS[:12])
        rig.world.loop.pass_time(60)
        await rig.compare()
        calm = await asked_in_a_pass(rig)
        for account in ACCOUNTS[:12]:
            rig.change(ids[account], name=f"New {account}")
            await rig.visit(DATAVERSE, (ids[account],))
        assert await asked_in_a_pass(rig) <= calm

    on_stage(story)
