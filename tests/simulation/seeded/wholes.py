"""Rules about whole records: what a pair that ended, left or moved is allowed to become."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a company that is not synced is synced if its records are coupled", "engine.record._visit",
        "    if not flow.syncs(flow.company_in(coupling)):\n", "    if False:\n",
        "tests/simulation/test_companies.py"),
    _of("leaving the scope deletes against an unseen edit", "engine.record._delete",
        "    if await edited(flow, coupling, other(out), left):\n", "    if False:\n",
        "tests/simulation/test_endings.py"),
    _of("a pair that ends leaves its open conflicts in the list", "engine.record._delete",
        "        gone = await undecided(flow, self.coupling)\n", "        gone: list[Write] = []\n",
        "tests/simulation/test_endings.py"),
)  # fmt: skip
