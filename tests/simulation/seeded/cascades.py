"""Deletes that take along what hangs on a record, and consequences that are taken for decisions."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_cascades.py"
CENTRAL: Final = "tests/simulation/test_central_hanging.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("nobody asks what hangs on a record before it is deleted", "engine.record._dependants",
        "    return [each for each in found if each.name not in wake.above]\n", "    return found[:0]\n",
        f"{HERE}::test_a_line_goes_before_what_it_is_a_line_of"),
    _of("what hangs on a record is not looked at before it is deleted", "engine.record._ending",
        "            if not self.wake.asked:\n", "            if not hanging:\n",
        f"{HERE}::test_a_line_goes_before_what_it_is_a_line_of"),
    _of("a row that went along with another counts as deleted by a person", "engine.record._ending",
        "        if went is not None:\n", "        if went is not None and not troubles:\n            return None\n"
        "        if went is not None:\n",
        f"{HERE}::test_what_went_along_is_one_group_that_the_parent_names"),
    _of("a request of its own is taken for a consequence", "engine.record._dependants",
        'return wake.by_hand or (hint is not None and hint.source == "delete")', "return wake.by_hand",
        f"{HERE}::test_a_request_of_its_own_is_a_decision"),
    _of("what a confirmed parent took along waits for a word of its own", "engine.record._dependants",
        "went = by_hand and is_set_aside(", "went = not by_hand and is_set_aside(",
        f"{HERE}::test_what_went_along_is_one_group_that_the_parent_names"),
    _of("what a restored parent took along is not restored", "engine.record._ending",
        "return await self.start_over(ERP) if is_set_aside(troubles) else None", "return None",
        f"{HERE}::test_one_decision_creates_the_group_again"),
    _of("a reference that our own delete emptied is an edit", "engine.record._edited",
        "        if not (each.held and await _means_the_same(flow, each, values[each.line.index], code, company)):\n",
        "        if True:\n",
        f"{HERE}::test_who_pay_for_each_other_go_together"),
    _of("a wave deletes while the rest of it is still looked at", "engine.passes._waves",
        "replace(wake, defers=True)", "wake",
        "tests/simulation/test_turned_back.py::test_fifteen_of_twenty_hidden_customers_are_not_fifteen_deletes"),
    _of("a refused delete is never tried again", "engine.record._ending",
        'return found if found and self.flow.now() < found.get("again", "") else None', "return found",
        f"{HERE}::test_a_refused_delete_is_tried_again_the_next_night"),
    _of("a dry run sees what it has deleted itself", "systems._rehearsal",
        "            return not known\n", "            return True\n",
        f"{HERE}::test_a_dry_run_says_the_same"),
    _of("a create does not ask the scope of its target", "engine.record._create",
        "    if stone is None and (why := await stays_alone(flow, source)) and not await has_match(flow, source):\n",
        "    if False:\n",
        "tests/simulation/test_targets_scope.py"),
    _of("a match outside the scope is no match", "engine.record._create",
        "    if stone is None and (why := await stays_alone(flow, source)) and not await has_match(flow, source):\n",
        "    if why := await stays_alone(flow, source):\n",
        "tests/simulation/test_targets_scope.py"),
    _of("an edited survivor parks whatever the policy is", "engine.record._delete",
        '_DELETING: Final = frozenset({"propagate", "park"})',
        '_DELETING: Final = frozenset({"propagate", "park", "restore", "uncouple"})',
        "tests/simulation/test_survivors.py"),
    _of("a renamed record coupled by hand has no base", "engine.record._by_hand",
        "    return _with_its_number(flow, before, row) if before.ended else before.agreed\n", "    return Agreed()\n",
        "tests/simulation/test_survivors.py"),
    _of("a rename is cleared, and made twice", "engine.record._by_hand",
        "    if new is not None and new.identity:\n        old, now", "    if not new:\n        old, now",
        "tests/simulation/test_survivors.py"),
    _of("only a lookup by a key tells what a row hung on", "engine.record._dependants",
        "for line in (each for each in flow.map.lookups if each.refers):",
        "for line in (each for each in flow.map.lookups if each.refers and each.lookup and each.lookup.paths):",
        "tests/simulation/test_central_contacts.py"
        "::test_a_contact_that_went_along_with_its_account_stays_in_business_central"),
    _of("only a lookup by a key makes a row hang on another", "engine.record._hanging",
        "return {path.table for path in paths} | {each.table.name for each in self.flow.links.pairs.by_flows(line)}",
        "return {path.table for path in paths}",
        f"{CENTRAL}::test_an_option_is_kept_by_the_account_that_has_it"),
    _of("who has a code counts as naming a record with that id", "engine.record._codes",
        "return await flow.links.records.meant(target, line, flow.company_in(coupling), code)",
        "return target.identity(flow.company_in(coupling), code)",
        f"{CENTRAL}::test_an_option_whose_payment_terms_are_deleted_is_left_to_a_person"),
    _of("what names a record by its code is asked for its id", "engine.record._hanging",
        'return key.type == "guid" and column.type != "guid"', "return False",
        f"{CENTRAL}::test_who_names_a_record_by_its_code_keeps_it_although_its_key_is_an_id"),
    _of("a field that no filter knows is searched", "engine.record._hanging",
        "return [column for column in (*named, *meant) if not column.unfiltered]", "return [*named, *meant]",
        f"{CENTRAL}::test_people_do_not_keep_a_customer_for_business_central_keeps_them"),
    _of("only a lookup by a key says of what a key is made", "engine.record._dependants",
        "        for target in flow.links.pairs.targets_of(line):\n            parent",
        "        for target in flow.links.pairs.targets_of(line) if line.lookup.paths else ():\n            parent",
        "tests/simulation/test_made_of_keys.py"
        "::test_lines_that_name_their_schedule_by_its_coupling_wait_with_it_too"),
)  # fmt: skip
