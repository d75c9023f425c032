"""Rows of the ledger that are lost stay lost."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_lost_rows.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a lost row makes strangers of a pair for ever", "engine.passes._compare",
        "            await mend_indexes(flow, couples, indexes)\n", "", _TESTS),
    _of("an index that is lost stays lost", "engine.passes._indexes",
        "couples), _beyond(couples, indexes)\n", "couples), set[int]()\n", _TESTS),
    _of("an index without its coupling stays", "engine.passes._indexes",
        "        mended += sum([await _orphan_goes(flow, end) for end in ends])\n", "", _TESTS),
    _of("indexes that are as many as the couplings pass for theirs", "engine.passes._indexes",
        " and sum(couples) == sum(indexes):", ":",
        f"{_TESTS}::test_an_index_that_is_lost_is_missed_although_another_one_is_too_many"),
)  # fmt: skip
