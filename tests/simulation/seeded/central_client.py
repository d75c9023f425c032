"""What is asked of Business Central, and what its answers are taken for."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_LISTS: Final = "tests/unit/systems/business_central/test_lists.py"
_RECORDS: Final = "tests/unit/systems/business_central/test_records.py"
_WEATHER: Final = "tests/simulation/test_trade_weather.py"
_PAGES: Final = "systems._business_central_pages"
_CLIENT: Final = "systems._business_central"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("of several companies only the first is read", _PAGES,
        "left = [each for each in await self._companies() if each not in done]",
        "left = [each for each in await self._companies() if each not in done][:1]",
        f"{_LISTS}::test_all_records_company_by_company"),
    _of("a slice reads again what is done", _PAGES,
        'done, since = list(before.get("done", ())),', "done, since = list[str](),",
        f"{_LISTS}::test_a_pass_goes_on_where_it_ended"),
    _of("a look that was cut off begins anew", _PAGES,
        'done, seen = list(cursor.get("done", ())),', "done, seen = list[str](),",
        f"{_LISTS}::test_a_look_that_was_cut_off_goes_on"),
    _of("records are read from a replica that is behind", _PAGES,
        '"Data-Access-Intent": "ReadWrite"', '"Data-Access-Intent": "ReadOnly"',
        f"{_RECORDS}::test_reads_are_in_english_and_of_the_primary"),
    _of("one record that fails hides its page", _PAGES,
        "except AT_FAULT as problem:", "except NotImplementedError as problem:",
        f"{_LISTS}::test_a_page_that_fails_is_read_record_by_record"),
    _of("a company that is added later is read from now on", _PAGES,
        'modified_since(begun.get(company, ""), overlap)',
        'modified_since(begun.get(company, "2099-01-01T00:00:00Z"), overlap)',
        f"{_LISTS}::test_a_company_that_the_cursor_does_not_know_is_read_as_a_whole"),
    _of("the next look begins where this one did", _PAGES,
        'mark={"since": {**seen}} if over else None', 'mark={"since": begun} if over else None',
        f"{_LISTS}::test_the_next_look_begins_at_the_newest_that_was_seen"),
    Mutant("what is gone is linked in a list", "functions.links",
           "if side not in gone}", "if side}",
           ("tests/functions/test_links.py::test_what_is_set_aside_for_a_delete_is_not_linked_where_it_is_gone",)),
    _of("a number with the characters of a filter is linked", "systems._web_client",
        "    if not _PLAIN.fullmatch(number):\n", "    if not number:\n",
        "tests/unit/systems/business_central/test_links.py"
        "::test_a_number_that_a_filter_would_read_otherwise_has_no_link"),
    _of("what a company hides is gone", _CLIENT,
        "if identity[0] not in await self.companies():", "if False:",
        f"{_RECORDS}::test_an_absence_is_believed_of_a_company_that_can_be_seen"),
    _of("a name is looked for in the letters that it is typed in", _CLIENT,
        'if field.type not in QUOTED - {"code"}:', "if field.type:",
        f"{_LISTS}::test_a_text_is_looked_for_in_any_letter_case"),
    _of("a code is looked for in small letters", _CLIENT,
        'if field.type not in QUOTED - {"code"}:', "if field.type not in QUOTED:",
        f"{_LISTS}::test_ids_codes_and_members_are_looked_for_as_they_are"),
    _of("a search that names no company finds nobody", _CLIENT,
        "for each in asked or await self.companies())", "for each in asked)",
        f"{_LISTS}::test_a_search_without_a_company_asks_all"),
    _of("a read that a batch left out has no answer", _CLIENT,
        "if 0 < len(left) < len(parts):", "if False:",
        f"{_RECORDS}::test_a_read_without_an_answer_is_asked_for_once_more"),
    _of("a service that names a pause has carried nothing out", "systems._connection",
        "        if response.status_code == 429:\n            self.health.answered()\n",
        "        if pause:\n            self.health.answered()\n",
        f"{_WEATHER}::test_a_customer_is_created_once_whatever_business_central_says_of_it"),
    _of("a record of Business Central is written whatever it is by now", _CLIENT,
        "headers, about = {**WRITES, **if_match(version)}, _about", "headers, about = {**WRITES}, _about",
        f"{_RECORDS}::test_a_write_holds_at_the_version_that_was_seen"),
)  # fmt: skip
