"""Refused values that hold back more than their own line, or less."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a refused value parks everything that went with it", "reconcile._tries",
        "        if len(tried) > 1 and not (named and sure):\n", "        if False:\n",
        "tests/simulation/test_refusals.py::test_a_mandatory_group_that_is_cleared_does_not_hold_back_the_phone"),
    _of("what belongs together is parted", "reconcile._tries",
        'flow.lines[write.index].together or f"#{write.index}"', 'f"#{write.index}"',
        "tests/simulation/test_refusals.py"),
    _of("a label in a refusal is believed", "engine.record._refusals",
        "        return by_label or by_value, False\n", "        return by_label or by_value, True\n",
        "tests/simulation/test_refusals.py"),
    _of("what is left of a refused write waits for the next pass", "engine.record._refusals",
        "    return any(part.digest not in decided for part in _open(work, done))", "    return False",
        "tests/simulation/test_refusals.py"),
    _of("the row of a refused value goes when another is written", "engine.record._update",
        'if item.get("attempt") in standing]', "if not standing]",
        "tests/simulation/test_refusals.py::test_a_mandatory_group_that_is_cleared_does_not_hold_back_the_phone"),
    _of("what was refused stays behind although its reason is gone", "reconcile._tries",
        "        return left if any(part.digest not in before for part in left) else []\n",
        "        return [part for part in left if part.digest not in before]\n",
        "tests/simulation/test_refusals.py"),
)  # fmt: skip
