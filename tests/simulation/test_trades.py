"""Histories of business_central: every law holds, whatever is lost on the way and whoever dies."""

from __future__ import annotations

from itertools import cycle

import pytest

from tests.simulation.golden_trades import SCENES, cut_off, in_short, once
from tests.simulation.trades import play

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SEEDS: int = 40


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
