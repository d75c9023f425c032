"""Dataverse's clock is not that of Business Central: nothing is decided by comparing the two (scenarios of group 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Unanswered
from shared.mapping import DATAVERSE, ERP
from tests.simulation.central import DE, Central, on_stage


async def in_step(central: Central) -> tuple[tuple[str, str], str]:
    """A customer and his account, in sync, and both sides compared."""
    identity, row_id = central.customer(), central.account()
    await central.visit(ERP, identity)
    await central.compare()
    return identity, row_id


def written(central: Central) -> int:
    """Writes to customers and accounts."""
    sets = [each.set for each in central.erp.history] + [each.table for each in central.dataverse.history]
    return sum(each in {"customers", "accounts"} for each in sets)


@pytest.mark.parametrize("minutes", [0, -5, 5])
async def test_edits_arrive_and_our_own_writes_do_not_return_whatever_the_clock_of_dataverse_says(minutes: int) -> None:
    """bc-129 to bc-132: without edits nothing is written; each edit goes over once, also one on the other side right
    after, and none is a conflict with what we have written ourselves.
    """

    async def story(central: Central) -> None:
        central.dataverse.environment.clock = lambda: central.now + timedelta(minutes=minutes)
        (company, customer), account = await in_step(central)
        writes = 0
        for at, sides in enumerate(["", "B", "B", "D", "B", "D", ""]):
            central.later(minutes=1)
            for each in sides:
                if each == "B":
                    central.erp.update(company, "customers", customer, {"displayName": f"Name {at}"})
                else:
                    central.dataverse.update("accounts", account, {"name": f"Name {at}"})
            before = written(central)
            for _ in range(2):
                await central.catch_up()
            writes += written(central) - before
            names = {central.row((company, customer))["displayName"], central.accounts()[0]["name"]}
            assert (len(names), f"Name {at}" in names) == (1, bool(sides))
        assert (writes, central.troubles()) == (5, [])

    await on_stage(story)


async def test_a_pass_that_cannot_reach_dataverse_leaves_everything_to_the_next() -> None:
    """bc-128: its cursors stay, so the same edit is found again."""

    async def story(central: Central) -> None:
        identity, row_id = await in_step(central)
        central.later(minutes=30)
        central.erp.update(DE, "customers", identity[1], {"city": "Graz"})
        central.dataverse.update("accounts", row_id, {"telephone1": "77"})
        outage = central.gates[DATAVERSE].order("drop", times=1000)
        with pytest.raises(Unanswered):
            await central.catch_up()
        assert (central.row(identity)["phoneNumber"], central.accounts()[0]["address1_city"]) == ("", None)
        central.gates[DATAVERSE].orders.remove(outage)
        central.house = central.new_house()
        await central.catch_up()
        assert (central.row(identity)["phoneNumber"], central.accounts()[0]["address1_city"]) == ("77", "Graz")

    await on_stage(story)
