"""What may still be under way, and where a version fences it."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("an entity that does not enforce versions holds up every flow", "engine._flow",
        "return (side, self.map.side(side).entity.name) not in self.options.unversioned",
        "return not self.options.unversioned",
        "tests/simulation/test_versions.py"),
    _of("what a preflight found stays in its process", "engine._environment",
        "    await house.learn()\n", "",
        "tests/simulation/test_versions.py"),
    _of("a delete is sent although no version fences it", "engine.record._delete",
        'if policy == "propagate" and flow.enforces_versions(other(gone)):', 'if policy == "propagate":',
        "tests/simulation/test_deletes.py", "tests/simulation/test_versions.py"),
)  # fmt: skip
