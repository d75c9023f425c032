"""References and owners that are not asked for."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a reference to a coupling that has ended", "engine._links",
        "return coupling.dataverse if coupling and coupling.state in _ALIVE else None",
        "return coupling.dataverse if coupling else None",
        "tests/simulation/test_in_between.py"),
    _of("nobody asks which flow has a contact", "engine._owners",
        "        if owner == self.ledger.flow:\n", "        if True:\n", "tests/simulation/test_owners.py"),
    _of("what leaves a flow's scope is not told to its heir", "engine._owners",
        '            await self.documents.put(row, {"flow": self.heir.name, "claim": ""})\n'
        "        await self.poke(self.heir.name, row_id)\n",
        '            await self.documents.put(row, {"flow": self.heir.name, "claim": ""})\n',
        "tests/simulation/test_owners.py"),
)  # fmt: skip
