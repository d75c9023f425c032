"""Release 3: what the party solutions do to rows is not told."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

TESTS: Final = "tests/unit/setup/test_party_rules.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("customers are told to lose their company", "setup._party_rules",
        "    return any(map(scope.includes, rows))", "    return True", f"{TESTS}::test_customers"),
    _of("the party solutions are seen where they are not", "setup._party_rules",
        "    if installed and stripe", "    if stripe", f"{TESTS}::test_without_them"),
    _of("a number of the platform's travels without a word", "setup._party_rules",
        "        if column is None or not column.numbers or not line.to_erp:\n", "        if line.to_erp:\n",
        f"{TESTS}::test_numbers"),
    _of("whoever has read what an overlay opens is told it again", "setup._party_rules",
        '    if flow.policy.second == "agreed":\n', "    if flow.policy.second:\n",
        f"{TESTS}::test_numbers_that_go_along"),
    _of("what is assumed is not listed", "setup._needs",
        "            if field.assumed:", "            if False:", "tests/unit/setup/test_preflight.py::test_assumed"),
)  # fmt: skip
