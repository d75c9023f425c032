"""Histories of business_central: every law holds, whatever is lost on the way and whoever dies."""

from __future__ import annotations

import pytest

from tests.simulation.golden_trades import SCENES, cut_off
from tests.simulation.trades import play

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SEEDS: int = 4
EVERY: int = 25


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_law_holds(seed: int) -> None:
    """Each seed is a history of its own: see its plot for what kind."""
    plot, broken, _ = play(seed)
    assert not broken, f"seed {seed}: {plot}: {broken}"


def test_a_seed_is_the_same_history_each_time() -> None:
    """A failing one can be looked at again."""
    assert play(3) == play(3)


@pytest.mark.parametrize("name", SCENES)
def test_a_golden_scenario_that_is_cut_off(name: str) -> None:
    """Before some of its requests; the long form tries each."""
    for at in range(5, 2 * EVERY, EVERY):
        broken, died = cut_off(name, at, connector=at % 2 == 0)
        assert not broken, f"{name}, cut off before request {at}: {broken}"
        assert died or at > EVERY


@pytest.mark.long
@pytest.mark.parametrize("connector", [True, False])
@pytest.mark.parametrize("name", SCENES)
def test_every_moment_of_death(name: str, *, connector: bool) -> None:
    """The same before each request."""
    at, died = 1, True
    while died:
        broken, died = cut_off(name, at, connector=connector)
        assert not broken, f"{name}, cut off before request {at}: {broken}"
        at += 1
