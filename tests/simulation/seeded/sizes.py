"""What is too long, too much, or counted twice."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what is set aside keeps a value however long it is", "engine.record._troubles",
        "tuple(fitting(items))", "tuple(items)",
        "tests/simulation/test_sizes.py"),
    _of("the journal keeps values however long they are", "ledger._rows",
        "_json(fitting(self.lines))", "_json(self.lines)",
        "tests/simulation/test_sizes.py"),
    _of("a text that is too long to be kept loses", "reconcile._sizes",
        "        texts[each.index] = (*texts.get(each.index, (each.winner,)), each.value)\n",
        "        texts.setdefault(each.index, (each.winner, each.value))\n",
        "tests/simulation/test_sizes.py"),
    _of("what of a conflict was cut is not said", "ledger._rows",
        'cut=bool(cells.get("cut"))', "cut=False",
        "tests/unit/ledger/test_rows.py::test_rows_fit_however_long_their_values_are"),
    _of("a recovery compares what was cut with the whole", "reconcile._settle",
        "line.comparable(shown(stored)) == line.comparable(shown(sent.old))",
        "line.comparable(stored) == line.comparable(sent.old)",
        "tests/unit/reconcile/test_sizes.py"),
    _of("conflict rows do not go in rounds", "reconcile._sizes",
        "    if len(rows) <= AT_ONCE:\n", "    if rows:\n",
        "tests/unit/reconcile/test_sizes.py"),
    _of("what is left for another round is forgotten", "engine.record._update",
        "searching or plan.more or", "searching or",
        "tests/simulation/test_sizes.py"),
    _of("a conflict is counted from both sides", "engine._flow",
        'frozenset[Kind]({"parked", "waiting", "conflict", "kept"})', 'frozenset[Kind]({"parked", "waiting", "kept"})',
        "tests/simulation/test_sizes.py"),
    _of("what became of an equal record is counted beside it", "engine.passes._compare",
        "            self.tally.add_equal(-self.memory.no_longer_equal(_erp_ends(wake, last)))\n", "",
        "tests/simulation/test_sizes.py"),
    _of("a visit that failed is taken for one of an equal record", "engine.passes._compare",
        "map(_whose, outcomes, wakes)", "outcomes",
        "tests/simulation/test_sizes.py"),
    _of("a release stores what was not yet set down", "ledger._feeds",
        '"cursor": dict(cursor)}', '"cursor": cursor}',
        "tests/contract/ledger/test_feeds.py"),
    _of("creates that may land are kept however much room they take", "ledger._late",
        "        rows = rows[1:]\n", "        break\n",
        "tests/unit/ledger/test_rows.py"),
)  # fmt: skip
