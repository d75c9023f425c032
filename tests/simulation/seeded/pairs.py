"""Many pairs at once: what a list names, whose values are wanted first, and what goes with a pair that ends."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_PAIRS: Final = "tests/simulation/test_pairs.py"
_LISTS: Final = "tests/functions/test_pairs.py"
_OVER: Final = "tests/simulation/test_taking_over.py"
_FIRST: Final = f"{_PAIRS}::test_first_values_come_from_the_side_that_a_person_names_or_from_neither"
_TAKEN: Final = f"{_OVER}::test_couplings_of_the_product_become_pairs_that_ask_about_what_differs"
_UNDER: Final = f"{_PAIRS}::test_a_pair_is_uncoupled_with_what_is_under_it_on_both_sides"
_MATCHED: Final = f"{_PAIRS}::test_a_record_that_is_named_alone_is_matched_by_the_keys_in_order"
_STILL: Final = f"{_PAIRS}::test_in_a_flow_that_does_not_run_pairs_are_set_down_and_nothing_is_written"
_SENT: Final = f"{_PAIRS}::test_the_values_of_one_side_are_sent_whatever_was_agreed_and_whoever_edited_later"
_DECIDED: Final = (
    "tests/simulation/test_central_deleted.py"
    "::test_one_pair_that_lost_a_record_is_restored_uncoupled_or_deleted_as_a_person_says"
)

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("whose values were wanted first is forgotten", "engine.record._by_hand",
        "        agreed = begun_with(flow.map, first)\n", "        pass\n", _FIRST),
    _of("who was chosen for a record overwrites with blanks", "mapping._agreed",
        '            case "first erp" | "first dataverse":\n                return None\n',
        '            case "first erp":\n                return "erp"\n', _FIRST),
    _of("the chosen side is not asked for", "reconcile._reconcile",
        "return self.rules(line) or line.master or chosen or self.master",
        "return self.rules(line) or line.master or self.master", _FIRST),
    _of("pairs of a flow that does not run are looked at", "engine.passes._one_pair",
        "        if self.looks:\n", "        if True:\n", _STILL),
    _of("who is blocked cannot be taken over", "engine.record._by_hand",
        '    asleep = asleep and flow.map.policy.leaves == "keep"\n', "    asleep = False\n", _STILL),
    _of("several matches are one", "engine.passes._one_pair",
        "        if len(found) > 1:\n", "        if len(found) > 9:\n", _MATCHED),
    _of("a record that is coupled is matched anew", "engine.passes._pairs",
        "    known = {each.index_key async for page in _couplings(house, name) for each in page}\n",
        "    known = set[str | None]()\n",
        _MATCHED),
    _of("what is not to be made is made", "engine.passes._one_pair",
        '        if not self.value["create"]:\n', "        if False:\n",
        f"{_PAIRS}::test_many_get_a_partner_at_once_where_nothing_matches"),
    _of("a flow that was not run yet makes nobody", "engine.passes._pairs",
        "makes=looks or is_pilot", "makes=looks",
        f"{_PAIRS}::test_many_get_a_partner_at_once_where_nothing_matches"),
    Mutant("a blank company means all of them", "functions.operations.pairs",
           'if "company" in body.model_fields_set else ""', 'if body.company.strip() else ""',
           ("tests/functions/test_pairs_of_a_company.py::test_a_blank_company_is_not_taken_for_all_of_them",)),
    Mutant("a company without pairs is as good as any", "functions.operations.pairs",
           "if fold(code) == fold(wanted):", "if True:",
           ("tests/functions/test_pairs_of_a_company.py::test_a_company_of_which_no_pair_is_is_told_at_once",)),
    Mutant("a place in another list is one in this", "functions.paging", " or read[0] != here", "",
           ("tests/functions/test_paging.py::test_a_next_is_of_its_list_alone",)),
    _of("pairs of one company mean those of all", "engine.passes._pairs",
        "    return fold(flow.company_in(pair)) == fold(company)\n", "    return True\n",
        "tests/functions/test_pairs_of_a_company.py"),
    _of("whoever points to one of the two is under a pair", "engine.record._under",
        "    return values[line.index] == row_id\n", "    return True\n", _UNDER),
    _of("what is under a pair goes unasked", "engine.passes._one_pair",
        'if self.value["under"] and stands', "if stands", _UNDER),
    _of("whatever a list calls a company is one", "engine.record._called",
        "    if not is_id(word):\n        raise", "    if False:\n        raise",
        f"{_PAIRS}::test_a_company_is_named_by_its_id_however_that_is_written"),
    _of("who dies leaves pairs under one that is over", "engine.passes._one_pair",
        "        for keeper, each in under:  # first: who dies in between finds the rest under a pair that stands\n"
        "            await uncouple(keeper, DATAVERSE, (each.dataverse,))\n"
        "        why = await uncouple(flow, side, identity)\n",
        "        why = await uncouple(flow, side, identity)\n"
        "        for keeper, each in under:\n"
        "            await uncouple(keeper, DATAVERSE, (each.dataverse,))\n",
        f"{_PAIRS}::test_who_dies_while_a_pair_is_uncoupled_leaves_nobody_coupled_under_it"),
    _of("of two names in a row one is believed", "engine.passes._one_pair",
        "        if stands is not None and row.erp and row.dataverse:\n", "        if False:\n",
        f"{_PAIRS}::test_two_that_are_no_pair_are_left_alone_whatever_a_row_wants_of_them"),
    _of("what is sent goes on in a flow that a person has paused", "engine.passes._permits",
        "not in {SEND, SURVIVORS}", "not in {SURVIVORS}",
        f"{_PAIRS}::test_what_is_sent_stops_where_a_person_pauses_or_stops_the_flow_meanwhile"),
    _of("a pair that the job made is a stranger to it", "engine.passes._one_pair",
        "        elif stands.job != job:\n", "        else:\n",
        f"{_PAIRS}::test_a_pair_that_the_job_has_set_down_is_looked_at_again_where_it_broke_off"),
    _of("what was given is kept for a year", "engine.passes._pairs",
        "            await drop_given(documents, job)\n", "            pass\n",
        f"{_PAIRS}::test_a_pair_that_the_job_has_set_down_is_looked_at_again_where_it_broke_off"),
    _of("the list of a job that was stopped is kept for a year", "engine.passes._retention",
        "        if not needed[job_id]:\n", "        if False:\n",
        f"{_PAIRS}::test_a_list_is_forgotten_with_its_job"),
    _of("a number that only finds a partner looks like an edit that cannot be seen", "reconcile._edited",
        "        if line.only_matches:\n            continue\n", "", _DECIDED),
    _of("what a person has decided about a survivor is the policy's", "engine.record._survivor",
        "    flow.map = replace(flow.map, policy=policy)\n", "", _DECIDED),
    _of("what is to be made again stays alone", "engine.record._survivor",
        '    flow.chosen = "both" if how == "restore" else flow.chosen\n', "", _DECIDED),
    _of("a pair that has both of its records is decided about", "engine.record._survivor",
        "    if len(gone) != 1:\n", "    if not gone:\n        gone = [*SIDES]\n    if False:\n", _DECIDED),
    _of("what is sent looks like an accident", "reconcile._reconcile",
        " and not self.agreed.is_sent(line)\n", "\n", _SENT),
    _of("an undecided conflict outlives what was sent", "engine.record._send",
        ", parked=pair.agreed.parked)\n", ")\n", _SENT),
    _of("what is sent goes by what was agreed", "engine.record._send",
        "    await flow.ledger.commit([replace(pair, agreed=agreed, digests={}).replace()])\n", "", _SENT),
    _of("what was sent to nobody is sent when he is back", "engine.record._send",
        '    if outcome.kind == "dormant":\n', "    if False:\n",
        f"{_PAIRS}::test_nothing_is_sent_to_who_is_out_of_the_scope_then_or_later"),
    _of("what is decided for one pair holds for the next", "engine.passes._one_pair",
        "        flow = replace(self.flow)  # what is decided for one pair holds for no other\n",
        "        flow = self.flow\n", f"{_PAIRS}::test_what_is_left_of_many_pairs_is_decided_at_once"),
    Mutant("a record stands twice in a list", "functions.pair_lists",
           "            if (before := self._seen.get(end)) is not None:\n",
           "            if (before := self._seen.get(end)) is not None and False:\n",
           (f"{_LISTS}::test_a_list_of_many_pairs_is_told_row_by_row_and_then_carried_out",)),
    Mutant("a row with too many cells is cut", "functions.pair_lists",
           '        if words.get(""):\n', "        if False:\n",
           (f"{_LISTS}::test_a_file_about_several_flows_names_them_row_by_row",)),
    Mutant("couplings of another table are taken over", "functions.business_central.taking_over",
           'f"tableNumber eq {table}"', '""', (_TAKEN,)),
    Mutant("nobody hears that the product had skipped a record", "functions.business_central.taking_over",
           '    told = AGAIN if row["skipped"] else ""\n', '    told = ""\n', (_TAKEN,)),
    Mutant("beside the product's own integration a flow is begun", "functions.beside",
           "        if seen:\n            raise", "        if False:\n            raise",
           (f"{_OVER}::test_while_the_products_own_integration_runs_no_flow_is_begun",)),
    Mutant("nobody says that the product is off", "functions.beside",
           "        if seen is None and run:\n", "        if False:\n",
           (f"{_OVER}::test_without_the_connector_a_person_says_that_the_product_is_off",)),
)  # fmt: skip
