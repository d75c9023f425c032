"""Lookups to several tables, over another row, and to rows that are not there."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_lookups.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a lookup to several tables points to the first", "engine._links",
        "        return self.tables.get(row_id, line.lookup.table)\n", "        return line.lookup.table\n",
        f"{HERE}::test_a_lookup_to_several_tables_points_to_the_one_that_has_the_row"),
    _of("a reference to one of several tables is restored into the first", "engine.record._conflicts",
        "            await self.flow.links.locate(self.line, self.row.value)\n", "            pass\n",
        f"{HERE}::test_a_reference_to_one_of_several_tables_is_restored"),
    _of("a lookup over another row is written at every look", "engine.record._observe",
        "        if line.over_hops and _is_named(result, line.index):\n", "        if False:\n",
        f"{HERE}::test_a_lookup_over_another_row_is_written_once"),
    _of("what the ERP fills in overwrites a reference that a create left out", "reconcile._creation",
        "    return bool(left_out or (line.initial", "    return bool((line.initial",
        f"{HERE}::test_a_reference_that_a_create_leaves_out_is_not_overwritten"),
    _of("a code that two rows have is called missing", "engine._links",
        "        if len(ids) > 1:\n", "        if False:\n",
        f"{HERE}::test_a_code_that_two_rows_have_is_said_with_both"),
    _of("a lookup may go by any column", "mapping._check_lines",
        "    elif erp and line.keys:\n", "    elif False:\n",
        "tests/unit/mapping/test_checks_of_lines.py::test_key_that_holds_no_code"),
)  # fmt: skip
