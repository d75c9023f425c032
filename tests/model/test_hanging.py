"""What hangs on a record that is to be deleted: no order of steps breaks a law, and every rule is needed."""

from __future__ import annotations

from typing import Final

import pytest

from tests.model.explore import explore
from tests.model.hanging import Hanging

BENT: Final[dict[str, tuple[Hanging, str]]] = {
    "nobody asks": (Hanging(asks=False, again=False), "law 12"),
    "nobody looks at what hangs there": (Hanging(looks=False), "law 7"),
    "nobody asks again after the look": (Hanging(again=False), "law 12"),
    "what was held is never looked at again": (Hanging(retries=False), "law 7"),
    "a child goes whatever it holds": (Hanging(fenced=False), "law 8"),
}


def test_no_order_of_steps_breaks_a_law() -> None:
    explored = explore(Hanging())
    assert explored.broken == "", "\n".join(explored.trace)
    assert explored.states > 100


@pytest.mark.parametrize("name", BENT)
def test_every_rule_is_needed(name: str) -> None:
    world, broken = BENT[name]
    explored = explore(world)
    assert broken in explored.broken, "\n".join([explored.broken, *explored.trace])
