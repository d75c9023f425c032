"""Runs that nobody has approved; records that are taken for others."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a run takes any master that comes", "engine._reports",
        'if approved.get("master") != terms["master"]:', "if False:",
        "tests/simulation/test_terms.py", "tests/functions/test_terms.py"),
    _of("only rows in the scope count as what could be matched", "engine._reports",
        "_holds_rows(house, name, other(side), companies)",
        "_holds_rows(house, name, other(side), companies, inside=True)",
        "tests/simulation/test_terms.py"),
    _of("an event during a first synchronisation follows the map's own master", "engine.passes._pump",
        "master=first_master(found)", "master=None",
        "tests/simulation/test_terms.py"),
    _of("a company more is no news to an approval", "engine._states",
        "if let is not None else", "if False else",
        "tests/simulation/test_terms.py"),
)  # fmt: skip
