"""States and reports that overrule a person."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("the end of a job overrules what an operator said meanwhile", "engine._states",
        "lambda found: brings_up(job, found), state", "lambda found: True, state",
        "tests/simulation/test_jobs.py"),
    _of("a rebuild forgets what a person has coupled", "engine.passes._rebuild",
        "(rows[target] is not None and not await _is_found(flow, coupling, source, found))", "False",
        "tests/simulation/test_rebuild.py::test_what_would_not_find_itself_again_stays_coupled"),
    _of("a rebuild lets the master decide what waits for a person", "engine.passes._rebuild",
        "    if undecided:\n", "    if False:\n",
        "tests/simulation/test_rebuild.py::test_what_would_not_find_itself_again_stays_coupled"),
    _of("a rebuild makes again what was deleted", "engine.passes._rebuild",
        "    if rows[target] is None and not found:\n", "    if False:\n",
        "tests/simulation/test_rebuild.py::test_what_would_not_find_itself_again_stays_coupled"),
    _of("a rebuild draws into the scope what has left it", "engine.passes._rebuild",
        'if coupling.state == "dormant":', "if False:",
        "tests/simulation/test_rebuild.py::test_what_would_not_find_itself_again_stays_coupled"),
    _of("a dead owner holds an operator up for ever", "engine.record._long_dead",
        "if not flow.is_long_dead(intent):", "if True:",
        "tests/simulation/test_long_dead.py::test_nobody_waits_for_ever_for_an_owner_that_died"),
    _of("an operator's action writes what a dead owner meant to", "engine.record._long_dead",
        "await recover_update(flow, coupling, again=False)", "await recover_update(flow, coupling)",
        "tests/simulation/test_long_dead.py::test_nobody_waits_for_ever_for_an_owner_that_died"),
    _of("a conflict stands of what was not written", "engine.record._recover",
        "rulings.drop |= {bytes.fromhex(each.definition) for each in (*intended.lines, *intended.given)}\n", "pass\n",
        "tests/simulation/test_long_dead.py::test_a_conflict_of_an_update_that_was_not_carried_out_is_over"),
    _of("an undo leaves what its load died with", "engine.passes._forget",
        "found = await at_rest_if_dead(self.flow, coupling)", "found: Coupling | None = coupling",
        "tests/simulation/test_long_dead.py::test_an_undo_takes_back_what_its_load_died_with"),
    _of("a flow is let run while it is taken back", "engine.passes._orders",
        'if value["kind"] in FORGETTING and not value["dry"] and about:', "if False:",
        "tests/functions/test_decisions.py::test_nothing_begins_in_a_flow_that_is_just_taken_back"),
    _of("a dry run of an undo holds its flow up", "engine.passes._orders",
        ' and not value["dry"] and about:', " and about:",
        "tests/functions/test_decisions.py::test_a_dry_run_of_an_undo_holds_nobody_up"),
    _of("a decision writes in a company that is not synchronised", "engine.record._conflicts",
        "    if not flow.syncs(company := flow.company_in(coupling)):",
        "    if not (company := flow.company_in(coupling)):",
        "tests/simulation/test_conflicts.py::test_nothing_is_written_in_a_company_that_is_not_synchronised"),
    _of("a decision holds for values that nobody was shown", "engine.record._conflicts",
        "if now.shown != row.shown:", "if False:",
        "tests/simulation/test_conflicts.py::test_a_decision_holds_only_for_the_values_that_were_shown"),
    _of("a decision that is overtaken leaves a false row", "engine.record._conflicts",
        "    if (again := await _open_again(flow, row)) is not None:", "    if (again := None) is not None:",
        "tests/simulation/test_conflicts.py::test_a_decision_that_is_overtaken_says_so"),
)  # fmt: skip
