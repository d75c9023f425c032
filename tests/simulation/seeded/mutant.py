"""One seeded bug: a piece of source, and what stands in its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One seeded bug. tests: what catches it where no history can, as pytest arguments."""

    name: str
    module: str
    old: str
    new: str
    tests: tuple[str, ...] = ()


def of(name: str, module: str, old: str, new: str, *tests: str) -> Mutant:
    """module: below `shared`. old: stands in it just once."""
    return Mutant(name, f"shared.{module}", old, new, tests)
