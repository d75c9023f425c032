"""One bad record that holds the rest up, or that nobody hears of."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_holds_nothing_up.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a right that is missing on one record stops the flow", "systems._dataverse_errors",
        "    if code == _DENIED and _ONE_RECORD in message:\n", "    if False:\n",
        f"{_TESTS}::test_a_record_that_may_not_be_written_is_parked_and_the_flow_runs_on"),
    _of("a secured column stops the flow", "systems._dataverse_errors",
        "    if code == _SECURED:\n", "    if False:\n",
        f"{_TESTS}::test_a_secured_column_parks_its_line_and_no_other"),
    _of("what is refused for the record is looked for by halves", "engine.record._refusals",
        "    if isinstance(refusal, Withheld) and not words.field:\n", "    if False:\n",
        f"{_TESTS}::test_what_is_refused_for_the_record_as_a_whole_is_sent_once"),
    _of("a record that fails is tried every minute", "engine.passes._later",
        "flow.options.first_pause * (1 << min(failed, 20))", "flow.options.first_pause",
        f"{_TESTS}::test_a_record_whose_writes_never_succeed_is_tried_later_and_later_and_listed"),
    _of("an event begins the pauses of a record that fails anew", "ledger._flow_ledger",
        "    failed = 0 if hint.asked else standing.failed\n", "    failed = 0\n",
        f"{_TESTS}::test_pauses_grow_to_a_day_and_events_do_not_shorten_what_is_known"),
    _of("a record that moves each time is due at once again", "engine.record._visit",
        "so_far or _came_to_nothing(moved)", "so_far",
        f"{_TESTS}::test_a_record_whose_writes_never_succeed_is_tried_later_and_later_and_listed"),
    _of("a write that was refused for its version is sent for as long as lines are looked for", "engine.record._update",
        "(searching and not written.moved)", "searching",
        f"{_TESTS}::test_a_record_whose_writes_never_succeed_is_tried_later_and_later_and_listed"),
    _of("a visit may take for ever", "engine.passes._waves",
        "asyncio.timeout(flow.options.visit.total_seconds())", "asyncio.timeout(None)",
        f"{_TESTS}::test_a_visit_that_is_never_answered_ends_and_others_have_their_turn"),
    _of("a retry is lost when an event comes first", "ledger._flow_ledger",
        "asked=hint.asked or standing.asked", "asked=False",
        "tests/contract/ledger/test_flow_ledger.py::test_what_a_person_asked_for_outlasts_events"),
    _of("a message that calls itself a retry is a person's word", "ledger._flow_ledger",
        "echo=echo, asked=asked)", 'echo=echo, asked=asked or source == "retry")',
        "tests/contract/ledger/test_flow_ledger.py::test_no_source_of_a_hint_is_a_persons_word"),
    _of("the pump begins with the first flow whatever it had no time for", "engine.passes._pump",
        "at = names.index(stored) if stored in names else 0", "at = 0",
        "tests/simulation/test_hints.py::test_the_pump_begins_where_it_left_off"),
)  # fmt: skip
