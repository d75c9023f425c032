"""Orders of operators, counted by kind and by what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ENDS: Final = ("accepted", "refused", "failed", "nothing to do")


def told(counts: Mapping[tuple[str, str], int]) -> list[str]:
    """The counts as lines of a table; none if nothing was ordered."""
    kinds = sorted({what for what, _ in counts})
    lines = [f"{'order':14} " + " ".join(f"{end:>13}" for end in ENDS)] if kinds else []
    return lines + [f"{what:14} " + " ".join(f"{counts.get((what, end), 0):>13}" for end in ENDS) for what in kinds]
