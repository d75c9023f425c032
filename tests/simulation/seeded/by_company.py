"""Lines that hold for some companies only."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_lines_by_company.py"
UNIT: Final = "tests/unit/mapping/test_by_company.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a line of a company holds in every other", "mapping._by_company",
        "            if company is None or not line.holds(company):\n", "            if company is None:\n",
        f"{HERE}::test_a_new_customer_is_made_as_its_company_has_it"),
    _of("before companies are known every line holds", "mapping._by_company",
        "            if company is None or not line.holds(company):\n",
        "            if company is not None and not line.holds(company):\n",
        f"{UNIT}::test_rows_of_dataverse_are_known_by_what_they_hold"),
    _of("a line for all holds beside that of a company", "mapping._lines",
        "return code not in self.besides and (", "return (",
        f"{HERE}::test_a_new_account_is_made_as_its_company_has_it"),
    _of("a line behind a switch that is off takes the place of another", "mapping._merge",
        'if "off" not in line.options], lines.values())', 'if "off" not in line.options], (*lines.values(), *waiting))',
        f"{UNIT}::test_behind_a_switch_that_is_off_nothing_is_taken"),
    _of("what was agreed under the line for all outlives that of its company", "mapping._agreed",
        "        kept -= {key for key, root", "        _ = {key for key, root",
        f"{HERE}::test_a_line_that_is_no_longer_that_of_a_company_goes_on_from_the_last_word"),
    _of("the house never learns which rows are of which company", "engine._house",
        "            if each.companies_named:\n", "            if False:\n",
        f"{HERE}::test_a_new_account_is_made_as_its_company_has_it"),
    _of("two lines of a company write one field", "mapping._by_company",
        "    return bool(named - {*one.besides, *two.besides})\n", "    return False\n",
        f"{UNIT}::test_mistakes"),
    _of("a field that the ERP needs is given by a line of one company", "mapping._check",
        "(line for line in self.lines if not line.parsed.companies)", "(line for line in self.lines)",
        f"{UNIT}::test_mistakes"),
    _of("a company's constant is that of all", "mapping._lines",
        "        if fold(company) in self.besides:\n", "        if False:\n",
        f"{UNIT}::test_a_constant_for_some"),
)  # fmt: skip
