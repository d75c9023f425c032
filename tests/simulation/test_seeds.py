"""Histories by seed: whatever people, networks and machines do, the laws hold. The same seed is the same history."""

from __future__ import annotations

import pytest

from tests.simulation.story import play

SEEDS = 240
SLICE = 6


@pytest.mark.parametrize("first", range(0, SEEDS, SLICE))
def test_every_law_holds_in_every_history(first: int) -> None:
    """A seed that breaks a law, or is not the same twice, is replayed by `./koppel simulate --seed N --trace`."""
    for seed in range(first, first + SLICE):
        played = play(seed)
        assert not played.broken, f"seed {seed}: {played.broken}"
        assert played.lines == play(seed).lines, f"seed {seed} is not the same history twice"
