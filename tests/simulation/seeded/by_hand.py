"""What a person says, and what is not done with it."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("whoever confirms a side is stopped by a spent budget", "engine._turned_back",
        "    await house.budget.refill_older(name)\n", "",
        "tests/simulation/test_older_values.py"
        "::test_whoever_confirms_a_side_begins_the_budget_of_older_values_anew"),
)  # fmt: skip
