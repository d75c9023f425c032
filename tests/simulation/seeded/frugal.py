"""Requests to the ledger that nobody needs, and some that are saved where they are needed."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_frugal.py"
_OWNERS: Final = "tests/simulation/test_owners.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a flow that never ran is asked for each code", "engine.lookups._pairs",
        "        if table.bare and not await self.couples(target.ledger.flow):\n", "        if False:\n",
        f"{_TESTS}::test_a_flow_that_never_ran_is_not_asked_for_each_code"),
    _of("a flow that never ran is asked whose each number is", "engine.lookups._links",
        "            if not await self.pairs.couples(ledger.flow) and await self.pairs.bare(ledger):\n",
        "            if False:\n",
        f"{_TESTS}::test_a_flow_that_never_ran_is_not_asked_for_each_code"),
    _of("a flow without couplings has none to the end of a slice", "engine.lookups._pairs",
        "table.bare and not await self.couples(target.ledger.flow):", "table.bare:",
        f"{_TESTS}::test_a_flow_that_runs_may_couple_a_code_while_somebody_waits_for_it"),
    _of("what a new record refers to is asked before its visit, too", "engine.passes._rows",
        "asked |= {key: line} if stands is not None else {}", "asked[key] = line",
        f"{_TESTS}::test_what_a_record_without_a_coupling_refers_to_is_asked_by_its_visit_alone"),
    _of("what a coupled record refers to is not asked before it is judged", "engine.passes._rows",
        "asked |= {key: line} if stands is not None else {}", "pass",
        f"{_TESTS}::test_a_flow_that_never_ran_is_not_asked_for_each_code"),
    _of("a dry run couples nothing in a flow that is not run", "engine.lookups._pairs",
        "return self.targets.rehearsed or await", "return await",
        "tests/simulation/test_plans.py::test_a_plan_in_slices_tells_what_a_plan_at_once_tells"),
    _of("each record that a pass couples asks what is put off", "engine.record._again",
        "    async with flow.put_off_turn:\n        if wake.hint is None and flow.put_off is None:\n",
        "    if True:\n        if wake.hint is None:\n",
        f"{_TESTS}::test_a_pass_asks_once_what_is_put_off_however_many_records_it_couples"),
    _of("a calm pass is set down after every side", "engine.passes._compare",
        "return self.pages >= CHECKPOINT or", "return True or",
        f"{_TESTS}::test_a_calm_pass_asks_as_little_for_many_records_as_for_few"),
    _of("what is set aside is not looked at where all else is calm", "engine.passes._compare",
        "if not self.flow.troubled and self._is_calm({}):", "if self._is_calm({}):",
        "tests/simulation/test_endings.py", "tests/simulation/test_forgotten.py"),
    _of("who looks around does not look at the other flows", "engine._owners",
        "        for each in self.others:\n            async for page in rows",
        "        for each in ():\n            async for page in rows",
        f"{_OWNERS}::test_who_looks_around_sees_what_a_flow_has_whose_owner_row_is_lost"),
    _of("what was free when a pass began is free to its end", "engine._owners",
        "                free = False\n", '                return ""\n',
        f"{_OWNERS}::test_two_flows_that_want_the_same_contact_at_once_do_not_both_get_it"),
    _of("of each of many new records it is asked who has it", "engine.passes._compare",
        "            await self.flow.owners.look_around()\n", "            pass\n",
        f"{_OWNERS}::test_a_pass_over_many_new_records_asks_once_who_has_them"),
    _of("a question that nobody waits for any more is an error of its own", "engine._for_all",
        "    answer.add_done_callback(_heard)\n", "",
        "tests/simulation/test_references.py::test_a_question_that_nobody_waits_for_any_more_may_fail"),
)  # fmt: skip
