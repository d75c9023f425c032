"""Computed columns: what they say, what wakes them, and that nothing is written over an edit."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_RULES: Final = "tests/unit/columns/test_rules.py"
_SELLABLE: Final = "tests/simulation/test_sellable.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a Yes turns back", "columns._rules", "return now is True or named", "return named", _RULES),
    _of("a blank is a No", "columns._rules",
        "row.get(name) is not value}", "bool(row.get(name)) is not value}", _RULES),
    _of("a write-in counts as the ERP's", "columns._rules", "flag is True for", "flag is not False for", _RULES),
    _of("any company is an account", "columns._rules", " and row.get(lookup + TARGET) == ACCOUNT", "", _RULES),
    _of("who unsets a flag is not noticed", "columns._customers",
        "return [] if done else [str(row[self.table.id]).lower()]", "return []", _SELLABLE),
    _of("the writes of computed columns pass for those of the flows", "columns._put_right",
        "house.dataverse.tagged(TAG)", "house.dataverse", _SELLABLE),
    _of("what somebody wrote meanwhile is not looked at again", "columns._put_right",
        "return list(dict.fromkeys(moved))", "return []", _SELLABLE),
    _of("what was written is not told", "columns._put_right",
        "        await self._tell(rule, [due for due", "        await self._tell(rule, [due for due in [] for due",
        _SELLABLE),
    _of("columns are kept while nobody sells", "columns._columns",
        "        if not any([await house.is_live(name) for name in self.columns.flows]):",
        "        if not self.columns.flows:", _SELLABLE),
    _of("a change cursor that is lost is not begun anew", "columns._keeper",
        "await lease.checkpoint({**lease.cursor, table: {}})\n            return await self._read",
        "return await self._read", _SELLABLE),
)  # fmt: skip
