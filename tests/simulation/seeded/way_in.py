"""What operators send: records that are named, bodies that are checked, what is dry until it is confirmed, pages."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_CONFIRMING: Final = "tests/functions/test_confirming.py"
_NAMING: Final = "tests/functions/test_naming.py"
_PAGING: Final = "tests/functions/test_paging.py"
_ASTRAY: Final = "tests/simulation/test_astray.py"
_OPERATORS: Final = "tests/functions/test_operators.py"
_OUTLOOK: Final = "tests/simulation/test_outlook.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("an older report is approved", "engine._reports",
        'if looked_at not in {None, found["job"]}:', "if False:",
        f"{_CONFIRMING}::test_an_older_report_is_not_approved",
        f"{_CONFIRMING}::test_a_report_that_came_between_look_and_word_is_not_approved"),
    _of("the first of several records of one name is taken", "engine._named",
        "    if len(found) == 1:\n", "    if found:\n",
        f"{_NAMING}::test_a_name_that_means_no_record_or_several"),
    _of("a post code is taken for a number", "engine._named",
        " if len(group) == 1]", "]",
        "tests/unit/engine/test_named.py::test_texts_that_match_together_are_no_numbers"),
    _of("a record of any company is taken", "engine._named",
        "    if company:\n", "    if False:\n",
        f"{_NAMING}::test_of_records_of_one_number_the_one_of_a_company"),
    _of("a record that is gone is not known by its number", "engine._named",
        "if side == ERP and (gone :=", "if False and (gone :=",
        f"{_NAMING}::test_a_record_that_is_gone_is_known_by_the_number_that_it_had"),
    _of("a whole name is looked for in one field", "engine._named",
        "range(1, len(fields) + 1)", "range(1, 2)",
        f"{_NAMING}::test_a_person_is_asked_for_by_the_whole_name"),
    _of("explain couples with what is out of the scope", "engine.record._aside",
        "if drawn_in(flow, source, found) is None else None", "if False else None",
        f"{_OUTLOOK}::test_what_is_foretold_happens",
        f"{_OUTLOOK}::test_a_record_whose_match_is_out_of_the_scope_is_claimed_once"),
    _of("what a person retries is done by nobody", "engine.record._visit",
        'with acting(who() or (wake.hint.by if wake.hint else "")):', "with acting(who()):",
        "tests/functions/test_operators.py::test_what_a_person_retries_is_done_in_that_persons_name"),
    _of("an event takes the name of whoever asked", "ledger._flow_ledger",
        "by=hint.by or standing.by", "by=hint.by",
        "tests/functions/test_operators.py::test_what_a_person_retries_is_done_in_that_persons_name"),
    _of("what can never come is waited for", "engine.lookups._links",
        "        await self._know_astray(line, row_id)\n", "",
        f"{_ASTRAY}::test_a_contact_under_a_contact_where_the_line_looks_for_accounts_is_an_error"),
    _of("a new record waits for what can never come", "reconcile._creation",
        "if why := context.never_found(line, source, refers):", 'if why := "":',
        f"{_ASTRAY}::test_a_contact_under_a_contact_where_the_line_looks_for_accounts_is_an_error"),
    _of("what is waited for is told by its id", "engine.lookups._links",
        "            await self.rows.know_name(entity(DATAVERSE, path.table), row_id)\n            return code\n",
        "            return code\n",
        f"{_ASTRAY}::test_what_is_waited_for_is_named"),
    Mutant("an explanation tells what is empty", "functions.explained",
           "if value not in _EMPTY}", "}",
           ("tests/functions/test_explained.py::test_what_is_in_sync_says_so_in_one_sentence",)),
    Mutant("options are numbers", "functions.labels",
           "if field is None or not field.options or", "if True or",
           ("tests/functions/test_explained.py::test_options_are_told_with_their_labels_and_blank_lines_are_left_out",)),
    _of("fields of a customer's own are not read", "mapping._own_fields",
        'found["fields"] = {**found["fields"], **more.get("fields", {})}', "pass",
        "tests/functions/test_own_fields.py::test_the_page_is_followed_to_the_first_value"),
    _of("a file of no entity adds its fields to nothing", "mapping._own_schemas",
        "if path.stem not in shipped:", "if False:",
        "tests/functions/test_own_fields.py::test_a_file_of_no_entity_is_refused_with_the_nearest_name"),
    Mutant("anybody says who he is", "functions.operators",
           'return headers.get(PRINCIPAL_NAME, "") if _platform_signs_in() else ""',
           'return headers.get(PRINCIPAL_NAME, "")',
           (_OPERATORS + "::test_a_key_is_told_by_the_name_of_the_person_where_the_platform_knows_it",)),
    Mutant("unknown members do what was not asked for", "functions.bodies",
           'extra="forbid"', 'extra="ignore"',
           ("tests/functions/test_bodies.py::test_a_member_that_is_not_known_or_of_another_kind",)),
    Mutant("a group of conflicts is decided without a word", "functions.operations.conflicts",
           "return self.id is None and not self.confirm", "return False",
           ("tests/functions/test_decisions.py::test_conflicts_are_listed_and_dealt_with_by_cause",)),
    Mutant("an undo of what is under way begins", "functions.operations.couplings",
           'if found["state"] == OPEN:', "if False:",
           (f"{_CONFIRMING}::test_an_undo_that_cannot_start_is_refused_at_once",)),
    Mutant("a page begins with the last row of the one before", "functions.paging",
           "if place <= self._last:", "if place < self._last:",
           (f"{_PAGING}::test_the_pages_of_a_list_are_the_list",)),
)  # fmt: skip
