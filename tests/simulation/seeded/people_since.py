"""What waits for a person decided behind his back, and what people did since undone with what we did."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what is set aside as a whole is deleted across", "engine.record._delete",
        "return bool(self._others()) or (bool(self._standing()) and not self.wake.by_hand)", "return False",
        "tests/simulation/test_left_to_people.py"),
    _of("a retry deletes what was merged", "engine.record._delete",
        "return bool(self._others()) or (bool(self._standing()) and not self.wake.by_hand)",
        "return bool(self._standing()) and not self.wake.by_hand",
        "tests/simulation/test_left_to_people.py"),
    _of("a delete takes the place of the reasons that stood", "engine.record._delete",
        "items = [*self._others(), item]", "items = [item]",
        "tests/simulation/test_left_to_people.py"),
    _of("a merged row matches", "engine.record._match",
        "if left := [row for row in same if not is_merged(row)]:", "if left := same:",
        "tests/simulation/test_left_to_people.py::test_a_merged_row_matches_nobody"),
    _of("whoever loses a partner to a coupling by hand is looked at anew", "engine.record._by_hand",
        "if each.ended]\n    for write", "if not each]\n    for write",
        "tests/simulation/test_left_to_people.py::test_whoever_loses_a_partner_to_a_coupling_by_hand_is_left_alone"),
    _of("what was kept under a former row is not erased", "engine.record._by_hand",
        "ends.add(before)", "ends.discard(before)",
        "tests/simulation/test_by_hand.py"),
    _of("an undo deletes what was edited and carried over", "engine.passes._since",
        'return "followed" if place == 0 else "between"', 'return "ours"',
        "tests/simulation/test_undo.py::test_an_account_that_people_have_touched_stays"),
    _of("an undo does not mind who modified a row", "engine.passes._since",
        "return bool(by) and by == await flow.dataverse.user()", "return True",
        "tests/simulation/test_undo.py::test_an_account_that_people_have_touched_stays"),
    _of("an undo does not look at what a person has decided", "engine.passes._since",
        "    if decided(entries):\n", "    if not entries:\n",
        "tests/simulation/test_undo.py::test_a_value_that_a_person_took_back_is_that_persons"),
    _of("an undo takes along what hangs on a record", "engine.passes._undo",
        "            hanging = await self._lookups_of(flow).hanging(side, coupling.identity(side))\n",
        "            hanging = (await self._lookups_of(flow).hanging(side, coupling.identity(side)))[:0]\n",
        "tests/simulation/test_undo.py"),
    _of("an undo does not ask what Dataverse deletes along", "engine.record._hanging",
        "pointing = [*self._mapped(), *await self._taken_along()]", "pointing = self._mapped()",
        "tests/simulation/test_undo.py::test_an_account_that_people_have_touched_stays"),
    _of("an undo deletes what has moved since it was judged", "engine.passes._forget",
        "mine = await intend_delete(self.flow, coupling, side, version, source=other(side))",
        'mine = await intend_delete(self.flow, coupling, side, "*", source=other(side))',
        "tests/simulation/test_undo.py::test_an_edit_that_comes_in_during_the_undo_stays"),
    _of("a value that somebody puts back as it was is overwritten", "engine.record._turned",
        'if older and await is_distrusted(flow, wake, coupling, side, "reads as before", is_news=is_news):',
        "if older or is_news:",
        "tests/simulation/test_visits.py"),
    _of("an undo deletes a record before what hangs on it", "engine.passes._forget",
        "for each in goes.first:", "for each in ():",
        "tests/simulation/test_undo.py"),
)  # fmt: skip
