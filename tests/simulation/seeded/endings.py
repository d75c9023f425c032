"""Deletes that are carried over too readily."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a customer renamed while its account is out of scope is forgotten", "engine.record._delete",
        "renamed and (renamed.identity or not is_outside)", "renamed and not is_outside",
        "tests/simulation/test_identities.py"),
    _of("who lost the other half out of scope is dead when it is back", "engine.record._delete",
        'state = "uncoupled" if flow.map.policy.delete == "uncouple" else "lapsed"', 'state = "uncoupled"',
        "tests/simulation/test_asleep.py"),
    _of("who lost the other half out of scope is dead for every visit", "engine.record._visit",
        "begins_anew = coupling.state in BEGINS_ANEW", 'begins_anew = coupling.state == "deleted"',
        "tests/simulation/test_asleep.py"),
    _of("who is back when it turns out that the other half is gone is not looked at", "engine.record._delete",
        '            await flow.ledger.store_hint(survivor, self.coupling.identity(survivor), "back")\n',
        "            pass\n", "tests/simulation/test_asleep.py"),
    _of("explain announces a delete out of scope", "engine._explain",
        "        if survivor and is_out(", "        if not survivor and is_out(", "tests/simulation/test_asleep.py"),
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
