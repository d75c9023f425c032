"""Reviews that advise wrongly, begin too early, or do something twice."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_REVIEW: Final = "tests/simulation/test_review.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a review asks nobody before it begins", "engine.passes._reviews",
        'is_free = entry.stands == "flows" or not await why_unapproved(house, name, *terms)', "is_free = True",
        f"{_REVIEW}::test_with_rows_on_both_sides_it_couples_after_a_person_has_seen_what"),
    _of("what a person says nothing about is taken back", "engine.passes._review_orders",
        '    if master != "stays":\n        changed = replace(changed, master=master)\n',
        '    changed = replace(changed, master=None if master == "stays" else master)\n',
        "tests/functions/test_review.py::test_what_is_left_out_of_a_choice_stays_as_it_was_chosen"),
    _of("a flow of a review does not wait for those that it needs", "engine.passes._reviews",
        "self.review.lacks(self.house.catalogue.needed_by(entry.flow))", "self.review.lacks([])",
        f"{_REVIEW}::test_each_flow_begins_when_those_that_it_needs_are_done"),
    _of("a broken flow of a review holds nobody back", "engine._review",
        "if not each.is_done and each.choice", "if not each.outcome and each.choice",
        f"{_REVIEW}::test_a_broken_flow_holds_its_dependants_back_until_it_is_restarted"),
    _of("what is skipped in a review holds back whoever needs it", "engine._review",
        'each.choice not in {"nothing", "skip"}', "each.choice",
        f"{_REVIEW}::test_what_has_nothing_to_do_and_what_is_skipped_hold_nobody_back"),
    _of("a job of a review is stored before its id is", "engine.passes._reviews",
        "        self.review = self.review.having(*entries)\n        await self._store()\n",
        "        self.review = self.review.having(*entries)\n",
        f"{_REVIEW}::test_who_dies_at_a_write_of_the_ledger_leaves_nothing_that_is_done_twice"),
    _of("who dies before he has stored a job leaves a row that stands in its way", "engine.passes._orders",
        "    with suppress(LedgerMoved):\n        await house.documents.put(Document(OPEN_JOBS",
        "    if True:\n        await house.documents.put(Document(OPEN_JOBS",
        f"{_REVIEW}::test_who_dies_at_a_write_of_the_ledger_leaves_nothing_that_is_done_twice"),
    _of("a review overrules what a person chooses meanwhile", "engine.passes._reviews",
        "if found.entries.get(each.flow) == before[each.flow]", "if each.flow in found.entries",
        f"{_REVIEW}::test_what_a_person_chooses_while_the_pump_is_at_it_stands"),
    _of("a review resumes what a person has paused", "engine.passes._reviews",
        'if state == "paused" and entry.resumes:', 'if state == "paused":',
        f"{_REVIEW}::test_what_a_person_paused_waits_for_him"),
    _of("who orders a job again, and late, brings its flow up again", "engine._states",
        'return bool(job) and found["job"] == job and found["state"] not in COMING_UP', "return False",
        f"{_REVIEW}::test_who_orders_a_job_for_a_second_time_and_late_changes_nothing"),
    _of("two instances carry on one review", "engine.passes._reviews",
        'house.token(), f"review~{suite}")', 'house.token(), f"review~{suite}~{house.token()}")',
        f"{_REVIEW}::test_two_instances_order_each_job_once"),
    _of("a dry run plans all flows on the terms of its job", "engine.passes._orders",
        'own = value.get("terms", {}).get(name, value)', "own = value",
        f"{_REVIEW}::test_one_dry_run_plans_each_flow_on_its_own_terms"),
    _of("what is out of the scope counts in Dataverse", "engine.passes._counted",
        "judge.inside(side, row) and ", "",
        f"{_REVIEW}::test_what_only_we_can_tell_to_be_out_of_the_scope_does_not_count"),
    _of("what Dataverse comes with counts as data", "engine._review",
        "rows[DATAVERSE] > found.review.comes_with", "rows[DATAVERSE] > 0",
        "tests/unit/engine/test_review.py"),
    _of("a record that is set aside fails where it stands", "engine.passes._aims",
        "        return other(row.side)\n", "        return row.side\n",
        "tests/unit/engine/test_aims.py"),
    _of("failed records break a flow of a review off", "engine.passes._reviews",
        '        "state": BROKEN if errors else FINISHED,\n',
        '        "state": BROKEN if errors or any((await failed(house, name)).values()) else FINISHED,\n',
        f"{_REVIEW}::test_failed_records_do_not_break_a_flow_off"),
)  # fmt: skip
