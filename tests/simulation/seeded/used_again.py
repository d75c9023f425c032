"""A key that names another record by now, and a record that goes on under another key."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_used_again.py"
_KEYS: Final = "tests/simulation/test_made_of_keys.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("whoever has the number has the account", "engine.record._visit",
        "elif (ended := await number_used_again(flow, wake, coupling, erp, dataverse)) is not None:",
        "elif (ended := None) is not None:", _TESTS),
    _of("a second identity set in Dataverse, too, accepts nothing", "engine.record._used_again",
        "or (theirs and line.same(value, theirs))", "or False", _TESTS),
    _of("the row of a party that is not there makes another record", "engine.record._used_again",
        "if isinstance(value, Unresolved) and", "if False and", _TESTS),
    _of("a renamed customer whose number is used again is set aside", "engine.record._delete",
        "end.renamed(new) if new and new.identity and not new.doubt else", "None if False else", _TESTS),
    _of("a number used again hides that its record was renamed", "engine.record._rename",
        "if there is None or _says_otherwise(line, source, there):", "if there is None:", _TESTS),
    _of("an account that was deleted takes the next one of its number along", "engine.record._ending",
        "if not self._others() and await used_again(self.flow, self.coupling, left, None):", "if False:", _TESTS),
    _of("explain knows nothing of a number used again", "engine._explain",
        "if DATAVERSE not in outside and not whole and (item := await", "if False and (item := await", _TESTS),
    _of("whoever has the number has the account that was made for it", "reconcile._creation",
        "elif _carried(line, source, values) and _is_second(flow, line) and stored[line.index]:", "elif False:",
        _TESTS),
    _of("people of a renumbered customer are re-assigned", "engine.record._ending",
        "if not new.sure and self.flow.map.policy", "if self.flow.map.policy", _KEYS),
    _of("a key made of another record's is only its text", "engine.record._rename",
        "if not lines or erp_end(key)", "if True or erp_end(key)", _KEYS),
    _of("another association of a person is a re-assignment", "engine.record._rename",
        "([] if is_shared(flow) else taken)", "taken", _KEYS),
    _of("what may be either of two is the first one that asks", "engine.record._rename",
        "if free and is_shared(flow) and (rival :=", "if False and (rival :=", _KEYS),
    _of("a contact person of a vendor is one of a customer", "engine.record._rename",
        "if not is_shared(flow) or part.scope.includes(row.row)]", "]", _KEYS),
    _of("lines of a schedule whose rename is parked are deleted", "engine.record._ending",
        "if gone == ERP and (waits := await undecided_with(", "if False and (waits := await undecided_with(", _KEYS),
    _of("what waits for a schedule that is deleted waits for ever", "engine.record._dependants",
        "if (DATAVERSE, target.table.name, (fold(row_id),)) in wake.above:", "if False:", _KEYS),
    _of("what waited for a schedule is left to people", "engine.record._ending",
        "DEPENDS, UNDECIDED, HIDDEN", "DEPENDS, HIDDEN", _KEYS),
    _of("a contact that moved writes on into whom it was", "engine.record._visit",
        "if (moved := moved_away(flow, coupling, seen)) is not None:", "if (moved := None) is not None:", _KEYS),
    _of("explain knows nothing of a contact that moved", "engine._explain",
        "if not whole and (item := moved_away(flow, coupling, seen)):", "if False:", _KEYS),
    _of("a contact that moved cannot be coupled with its new association", "engine.record._by_hand",
        "and await _has_moved(flow, found, erp):", "and False:", _KEYS),
    _of("a contact is coupled with any association", "engine.record._moved",
        "return new is not None and erp_end(new.identity) == erp_end(erp)", "return True", _KEYS),
    _of("a new key is told as taken by its own record", "engine.record._create",
        "if not self._alone_knows() and (known := await self._renamed()) is not None:", "if False:", _KEYS),
    _of("a new key that is set aside is told as taken by its own record", "engine.record._aside",
        "        former = await went_by(flow, source)\n        item", "        former = None\n        item",
        "tests/simulation/test_identities.py"),
)  # fmt: skip
