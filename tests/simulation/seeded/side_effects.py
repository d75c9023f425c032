"""What a server changes beside what it is sent."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what a plug-in sets beside our write waits for the next pass", "engine.record._update",
        "    along = _changed_along(work, written) - work.along\n", "    along = frozenset[int]()\n",
        "tests/simulation/test_side_effects.py"),
    _of("what a plug-in sets is followed as often as it does", "engine.record._update",
        "_changed_along(work, written) - work.along", "_changed_along(work, written)",
        "tests/simulation/test_side_effects.py"),
    _of("what waited in an earlier round of a visit is counted as waiting", "engine.record._visit",
        '"updated" if so_far.kind in UNFINISHED else so_far.kind', "so_far.kind",
        "tests/simulation/test_side_effects.py"),
)  # fmt: skip
