"""The catch-up pass: what changed in Dataverse since the last look, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from shared.engine import catch_up, jobs, start_job, work_on
from shared.ledger import FEEDS
from tests.simulation.rig import CUSTOMERS, ERP, GROUPS, Rig, on_stage


async def in_step(rig: Rig) -> str:
    """A customer in sync, and a cursor behind which nothing has changed; the id of its account."""
    await rig.visit(ERP, rig.customer())
    await rig.compare()
    account = rig.dataverse()
    assert account is not None
    return str(account["accountid"])


def test_an_edit_that_no_event_told_of_is_carried_over() -> None:
    """The cursor of change tracking makes it durable; our own write comes back with it and is as agreed."""

    async def story(rig: Rig) -> None:
        rig.change(await in_step(rig), name="Fabrikam")
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        writes = rig.writes()
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert rig.writes() == writes

    on_stage(story)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("step", "deaths"), [("dataverse read", 2), ("finops update", 1), ("ledger settle", 1), ("ledger feeds", 1)]
)
def test_a_pass_that_dies_is_begun_again_where_it_stood(step: str, deaths: int) -> None:
    """The cursor moves only after everything before it has been looked at."""

    async def story(rig: Rig) -> None:
        rig.change(await in_step(rig), name="Fabrikam")
        for _ in range(deaths):
            struck = iter([False, True] if step == "ledger feeds" else [True])
            rig.world.weather.strike = lambda now, struck=struck: now == step and next(struck, False)
            task = rig.world.instance(catch_up(rig.house, CUSTOMERS, lambda: False))[1]
            await asyncio.wait({task}, timeout=60)
            assert not task.done()
            rig.world.weather.strike = None
            rig.house = rig.world.house()
            await asyncio.sleep(600)
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


def test_an_edit_that_was_committed_behind_the_cursor_is_carried_over() -> None:
    """Transactions commit out of order: what comes to light late stands before a mark that is later."""

    async def story(rig: Rig) -> None:
        row_id = await in_step(rig)
        rig.world.dataverse.behaviour.slow_commits = 90.0
        rig.change(row_id, name="Fabrikam")
        rig.world.dataverse.behaviour.slow_commits = 0.0
        for _ in range(3):
            assert await catch_up(rig.house, CUSTOMERS, lambda: False)
            rig.world.loop.pass_time(60)
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


def test_a_cursor_moves_on_when_no_transaction_can_be_behind_it() -> None:
    """What was carried over is read again for some minutes, and then no more."""

    async def story(rig: Rig) -> None:
        rig.change(await in_step(rig), name="Fabrikam")
        read: list[int] = []
        for _ in range(15):
            before = rig.world.weather.passed["ledger get"]
            assert await catch_up(rig.house, CUSTOMERS, lambda: False)
            read.append(rig.world.weather.passed["ledger get"] - before)
            rig.world.loop.pass_time(60)
        assert read[5] > read[-1] == read[-2]

    on_stage(story)


async def open_compares(rig: Rig) -> list[str]:
    """Compare jobs that are not through."""
    return [value["id"] async for value in jobs(rig.house) if (value["kind"], value["state"]) == ("compare", "running")]


def test_a_lost_cursor_is_answered_by_one_compare() -> None:
    """However often the flow is to be caught up before that pass is through; it leaves a cursor to go on from."""

    async def story(rig: Rig) -> None:
        rig.customer()
        for _ in range(3):
            assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        (only,) = await open_compares(rig)
        await work_on(rig.house, only, lambda: False)
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert await open_compares(rig) == []

    on_stage(story)


def test_a_lost_cursor_starts_no_compare_that_is_ordered_already() -> None:
    """A job over many flows comes to this one, and sets its cursor; one that is past it does not."""

    async def story(rig: Rig) -> None:
        ordered = await start_job(rig.house, "compare", (GROUPS, CUSTOMERS))
        await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert await open_compares(rig) == [ordered["id"]]
        while (await work_on(rig.house, ordered["id"], lambda: True))["at"] == 0:
            pass
        await rig.house.documents.change(FEEDS, f"{GROUPS}~dataverse", lambda value: {**value, "cursor": {}})
        await catch_up(rig.house, GROUPS, lambda: False)
        assert len(await open_compares(rig)) == 2

    on_stage(story)
