"""Histories by seed: whatever people, networks and machines do, the laws hold. The same seed is the same history."""

from __future__ import annotations

import pytest

from tests.simulation.story import play

SEEDS = 96
SLICE = 6
MORE = range(10_000, 13_000, 60)
"""Seeds of the long form, in slices of 60."""


@pytest.mark.parametrize("first", range(0, SEEDS, SLICE))
def test_every_law_holds_in_every_history(first: int) -> None:
    """A seed that breaks a law, or is not the same twice, is replayed by `./koppel simulate --seed N --trace`."""
    for seed in range(first, first + SLICE):
        played = play(seed)
        assert not played.broken, f"seed {seed}: {played.broken}"
        assert played.lines == play(seed).lines, f"seed {seed} is not the same history twice"


@pytest.mark.long
@pytest.mark.parametrize("first", MORE)
def test_every_law_holds_in_many_more_histories(first: int) -> None:
    """Once each: `./koppel simulate --seeds 10000` plays as many as are wanted."""
    for seed in range(first, first + MORE.step):
        assert not play(seed).broken, f"seed {seed}"
