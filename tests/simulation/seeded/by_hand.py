"""What a person says, and what is not done with it."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a record that is not coupled by hand is told by its id", "engine.record._by_hand",
        "return (not by_key and called_in(flow.map, side, row)) or", "return",
        "tests/simulation/test_by_hand.py::test_a_refusal_names_records_as_people_do"),
    _of("a partner that stands in the way is told by its id", "engine.record._by_hand",
        "return (not by_key and await called_now(flow, side, identity)) or", "return",
        "tests/simulation/test_by_hand.py::test_a_refusal_names_records_as_people_do"),
    _of("whoever confirms a side is stopped by a spent budget", "engine._turned_back",
        "    await house.budget.refill_older(name)\n", "",
        "tests/simulation/test_older_values.py"
        "::test_whoever_confirms_a_side_begins_the_budget_of_older_values_anew"),
)  # fmt: skip
