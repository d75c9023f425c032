"""A contact that is a customer's and a contact person's: it goes back, and what is left of it is listed."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_two_roles.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a contact person goes with her customer", "engine.record._ending",
        'return await self._goes_back() if policy == "propagate" else None', "return None", _TESTS),
    _of("a contact is given back to a flow that has nothing of it", "engine.record._back",
        "if row is not None and await keeper.read(ERP, coupling.erp) is not None:", "if row is not None:", _TESTS),
    _of("a contact is given back to a scope that it cannot be in", "engine.record._ending",
        "if not origin.takes_it():", "if False:", _TESTS),
    _of("whoever gives back owns", "engine.record._back",
        "    await flow.owners.give_back(row, theirs.dataverse, origin.flow.map.name)\n", "", _TESTS),
    _of("nobody is told what comes back", "engine.record._back",
        'if theirs.state == "dormant" and theirs.reason != COMES_BACK:', "if False:", _TESTS),
    _of("what comes back stays out of the scope", "engine.record._refusals",
        "returns = outside and work.coupling.reason == COMES_BACK", "returns = False", _TESTS),
    _of("what is left of a contact is forgotten", "engine.record._ending",
        "if gone == DATAVERSE and (heir := await self._handed_over()):", "if False:", _TESTS),
    _of("what is set aside about a record that sleeps is never looked at", "engine.passes._compare",
        "{None, UNKNOWN, UNCOUPLED, DORMANT}", "{None, UNKNOWN, UNCOUPLED}", _TESTS),
    _of("what a scope asks in one of two cases is asked", "mapping._scopes",
        "        self.asks = asks\n        return _either(left, right)", "        return _either(left, right)",
        "tests/unit/mapping/test_scopes.py"),
    _of("what a scope asks not to be is asked", "mapping._scopes",
        "            self.asks = asks\n            return _negated", "            return _negated",
        "tests/unit/mapping/test_scopes.py"),
)  # fmt: skip
