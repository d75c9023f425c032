"""A ledger that is lost is taken for a new one."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("an empty ledger confirms itself", "engine._environment",
        "    if mark and not stored:\n", "    if not mark and not stored:\n        return None\n    if False:\n",
        "tests/simulation/test_lost_ledger.py"),
    _of("any ledger is the one that is named", "engine._environment",
        "    if mark and mark != own:\n", "    if False:\n", "tests/simulation/test_lost_ledger.py"),
    _of("events for a lost ledger are taken", "engine._environment",
        "    if isinstance(trouble, LostLedger):\n        raise trouble\n", "",
        "tests/simulation/test_lost_ledger.py", "tests/functions/test_lost_ledger.py"),
    _of("a confirmed ledger gets another name each time", "engine._environment",
        '"ledger": value.get("ledger") or name}', '"ledger": name}', "tests/simulation/test_lost_ledger.py"),
)  # fmt: skip
