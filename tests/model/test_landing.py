"""What may still land after a create without an answer: no order of steps breaks a law, and every rule is needed."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.model.explore import explore
from tests.model.landing import Landing

WORLDS: Final = [Landing(minted, restores) for minted in (True, False) for restores in (True, False)]
BENT: Final[dict[str, tuple[Landing, str]]] = {
    "what may land is forgotten": (Landing(minted=False, remembers=False), "from the dead"),
    "what may land is forgotten, and the record has an id of ours": (
        Landing(minted=True, remembers=False),
        "from the dead",
    ),
    "that it was gone is forgotten": (Landing(minted=True, proof=False), "what a person deleted"),
    "content alone proves that it is ours": (Landing(minted=False, asks=False), "law 8"),
    "an id proves something of a record that was never gone": (Landing(minted=True, certain=False), "law 8"),
    "the delete holds for any version": (Landing(minted=True, fenced=False), "law 8"),
    "a coupling is dissolved while something may land": (
        Landing(minted=True, restores=True, waits=False),
        "what a person deleted",
    ),
    "it is forgotten by a look that was too early": (Landing(minted=True, looks_first=False), "law 1"),
    "what has landed in time is not known later": (Landing(minted=True, lasting=False), "from the dead"),
    "what was edited beside what was sent is deleted": (Landing(minted=True, as_created=False), "law 8"),
    "a person is asked about what both sides hold": (Landing(minted=False, settles=False), "law 7"),
    "only a record that holds all that was sent is known again": (Landing(minted=False, per_line=False), "law 1"),
}


@pytest.mark.parametrize("world", WORLDS, ids=repr)
def test_no_order_of_steps_breaks_a_law(world: Landing) -> None:
    explored = explore(world)
    assert explored.broken == "", "\n".join(explored.trace)
    assert explored.states > 1000


@pytest.mark.parametrize("name", BENT)
def test_every_rule_is_needed(name: str) -> None:
    world, broken = BENT[name]
    explored: Any = explore(world)
    assert explored.broken
    assert broken in explored.broken, "\n".join([explored.broken, *explored.trace])
