"""Lines that wait for a person, and records that look turned back."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a line that is refused hides that its record is gone", "engine.record._troubles",
        'not item["line"] for row in found.values() if row.kind == "parked"',
        'True for row in found.values() if row.kind == "parked"',
        "tests/simulation/test_turned_back_lines.py"),
    _of("older values are counted with every try", "engine.record._turned",
        "is_news = is_first and bool(", "is_news = bool(",
        "tests/simulation/test_turned_back_lines.py"),
    _of("older values that were refused are counted by every pass", "engine.record._turned",
        "_carried(flow, plan, side, refused))", "_carried(flow, plan, side))",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what a person restores counts as turned back", "engine.record._turned",
        '_SAID: Final = frozenset({"restore", "decision"})', "_SAID: Final = frozenset[str]()",
        "tests/simulation/test_turned_back_lines.py"),
)  # fmt: skip
