"""Deletes that are carried over too readily."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a customer renamed while its account is out of scope is forgotten", "engine.record._delete",
        "renamed and (renamed.identity or not is_outside)", "renamed and not is_outside",
        "tests/simulation/test_identities.py"),
    _of("a delete is carried over against an unseen edit", "engine.record._delete",
        "if policy in _DELETING and await edited(flow, coupling, other(gone), left):", "if False:",
        "tests/simulation/test_endings.py::test_a_delete_never_goes_against_an_edit_that_nobody_has_seen"),
    _of("deletes know no budget", "engine.record._delete",
        "        await self.flow.budget.spend(self.flow.map.name, called_on(self.coupling, side))\n", "",
        "tests/simulation/test_endings.py"),
    _of("a pass repeats a delete that was refused", "engine.record._delete",
        "refused = None if self.wake.hint else self._refused(other(gone), left)", "refused = None",
        "tests/simulation/test_repairs.py"),
)  # fmt: skip
