"""Tables that wake a flow."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_woken.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("tables that wake a flow are not read", "engine.passes._jobs",
        "        done = done and await _woken(house, judge.flow, out_of_time, run.tally)\n", "",
        _TESTS),
    _of("what wakes a flow is read from the last look on: nothing overlaps", "engine.passes._woken",
        "        return OVERLAP + self.flow.options.skew\n", "        return timedelta()\n",
        _TESTS),
    _of("a slice that ends within a table that wakes a flow has read it all", "engine.passes._woken",
        '{"since": since, "began": began, "page": page.cursor})\n                return False',
        '{"since": began})\n                return True',
        _TESTS),
    _of("what points to another table wakes the flow, too", "mapping._wakers",
        "if found and table == self.logical else", "if found else",
        _TESTS),
    _of("that a row beside it changed hides what became of a record", "ledger._flow_ledger",
        "standing.source if beside else hint.source", "hint.source",
        _TESTS),
)  # fmt: skip
