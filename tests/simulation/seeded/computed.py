"""Computed values: what is read for them, what fails, what is looked at anew."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_computed.py"
FUNCTIONS: Final = "tests/unit/mapping/test_functions.py"
MISTAKES: Final = "tests/unit/mapping/test_mistakes_of_functions.py"
FAILS: Final = f"{HERE}::test_a_function_that_fails_parks_its_line_alone"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a computed field is read for itself, and not for what it is made of", "mapping._schema",
        "        return self.inputs or (self,)\n", "        return (self,)\n",
        f"{HERE}::test_a_new_customer_arrives_with_what_its_fields_make"),
    _of("a computed value is made of what was not read", "mapping._computed",
        "if any(value is ABSENT for value in values):", "if all(value is ABSENT for value in values):",
        f"{FUNCTIONS}::test_an_input_that_was_not_read"),
    _of("a function that fails makes a blank", "mapping._computed",
        "            return Failed(values, str(problem))\n", '            return ""\n', FAILS),
    _of("why a function failed is carried over as a value", "mapping._computed",
        "        if isinstance(value, Failed):\n            raise", "        if False:\n            raise", FAILS),
    _of("a failure is shown as it is stored", "reconcile._reconcile",
        "str(problem), Failed.told(value)))", "str(problem), value))", FAILS),
    _of("a result is not spelt as its target reads it", "mapping._computed",
        "    return then(reader(target), limited) if result.type in TEXTS else limited\n", "    return limited\n",
        f"{FUNCTIONS}::test_result_in_its_targets_spelling"),
    _of("a computed source says nothing at a first match", "reconcile._reconcile",
        "if self.says is None or field.inputs else", "if self.says is None else", f"{HERE}::test_first_match"),
    _of("another version of a function is the same line", "mapping._build",
        "    return [str(bound.call), bound.function.version] if bound else []\n",
        "    return [str(bound.call)] if bound else []\n",
        f"{FUNCTIONS}::test_version"),
    _of("a changed file of functions goes unseen", "mapping._functions",
        "str(number) if number else version, inverse)", "str(number), inverse)",
        f"{FUNCTIONS}::test_a_file_stands_for_the_version"),
    _of("a function goes both ways as it goes one", "mapping._computed",
        "signature = self.function.back if back else", "signature = self.function.there if back else",
        f"{HERE}::test_a_function_goes_both_ways_with_its_inverse"),
    _of("a default does not fill what a function leaves blank", "mapping._computed",
        "lambda result: result or default)", "lambda result: result)",
        "tests/unit/mapping/test_calls.py::test_a_default_fills_a_blank_result"),
    _of("half of a result is written where a field is secured", "mapping._unseen",
        "    for column in line.dataverse.read_from:\n        if why := secured.get((table, column.name)",
        "    for column in (line.dataverse,):\n        if why := secured.get((table, column.name)",
        f"{HERE}::test_a_field_that_may_not_be_read_stops_the_line"),
    _of("a column that may not be written reads blank for whoever reads it", "mapping._unseen",
        " - _wires(line for line in flow.lines if line not in lines)", "",
        f"{HERE}::test_a_column_that_may_not_be_written_is_read_by_others"),
    _of("events about what a value is made of are not asked for", "setup._registrations",
        "for each in line.dataverse.read_from", "for each in (line.dataverse,)",
        "tests/unit/setup/test_rules.py::test_columns_that_a_function_reads_are_watched"),
    _of("a value goes round through what it is put together from", "mapping._check_whole",
        "(back(start, source, (line, *passed)) for source in sources)",
        "(back(start, source, (line, *passed)) for source in sources[:1])", f"{MISTAKES}::test_a_circle"),
    _of("a key is computed", "mapping._check_functions",
        "erp.name in {*head.erp.identity, head.erp.second}", "erp.name in head.erp.identity",
        f"{MISTAKES}::test_mistakes"),
)  # fmt: skip
