"""Scopes as consultants write them: added to, with lists, and with days that move."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.engine import explain
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.turning_back import ACCOUNTS, settled

MONTH: Final = 30 * 86_400
BIG: Final = "dataverse: {scope: {and: creditlimit gt 1000}}\n"
SOME: Final = "dataverse:\n  scope: {and: \"address1_country in ('DE', 'AT')\"}\n"
RECENT: Final = "dataverse: {scope: {and: createdon ge today - 30 days}}\n"
IN_NEED: Final = "erp:\n  scope: {and: \"OnHoldStatus in ('No', 'Invoice')\"}\n"


def states(rig: Rig) -> list[str]:
    return sorted(each.state for each in rig.couplings())


@pytest.mark.parametrize("looked", ["event", "pass"])
def test_what_is_added_to_a_scope_makes_no_customers_of_prospects(tmp_path: Path, looked: str) -> None:
    """The shipped condition holds beside it: of two big accounts one is a prospect, and stays alone."""

    async def story(rig: Rig) -> None:
        rows = [rig.account("P-1", customertypecode=8, creditlimit=5000), rig.account("C-1", creditlimit=5000)]
        small = rig.account("C-2", creditlimit=500)
        for row_id in (*rows, small):
            await (rig.visit(DATAVERSE, (row_id,)) if looked == "event" else rig.compare())
        assert [rig.erp(each) is not None for each in ("P-1", "C-1", "C-2")] == [False, True, False]
        why = (await explain(rig.flow(), DATAVERSE, (small,)))["why"]
        assert "(customertypecode eq 3) and (creditlimit gt 1000)" in why

    on_stage(story, maps_with(tmp_path, BIG))


def test_a_list_is_asked_of_both_systems(tmp_path: Path) -> None:
    """A pass reads with it on either side, and neither twin takes `in`."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "C-1")
        rig.customer("C-2", OnHoldStatus="All")
        rig.customer("C-3", OnHoldStatus="Invoice")
        await rig.compare()
        assert [rig.dataverse(each) is not None for each in ("C-1", "C-2", "C-3")] == [True, False, True]
        rig.edit("C-1", OnHoldStatus="Never")
        await rig.compare()
        assert states(rig) == ["coupled", "dormant"]

    on_stage(story, maps_with(tmp_path, IN_NEED))


def test_a_list_of_the_targets_scope(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer("C-1"))
        await rig.visit(ERP, rig.customer("C-2", DeliveryAddressCountryRegionISOCode="AT"))
        await rig.compare()
        assert [rig.dataverse(each) is not None for each in ("C-1", "C-2")] == [False, True]

    on_stage(story, maps_with(tmp_path, SOME))


def test_what_ages_out_sleeps_and_nobody_is_asked(tmp_path: Path) -> None:
    """However many: time has taken them out, and no one else. Nothing is written for it, and nothing after it."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        writes = rig.writes()
        await rig.compare()
        assert (states(rig), await rig.state()) == (["coupled"] * len(ids), "running")
        rig.world.loop.pass_time(2 * 86_400)
        await rig.compare()
        assert (states(rig), await rig.state(), rig.writes()) == (["dormant"] * len(ids), "running", writes)
        rig.edit(ACCOUNTS[0], OrganizationName="Northwind")
        await rig.compare()
        assert (rig.writes(), rig.counts()["parked"]) == (writes, 0)

    on_stage(story, maps_with(tmp_path, RECENT))


def test_what_people_take_out_is_still_counted(tmp_path: Path) -> None:
    """Young accounts that become prospects by the dozen pause the flow, as they did."""

    async def story(rig: Rig) -> None:
        ids = await settled(rig)
        for account in ACCOUNTS[:15]:
            rig.change(ids[account], customertypecode=8)
        await rig.compare_and_note()
        assert (states(rig), await rig.state()) == (["coupled"] * len(ids), "paused")

    on_stage(story, maps_with(tmp_path, RECENT.replace("30 days", "300 days")))


def test_an_old_record_is_not_met(tmp_path: Path) -> None:
    """An account of last year stays alone; one of today, and a customer of today, do not."""

    async def story(rig: Rig) -> None:
        rig.account("OLD")
        rig.world.loop.pass_time(2 * MONTH)
        rig.account("NEW")
        identity = rig.customer(ACCOUNT)
        assert (await rig.visit(ERP, identity)).kind == "created"
        await rig.compare()
        assert [rig.erp(each) is not None for each in ("OLD", "NEW")] == [False, True]
        assert rig.dataverse(ACCOUNT) is not None
        assert states(rig) == ["coupled", "coupled"]

    on_stage(story, maps_with(tmp_path, RECENT))
