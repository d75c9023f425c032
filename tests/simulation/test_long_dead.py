"""What an owner has left who died is settled from what stands, in flows that are not at work, too; nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import accept, clear, erase, set_state, start_job, uncouple, work_on
from shared.errors import Busy
from shared.ledger import JOURNAL, read_journal
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_undo import job, undone

END: Final = ("usmf", ACCOUNT)
LONG: Final = 3_600
"""Seconds after which no request of a dead owner can be under way."""


async def left(rig: Rig, *, after: bool) -> str:
    """Somebody dies in the middle of an update, before its request or after it, and the flow is paused; the account."""
    row_id = await coupled(rig)
    rig.edit(OrganizationName="Edited")
    await rig.dies(ERP, END, **{"after" if after else "before": "dataverse update"})
    await set_state(rig.house, CUSTOMERS, "paused")
    return row_id


async def uncoupled(rig: Rig) -> object:
    return await uncouple(rig.flow(), ERP, END)


async def cleared(rig: Rig) -> object:
    await uncouple(rig.flow(), ERP, END)
    return await clear(rig.flow(), ERP, END)


async def erased(rig: Rig) -> object:
    return await erase(rig.house, CUSTOMERS, ERP, END, confirmed=True)


async def rebuilt(rig: Rig) -> object:
    done = await job(rig, "rebuild")
    if "being written" in done["tallies"][CUSTOMERS]["counts"]:
        raise Busy("being written until")
    return done


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("action", [uncoupled, cleared, erased, rebuilt])
def test_nobody_waits_for_ever_for_an_owner_that_died(action: Any, after: bool) -> None:
    """As long as its request may be under way it is Busy; then the action is carried out, and writes to no system."""

    async def story(rig: Rig) -> None:
        await left(rig, after=after)
        with pytest.raises(Busy, match="being written until"):
            await action(rig)
        rig.world.loop.pass_time(LONG)
        before, writes = rig.both("OrganizationName", "name"), rig.writes()
        await action(rig)
        assert (rig.both("OrganizationName", "name"), rig.writes()) == (before, writes)
        assert [each for each in rig.couplings() if each.intent] == []

    on_stage(story)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_was_settled_so_goes_on_when_the_flow_does(after: bool) -> None:
    """Whether it was carried out or not, the edit arrives, and one of the target meanwhile is not written over."""

    async def story(rig: Rig) -> None:
        row_id = await left(rig, after=after)
        rig.world.loop.pass_time(LONG)
        await erased(rig)
        rig.change(row_id, description="typed meanwhile")
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Edited", "Edited")
        assert rig.both("SalesMemo", "description") == ("typed meanwhile", "typed meanwhile")

    on_stage(story)


def test_a_conflict_of_an_update_that_was_not_carried_out_is_over() -> None:
    """The value that was to lose stands where it stood."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.dies(ERP, END, before="finops update")
        await set_state(rig.house, CUSTOMERS, "paused")
        rig.world.loop.pass_time(LONG)
        assert len(rig.conflicts()) == 1
        await uncoupled(rig)
        assert (rig.conflicts(), rig.both("OrganizationName", "name")) == ([], ("ERP", "Dataverse"))

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_undo_takes_back_what_its_load_died_with(side: Side, after: bool) -> None:
    """The account was made and nobody lived to say so: it is found and goes. What was not made is no reason to wait."""

    async def story(rig: Rig) -> None:
        if side == ERP:
            rig.account("E-0")
        else:
            rig.customer("E-0")
        loaded = await start_job(rig.house, "sync", (CUSTOMERS,))
        step = f"{'finops' if side == ERP else 'dataverse'} create"
        await rig.dies_at(work_on(rig.house, loaded["id"], lambda: False), **{"after" if after else "before": step})
        rig.world.loop.pass_time(LONG)
        counts, _ = await undone(rig, loaded)
        there = rig.erp("E-0") if side == ERP else rig.dataverse("E-0")
        assert (there is None or side == ERP, rig.couplings()) == (True, [])
        assert "being written" not in counts

    on_stage(story)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_delete_that_was_died_with_is_told_as_it_stands(after: bool) -> None:
    """Carried out, the two are a deleted pair; else the delete is off, and the two stay coupled: forgotten, the account
    that still stands would make its customer again.
    """

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await rig.dies(DATAVERSE, (row_id,), **{"after" if after else "before": "dataverse delete"})
        await set_state(rig.house, CUSTOMERS, "paused")
        rig.world.loop.pass_time(LONG)
        done = await job(rig, "rebuild")
        assert (row_id in rig.accounts()) is not after
        assert done["tallies"][CUSTOMERS]["counts"] == ({} if after else {"deleted, still coupled": 1})
        assert [(each.state, each.intent) for each in rig.couplings()] == [("deleted" if after else "coupled", None)]
        told = [read_journal(row)["what"] for row in rig.rows(f"{JOURNAL}{row_id}")]
        assert ("deleted" if after else "delete given up") in told

    on_stage(story)


def test_a_losing_value_is_given_up_although_its_writer_died(tmp_path: Path) -> None:
    """In a paused flow nobody else would ever settle it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.visit(ERP, END)
        (row,) = rig.conflicts()
        rig.edit(SalesMemo="Edited")
        await rig.dies(ERP, END, before="dataverse update")
        await set_state(rig.house, CUSTOMERS, "paused")
        rig.world.loop.pass_time(LONG)
        await accept(rig.flow(), row.key)
        assert rig.conflicts() == []

    on_stage(story, maps_with(tmp_path, "policy: {conflict: dataverse_wins}\n"))
