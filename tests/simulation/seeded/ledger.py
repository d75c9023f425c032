"""Rows of the ledger that are lost, left behind, or believed in too early."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a coupling is stored without its index row", "ledger._coupling",
        "return writes + ([self.insert_index()] if self.erp else [])", "return writes",
        "tests/simulation/test_visits.py::test_a_customer_of_the_erp_becomes_an_account"),
    _of("a hint is dropped whatever its version", "ledger._rows",
        'Write("delete", self.key, etag=self.etag)', 'Write("delete", self.key, etag="*")',
        "tests/simulation/test_in_between.py"),
    _of("a transaction without an answer is believed in", "ledger._commit",
        "            if isinstance(problem, Unanswered):\n                raise\n",
        '            if isinstance(problem, Unanswered):\n                return ["x"] * len(stamped)\n',
        "tests/unit/ledger/test_commits.py"),
    _of("a tombstone leaves its index behind", "ledger._coupling",
        'return writes + ([Write("delete", self.index_key, etag="*")] if self.index_key else [])', "return writes",
        "tests/simulation/test_endings.py"),
    _of("a coupling that has given its record away passes for that record's", "ledger._flow_ledger",
        "        if found is None or found.index_key != end:\n", "        if found is None:\n",
        "tests/contract/ledger/test_flow_ledger.py::test_coupling_that_gives_its_record_away_while_it_is_read"),
)  # fmt: skip
