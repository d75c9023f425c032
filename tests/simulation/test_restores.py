"""Histories in which the ERP is restored in place, or hides its rows: no work is undone unless a person says so."""

from __future__ import annotations

import pytest

from tests.simulation.restores import play

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SEEDS = 8
SLICE = 2


@pytest.mark.parametrize("first", range(0, SEEDS, SLICE))
def test_what_nobody_undid_is_not_undone(first: int) -> None:
    """Each seed is a history of its own: see its plot for what kind."""
    for seed in range(first, first + SLICE):
        plot, broken = play(seed)
        assert not broken, f"seed {seed}: {plot}: {broken}"
