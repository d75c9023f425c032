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
        "_carried(flow, meant, side, refused))", "_carried(flow, meant, side))",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what a person restores counts as turned back", "engine.record._turned",
        '_SAID: Final = frozenset({"restore", "decision"})', "_SAID: Final = frozenset[str]()",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what is back by a restore is created by the next pass", "engine.record._reborn",
        "    if any(item.get(_UNDEAD) for row in found.values() for item in row.items):\n        return True\n", "",
        "tests/simulation/test_turned_back_lines.py"
        "::test_what_is_back_by_a_restore_stays_dead_after_the_answer_has_been_carried_out"),
    _of("a pass creates the first of those that are back by a restore", "engine.passes._compare",
        'self.snapshot.deleted if flow.map.policy.reborn == "sync" else frozenset()', "frozenset()",
        "tests/simulation/test_turned_back_lines.py"
        "::test_what_is_back_by_a_restore_stays_dead_after_the_answer_has_been_carried_out"),
    _of("what a pass has held is forgotten when the flow stops", "engine.passes._suspects",
        '            await asyncio.gather(*(self.flow.ledger.store_hint(each.side, each.identity, "pass") '
        "for each in held))\n", "",
        "tests/simulation/test_turned_back_lines.py::test_what_a_pass_has_held_is_not_forgotten_when_the_flow_stops"),
    _of("what is put back is journaled as an edit", "engine._emptied",
        'replace(each, reason="put_back")', 'replace(each, reason="edit")',
        "tests/simulation/test_turned_back_lines.py::test_what_a_pass_has_held_is_not_forgotten_when_the_flow_stops"),
    _of("a flow pauses for what its policy parks", "engine.passes._suspects",
        'if (found is None and flow.map.on_delete(side) == "park") or await is_told', "if await is_told",
        "tests/simulation/test_turned_back_lines.py::test_where_every_delete_waits_for_a_person_nobody_is_asked_twice"),
    _of("what was only just coupled is missed", "engine.passes._suspects",
        " or flow.just_coupled(coupling)", "",
        "tests/simulation/test_turned_back_lines.py::test_what_was_only_just_coupled_is_not_missed_yet"),
    _of("an answer that was not carried out cannot be given again", "engine._turned_back",
        'if found[side]["reason"] or found[side]["right"]]', 'if found[side]["reason"]]',
        "tests/simulation/test_turned_back_lines.py::test_an_answer_may_be_given_again_until_it_is_carried_out"),
    _of("what leaves the scope in bulk is believed", "engine.record._delete",
        'if is_new and await is_distrusted(flow, wake, coupling, out, "left the scope"):', "if coupling.ended:",
        "tests/simulation/test_turned_back_lines.py::test_what_leaves_the_scope_in_bulk_is_not_believed_either"),
)  # fmt: skip
