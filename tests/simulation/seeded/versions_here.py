"""Two versions of the app, or two clocks, get in each other's way."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_versions_here.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("any app works on any flow", "engine._states",
        "    if approved == own:\n", "    if approved:\n", _TESTS),
    _of("approval changes nothing for a flow that runs", "engine._reports",
        "    if other_map(house, name, state):\n", "    if False:\n",
        _TESTS + "::test_who_is_approved_takes_over_at_once"),
    _of("what is under way goes on under another's map", "engine.passes._permits",
        'return other_map(house, name, found) if found["state"] in LIVE', 'return "" if found["state"] in LIVE',
        _TESTS + "::test_who_is_approved_takes_over_at_once"),
    _of("a clock that is ahead holds a lease for ever", "ledger._commit",
        "return seen == etag and now - since >= length.total_seconds()", "return False",
        "tests/simulation/test_clocks.py"),
    _of("a lease that is moved is taken away", "ledger._commit",
        "        if seen != etag:\n            self._sighted[key] = etag, now\n        return seen == etag and now",
        "        self._sighted.setdefault(key, (etag, now))\n        return now",
        "tests/simulation/test_clocks.py"),
)  # fmt: skip
