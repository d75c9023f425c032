"""Whose turn it is: second edits, echoes of our own writes, and queues in which nobody is forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count

import pytest

from functions.events import Event
from functions.flow import receive
from shared.engine import House, Wake, pump, start_job, visit, work_on
from shared.ledger import end_of
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, at_first, coupled, on_stage


async def told(rig: Rig, account: str = ACCOUNT, what: str = "update", house: House | None = None) -> str:
    """An event of the ERP arrives at an instance; what it answers."""
    return await receive(house or rig.house, CUSTOMERS, Event(ERP, ("usmf", account), what), 5)


async def until_written(rig: Rig) -> None:
    """Until somebody is just about to write the record."""
    while not any(each.intent for each in rig.couplings()):  # noqa: ASYNC110 - on virtual time this costs nothing
        await asyncio.sleep(0.05)


def customers(number: int) -> list[str]:
    return [f"US-{at:03d}" for at in range(number)]


# -- a record that somebody is just writing


@pytest.mark.parametrize("latency", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("apart", [False, True], ids=["one instance", "two instances"])
def test_a_second_edit_arrives_as_soon_as_the_first_is_written(latency: float, *, apart: bool) -> None:
    """Nobody waits for the pump, however long the first write takes, and whoever of the instances is told."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        rig.world.weather.latency = latency
        other = rig.world.house() if apart else rig.house
        rig.edit(OrganizationName="First")
        first = asyncio.create_task(told(rig))
        await until_written(rig)
        rig.edit(OrganizationName="Second")
        second = asyncio.create_task(told(rig, house=other))
        await asyncio.gather(first, second)
        await asyncio.sleep(20 * latency)
        assert rig.both("OrganizationName", "name") == ("Second", "Second")
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_an_edit_made_while_a_pass_writes_its_record_arrives_without_the_pump() -> None:
    """The pass does not know of the event; whoever is told of it finds the record busy, and looks again."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        weather, sent = rig.world.weather, asyncio.Event()
        rig.edit(OrganizationName="First")
        job = await start_job(rig.house, "compare", (CUSTOMERS,))

        def slows_down() -> None:
            weather.even, weather.latency = True, 2.5
            sent.set()

        weather.strike = at_first("dataverse update", slows_down)
        working = asyncio.create_task(work_on(rig.house, job["id"], lambda: False))
        await sent.wait()
        await asyncio.sleep(0.01)
        weather.latency = 0.02
        rig.edit(OrganizationName="Second")
        assert await told(rig) == "updated"
        await working
        assert rig.both("OrganizationName", "name") == ("Second", "Second")
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_an_account_edited_while_it_is_created_is_looked_at_again() -> None:
    """The claim is in other hands at first; the hint that came meanwhile is not left to the pump."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        hint = await rig.flow().ledger.store_hint(ERP, identity, "create")
        rig.world.weather.latency = 1.0
        creating = asyncio.create_task(visit(rig.flow(), Wake(ERP, identity, hint)))
        await until_written(rig)
        rig.edit(OrganizationName="Second")
        await rig.flow().ledger.store_hint(ERP, identity, "update")
        await creating
        assert rig.both("OrganizationName", "name") == ("Second", "Second")
        assert rig.counts()["hints"] == 0

    on_stage(story)


# -- the echo of our own writes


def test_the_echo_of_our_own_write_asks_nobody_anything() -> None:
    """It is kept, and answered at once; a second event is a person's, and is looked at."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        await rig.visit(DATAVERSE, (row_id,))
        asked = len(rig.world.requests)
        assert await told(rig, what="create") == "later"
        assert len(rig.world.requests) == asked
        rig.edit(OrganizationName="By a person")
        await told(rig)
        assert rig.both("OrganizationName", "name") == ("By a person", "By a person")
        assert rig.counts()["hints"] == 0

    on_stage(story)


@pytest.mark.parametrize("first", ["update in Dataverse", "echo"])
def test_what_is_no_echo_is_looked_at_at_once(first: str) -> None:
    """An edit of a record that we last wrote in Dataverse, or whose echo has been dealt with."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        if first == "echo":
            rig.change(row_id, name="Ours")
            await rig.visit(DATAVERSE, (row_id,))
            assert await told(rig) == "later"
            await rig.pump()
        else:
            rig.edit(OrganizationName="Once")
            await told(rig)
        rig.edit(OrganizationName="Again")
        assert await told(rig) == "updated"
        assert rig.both("OrganizationName", "name") == ("Again", "Again")

    on_stage(story)


