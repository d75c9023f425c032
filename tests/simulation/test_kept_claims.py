"""Claims that are kept, and records whose match is another's: a pass that finds nothing new only looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.ledger import COUPLING, PARKED, Write, read_trouble
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_targets_scope import NOT_ON_HOLD


async def settled(rig: Rig) -> None:
    """Everything is looked at, until nothing is left to be done."""
    for _ in range(3):
        rig.world.loop.pass_time(3_600)
        await rig.pump()
        await rig.compare()


async def is_quiet(rig: Rig) -> None:
    """A further pass stores nothing, not even a claim that it gives back."""
    stored: list[str] = []

    def watch(partition: str, writes: Sequence[Write]) -> None:
        stored.extend(each.key for each in writes if partition == CUSTOMERS)

    before, rig.world.on_applied = rig.rows(""), watch
    rig.house = rig.world.house()
    await rig.compare()
    assert (stored, rig.rows("")) == ([], before)


def reasons(rig: Rig) -> dict[str, str]:
    """Why each end is parked."""
    rows = [read_trouble(row) for row in rig.rows(PARKED)]
    return {row.end: str(row.items[0]["code"]) for row in rows}


@pytest.mark.parametrize("dies", [True, False], ids=["claimed", "new"])
@pytest.mark.parametrize("name", ["Northwind Traders", "Contoso"])
def test_a_match_that_has_another_partner_is_told_as_taken(name: str, *, dies: bool) -> None:
    """The account of another customer was given its number: called the same or not, that one stands in the way."""

    async def story(rig: Rig) -> None:
        account = await coupled(rig, "I-2")
        customer = rig.customer(OrganizationName=name)
        if dies:
            await rig.dies(ERP, customer, before="dataverse create")
        rig.change(account, accountnumber=ACCOUNT)
        await settled(rig)
        assert reasons(rig)["e~USMF~" + ACCOUNT] == "taken"
        await is_quiet(rig)

    on_stage(story)


def test_a_claim_under_a_former_number_is_looked_at_only_while_its_match_is_outside(tmp_path: Path) -> None:
    """The customer that has the number which the account had is on hold: nothing is written until it is not."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        await rig.dies(DATAVERSE, (row_id,), before="finops create")
        rig.customer(OnHoldStatus="All")
        rig.change(row_id, accountnumber="US-009")
        await settled(rig)
        assert reasons(rig) == {COUPLING + row_id: "scope"}
        await is_quiet(rig)
        rig.edit(OnHoldStatus="No")
        await settled(rig)
        assert [each.state for each in rig.couplings()] == ["coupled"]
        assert rig.counts()["parked"] == 1, "the two have different numbers"

    on_stage(story, maps_with(tmp_path, NOT_ON_HOLD))
