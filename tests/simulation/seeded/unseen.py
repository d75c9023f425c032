"""What cannot be seen is taken for empty."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a column that the app may not read is empty", "mapping._unseen",
        '            return "Koppel\'s user may not read it"\n', '            return ""\n',
        "tests/simulation/test_unseen.py"),
    _of("a mask is a value", "mapping._unseen",
        "        if self.masked:\n", "        if False:\n", "tests/simulation/test_unseen.py"),
    _of("a line that may not be written is written", "mapping._unseen",
        '        lacking += ["update"] if update and not self.update else []\n', "",
        "tests/simulation/test_unseen.py"),
    _of("a create agrees on what it cannot see", "reconcile._creation",
        "stored is not None and stored[line.index] is not ABSENT:\n", "stored is not None:\n",
        "tests/simulation/test_unseen.py::test_what_a_create_had_to_leave_out_unseen_is_not_agreed"),
    _of("a flow goes on that does not see its scope", "engine._states",
        "    if (hidden := house.unseen.get(name)) and hidden.stops:\n        return await pause",
        "    if (hidden := house.unseen.get(name)) and not hidden:\n        return await pause",
        "tests/simulation/test_unseen.py::test_a_flow_that_cannot_see_what_it_stands_on_stops"),
    _of("columns are looked at once, and never again", "engine._house",
        "        self.columns_looked = self.clock()\n",
        "        if self.columns_looked:\n            return\n        self.columns_looked = self.clock()\n",
        "tests/simulation/test_unseen.py"),
    _of("a blank is believed that column security has made since", "engine._blanked",
        "            await flow.sure_of_columns([flow.map.lines[index].name for index in clears])\n",
        "            pass\n",
        "tests/simulation/test_unseen.py::test_a_column_secured_a_moment_ago_is_looked_at_before_a_blank_is_believed"),
    _of("a line that reads blank everywhere is cleared", "engine._blanked",
        "    return number >= flow.options.turned_back_from and number >= flow.options.blanked_share * of\n",
        "    return False\n", "tests/simulation/test_blanked.py"),
    _of("a pass clears what it has not counted", "engine._blanked",
        "        if flow.compares and flow.weighed is not None and side not in flow.weighed:\n", "        if False:\n",
        "tests/simulation/test_blanked.py"),
    _of("single visits clear as many as they like", "engine._blanked",
        '    if key not in seen and len(seen) < flow.options.turned_back_from and not now.get("said"):\n',
        "    if key not in seen:\n", "tests/simulation/test_blanked.py"),
    _of("what a person confirmed holds for ever", "engine._blanked",
        'and str(entry.get("said") or entry["at"]) <= began', 'and not entry.get("said")',
        "tests/simulation/test_blanked.py"),
)  # fmt: skip
