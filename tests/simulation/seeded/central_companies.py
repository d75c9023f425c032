"""Several companies of Business Central in one Dataverse."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_central_companies.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a row that is looked up by a flow may be another company's", "engine.lookups._links",
        "if meant and not target.is_of(company, meant):", "if meant and not company:",
        f"{_TESTS}::test_a_contact_belongs_to_the_company_of_its_account"),
    _of("what companies share is the first one's alone", "engine.lookups._records",
        "if not target.shared or not company or self.suite.writes(company):", "if company or not company:",
        f"{_TESTS}::test_what_rows_of_all_companies_share"),
    _of("our own columns are a vendor's", "setup._declared",
        "return self.prefix == self.published != OURS", "return self.prefix == self.published",
        "tests/contract/test_suite_setup.py::test_whose_a_row_is"),
)  # fmt: skip
