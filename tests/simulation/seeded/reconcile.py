"""Plans that overlook a conflict, a loser or a line."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a deferred line is forgotten", "reconcile._creation",
        "        if line.index in deferred:\n", "        if False:\n"),
    _of("a cleared field that loses is not kept", "reconcile._reconcile",
        "(lost or self._known(line))", "lost",
        "tests/unit/reconcile/test_conflicts.py"),
    _of("an edit on the target of a one-way line stays", "reconcile._reconcile",
        '            self._flow(line, line.source, values, "edit" if (left if line.source == ERP else right)'
        ' else "put_back")',
        "            self.agree.append(line.index)",
        "tests/simulation/test_visits.py"),
    _of("a conflict has no loser", "reconcile._reconcile",
        "            self._conflict(line, values)\n        elif line.together",
        '            self._flow(line, ERP, values, "edit")\n        elif line.together'),
    _of("a conflict stays undecided when it is none any more", "reconcile._reconcile",
        "            self.over.append(line.index)\n", "            pass\n", "tests/unit/reconcile/test_conflicts.py"),
)  # fmt: skip
