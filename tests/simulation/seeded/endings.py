"""Deletes that are carried over too readily."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a customer renamed while its account is out of scope is forgotten", "engine.record._delete",
        "renamed and (renamed.identity or not is_outside)", "renamed and not is_outside",
        "tests/simulation/test_identities.py"),
    _of("a delete is carried over against an unseen edit", "engine.record._delete",
        "if policy in _DELETING and (unseen := await edits(flow, coupling, other(gone), left)):", "if False:"),
    _of("a line that was never agreed counts as edited", "reconcile._edited",
        "        held = base or agreed.first.get(line.definition)\n", "        held = base\n",
        "tests/unit/reconcile/test_settled.py", "tests/simulation/test_never_agreed.py"),
    _of("a line that was never agreed cannot be edited", "reconcile._settle",
        "and not any(line.definition in known for known in (agreed.bases, agreed.marks, agreed.first))",
        "and not any(line.definition in known for known in (agreed.bases, agreed.marks))",
        "tests/unit/reconcile/test_settled.py"),
    _of("what nobody has looked at is no edit", "reconcile._edited",
        "        elif held is None and value and line.update:\n", "        elif False:\n",
        "tests/unit/reconcile/test_settled.py", "tests/simulation/test_recovery.py"),
    _of("a deferred line counts as edited", "reconcile._creation",
        "    return Agreed(bases, marks, first=first)\n", "    return Agreed(bases, marks)\n",
        "tests/simulation/test_never_agreed.py"),
    _of("what our own write has left there counts as edited", "reconcile._settle",
        "changed(flow, bases, rulings, first=arrived)", "changed(flow, bases, rulings)",
        "tests/unit/reconcile/test_settled.py", "tests/simulation/test_never_agreed.py"),
    _of("what somebody else put there is no edit", "reconcile._settle",
        'for key, mark in rulings.items() if mark != "policy" and key in', "for key in rulings if key in",
        "tests/unit/reconcile/test_settled.py"),
    _of("a reference whose row was made anew counts as edited", "engine.record._edited",
        "    rows = await former_rows(ledger, erp_end(target.identity(company, code))) if code else []\n",
        "    rows: list[tuple[str, str]] = []\n",
        "tests/simulation/test_never_agreed.py"),
    _of("a reference that waited and could be followed by now counts as edited", "engine.record._edited",
        "    if code and each.held == fingerprint(line.comparable(Unresolved(code))):\n", "    if False:\n",
        "tests/simulation/test_never_agreed.py"),
    _of("deletes know no budget", "engine.record._delete",
        "        await self.flow.budget.spend(self.flow.map.name, called_on(self.coupling, side))\n", "",
        "tests/simulation/test_endings.py"),
    _of("a pass repeats a delete that was refused", "engine.record._delete",
        "refused = None if self.wake.hint else self._refused(other(gone), left)", "refused = None",
        "tests/simulation/test_repairs.py"),
)  # fmt: skip
