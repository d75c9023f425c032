"""What recovery finds is taken for something else, or told in the engine's own signs."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("whoever has the number of a record that is gone is taken for it", "engine.record._recover_create",
        "if found is not None and (is_ours or await holds_what_was_sent(flow, mine, target, found)):",
        "if found is not None:",
        "tests/simulation/test_recovery.py::test_who_took_the_number_of_a_record_that_is_gone_is_not_taken_for_it"),
    _of("recovery journals a code that stands for nobody with its mark", "engine.record._recover",
        "read = Unresolved.told if each.definition in self.references else str", "read = str",
        "tests/simulation/test_recovery.py"),
)  # fmt: skip