@pytest.fixture
def short_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.engine.passes._pump.WAVE", 5)


async def loaded(rig: Rig, number: int) -> None:
    """A load into the ERP, and its events."""
    for account in customers(number):
        rig.account(account)
    await rig.compare()
    for account in customers(number):
        assert await told(rig, account, "create") == "later"


@pytest.mark.usefixtures("short_waves")
def test_after_a_load_people_come_first() -> None:
    """The first wave of the pump carries a person's edit over, though as many events of our own came before it."""

    async def story(rig: Rig) -> None:
        await coupled(rig, "ZZ-1")
        await loaded(rig, 30)
        rig.edit("ZZ-1", OrganizationName="By a person")
        await rig.hint(ERP, ("usmf", "ZZ-1"))
        await pump(rig.house, lambda: rig.counts()["hints"] <= 26)
        assert rig.both("OrganizationName", "name", "ZZ-1") == ("By a person", "By a person")
        assert rig.counts()["hints"] >= 20
        await rig.pump()
        assert rig.counts()["hints"] == 0

    on_stage(story)


@pytest.mark.usefixtures("short_waves")
def test_nobody_is_overtaken_for_ever() -> None:
    """However much people edit, an echo is looked at that has waited long enough; and so is whoever came first."""

    async def story(rig: Rig) -> None:
        for account in customers(10):
            await coupled(rig, f"Z-{account}")
        await loaded(rig, 5)
        await asyncio.sleep(301)
        for account in customers(10):
            await rig.hint(ERP, ("usmf", f"Z-{account}"))
        seen = []
        while rig.counts()["hints"]:
            before = {row.key for row in rig.rows("h~")}
            await pump(rig.house, lambda before=before: rig.counts()["hints"] < len(before))  # type: ignore[misc] # at once
            seen.append(len({f"h~{end_of(ERP, ('usmf', each))}" for each in customers(5)} & before))
            assert len(seen) < 10
        assert seen[:2] == [5, 0]

    on_stage(story)


def test_a_queue_without_end_leaves_the_other_flows_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flow that comes earlier and has more to do than fits into the pump's time does not hold up the next one."""
    monkeypatch.setattr("shared.engine.passes._pump.WAVE", 2)
    monkeypatch.setattr("shared.engine.passes._pump.QUEUE", 4)

    async def story(rig: Rig) -> None:
        await coupled(rig)
        for number in range(100, 130):
            group = {"dataAreaId": "usmf", "CustomerGroupId": str(number)}
            rig.world.finops.create("CustomerGroups", group)
            await rig.house.ledger(GROUPS).store_hint(ERP, ("usmf", str(number)), "create")
        rig.edit(OrganizationName="By a person")
        await rig.hint(ERP, ("usmf", ACCOUNT))
        turns = count()
        await pump(rig.house, lambda: next(turns) > 2 * len(rig.house.catalogue.names))
        assert rig.both("OrganizationName", "name") == ("By a person", "By a person")
        assert len(rig.rows("h~", GROUPS)) > 10
        await rig.pump()
        assert not rig.rows("h~", GROUPS)

    on_stage(story)


def test_the_pump_begins_where_it_left_off() -> None:
    """Runs that have time for one flow each come to all of them, whatever the first has to do."""

    async def story(rig: Rig) -> None:
        seen = set[str]()
        for _ in rig.house.catalogue.names:
            turns = count()
            pumped = await pump(rig.house, lambda turns=turns: next(turns) > 0)  # type: ignore[misc] # at once
            seen |= pumped.tallies.keys()
        assert seen == {TERMS, GROUPS, CUSTOMERS}

    on_stage(story)


def test_hints_that_are_tried_again_do_not_stand_before_those_that_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be done now waits from when it is due, not from when it was first told."""
    monkeypatch.setattr("shared.engine.passes._pump.WAVE", 1)

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await coupled(rig, "AA-1")
        await rig.house.ledger(CUSTOMERS).store_hint(
            ERP, ("usmf", "AA-1"), "update", rig.house.clock() + timedelta(seconds=50)
        )
        await asyncio.sleep(40)
        rig.edit(OrganizationName="By a person")
        await rig.hint(ERP, ("usmf", ACCOUNT))
        await asyncio.sleep(20)
        await pump(rig.house, lambda: rig.counts()["hints"] < 2)
        assert rig.both("OrganizationName", "name") == ("By a person", "By a person")

    on_stage(story)
