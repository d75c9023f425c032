"""Values that are believed although no answer shows them, or that nobody on either side has given."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a reference is cleared by a null to bind", "engine.record._encode",
        'if row_id else (navigation, "null")', 'if row_id else (f"{navigation}@odata.bind", "null")',
        "tests/simulation/test_clearing.py"),
    _of("what a server ignored is taken for its edit", "reconcile._settle",
        "            if stays_old(line, write.side, write, stored):\n", "            if False:\n",
        "tests/simulation/test_clearing.py"),
    _of("recovery believes what was sent, not what was answered", "engine.record._recover",
        "        if stays_old(line, intended.side, each, stored):\n", "        if False:\n",
        "tests/simulation/test_clearing.py"),
)  # fmt: skip
