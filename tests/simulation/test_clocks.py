"""The clock of an instance decides about nobody else's work."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from shared.engine import job, start_job
from shared.errors import Busy
from shared.ledger import take_lease
from tests.simulation.rig import CUSTOMERS, Rig, on_stage

FEED = f"{CUSTOMERS}~compare"


@pytest.mark.parametrize("days", [1, 400])
def test_an_instance_ahead_that_dies_with_a_lease_stops_nobody_for_a_day(days: int) -> None:
    """Its lease is over when nobody has moved it for as long as leases last, whatever it says itself."""

    async def story(rig: Rig) -> None:
        def ahead() -> datetime:
            return rig.house.clock() + timedelta(days=days)

        rig.customer()
        await take_lease(rig.house.documents, ahead, "dead", FEED)
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        for _ in range(5):
            await rig.pump()
            await asyncio.sleep(60)
        assert (await job(rig.house, started["id"]))["state"] == "done"
        assert rig.dataverse() is not None

    on_stage(story)


def test_an_instance_ahead_that_is_at_work_keeps_its_lease() -> None:
    """As long as it moves it nobody takes it away."""

    async def story(rig: Rig) -> None:
        def ahead() -> datetime:
            return rig.house.clock() + timedelta(days=1)

        lease = await take_lease(rig.house.documents, ahead, "alive", FEED)
        for number in range(10):
            await asyncio.sleep(60)
            await lease.checkpoint({"at": number})
            with pytest.raises(Busy):
                await take_lease(rig.house.documents, rig.house.clock, "another", FEED)

    on_stage(story)
