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
        "        both = [*new, *(part for part in left if part not in new)] if self.cut else left\n",
        "        both = new\n",
        "tests/simulation/test_refusals.py"),
    _of("each visit that has no time looks for what is refused from the beginning", "engine.record._visit",
        "    return wake.hint.failed if wake.hint and unsettled else 0\n",
        "    return 0 if unsettled else 0\n",
        "tests/simulation/test_refusals.py::test_refused_lines_are_found_although_no_visit_has_time_for_it"),
    _of("a side takes nothing because a short visit has not seen it take anything", "reconcile._tries",
        "and side not in self.taken and not self.cut:", "and side not in self.taken:",
        "tests/unit/reconcile/test_tries.py"),
    _of("what was refused before is all that a short visit tries", "reconcile._tries",
        "        both = [*new, *(part for part in left if part not in new)] if self.cut else left\n",
        "        both = left\n",
        "tests/unit/reconcile/test_tries.py::test_visits_that_end_after_one_try_come_to_an_end"),
)  # fmt: skip
