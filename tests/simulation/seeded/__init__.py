"""The seeded bugs, by what they break. A file of this folder that lists `MUTANTS` takes part."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from tests.simulation.seeded.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = tuple(
    mutant
    for found in sorted(iter_modules(__path__), key=lambda each: each.name)
    for mutant in getattr(import_module(f"{__name__}.{found.name}"), "MUTANTS", ())
)

__all__ = ["MUTANTS", "Mutant"]
