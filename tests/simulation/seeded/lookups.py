"""Lookups to several tables, over another row, and to rows that are not there."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_lookups.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what names a record of a flow that is off waits for ever", "mapping._check",
        "                if word := self.flows.off(via):\n", "                if not (word := self.flows.off(via)):\n",
        "tests/unit/mapping/test_catalogue.py::test_a_lookup_by_the_coupling_of_a_flow_that_is_off"),
    _of("a lookup to several tables points to the first", "engine.lookups._links",
        "        return self.tables.get(row_id, first.table.name if first else line.lookup.table)\n",
        "        return first.table.name if first else line.lookup.table\n",
        f"{HERE}::test_a_lookup_to_several_tables_points_to_the_one_that_has_the_row"),
    _of("what one of several flows keeps is of the first one's table", "engine.lookups._links",
        "tables |= {each.table.name: each.table for each in self.pairs.by_flows(line)}", "pass",
        "tests/unit/engine/test_links.py"),
    _of("a reference to one of several tables is restored into the first", "engine.record._conflicts",
        "            await self.flow.links.locate(self.line, self.row.value)\n", "            pass\n",
        f"{HERE}::test_a_reference_to_one_of_several_tables_is_restored"),
    _of("a lookup over another row is written at every look", "engine.record._observe",
        "        if line.over_hops and _is_named(result, line.index):\n", "        if False:\n",
        f"{HERE}::test_a_lookup_over_another_row_is_written_once"),
    _of("what the ERP fills in overwrites a reference that a create left out", "reconcile._creation",
        "    return bool(left_out or (line.initial", "    return bool((line.initial",
        f"{HERE}::test_a_reference_that_a_create_leaves_out_is_not_overwritten"),
    _of("a code that two rows have is called missing", "engine.lookups._rows",
        "many if len(found) > 1 else", "many if False else",
        f"{HERE}::test_a_code_that_two_rows_have_parks_what_names_it"),
    _of("what names a code that two rows have waits for a third", "reconcile._creation",
        "    if isinstance(refers, Ambiguous):\n", "    if False:\n",
        f"{HERE}::test_a_code_that_two_rows_have_parks_what_names_it"),
    _of("an edit to a code that two rows have waits for a third", "reconcile._reconcile",
        "        if isinstance(value, Ambiguous):\n", "        if False:\n",
        f"{HERE}::test_a_code_that_two_rows_have_by_now_parks_its_line_alone"),
    _of("a code that two rows have is asked about as if it differed from one of them", "reconcile._reconcile",
        " and isinstance(values[0], Ambiguous):\n", " and False:\n",
        "tests/simulation/test_central_customers.py::test_a_code_that_two_rows_have_is_no_conflict_with_one_of_them"),
    _of("a text of another row that is blank stops the record", "engine._looked_up",
        "    return row is not None and not reader(text)", "    return False and not reader(text)",
        f"{HERE}::test_a_text_of_another_row_that_is_blank_says_nothing"),
    _of("a text of another row that is blank empties the ERP's at a first match", "engine.record._observe",
        "not (side == DATAVERSE and line.index in unsaid) and says(line, side)", "says(line, side)",
        f"{HERE}::test_a_text_of_another_row_that_is_blank_says_nothing"),
    _of("a blank text of another row is taken for a row that is gone", "engine._emptied",
        " and line.index not in seen.unsaid]", "]",
        f"{HERE}::test_who_points_to_a_row_whose_text_is_blank_has_chosen_it_though_the_one_before_is_gone"),
    _of("a code that is yet to be given counts as blank", "engine._looked_up",
        '    if text.type not in {"text", "memo"} or text.tells_apart:\n', "    if False:\n",
        f"{HERE}::test_a_code_that_is_yet_to_be_given_is_waited_for"),
    _of("a lookup may go by any column", "mapping._check_lines",
        "    elif erp and line.keys:\n", "    elif False:\n",
        "tests/unit/mapping/test_checks_of_lines.py::test_key_that_holds_no_code"),
    _of("a reference that was left out never arrives", "reconcile._reconcile",
        "            if is_left_out(line, self.agreed) and", "            if False and",
        f"{HERE}::test_a_reference_that_was_left_out_arrives_when_it_means_something"),
    _of("a pass does not look at references that were left out", "engine.record._update",
        " or is_left_out(line, agreed):", ":",
        f"{HERE}::test_a_reference_that_was_left_out_arrives_when_it_means_something"),
    _of("a reference that a write left out is forgotten", "reconcile._settle",
        "over, first | left | sent)", "over, first | sent)",
        f"{HERE}::test_a_reference_that_was_left_out_arrives_when_it_means_something"),
)  # fmt: skip
