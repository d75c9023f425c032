"""Histories of business_central: every law holds, whatever is lost on the way and whoever dies."""

from __future__ import annotations

from itertools import cycle
from random import Random

import pytest

from shared.ledger import CONFLICT
from shared.mapping import DATAVERSE, ERP
from tests.simulation.golden_trades import SCENES, cut_off, in_short, once, told
from tests.simulation.traders import CUSTOMERS, DE
from tests.simulation.trades import POLICIES, Plot, Trade, in_trade, play

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SEEDS: int = 40


@pytest.mark.parametrize("seen", [True, False])
def test_a_conflict_about_a_field_does_not_say_that_a_record_is_gone(*, seen: bool) -> None:
    """Under `delete: park` a row about the delete has to stand; nobody has seen it while no pass has come by."""
    plot = Plot(True, POLICIES[0], 0, 0.0, 0.0, 0.0, 0.0, 0.0, 1, doubles=False, latency=0.05)

    async def story(trade: Trade) -> list[str]:
        await trade.begin()
        await trade.pump(trade.processes[0])
        trade.people.create(ERP)
        for _ in range(2):
            await told(trade)
        (row,), (account,) = trade.people.rows(ERP), trade.people.rows(DATAVERSE)
        trade.erp.update(DE, "customers", row["id"], {"city": "Linz"})
        trade.dataverse.update("accounts", account["accountid"], {"address1_city": "Graz"})
        await told(trade)
        assert any(key.startswith(CONFLICT) for key in trade.tables.partitions[CUSTOMERS])
        trade.people.delete(ERP, row)
        if seen:
            await trade.compare()
        return await trade.judge.verdict(trade.processes[0].house)

    broken = in_trade(Random(4), plot, [], story)
    assert any("a pair has one end" in text for text in broken) is not seen, broken


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_law_holds(seed: int) -> None:
    """Each seed is a history of its own, of customers alone: `test_trade_histories.py` plays those of the suite."""
    plot, broken, _ = play(seed)
    assert not broken, f"seed {seed}: {plot}: {broken}"


@pytest.mark.parametrize("name", SCENES)
def test_a_golden_scenario_that_is_cut_off(name: str) -> None:
    """At a few of the moments that leave something else behind, with the connector's pages and without."""
    for cut, connector in zip(in_short(name), cycle((True, False)), strict=False):
        broken, lives = cut_off(name, cut, connector=connector)
        assert not broken, f"{name}, cut off {cut}: {broken}"
        assert lives.died == 1


@pytest.mark.long
@pytest.mark.parametrize("connector", [True, False])
@pytest.mark.parametrize("name", SCENES)
def test_every_moment_of_death(name: str, *, connector: bool) -> None:
    """Every request with each of its fates; `./koppel simulate --crashes` also lets whoever goes on die."""
    for cuts in once(name, connector=connector):
        broken, lives = cut_off(name, *cuts, connector=connector)
        assert not broken, f"{name}, cut off {cuts[0]}: {broken}"
        assert lives.died == 1
