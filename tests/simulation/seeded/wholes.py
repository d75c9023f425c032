"""Rules about whole records: what a pair that ended, left or moved is allowed to become."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a company that is not synced is synced if its records are coupled", "engine.record._visit",
        "    if not flow.syncs(flow.company_in(coupling)):\n", "    if False:\n",
        "tests/simulation/test_companies.py"),
)  # fmt: skip
