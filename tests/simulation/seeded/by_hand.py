"""What a person says, and what is not done with it."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

SURVIVORS: Final = "tests/simulation/test_survivors.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("the old number of a tombstone is forgotten", "engine.record._by_hand",
        "    return stone.agreed.changed(flow.map, bases)\n", "    return stone.agreed\n",
        f"{SURVIVORS}::test_a_renamed_customer_is_coupled_by_hand_in_one_step"),
    _of("a number that was typed since gives way to the new one", "engine.record._by_hand",
        "            if value is not ABSENT and line.comparable(value) == line.comparable(old):\n",
        "            if value is not ABSENT:\n",
        f"{SURVIVORS}::test_a_number_that_was_typed_since_the_two_were_uncoupled_is_a_persons_to_decide"),
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
