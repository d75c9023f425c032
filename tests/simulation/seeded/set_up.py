"""Dataverse set up for a suite: too much made, or too little, or not told."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

TESTS: Final = "tests/contract/test_suite_setup.py"

WEBHOOKS: Final = "tests/contract/test_setup_webhooks.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a step of somebody else is removed", "setup._unneeded",
        "mine = [row for row in steps if _is_ours(name, row)]", "mine = list(steps)",
        f"{WEBHOOKS}::test_somebody_elses_step_keeps_our_endpoint"),
    _of("an endpoint of somebody else is removed", "setup._unneeded",
        "if row_id == endpoint_id(name)}", "if row_id}",
        f"{WEBHOOKS}::test_somebody_elses_step_keeps_our_endpoint"),
    _of("a flow that is not looked at loses its steps", "setup._unneeded",
        "if known is not None and name not in known}", "if name not in {each.name for each in listening}}",
        f"{WEBHOOKS}::test_a_flow_with_a_bad_map_keeps_its_steps"),
    _of("steps that nobody needs stay", "setup._unneeded",
        "if str(row[key]) not in wanted:", "if is_gone:",
        f"{WEBHOOKS}::test_steps_of_a_table_that_wakes_nobody_any_more_go"),
    _of("a table without an event for deletes has no webhooks at all", "setup._registrations",
        'NEEDED: Final = ("Create", "Update")', "NEEDED: Final = MESSAGES",
        f"{WEBHOOKS}::test_a_table_whose_rows_are_never_deleted"),
    _of("a step is made for an event that there is not", "setup._registrations",
        "if (message, table) in self.filters]", "if self.filters]",
        f"{WEBHOOKS}::test_a_table_whose_rows_are_never_deleted"),
    _of("a column is made under the vendor's prefix", "setup._steps",
        "    if declared.vendors:\n        says = f\"the vendor's solution is not there, or lacks {step.",
        "    if False:\n        says = f\"the vendor's solution is not there, or lacks {step.",
        f"{TESTS}::test_the_vendors_columns_are_never_made"),
    _of("ours is made beside the vendor's", "setup._steps",
        "    if not theirs:\n", "    if True:\n", f"{TESTS}::test_nothing_is_made_beside_the_vendors_solution"),
    _of("numbers are put on the vendor's columns", "setup._steps",
        "    if not declared.vendors:\n", "    if True:\n", f"{TESTS}::test_the_vendors_columns_are_used_as_they_are"),
    _of("numbers of one's own are replaced", "setup._steps",
        "        if now.numbers:\n", "        if now.numbers == format_:\n", f"{TESTS}::test_numbers_of_ones_own_stay"),
    _of("a column of another type is taken for ours", "setup._steps",
        "    elif now.type != column.type:\n", "    elif False:\n",
        f"{TESTS}::test_a_column_of_the_vendors_name_and_another_type"),
    _of("a column that is too short is taken for ours", "setup._steps",
        "    elif column.length > (now.length or column.length):\n", "    elif False:\n",
        f"{TESTS}::test_a_column_that_cannot_be_used"),
    _of("a prefix of somebody else's is used", "setup._steps",
        "    if home.publishers:\n", "    if False:\n", f"{TESTS}::test_a_prefix_that_is_taken"),
    _of("a complete set-up still asks for publisher and solution", "setup._steps",
        'if making or step.state == "there"', "if True",
        f"{TESTS}::test_a_complete_setup_takes_no_right_to_make_anything"),
    _of("a form that is not published counts as shown", "setup._steps",
        "        elif any(form.shows(column) for form in forms):\n",
        "        elif any(form.will_show(column) for form in forms):\n",
        f"{TESTS}::test_cut_off_anywhere", f"{TESTS}::test_a_right_that_goes_in_the_middle"),
    _of("what one step is refused for keeps all others from being made", "setup._suite_setup",
        "            return not (isinstance(problem, TryLater) or step.kind in HOME)\n", "            return False\n",
        f"{TESTS}::test_a_right_that_goes_in_the_middle"),
    _of("a right that proved to be missing is asked for again and again", "setup._suite_setup",
        "            self.denied |= set(step.rights) if isinstance(problem, Denied) else set()\n", "",
        f"{TESTS}::test_a_right_that_goes_in_the_middle"),
    _of("nothing is published", "setup._suite_setup",
        "        if not self.unpublished:\n", "        if True:\n", f"{TESTS}::test_everything_is_made_once"),
    _of("nobody waits for a key", "setup._suite_setup",
        '    if any(step.kind == "key" and step.state != "there" for step in before.steps):\n', "    if False:\n",
        f"{TESTS}::test_everything_is_made_once"),
    _of("a key whose index failed is not built again", "setup._making",
        "        if there is not None:\n", "        if False:\n", f"{TESTS}::test_a_key_that_cannot_become_active"),
    _of("what stands on a column that could not be made is tried all the same", "setup._suite_setup",
        '        if step.kind == "column":\n            self.absent.discard((step.table, step.name))\n',
        "        self.absent.clear()\n", f"{TESTS}::test_a_right_that_goes_in_the_middle"),
)  # fmt: skip
