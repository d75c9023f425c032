"""States and reports that overrule a person."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("the end of a job overrules what an operator said meanwhile", "engine._states",
        "lambda found: brings_up(job, found), state", "lambda found: True, state",
        "tests/simulation/test_jobs.py"),
)  # fmt: skip
