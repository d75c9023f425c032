"""A restore in place: a person says which side is right before anything follows."""

from __future__ import annotations

import pytest

from shared.engine import start_job, work_on
from shared.engine import turned_back as told_of
from shared.mapping import Side
from shared.mapping import other as opposite
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, on_stage
from tests.simulation.turning_back import ACCOUNTS, confirmed, key, names, reason, restored, settled


@pytest.mark.parametrize("new_versions", [False, True])
@pytest.mark.parametrize("edited_in", [ERP, DATAVERSE])
def test_a_restore_in_place_pauses_the_flow_and_changes_nothing(edited_in: Side, new_versions: bool) -> None:
    """Whoever made the day's edits, and whether versions go back or are new: what was lost is named, and kept."""

    async def story(rig: Rig) -> None:
        evening = await restored(rig, edited_in, new_versions=new_versions)
        morning, writes = names(rig, ERP), rig.writes()
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "12 of 12 records of CustomersV3" in await reason(rig)
        assert "read as before" in await reason(rig)
        assert (names(rig, DATAVERSE), names(rig, ERP), rig.writes()) == (evening, morning, writes)
        told = (await told_of(rig.house, CUSTOMERS))[ERP]
        assert (told["seen"], len(told["records"])) == (12, 12)

    on_stage(story)


@pytest.mark.parametrize("new_versions", [False, True])
@pytest.mark.parametrize("edited_in", [ERP, DATAVERSE])
def test_where_dataverse_is_right_the_restored_side_is_written_again(edited_in: Side, new_versions: bool) -> None:
    """Edits are put back, customers are created again, nobody is there twice, and the next pass finds nothing to do."""

    async def story(rig: Rig) -> None:
        evening = await restored(rig, edited_in, new_versions=new_versions)
        await rig.compare_and_note()
        await confirmed(rig, DATAVERSE)
        assert await rig.state() == "running"
        assert names(rig, ERP) == names(rig, DATAVERSE) == evening
        assert not rig.conflicts()
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes
        assert (await told_of(rig.house, CUSTOMERS))[ERP]["right"] == "", "the answer holds for this one time"

    on_stage(story)


def test_where_the_erp_is_right_its_values_are_carried_over() -> None:
    """It was people after all: older values and deletes reach Dataverse, the budget for deletes still counting."""

    async def story(rig: Rig) -> None:
        await restored(rig, ERP, new_versions=False)
        morning = names(rig, ERP)
        await rig.compare_and_note()
        await confirmed(rig, ERP)
        assert await rig.state() == "running"
        assert names(rig, DATAVERSE) == names(rig, ERP) == morning

    on_stage(story)


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
def test_an_edit_after_the_restore_is_nobodys_older_value(right: Side) -> None:
    """What somebody enters since flows in any case; it is neither put back nor held up once a person has spoken."""

    async def story(rig: Rig) -> None:
        await restored(rig, ERP, new_versions=True)
        await rig.compare_and_note()
        rig.edit("T-00", SalesMemo="entered since")
        await confirmed(rig, right)
        assert rig.both("SalesMemo", "description", "T-00") == ("entered since", "entered since")

    on_stage(story)


async def deleted_and_back(rig: Rig, side: Side) -> dict[str, str]:
    """Twelve of twenty are deleted, and a day later those of one side are there again; the ids of all accounts."""
    ids = await settled(rig)
    backup = rig.world.finops.back_up()
    for account in ACCOUNTS[:12]:
        if side == ERP:
            rig.world.dataverse.delete("accounts", ids[account])
            await rig.visit(DATAVERSE, (ids[account],), source="delete")
        else:
            rig.world.finops.delete("CustomersV3", key(account))
            await rig.visit(ERP, ("usmf", account), source="delete")
    rig.world.loop.pass_time(3600)
    if side == ERP:
        assert rig.world.finops.put_back(backup) == 12
    for account in ACCOUNTS[:12] if side == DATAVERSE else ():
        rig.account(account, name=f"Firm {account}", accountid=ids[account])
    return ids


@pytest.mark.parametrize("right", [ERP, DATAVERSE])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_a_restore_brings_back_is_not_created_again(side: Side, right: Side) -> None:
    """Not even the first of them, until a person has said so. What he leaves alone stays so, and stops no pass."""

    async def story(rig: Rig) -> None:
        await deleted_and_back(rig, side)
        other, writes = opposite(side), rig.writes()
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "12 of 12" in await reason(rig)
        assert "are back" in await reason(rig)
        assert rig.writes() == writes
        await confirmed(rig, right)
        for _ in range(2):
            assert (await rig.state(), rig.counts()["hints"]) == ("running", 0)
            assert len(names(rig, other)) == (20 if right == side else 8)
            assert rig.counts()["parked"] == (0 if right == side else 12)
            await rig.compare_and_note()
            await rig.pump()

    on_stage(story)


def test_a_dataverse_that_was_put_back_is_noticed_in_the_same_way() -> None:
    """Rows of Dataverse read as they did before we wrote them: the ERP is not set back."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig, ACCOUNTS[:12])
        for account in ACCOUNTS[:12]:
            rig.edit(account, OrganizationName=f"New {account}")
            await rig.visit(ERP, ("usmf", account))
        for account in ACCOUNTS[:12]:
            rig.change(ids[account], name=f"Firm {account}")
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert set(names(rig, ERP).values()) == {f"New {account}" for account in ACCOUNTS[:12]}
        await confirmed(rig, ERP)
        assert names(rig, DATAVERSE) == names(rig, ERP)
        assert "New T-00" in names(rig, ERP).values()

    on_stage(story)


@pytest.mark.parametrize("page", [2, 1000])
def test_a_pass_in_slices_stops_as_cleanly(page: int) -> None:
    """Small pages, a slice a wave, another instance each time: the flow pauses once, and goes on after the answer."""

    async def story(rig: Rig) -> None:
        evening = await restored(rig, DATAVERSE, new_versions=True)
        rig.world.finops.behaviour.max_page_size = page
        started = await start_job(rig.house, "compare", [CUSTOMERS])
        for _ in range(60):
            rig.house = rig.world.house()
            if (await work_on(rig.house, started["id"], lambda: True))["state"] != "running":
                break
        assert await rig.state() == "paused"
        assert names(rig, DATAVERSE) == evening
        await confirmed(rig, DATAVERSE)
        assert names(rig, ERP) == names(rig, DATAVERSE) == evening

    on_stage(story)
