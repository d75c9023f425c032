"""Scenes of sides that seem to be turned back: customers long in sync, a restore in place, and a person's answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.engine import confirm_side, start_job, state_of, work_on
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled

ACCOUNTS = [f"T-{number:02}" for number in range(20)]


async def settled(rig: Rig, accounts: Iterable[str] = ACCOUNTS) -> dict[str, str]:
    """Customers in sync for a month; the ids of their accounts."""
    ids = {account: await coupled(rig, account, OrganizationName=f"Firm {account}") for account in accounts}
    rig.world.loop.pass_time(30 * 86_400)
    await rig.pump()
    return ids


async def confirmed(rig: Rig, right: Side) -> None:
    """What the operator's confirmation does: the answer is kept, and a compare pass carries it out."""
    await confirm_side(rig.house, CUSTOMERS, right)
    started = await start_job(rig.house, "compare", [CUSTOMERS], begin="resuming")
    for _ in range(20):
        if (await work_on(rig.house, started["id"], lambda: False))["state"] != "running":
            break
    await rig.pump()


def key(account: str) -> dict[str, str]:
    return {"dataAreaId": "usmf", "CustomerAccount": account}


async def reason(rig: Rig) -> str:
    return str((await state_of(rig.house, CUSTOMERS))["reason"])


def names(rig: Rig, side: Side) -> dict[str, Any]:
    """What every customer is called on a side, by its number."""
    if side == ERP:
        return {row["CustomerAccount"]: row["OrganizationName"] for row in rig.world.finops.rows("CustomersV3")}
    return {row["accountnumber"]: row["name"] for row in rig.world.dataverse.rows("accounts")}


async def restored(rig: Rig, edited_in: Side, *, new_versions: bool) -> dict[str, Any]:
    """A day's work on twelve customers, edits and new ones, and then the ERP's rows are those of yesterday again.

    What everybody was called when the day was over.
    """
    ids = await settled(rig, ACCOUNTS[:10])
    backup = rig.world.finops.back_up()
    for account in ACCOUNTS[:8]:
        if edited_in == ERP:
            rig.edit(account, OrganizationName=f"New {account}")
        else:
            rig.change(ids[account], name=f"New {account}")
        await rig.visit(edited_in, ("usmf", account) if edited_in == ERP else (ids[account],))
    for account in ACCOUNTS[10:14]:
        await rig.visit(DATAVERSE, (rig.account(account, name=f"Born {account}"),))
    rig.world.loop.pass_time(3600)
    evening = names(rig, DATAVERSE)
    assert evening == names(rig, ERP)
    assert rig.world.finops.put_back(backup, new_versions=new_versions)
    assert evening != names(rig, ERP)
    return evening
