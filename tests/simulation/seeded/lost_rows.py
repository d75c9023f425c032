"""Rows of the ledger that are lost stay lost."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_lost_rows.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a lost row makes strangers of a pair for ever", "engine.passes._compare",
        "            await mend_indexes(flow, couples)\n", "", _TESTS),
    _of("an index that is lost stays lost", "engine.passes._indexes",
        "            met[at] = True\n", "            met[:] = bytes([1]) * len(met)\n", _TESTS),
    _of("an index without its coupling stays", "engine.passes._indexes",
        "            mended += await _orphan_goes(flow, end)\n", "            pass\n", _TESTS),
)  # fmt: skip
