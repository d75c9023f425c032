"""Answers that are mixed up on their way: nobody's values reach anybody else, nobody is deleted or created twice."""

from __future__ import annotations

import pytest

from tests.emulator.mixed_up import KINDS
from tests.simulation.rig import DATAVERSE, ERP, Rig, coupled, on_stage

NAMES = [f"US-{number}" for number in range(100, 112)]

BATCHES = ("dataverse batch", "finops batch")


async def all_coupled(rig: Rig) -> dict[str, str]:
    """A dozen customers in sync: the ids of their accounts."""
    for account in NAMES:
        rig.customer(account, OrganizationName=f"erp {account}")
    await rig.compare()
    return {str(row["accountnumber"]): str(row["accountid"]) for row in rig.world.dataverse.rows("accounts")}


async def settled(rig: Rig, end: str) -> None:
    """Whatever was left is done by later passes, and then each customer has its own name on both sides."""
    for _ in range(3):
        await rig.pump()
        await rig.compare_and_note()
    for account in NAMES:
        assert rig.both("OrganizationName", "name", account) == (end.format(account), end.format(account))
    assert len(rig.accounts()) == len(NAMES)
    writes = rig.writes()
    await rig.compare()
    assert rig.writes() == writes


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", BATCHES)
@pytest.mark.parametrize("at", range(4))
def test_names_stay_with_their_customers(side: str, kind: str, step: str, at: int) -> None:
    """One answer of a batch is missing, or another's, at whatever step of six visits."""

    async def story(rig: Rig) -> None:
        ids = await all_coupled(rig)
        for account, row_id in ids.items():
            if side == ERP:
                rig.edit(account, OrganizationName=f"erp {account}!")
            else:
                rig.change(row_id, name=f"dataverse {account}!")
        left = [at]

        def strike(sent: str) -> bool:
            if sent == step and left[0] >= 0:
                left[0] -= 1
                if left[0] < 0:
                    rig.world.weather.orders[step] = kind
            return False

        rig.world.weather.strike = strike
        await rig.compare_and_note()
        rig.world.weather.orders.clear()
        await settled(rig, side + " {}!")

    on_stage(story, latency=0.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", ["dataverse create many", "finops batch", "dataverse batch"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_is_created_in_bulk_is_coupled_with_its_own(side: str, kind: str, step: str) -> None:
    """New customers of either side, whose creates are answered out of order, or not all of them."""

    async def story(rig: Rig) -> None:
        for account in NAMES:
            if side == ERP:
                rig.customer(account, OrganizationName=f"erp {account}")
            else:
                rig.account(account, name=f"dataverse {account}")
        rig.world.weather.orders[step] = kind
        await rig.compare_and_note()
        rig.world.weather.orders.clear()
        await settled(rig, side + " {}")
        assert [len(each.erp or ()) for each in rig.couplings()] == [2] * len(NAMES)

    on_stage(story, latency=0.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", BATCHES)
@pytest.mark.parametrize("gone", [ERP, DATAVERSE])
def test_an_absence_is_its_own_records(gone: str, kind: str, step: str) -> None:
    """One customer was deleted: no other is deleted because the answers that say so are mixed up."""

    async def story(rig: Rig) -> None:
        ids = await all_coupled(rig)
        extra = await coupled(rig, "US-200")
        if gone == ERP:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "US-200"})
        else:
            rig.world.dataverse.delete("accounts", extra)
        for account in ids:
            rig.edit(account, SalesMemo="looked at")
        rig.world.weather.orders[step] = kind
        await rig.compare_and_note()
        rig.world.weather.orders.clear()
        await settled(rig, "erp {}")
        assert sorted(rig.accounts()) == sorted(ids.values())

    on_stage(story, latency=0.0)
