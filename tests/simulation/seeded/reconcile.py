"""Plans that overlook a conflict, a loser or a line."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a deferred line is forgotten", "reconcile._creation",
        "        if line.index in deferred:\n", "        if False:\n",
        "tests/simulation/test_references.py::test_accounts_that_pay_for_each_other_become_customers_that_do"),
    _of("a cleared field that loses is not kept", "reconcile._reconcile",
        "(lost or self._known(line, reason))", "lost",
        "tests/unit/reconcile/test_conflicts.py"),
    _of("an edit on the target of a one-way line stays", "reconcile._reconcile",
        "            send(line, line.source, values, reason)",
        "            self.agree.append(line.index)",
        "tests/simulation/test_visits.py"),
    _of("a conflict has no loser", "reconcile._reconcile",
        "            self._conflict(line, values)\n        elif line.together",
        '            self._flow(line, ERP, values, "edit")\n        elif line.together',
        "tests/simulation/test_visits.py::test_a_conflict_has_a_winner_and_its_loser_is_kept"),
    _of("what is chosen beside a reference that was left out is never carried over", "reconcile._reconcile",
        "        if base == now and not is_anew and line.definition not in self.agreed.parked:\n",
        "        if (base == now or is_left_out(line, self.agreed)) and not is_anew:\n",
        "tests/simulation/test_trade_judge.py"
        "::test_an_option_that_is_chosen_beside_one_without_a_partner_has_to_go_over"),
    _of("a conflict stays undecided when it is none any more", "reconcile._reconcile",
        "            self.over.append(line.index)\n", "            pass\n", "tests/unit/reconcile/test_conflicts.py"),
)  # fmt: skip
