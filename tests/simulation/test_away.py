"""A system that does not answer as a whole is asked now and then, counts against no record, and everything goes on
by itself when it is back; and so it is with a sign-in that is refused.
"""

from __future__ import annotations

import asyncio

import pytest

from shared.engine import pump
from tests.emulator.wire import Answer
from tests.simulation.rig import ACCOUNT, CUSTOMERS, ERP, GROUPS, TERMS, Rig, coupled, on_stage
from tests.simulation.test_holds_nothing_up import answers, failing, healed, pumped_for

ID = ("usmf", ACCOUNT)
HOUR = 3600.0
GONE = Answer(503, {"content-type": "text/html"}, b"<html>Service unavailable</html>")


async def backlog(rig: Rig) -> None:
    """Something to do in two flows, of which events have told."""
    rig.edit(PrimaryContactPhone="1")
    await rig.hint(ERP, ID)
    rig.world.finops.update("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "10"}, {"Description": "New"})
    await rig.house.ledger(GROUPS).store_hint(ERP, ("usmf", "10"), "update")


def group(rig: Rig) -> str:
    (row,) = rig.world.dataverse.rows("msdyn_customergroups")
    return str(row["msdyn_description"])


@pytest.mark.parametrize("where", ["dataverse", "finops"])
def test_a_system_that_is_down_is_asked_now_and_then(where: str) -> None:
    """Two hours cost few calls, and no run of the pump takes long; then everything is done at once."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await backlog(rig)
        asked = answers(rig, where, "", GONE)
        began = rig.world.loop.time()
        await pumped_for(rig, 2 * HOUR)
        assert len(asked) <= 60
        assert rig.world.loop.time() - began < 2 * HOUR + 200
        assert [await rig.state(name) for name in (TERMS, GROUPS, CUSTOMERS)] == ["running"] * 3
        healed(rig)
        await asyncio.sleep(300)
        await rig.pump()
        assert (rig.both("PrimaryContactPhone", "telephone1"), group(rig)) == (("1", "1"), "New")
        assert await failing(rig) == []

    on_stage(story)


def test_what_fails_while_the_system_is_down_counts_for_no_record() -> None:
    """Also where it goes away in the middle of a visit, and a write of it got no answer."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await backlog(rig)

        async def goes(_sender: int, step: str, _what: str) -> None:
            if step == "dataverse update":
                answers(rig, "dataverse", "", GONE)

        rig.world.weather.gate = goes
        await rig.world.instance(rig.pump())[1]
        rig.world.weather.gate = None
        assert (await failing(rig), rig.counts()["hints"]) == ([], 1)
        await pumped_for(rig, HOUR)
        assert await failing(rig) == []
        healed(rig)
        await asyncio.sleep(300)
        await rig.pump()
        assert (rig.both("PrimaryContactPhone", "telephone1"), row_id in rig.accounts()) == (("1", "1"), True)

    on_stage(story)


def test_a_sign_in_that_is_refused_stops_no_flow_for_longer_than_it_lasts() -> None:
    """A weekend: few calls, no flow is paused, and once the sign-in is renewed the backlog is done without anybody."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await backlog(rig)
        rig.world.dataverse.behaviour.application_user = "disabled"
        before = len(rig.world.requests)
        told = await pump(rig.house, lambda: False)
        assert "0x80040225" in told.problems["environment"]
        await pumped_for(rig, HOUR)
        assert len(rig.world.requests) - before <= 3 * 62
        assert [await rig.state(name) for name in (TERMS, GROUPS, CUSTOMERS)] == ["running"] * 3
        rig.world.dataverse.behaviour.application_user = "enabled"
        await rig.pump()
        assert (rig.both("PrimaryContactPhone", "telephone1"), group(rig)) == (("1", "1"), "New")

    on_stage(story)


def test_a_sign_in_that_is_refused_in_the_middle_of_a_run_pauses_nobody() -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        await backlog(rig)

        async def expires(_sender: int, step: str, _what: str) -> None:
            if step == "dataverse update":
                rig.world.dataverse.behaviour.application_user = "disabled"

        rig.world.weather.gate = expires
        await rig.world.instance(rig.pump())[1]
        rig.world.weather.gate = None
        assert rig.world.dataverse.behaviour.application_user == "disabled"
        assert [await rig.state(name) for name in (TERMS, GROUPS, CUSTOMERS)] == ["running"] * 3
        rig.world.dataverse.behaviour.application_user = "enabled"
        await rig.pump()
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")

    on_stage(story)
