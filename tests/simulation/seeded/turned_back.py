"""What disappears, or reads as it was before, is believed too readily."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a budget of none lets one delete through", "engine._budget",
        "if sum(parts.values()) >= limit:", "if sum(parts.values()) >= max(limit, 1):",
        "tests/simulation/test_budgets.py"),
    _of("the delete budget is for the hours of a clock", "engine._budget",
        "moment(now - self.window - self.window / PARTS)",
        "moment(now - timedelta(seconds=now.timestamp() % self.window.total_seconds() + 1))",
        "tests/simulation/test_budgets.py"),
    _of("an event alone deletes where the company may be hidden", "engine.record._visit",
        "        await flow.confirm_gone(side, coupling.identity(side))\n",
        "        if not _is_told(wake, side):\n            await flow.confirm_gone(side, coupling.identity(side))\n",
        "tests/simulation/test_deletes.py"),
)  # fmt: skip
