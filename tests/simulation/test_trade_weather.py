"""What goes wrong on the way to Business Central, and nowhere else: throttles without a word of how long, maintenance
that names a pause, a gateway that gives up too soon, a batch that ends in the middle.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from shared.engine import pump
from shared.errors import KoppelError
from shared.mapping import DATAVERSE
from tests.simulation.network import CENTRAL_FAULTS
from tests.simulation.trade_kinds import CUSTOMERS
from tests.simulation.trade_stage import TradeStage, on_trade_stage

STEP = "business_central create"


@pytest.mark.parametrize(
    ("fault", "connector"), [*zip(CENTRAL_FAULTS, [True, False] * 2, strict=True), ("stopped", True)]
)
def test_a_customer_is_created_once_whatever_business_central_says_of_it(fault: str, *, connector: bool) -> None:
    """A busy one has carried nothing out; one that names a pause, or whose gateway gives up, may have. Where it has
    not, nobody can tell from outside, so a person is asked.
    """

    async def story(stage: TradeStage) -> None:
        await stage.coupled(CUSTOMERS)
        account = stage.account("Trey")
        stage.world.weather.orders[STEP] = fault
        with suppress(KoppelError):
            await stage.visit(CUSTOMERS, DATAVERSE, (account,))
        await _settle(stage)
        assert stage.world.weather.seen[STEP, fault] == 1
        assert len(stage.records(CUSTOMERS, displayName="Trey")) == (fault != "maintenance")
        assert await stage.verdict("(customers)") == []

    on_trade_stage(story, "both", connector=connector)


@pytest.mark.parametrize("way", ["stopped", "timed out after"])
def test_edits_of_which_a_batch_carried_out_the_first_half_arrive_all(way: str) -> None:
    """Nobody knows which; every one of them is looked at again."""

    async def story(stage: TradeStage) -> None:
        _, first = await stage.coupled(CUSTOMERS)
        accounts = [first, *(stage.account(f"Firm {number}") for number in range(5))]
        for _ in range(2):
            await stage.compare(CUSTOMERS)
        for account in accounts:
            stage.world.dataverse.update("accounts", account, {"address1_city": "Linz"})
        stage.world.weather.orders["business_central batch"] = way
        await stage.compare(CUSTOMERS)
        await _settle(stage)
        assert stage.world.weather.seen["business_central batch", way] == 1
        assert [row["city"] for row in stage.records(CUSTOMERS)] == ["Linz"] * 6
        assert await stage.verdict("(customers)") == []

    on_trade_stage(story, "both")


async def _settle(stage: TradeStage) -> None:
    """What failed is tried again, and a pass comes by."""
    for _ in range(4):
        await asyncio.sleep(1800)
        await pump(stage.house, lambda: False)
    await stage.compare(CUSTOMERS)
