"""Selections of several options that are taken apart or put together wrongly."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_STORIES: Final = "tests/simulation/test_several.py"
_RULES: Final = "tests/unit/mapping/test_several.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("the order of a selection is an edit", "mapping._several",
        "    return SEPARATOR.join(sorted(set(options), key=lambda each: (len(each), each)))\n",
        "    return SEPARATOR.join(options)\n", _STORIES),
    _of("another order on a target is put back", "mapping._build",
        "means=several.means if several else members.means if members else None,",
        "means=members.means if members else None,", _STORIES),
    _of("an option that the column does not have is sent", "mapping._several",
        "            if option not in self.options:\n", "            if False:\n", _RULES),
    _of("a member that holds the separator becomes two", "mapping._several",
        "            if self.separator in member:\n", "            if False:\n", _RULES),
)  # fmt: skip
