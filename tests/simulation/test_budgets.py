"""The delete budget is for any hour, not for the hours of a clock; none means none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.engine import Budget, BudgetSpent
from shared.engine._budget import BUDGET
from shared.ledger import PARKED, read_trouble
from tests.simulation.rig import CUSTOMERS, DATAVERSE, Rig, coupled, on_stage
from tests.simulation.test_deletes import delete


async def spent(budget: Budget, times: int) -> int:
    """How many of so many deletes are let through."""
    through = 0
    for _ in range(times):
        try:
            await budget.spend(CUSTOMERS)
            through += 1
        except BudgetSpent:
            pass
    return through


def test_a_budget_of_none_lets_none_through() -> None:
    """Not even the first of an hour: it is held, and its row says what to do."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.house.deletes = 0
        delete(rig, DATAVERSE, row_id)
        await rig.compare()
        assert rig.erp() is not None
        (row,) = [read_trouble(each) for each in rig.rows(PARKED)]
        assert "every delete" in row.items[0]["message"]

    on_stage(story)


@pytest.mark.parametrize("minutes", [5, 29, 59])
def test_no_hour_sees_more_deletes_than_the_budget(minutes: int) -> None:
    """Half of it at the end of one hour and all of it at the beginning of the next would be too many."""

    async def story(rig: Rig) -> None:
        budget = replace(rig.house.budget, deletes=4)
        assert await spent(budget, 2) == 2
        rig.world.loop.pass_time(minutes * 60.0)
        assert await spent(budget, 4) == 2
        rig.world.loop.pass_time((61 - minutes) * 60.0)
        assert await spent(budget, 4) == 2
        rig.world.loop.pass_time(2 * 3600.0)
        assert await spent(budget, 9) == 4

    on_stage(story)


def test_the_row_of_a_budget_stays_small() -> None:
    """However many deletes there are, it holds no more than the parts of one window."""

    async def story(rig: Rig) -> None:
        budget = replace(rig.house.budget, deletes=10**6, window=timedelta(minutes=10))
        for _ in range(300):
            rig.world.loop.pass_time(7.0)
            await budget.spend(CUSTOMERS)
        stored = await rig.house.documents.get(BUDGET, CUSTOMERS)
        assert len(stored.value["parts"]) <= 62
        assert sum(stored.value["parts"].values()) <= 10 * 60 / 7 + 2

    on_stage(story)
