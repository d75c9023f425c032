"""What was deleted and is made again: as new with `reborn: sync`, from either side; else a person's word suffices."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.engine import clear, explain, set_state
from shared.ledger import PARKED, read_trouble
from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, Rig, coupled, maps_with, on_stage
from tests.simulation.test_deletes import delete
from tests.simulation.test_landing import created, lands

CUSTOMER = ("usmf", ACCOUNT)


async def deleted(rig: Rig, side: Side = DATAVERSE) -> str:
    """A pair that was deleted on one side, and then on the other; the row that it had."""
    row_id = await coupled(rig)
    delete(rig, side, row_id)
    await rig.visit(DATAVERSE, (row_id,))
    assert (rig.erp(), rig.dataverse()) == (None, None)
    return row_id


async def found(rig: Rig, by: str, row_id: str) -> None:
    if by == "pass":
        await rig.compare()
    else:
        await rig.visit(DATAVERSE, (row_id,))


def codes(rig: Rig) -> list[str]:
    return [str(item["code"]) for row in rig.rows(PARKED) for item in read_trouble(row).items]


@pytest.mark.parametrize("by", ["event", "pass"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_an_account_that_is_made_again_is_a_new_one(side: Side, by: str) -> None:
    """Whichever side it was deleted on; explain says so before."""

    async def story(rig: Rig) -> None:
        before = await deleted(rig, side)
        row_id = rig.account(name="Again")
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert (row_id != before, told["why"]) == (True, "it will be created on the other side")
        await found(rig, by, row_id)
        assert (rig.both("OrganizationName", "name"), codes(rig)) == (("Again", "Again"), [])
        assert [(each.dataverse, each.state) for each in rig.couplings()] == [(row_id, "coupled")]
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes

    on_stage(story)


@pytest.mark.parametrize("by", ["event", "pass"])
@pytest.mark.parametrize("key", [ERP, DATAVERSE])
def test_what_may_not_be_made_again_is_cleared_by_either_key_and_looked_at_once(
    tmp_path: Path, key: Side, by: str
) -> None:
    """With `reborn: park` explain says what stands in the way; the key of the new row says which tombstone is meant."""

    async def story(rig: Rig) -> None:
        await deleted(rig)
        row_id = rig.account(name="Again")
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert "clear that to sync it again" in told["why"]
        await found(rig, by, row_id)
        assert (codes(rig), rig.erp()) == (["ended"], None)
        await clear(rig.flow(), key, CUSTOMER if key == ERP else (row_id,))
        assert (rig.both("OrganizationName", "name"), codes(rig)) == (("Again", "Again"), [])
        assert rig.counts()["hints"] == 0

    on_stage(story, maps_with(tmp_path, "policy: {reborn: park}\n"))


@pytest.mark.parametrize("by", ["event", "pass"])
@pytest.mark.parametrize("first", ["edited", "made again"])
def test_an_account_that_is_made_again_takes_up_the_customer_that_was_edited_meanwhile(first: str, by: str) -> None:
    """It is its customer's row by now: nothing is to be deleted, and what the two say otherwise is no lost edit."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete(rig, DATAVERSE, row_id)
        rig.edit(SalesMemo="edited")
        if first == "edited":
            await rig.visit(DATAVERSE, (row_id,))
            assert codes(rig) == ["deleted-edited"]
        again = rig.account()
        told = await explain(rig.flow(), DATAVERSE, (again,))
        assert told["why"] == f"it will take the place of the row that was deleted, beside usmf {ACCOUNT}"
        await found(rig, by, again)
        for _ in range(2):
            await rig.pump()
        assert (rig.both("SalesMemo", "description"), codes(rig)) == (("edited", "edited"), [])
        assert [(each.dataverse, each.state) for each in rig.couplings()] == [(again, "coupled")]

    on_stage(story)


def test_an_account_that_seems_to_be_another_company_is_left_to_a_person() -> None:
    """The number is the same, and the names have nothing in common: both ends say so, and nothing is deleted."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete(rig, DATAVERSE, row_id)
        rig.edit(OrganizationName="Fabrikam")
        await rig.visit(DATAVERSE, (row_id,))
        await rig.visit(DATAVERSE, (rig.account(),))
        for _ in range(3):
            await rig.pump()
        assert (codes(rig), rig.both("OrganizationName", "name")) == (["stranger"] * 2, ("Fabrikam", "Contoso"))

    on_stage(story)


@pytest.mark.parametrize("back", [ERP, DATAVERSE])
def test_who_is_back_himself_comes_first(back: Side) -> None:
    """The old customer is back, or the old account with another number: that is looked at before the new account."""

    async def story(rig: Rig) -> None:
        before = await deleted(rig)
        if back == ERP:
            rig.customer()
        else:
            rig.account("US-9", accountid=before)
        again = rig.account()
        assert (await rig.visit(DATAVERSE, (again,))).codes == ("ended",)
        await rig.pump()
        first = again if back == ERP else before
        assert [(each.dataverse, each.state) for each in rig.couplings()] == [(first, "coupled")]
        await rig.compare()
        assert {each.dataverse for each in rig.couplings()} == {first, again}
        assert codes(rig) == []

    on_stage(story)


def test_what_may_yet_land_is_waited_for() -> None:
    """A request of ours that creates the customer may still be under way: the new account is created after that."""

    async def story(rig: Rig) -> None:
        row_id = await created(rig, ERP)
        delete(rig, DATAVERSE, row_id)
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.erp(), rig.dataverse()) == (None, None)
        again = rig.account(name="Again")
        assert (await rig.visit(DATAVERSE, (again,))).kind == "kept"
        await lands()
        await rig.compare()
        assert (codes(rig), rig.erp() is not None) == (["revived"], True)
        delete(rig, ERP, row_id)
        await asyncio.sleep(1_000)
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert [each.dataverse for each in rig.couplings() if each.state == "coupled"] == [again]
        assert (rig.both("OrganizationName", "name"), codes(rig)) == (("Again", "Again"), [])

    on_stage(story)


def test_what_is_cleared_while_the_flow_is_paused_is_looked_at_when_it_runs_again(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        await deleted(rig)
        row_id = rig.account()
        await rig.visit(DATAVERSE, (row_id,))
        await set_state(rig.house, CUSTOMERS, "paused")
        await clear(rig.flow(), DATAVERSE, (row_id,))
        assert rig.erp() is None
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.pump()
        assert rig.erp() is not None

    on_stage(story, maps_with(tmp_path, "policy: {reborn: park}\n"))
