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
        "_carried(flow, plan, side, refused))", "_carried(flow, plan, side))",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what a person restores counts as turned back", "engine.record._turned",
        '_SAID: Final = frozenset({"restore", "decision"})', "_SAID: Final = frozenset[str]()",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what is back by a restore is created by the next pass", "engine.record._reborn",
        "    if any(item.get(_UNDEAD) for row in found.values() for item in row.items):\n        return True\n", "",
        "tests/simulation/test_turned_back_lines.py"),
    _of("a pass creates the first of those that are back by a restore", "engine.passes._compare",
        'self.snapshot.deleted if flow.map.policy.reborn == "sync" else frozenset()', "frozenset()",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what a pass has held is forgotten when the flow stops", "engine.passes._suspects",
        '            await asyncio.gather(*(self.flow.ledger.store_hint(each.side, each.identity, "pass") '
        "for each in held))\n", "",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what is put back is journaled as an edit", "engine._emptied",
        'replace(each, reason="put_back")', 'replace(each, reason="edit")',
        "tests/simulation/test_turned_back_lines.py"),
    _of("a flow pauses for what its policy parks", "engine.passes._suspects",
        'if (found is None and flow.map.policy.delete == "park") or await is_told', "if await is_told",
        "tests/simulation/test_turned_back_lines.py"),
    _of("what was only just coupled is missed", "engine.passes._suspects",
        " or flow.just_coupled(coupling)", "",
        "tests/simulation/test_turned_back_lines.py"),
    _of("an answer that was not carried out cannot be given again", "engine._turned_back",
        'if found[side]["reason"] or found[side]["right"]]', 'if found[side]["reason"]]',
        "tests/simulation/test_turned_back_lines.py"),
    _of("what leaves the scope in bulk is believed", "engine.record._delete",
        'if is_new and await is_distrusted(flow, wake, coupling, out, "left the scope"):', "if coupling.ended:",
        "tests/simulation/test_turned_back_lines.py"),
)  # fmt: skip
