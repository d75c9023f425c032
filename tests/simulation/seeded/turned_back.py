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
    _of("a pass believes what it has read before it has counted", "engine.passes._compare",
        "await self._visit(await self.suspects.sift(side, wakes, read))", "await self._visit(wakes)",
        "tests/simulation/test_turned_back.py"),
    _of("missing records are not counted together", "engine.passes._suspects",
        "is_few = held + len(unseen) < self.flow.options.turned_back_from", "is_few = True",
        "tests/simulation/test_turned_back.py"),
    _of("single visits count nothing", "engine._turned_back",
        "    await weigh(flow, side, [Sign(coupling.key, coupling.moved or coupling.since, what)])\n", "",
        "tests/simulation/test_turned_back.py"),
    _of("what an event tells of counts as turned back", "engine._turned_back",
        "    if await is_told(flow, wake, coupling, side):\n        return False\n", "",
        "tests/simulation/test_turned_back.py"),
    _of("older values are carried over though the other side is right", "engine.record._turned",
        "turned = {key for key in older if _may_be_put_back(flow, key)}", "turned: set[bytes] = set()",
        "tests/simulation/test_turned_back.py"),
    _of("what is gone is deleted though the other side is right", "engine._turned_back",
        "return bool(right != side)", 'return bool(right != side) and what != "is gone"',
        "tests/simulation/test_turned_back.py"),
    _of("a coupling remembers only the last value of a line", "ledger._earlier",
        "return (*kept, *(Former", "return (*(each for each in kept if each.definition not in left), *(Former",
        "tests/unit/test_turned_back.py"),
    _of("a share of all records is asked for, however old they are", "engine._turned_back",
        "of = max(len(moved) - bisect_left(moved, since), number)", "of = max(len(moved), number)",
        "tests/unit/test_turned_back.py"),
    _of("an answer is never taken back", "engine._turned_back",
        'if value.get("right") and value["at"] <= began:', 'if value.get("right") and value["at"] > began:',
        "tests/simulation/test_turned_back.py"),
    _of("what was held is forgotten when a slice ends", "engine.passes._compare",
        "        await self._resume_held()\n", "",
        "tests/simulation/test_turned_back.py"),
    _of("older values know no budget", "engine._turned_back",
        "        await flow.budget.spend_older(flow.map.name)\n", "        pass\n",
        "tests/simulation/test_turned_back.py"),
)  # fmt: skip
