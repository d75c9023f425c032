"""What becomes of a survivor: policies that lose nothing are followed whatever it holds, and people's words work."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.engine import clear, couple, uncouple
from shared.errors import Refused
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_deletes import delete, edit_other, there
from tests.simulation.test_identities import NEW, OLD

RENAMED: Final = ("usmf", "US-777")


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize(("policy", "left"), [("uncouple", 1), ("restore", 2)])
def test_a_policy_that_loses_nothing_is_followed_also_where_the_survivor_was_edited(
    tmp_path: Path, policy: str, left: int, side: Side
) -> None:
    """Uncoupled, the survivor keeps its edit; restored, the other one has it, too."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        delete(rig, side, row_id)
        edit_other(rig, side, row_id)
        await rig.visit(DATAVERSE, (row_id,))
        await rig.pump()
        assert (sum(there(rig)), rig.counts()["parked"]) == (left, 0)
        if policy == "restore":
            assert rig.both("OrganizationName", "name") == ("Just edited", "Just edited")
        writes = rig.writes()
        await rig.compare()
        assert (rig.writes(), sum(there(rig))) == (writes, left)

    on_stage(story, maps_with(tmp_path, f"policy: {{delete: {policy}}}\n"))


async def renamed(rig: Rig) -> str:
    row_id = await coupled(rig)
    rig.world.finops.rename("CustomersV3", OLD, NEW)
    await rig.visit(ERP, RENAMED)
    await rig.compare()
    return row_id


@pytest.mark.parametrize("after", ["at once", "uncoupled"])
def test_a_renamed_customer_is_coupled_by_hand_in_one_step(after: str) -> None:
    """With its row, whose old customer is gone; with what the two had agreed on, an edit of either side goes on."""

    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        if after == "uncoupled":
            await uncouple(rig.flow(), DATAVERSE, (row_id,))
        else:
            rig.edit("US-777", SalesMemo="of the ERP")
        await couple(rig.flow(), RENAMED, row_id)
        await rig.pump()
        for _ in range(2):
            await rig.compare()
        assert [each.erp for each in rig.couplings() if not each.ended] == [RENAMED]
        assert (len(rig.accounts()), rig.counts()["parked"], rig.counts()["conflicts"]) == (1, 0, 0)
        account = rig.world.dataverse.row("accounts", row_id)
        assert account is not None
        assert account["accountnumber"] == "US-777"
        assert account["description"] == ("of the ERP" if after == "at once" else account["description"])

    on_stage(story)


def test_a_number_that_was_typed_since_the_two_were_uncoupled_is_a_persons_to_decide() -> None:
    """Only the number that the two had in common gives way to the new one."""

    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        await uncouple(rig.flow(), DATAVERSE, (row_id,))
        rig.change(row_id, accountnumber="US-888")
        await couple(rig.flow(), RENAMED, row_id)
        await rig.pump()
        account = rig.world.dataverse.row("accounts", row_id)
        assert account is not None
        assert (account["accountnumber"], rig.counts()["parked"]) == ("US-888", 1)

    on_stage(story)


def test_the_journal_says_what_a_coupling_by_hand_took_the_place_of() -> None:
    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        await couple(rig.flow(), RENAMED, row_id)
        told = [str(row.cells["what"]) for row in rig.rows("j~")]
        assert f"coupled by an operator in place of usmf {ACCOUNT}, which is gone" in told

    on_stage(story)


def test_what_is_there_keeps_its_partner() -> None:
    """A customer that is still there does not give way to another one."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        with pytest.raises(Refused, match="has another partner"):
            await couple(rig.flow(), rig.customer("US-777"), row_id)

    on_stage(story)


def test_clearing_a_rename_is_refused_and_says_what_to_do() -> None:
    """It would make the customer twice on both sides."""

    async def story(rig: Rig) -> None:
        row_id = await renamed(rig)
        await uncouple(rig.flow(), DATAVERSE, (row_id,))
        with pytest.raises(Refused, match="couple usmf US-777 with"):
            await clear(rig.flow(), DATAVERSE, (row_id,))
        await rig.compare()
        assert (len(rig.accounts()), len(list(rig.world.finops.rows("CustomersV3")))) == (1, 1)

    on_stage(story)
