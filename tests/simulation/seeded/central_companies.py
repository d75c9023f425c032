"""Several companies of Business Central in one Dataverse, and first loads of many records."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_central_companies.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a row that is looked up by a flow may be another company's", "engine.lookups._links",
        "ours = not meant or target.is_of(company, meant)", "ours = not meant or bool(company)",
        f"{_TESTS}::test_a_contact_belongs_to_the_company_of_its_account"),
    _of("what companies share is the first one's alone", "engine.lookups._records",
        "if not target.shared or not company or self.suite.writes(company):", "if company or not company:",
        f"{_TESTS}::test_what_rows_of_all_companies_share"),
    _of("a new record is looked at twice for what no update carries", "engine.record._created",
        "        if not line.update or (stored is None", "        if (stored is None",
        "tests/simulation/test_central_customers.py::"
        "test_a_new_account_needs_no_second_look_for_a_number_that_it_is_not_given"),
    _of("a request for each name is one for each record", "systems._odata",
        " and len(found) <= 1 + len(places) // 2", "",
        "tests/unit/systems/test_odata.py::"
        "test_searches_that_begin_with_a_value_of_their_own_each_share_a_filter"),
    _of("our own columns are a vendor's", "setup._declared",
        "return self.prefix == self.published != OURS", "return self.prefix == self.published",
        "tests/contract/test_suite_setup.py::test_whose_a_row_is"),
)  # fmt: skip
