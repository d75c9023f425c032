"""Histories by seed: whatever people, networks and machines do, the laws hold. The same seed is the same history."""

from __future__ import annotations

import pytest

from tests.simulation.story import play

SEEDS = 32
SLICE = 4
MORE = range(10_000, 13_000, 60)
"""Seeds of the long form, in slices of 60."""


@pytest.mark.parametrize("first", range(0, SEEDS, SLICE))
def test_every_law_holds_in_every_history(first: int) -> None:
    """`./koppel simulate --seed N --trace` replays one that breaks a law. The first of each slice is played twice."""
    lines = _played(first)
    for seed in range(first + 1, first + SLICE):
        _played(seed)
    assert lines == _played(first), f"seed {first} is not the same history twice"


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 2 * SEEDS, SLICE))
def test_every_history_is_the_same_twice(first: int) -> None:
    """All of the above, and as many more."""
    for seed in range(first, first + SLICE):
        assert _played(seed) == _played(seed), f"seed {seed}"


@pytest.mark.long
@pytest.mark.parametrize("first", MORE)
def test_every_law_holds_in_many_more_histories(first: int) -> None:
    """Once each: `./koppel simulate --seeds 10000` plays as many as are wanted."""
    for seed in range(first, first + MORE.step):
        _played(seed)


def _played(seed: int) -> list[str]:
    """The story of a history in which no law is broken."""
    played = play(seed)
    assert not played.broken, f"seed {seed}: {played.broken}"
    return played.lines
