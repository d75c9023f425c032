"""What something turns back each time it is written, one rule short."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_HERE: Final = "tests/simulation/test_undone.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("two machines answer each other for ever", "engine.record._turned",
        "(coupling, plan) if wake.by_hand else held_still(flow, coupling, plan)", "coupling, plan",
        f"{_HERE}::test_two_formatters_are_parted"),
    _of("who changes his own mind is a machine", "engine.record._undone",
        "(entry.side, entry.before) != (side, held)", "entry.before != held",
        f"{_HERE}::test_an_undo_at_the_source_is_no_answer"),
    _of("any edit of what we wrote is an answer", "engine.record._undone",
        "(entry.side, entry.before) != (side, held)", "entry.side != side",
        f"{_HERE}::test_edits_of_what_was_written_are_no_answers"),
    _of("what comes back once a month is a machine", "ledger._answered",
        "if each >= now - WINDOW", "if each", f"{_HERE}::test_people_who_set_and_lift_are_not_meant"),
    _of("what is tried again by hand counts on", "engine.record._undone",
        "    if by_hand:\n", "    if False:\n", f"{_HERE}::test_a_retry_tries_it_again"),
    _of("what is undone is put back at every event", "engine.record._undone",
        'write.reason == "put_back" and flow.compares', 'write.reason == "put_back"',
        f"{_HERE}::test_what_undoes_a_one_way_line_is_put_back_once_in_a_pass"),
    _of("what is undone is never put back", "engine.record._undone",
        'write.reason == "put_back" and flow.compares', "False",
        f"{_HERE}::test_what_undoes_a_one_way_line_is_put_back_once_in_a_pass"),
    _of("what a pass has put back is no longer listed", "engine.record._undone",
        "len(entry.lately(minute(flow.clock()))) >= TIMES", "False",
        f"{_HERE}::test_what_undoes_a_one_way_line_is_put_back_once_in_a_pass"),
    _of("an enforced line is put back at every event", "engine.record._undone",
        "if flow.compares or each.constant.definition not in undone", "if True",
        f"{_HERE}::test_what_undoes_an_enforced_line_is_put_back_once_in_a_pass"),
    _of("another form is an edit although the line says otherwise", "mapping._lines",
        "        if self.compared:\n", "        if False:\n",
        f"{_HERE}::test_another_form_is_no_difference_where_the_line_says_so"),
    _of("texts without a digit are all the same number", "mapping._compared",
        "digits(text) or fold(text)", "digits(text)", "tests/unit/mapping/test_lines.py"),
    _of("what recovery finds written is no answer", "engine.record._recover",
        "answered_by(flow, mine, rulings.written, rulings.given, by_hand=by_hand)", "mine",
        f"{_HERE}::test_writes_that_are_recovered_count_as_well"),
    _of("whatever is tried again begins the count of answers anew", "engine._flow",
        "return self.hint is not None and self.hint.asked", "return self.hint is not None and bool(self.hint.failed)",
        f"{_HERE}::test_no_visit_but_a_persons_begins_the_count_anew"),
    _of("what is not carried over any more spends the budget of older values", "engine.record._turned",
        "    meant = held_still(flow, coupling, plan)[1] if distrusted and not wake.by_hand else plan\n",
        "    meant = plan\n",
        f"{_HERE}::test_what_is_not_carried_over_any_more_spends_no_budget"),
)  # fmt: skip
