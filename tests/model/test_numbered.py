"""The hand-over between two claims holds in every order of steps; without any one of its rules it does not."""

from __future__ import annotations

import pytest

from tests.model.explore import explore
from tests.model.numbered import Numbered


@pytest.mark.parametrize("deletes", [0, 1])
@pytest.mark.parametrize(("crashes", "faults"), [(0, 2), (2, 0), (2, 2)])
def test_what_the_erp_numbered_is_neither_doubled_nor_left_alone(crashes: int, faults: int, deletes: int) -> None:
    """Whoever dies, whatever answer is lost, and even if somebody deletes it: one partner, or parked for a person."""
    explored = explore(Numbered(crashes=crashes, faults=faults, deletes=deletes))
    assert not explored.broken, "\n".join((explored.broken, *explored.trace))
    assert explored.states > 100


@pytest.mark.parametrize(
    "model",
    [Numbered(hand_over=False), Numbered(careful=False), Numbered(repeats=True), Numbered(deletes=1, renews=True)],
    ids=["nothing is handed over", "what may still be created is given away", "created again", "claimed afresh"],
)
def test_each_rule_is_needed(model: Numbered) -> None:
    """One rule less, and some order of steps doubles the record."""
    assert explore(model).broken.startswith("law 6")


def test_a_stranger_that_looks_the_same_is_beyond_it() -> None:
    """Somebody keys in the very same record while an answer is lost: no ledger can tell which of the two is ours."""
    assert explore(Numbered(strangers=1)).broken.startswith("law 6")
