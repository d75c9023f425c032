"""Enforced constants beside values that a system refuses."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what is enforced is left alone while a line is parked", "engine.record._refusals",
        "draws = [unit] if causes_a_write(constants) else []",
        "draws = [unit] if causes_a_write(constants) and not work.troubles else []",
        "tests/simulation/test_constants_refused.py"),
    _of("what a refused constant did not replace has lost", "engine.record._update",
        "    definitions |= {each.constant.definition.hex() for side in left for each in work.constants[side]}\n", "",
        "tests/simulation/test_constants_refused.py"),
    _of("a constant is to blame for a value that has changed since", "reconcile._tries",
        "and not each.beside <= planned]", "and not each.beside]",
        "tests/simulation/test_constants_refused.py"),
)  # fmt: skip
