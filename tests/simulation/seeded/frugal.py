"""Requests to the ledger that nobody needs, and some that are saved where they are needed."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_frugal.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a flow that never ran is asked for each code", "engine._links",
        "        if table.bare and not await self._keeps(target.ledger.flow):\n", "        if False:\n",
        f"{_TESTS}::test_a_flow_that_never_ran_is_not_asked_for_each_code"),
    _of("a flow that never ran is asked whose each number is", "engine._links",
        "            if not await self._keeps(ledger.flow) and (await self._table(ledger)).bare:\n",
        "            if False:\n",
        f"{_TESTS}::test_a_flow_that_never_ran_is_not_asked_for_each_code"),
    _of("a flow without couplings has none to the end of a slice", "engine._links",
        "table.bare and not await self._keeps(target.ledger.flow):", "table.bare:",
        f"{_TESTS}::test_a_flow_that_runs_may_couple_a_code_while_somebody_waits_for_it"),
    _of("a calm pass is set down after every side", "engine.passes._compare",
        "return self.pages >= CHECKPOINT or", "return True or",
        f"{_TESTS}::test_a_calm_pass_asks_as_little_for_many_records_as_for_few"),
    _of("what is set aside is not looked at where all else is calm", "engine.passes._compare",
        "if not self.flow.troubled and self._is_calm({}):", "if self._is_calm({}):",
        "tests/simulation/test_endings.py", "tests/simulation/test_forgotten.py"),
)  # fmt: skip
