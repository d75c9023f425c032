"""Pairs that sleep out of the scope, and lose one of their records meanwhile: nothing is deleted for that, and whoever
comes back is no dead soul.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.engine import clear, explain
from shared.ledger import PARKED, read_trouble
from shared.mapping import DATAVERSE, ERP, Side, other
from tests.simulation.rig import ACCOUNT, Rig, coupled, maps_with, on_stage

KEY = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}


async def asleep(rig: Rig, side: Side) -> str:
    """A pair that left the scope on one side; the id of its row."""
    row_id = await coupled(rig)
    leave(rig, row_id, side)
    await rig.compare()
    assert [each.state for each in rig.couplings()] == ["dormant"]
    return row_id


def leave(rig: Rig, row_id: str, side: Side) -> None:
    rig.change(row_id, customertypecode=8) if side == DATAVERSE else rig.edit(CreditLimit=500)


def come_back(rig: Rig, row_id: str, side: Side) -> None:
    rig.change(row_id, customertypecode=3) if side == DATAVERSE else rig.edit(CreditLimit=50)


def lose(rig: Rig, row_id: str, side: Side) -> None:
    rig.world.finops.delete("CustomersV3", KEY) if side == ERP else rig.world.dataverse.delete("accounts", row_id)


@pytest.mark.parametrize("heard", ["seen asleep", "event", "pass"])
@pytest.mark.parametrize("side", [DATAVERSE, ERP])
@pytest.mark.parametrize("reborn", ["sync", "park"])
def test_a_sleeper_whose_other_half_was_deleted_is_a_record_again_when_it_is_back(
    tmp_path: Path, reborn: str, side: Side, heard: str
) -> None:
    """Like any deleted record that comes back: created on the other side again, or parked, and never just dead."""

    async def story(rig: Rig) -> None:
        row_id = await asleep(rig, side)
        ends: dict[Side, tuple[str, ...]] = {ERP: tuple(KEY.values()), DATAVERSE: (row_id,)}
        gone = other(side)
        lose(rig, row_id, gone)
        if heard == "seen asleep":
            writes = rig.writes()
            await rig.visit(gone, ends[gone], source="delete")
            await rig.compare()
            assert (rig.writes(), rig.counts()["parked"]) == (writes, 0)
        come_back(rig, row_id, side)
        if heard == "event":
            await rig.visit(side, ends[side])
            await rig.pump()
        await rig.compare()
        await rig.pump()
        is_there = (rig.erp() is not None, len(rig.accounts()) == 1)
        assert is_there == ((True, True) if reborn == "sync" else (side == ERP, side == DATAVERSE))
        codes = [read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)]
        assert codes == ([] if reborn == "sync" else ["reborn"])

    scope = "erp: {scope: PartyType eq 'Organization' and CreditLimit lt 100}"
    on_stage(story, maps_with(tmp_path, f"{scope}\npolicy: {{reborn: {reborn}}}\n"))


@pytest.mark.parametrize("side", [DATAVERSE, ERP])
def test_who_is_back_without_its_other_half_is_cleared_like_any_other(tmp_path: Path, side: Side) -> None:
    """A person clears the tombstone, by whichever end he knows the record, and the other half is created again."""

    async def story(rig: Rig) -> None:
        row_id = await asleep(rig, DATAVERSE)
        lose(rig, row_id, ERP)
        await rig.visit(ERP, tuple(KEY.values()), source="delete")
        come_back(rig, row_id, DATAVERSE)
        await rig.compare()
        assert rig.counts()["parked"] == 1
        await clear(rig.flow(), side, tuple(KEY.values()) if side == ERP else (row_id,))
        await rig.pump()
        assert (rig.erp() is not None, rig.accounts(), rig.counts()["parked"]) == (True, [row_id], 0)

    on_stage(story, maps_with(tmp_path, "policy: {reborn: park}\n"))


def test_a_delete_while_it_sleeps_is_announced_as_what_comes_of_it() -> None:
    """Nothing: explain does not promise what the delete policy would do in the scope, before the next look or after."""

    async def story(rig: Rig) -> None:
        row_id = await asleep(rig, DATAVERSE)
        lose(rig, row_id, ERP)
        for _ in range(2):
            told = (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"]
            assert "deleted in the ERP while out of scope" in told
            assert "nothing is deleted for that" in told
            await rig.visit(DATAVERSE, (row_id,))

    on_stage(story)


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_customer_renumbered_while_its_account_sleeps_gets_no_second_account(heard: str) -> None:
    """Where renames are not followed both ends are parked, however it is heard of, and pass after pass."""

    async def story(rig: Rig) -> None:
        row_id = await asleep(rig, DATAVERSE)
        new = {**KEY, "CustomerAccount": "US-777"}
        rig.world.finops.rename("CustomersV3", KEY, new)
        if heard == "event":
            await rig.visit(ERP, tuple(new.values()))
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert rig.accounts() == [row_id]
        assert {read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)} == {"renamed"}

    on_stage(story)
