"""What a column has no room for, taken for an edit or for a difference."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what a column rounds or cuts off is written back", "reconcile._settle",
        " or line.holds_less(write.side, write.new, stored)", "",
        "tests/simulation/test_shortened.py"),
    _of("what a column rounds on create is written back", "reconcile._creation",
        "stored is not None and line.holds_less(other(source), new, stored[line.index])", "False",
        "tests/simulation/test_shortened.py"),
    _of("a recovery writes back what was cut off", "engine.record._recover",
        " or line.holds_less(side, sent.new, value)", "",
        "tests/simulation/test_shortened.py"),
    _of("what a column cannot hold is parked", "reconcile._reconcile",
        "    if line.shorter(erp, dataverse) is not None:\n", "    if False:\n",
        "tests/simulation/test_shortened.py"),
    _of("all currencies have two decimals", "engine.record._observe",
        "result.decimals |= {} if found is None else {line.index: found}", "pass",
        "tests/simulation/test_shortened.py"),
    _of("what is equal only as rounded is a difference", "reconcile._reconcile",
        "line.same(*values) or line.alike(*values, self.context.decimals.get(line.index))", "line.same(*values)",
        "tests/simulation/test_shortened.py"),
    _of("nobody is told of what was rounded", "engine._explain",
        " or _shorter(line, (erp, dataverse), base == now)", "",
        "tests/simulation/test_shortened.py"),
    _of("less of a code is the same code", "mapping._lines",
        "return self.lookup is None and not self.folded and not self.key", "return self.lookup is None",
        "tests/unit/mapping/test_lines.py"),
    _of("a blank that is none is trimmed for want of room", "mapping._shortened",
        'cut.rstrip(None if target.type == "memo" else " ")', "cut.rstrip()",
        "tests/simulation/test_spellings.py", "tests/unit/mapping/test_lines.py"),
    _of("rows that are created in bulk are not read back", "systems._dataverse",
        "                return await self._as_made(entity, asked)\n", "                return [None] * len(asked)\n",
        "tests/simulation/test_shortened.py::test_a_text_that_dataverse_cuts_off_is_not_written_back"),
    _of("an edit that came before the read back is taken for what was made", "systems._dataverse",
        " if each.row.get(made) == each.row.get(changed)}", "}",
        "tests/unit/systems/dataverse/test_creating.py::"
        "test_what_somebody_else_has_modified_since_is_not_taken_for_what_was_made"),
)  # fmt: skip
