"""References and owners that are not asked for."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a reference to a coupling that has ended", "engine.lookups._pairs",
        "if found is None or found.erp is None or not found.is_pair:",
        "if found is None or found.erp is None:",
        "tests/simulation/test_in_between.py"),
    _of("a code is looked for in every company", "engine.lookups._rows",
        "        striped = self._striped(table) if company else None\n        mark =",
        "        striped = None\n        mark =",
        "tests/simulation/test_references.py::test_a_code_that_another_company_uses_too_means_nobody_there"),
    _of("the company of a row that is looked up by its id is not asked for", "engine.lookups._rows",
        "        if owner and fold(owner) != fold(",
        "        if not owner and fold(owner) != fold(",
        "tests/simulation/test_references.py"),
    _of("a row that belongs to another record is taken for a code", "engine.lookups._links",
        "        if target is not None and owner and erp_end(owner.identity)",
        "        if target is None and owner and erp_end(owner.identity)",
        "tests/simulation/test_references.py::test_a_code_is_not_taken_for_a_row_that_belongs_to_another_record"),
    _of("a code that nobody finds is a blank", "engine.lookups._links",
        "if why else Unresolved(code)\n", 'if why else ""\n',
        "tests/simulation/test_references.py"),
    _of("a reference is written as it was before", "engine.record._encode",
        "    return [(flow.map.lines[write.index], write.new) for write in writes]",
        "    return [(flow.map.lines[each.index], each.old if flow.map.lines[each.index].lookup else each.new)\n"
        "            for each in writes]",
        "tests/simulation/test_references.py"),
    _of("nobody asks which flow has a contact", "engine._owners",
        "        if owner == self.ledger.flow:\n", "        if True:\n", "tests/simulation/test_owners.py"),
    _of("what leaves a flow's scope is not told to its heir", "engine._owners",
        '            await self.documents.put(row, {"flow": self.heir.name, "claim": ""})\n'
        "        await self.poke(self.heir.name, row_id)\n",
        '            await self.documents.put(row, {"flow": self.heir.name, "claim": ""})\n',
        "tests/simulation/test_owners.py"),
)  # fmt: skip
