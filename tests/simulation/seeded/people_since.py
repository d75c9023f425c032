"""What waits for a person decided behind his back, and what people did since undone with what we did."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what is set aside as a whole is deleted across", "engine.record._delete",
        "return bool(self._others()) or (bool(self._standing()) and not self.wake.by_hand)", "return False",
        "tests/simulation/test_left_to_people.py"),
    _of("a retry deletes what was merged", "engine.record._delete",
        "return bool(self._others()) or (bool(self._standing()) and not self.wake.by_hand)",
        "return bool(self._standing()) and not self.wake.by_hand",
        "tests/simulation/test_left_to_people.py"),
    _of("a delete takes the place of the reasons that stood", "engine.record._delete",
        "items = [*self._others(), item]", "items = [item]",
        "tests/simulation/test_left_to_people.py"),
    _of("a merged row matches", "engine.record._match",
        "if left := [row for row in found if not is_merged(row)]:", "if left := found:",
        "tests/simulation/test_left_to_people.py"),
    _of("whoever loses a partner to a coupling by hand is looked at anew", "engine.record._by_hand",
        "if each.ended]\n    for write", "if not each]\n    for write",
        "tests/simulation/test_left_to_people.py"),
    _of("what was kept under a former row is not erased", "engine.record._by_hand",
        "ends.add(before)", "ends.discard(before)",
        "tests/simulation/test_by_hand.py"),
)  # fmt: skip
