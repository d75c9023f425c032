"""What `leaves` does is told as it is: by explain before, and by the tombstone and the counts afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.engine import explain
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

END = ("usmf", ACCOUNT)


async def left(rig: Rig) -> str:
    """A customer whose account has become a prospect."""
    row_id = await coupled(rig)
    rig.change(row_id, customertypecode=8)
    return row_id


@pytest.mark.parametrize(
    ("leaves", "foretold"),
    [
        ("keep", "outside the scope in Dataverse: observed, not written"),
        ("uncouple", "outside the scope in Dataverse: uncoupled with the next look, as `leaves` says"),
        ("delete", "outside the scope in Dataverse: deleted in the ERP with the next look, as `leaves` says"),
    ],
)
def test_explain_says_what_will_become_of_a_record_that_left(tmp_path: Path, leaves: str, foretold: str) -> None:
    """Asked on either side; and the next look does it."""

    async def story(rig: Rig) -> None:
        row_id = await left(rig)
        assert foretold in (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"]
        assert foretold in (await explain(rig.flow(), ERP, END))["why"]
        await rig.visit(DATAVERSE, (row_id,))
        state = {"keep": "dormant", "uncouple": "uncoupled", "delete": "deleted"}[leaves]
        assert ([each.state for each in rig.couplings()], rig.erp() is None) == ([state], leaves == "delete")

    on_stage(story, maps_with(tmp_path, f"policy: {{leaves: {leaves}}}\n"))


@pytest.mark.parametrize("died", [False, True])
def test_the_tombstone_says_that_it_left_and_where_it_was_deleted(tmp_path: Path, *, died: bool) -> None:
    """Nobody has deleted the account: it stands in Dataverse. Also where the answer to our delete was lost."""

    async def story(rig: Rig) -> None:
        row_id = await left(rig)
        if died:
            await rig.dies(DATAVERSE, (row_id,), after="finops delete")
            await asyncio.sleep(300)
        await rig.visit(DATAVERSE, (row_id,))
        assert [each.reason for each in rig.couplings()] == ["left the scope in Dataverse: deleted in the ERP"]
        assert row_id in rig.accounts()

    on_stage(story, maps_with(tmp_path, "policy: {leaves: delete}\n"))


@pytest.mark.parametrize("policy", ["leaves: uncouple", "delete: uncouple"])
def test_what_is_uncoupled_is_not_counted_as_deleted(tmp_path: Path, policy: str) -> None:
    """Both a record that left the scope and one whose other half is gone."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        if "leaves" in policy:
            rig.change(row_id, customertypecode=8)
        else:
            rig.world.dataverse.delete("accounts", row_id)
        counts = (await rig.compare(CUSTOMERS)).counts
        assert (counts["uncoupled"], counts["deleted"]) == (1, 0)

    on_stage(story, maps_with(tmp_path, f"policy: {{{policy}}}\n"))
