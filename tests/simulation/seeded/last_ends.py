"""Lines that go together are parted by a conflict; a budget of none begins anew; a live flow is taken back."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a conflict parts what belongs together", "reconcile._reconcile",
        "line.together in self.torn and", "False and",
        "tests/unit/reconcile/test_together.py"),
    _of("what wins with its group counts as a conflict, too", "reconcile._reconcile",
        "if self._winner(line) == changed:", "if False:",
        "tests/unit/reconcile/test_together.py"),
    _of("a budget of none begins anew", "engine._budget",
        "        if not self.older:\n            raise Refused(\n",
        "        if self.older < 0:\n            raise Refused(\n",
        "tests/functions/test_decisions.py::test_a_budget_of_no_older_values_does_not_begin_anew"),
    _of("a company left out keeps its approval", "engine._states",
        "        found = await leave_out(house, name, found)\n", "        pass\n",
        "tests/simulation/test_terms.py::test_a_company_that_comes_back_is_asked_for_like_a_new_one"),
)  # fmt: skip
