"""Small delete budgets in histories: how many deletes Koppel may have carried over, counted without its help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Final

from tests.simulation.kinds import Kind
from tests.simulation.world import World

PLENTY: Final = 1000
SOON: Final = timedelta(minutes=55)
"""Less than the window of a budget, by more than the clocks of two instances differ."""


def budget_of(seed: int) -> int:
    """What a history's flows may delete within an hour: plenty, or next to nothing."""
    return Random(f"budget {seed}").choice((PLENTY, PLENTY, PLENTY, 2, 1, 0))


def overspent(world: World, kinds: Sequence[Kind], undone: Counter[str]) -> Iterator[str]:
    """Tables from which Koppel deleted more in the first hour than the flows that are about them may.

    undone: what an operator had undone after a dry run, or released, by table. The budget is not asked about that.
    """
    until = world.began + SOON
    deleted = Counter[str](
        change.table for change in world.dataverse.history
        if change.operation == "delete" and change.tag == "koppel" and not change.consequence and change.time < until
    )  # fmt: skip
    deleted.update(
        change.entity for change in world.erp.history
        if change.operation == "delete" and change.app is not None and change.time < until
    )  # fmt: skip
    for name, number in sorted(deleted.items()):
        about = sum(name in {each.table, each.entity} for each in kinds)
        if number > about * world.deletes + undone[name]:
            yield f"law 8: {number} deletes from {name} within an hour, with a budget of {world.deletes} for each flow"
