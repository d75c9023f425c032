"""Values are kept or shown that nobody is to see."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

TESTS: Final = "tests/simulation/test_private.py"
SILENT: Final = "tests/simulation/test_no_values.py"
NOTHING: Final = f"{SILENT}::test_no_row_and_no_line_of_the_log_holds_a_value"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("the journal keeps values of a private line", "engine._discreet",
        '    if values and str(line.get("line", "")) not in private:\n', "    if values:\n", TESTS),
    _of("what is set aside quotes a private value", "engine._discreet",
        "    if line in found.private:\n", "    if False:\n", TESTS),
    _of("without values a system's words are kept as they are", "engine._discreet",
        "    if values:\n        return item\n", "    if True:\n        return item\n", TESTS, NOTHING),
    _of("without values names stand in what a record is set aside for", "engine._discreet",
        '        return {**item, "message": unquoted(str(item["message"]))}\n', "        return item\n", NOTHING),
    _of("an apostrophe opens a quotation", "engine._discreet", '(r"(?<!\\w)(?:', '(r"(?:',
        f"{SILENT}::test_what_stands_in_quotes_goes_and_an_apostrophe_opens_none"),
    _of("without values a system's words name other fields of the record", "engine._discreet",
        "if line.private or not values]", "if line.private]", NOTHING),
    _of("without values it is told which code is waited for", "engine.record._troubles",
        '    if kind == "parked" or not flow.options.journal_values:\n', '    if kind == "parked":\n',
        f"{SILENT}::test_what_is_waited_for_is_not_told"),
    _of("without values the report names strangers", "engine._strangers",
        '({} if self.names else {"names": ["", ""]})', "{}", NOTHING),
    _of("without values what lost is kept as long as the journal", "engine.passes._retention",
        'values = "" if house.options.journal_values else moment(house.clock() - RESTORABLE)', 'values = ""', NOTHING),
    _of("what is undecided has lost its values", "engine.passes._retention",
        "    return coupling.intent is None and not found.open\n", "    return coupling.intent is None\n",
        "tests/simulation/test_no_values.py::test_what_is_undecided_keeps_both_values"),
    _of("the log quotes a mistake of ours", "errors",
        'f"{type(each).__name__} at', 'f"{each!r} at',
        "tests/simulation/test_no_values.py::test_a_mistake_of_ours_is_logged_without_its_words"),
    _of("an explanation shows a private value", "engine._explain",
        '"erp": HIDDEN if line.private else', '"erp":', TESTS),
    _of("a record is not known by a private line", "mapping._check_private",
        "        elif line.erp is not None and line.erp.name in told:\n", "        elif False:\n",
        "tests/unit/mapping/test_checks_of_lines.py::test_what_cannot_be_private"),
)  # fmt: skip
