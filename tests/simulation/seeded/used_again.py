"""A key that names another record by now, and a record that goes on under another key."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_used_again.py"

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
    _of("an account that was deleted takes the next one of its number along", "engine.record._delete",
        "if not self._others() and await used_again(self.flow, self.coupling, left, None):", "if False:", _TESTS),
    _of("explain knows nothing of a number used again", "engine._explain",
        "if DATAVERSE not in outside and not whole and (item := await", "if False and (item := await", _TESTS),
)  # fmt: skip
