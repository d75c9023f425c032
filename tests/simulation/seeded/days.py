"""Days that become other days, and codes that become other codes."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a day is midnight in London", "mapping._days",
        "time(), zone).astimezone(UTC)", "time(), UTC)",
        "tests/simulation/test_local_days.py"),
    _of("the day of a moment is the one in London", "mapping._days",
        "moment.astimezone(zone).date()", "moment.date()",
        "tests/simulation/test_local_days.py"),
    _of("a map need not say whose midnight it is", "mapping._check_lines",
        "    if name is None and column.local_day:\n", "    if False:\n",
        "tests/simulation/test_local_days.py"),
    _of("preflight takes a day for a moment", "setup._tables",
        "    elif needed.column.local_day != column.local_day:\n", "    elif False:\n",
        "tests/unit/setup/test_findings.py"),
)  # fmt: skip
