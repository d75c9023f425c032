"""Computed columns: what they say, what wakes them, and that nothing is written over an edit."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_RULES: Final = "tests/unit/columns/test_rules.py"
_SELLABLE: Final = "tests/simulation/test_sellable.py"
_UPGRADE: Final = "tests/simulation/test_upgrade.py"
_COMPUTED: Final = "tests/simulation/test_computed_columns.py"

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
    _of("a line that is gone wakes nobody", "columns._keeper",
        "return [*ids, *await rule.doubtful(self.dataverse, table)] if gone else ids", "return ids", _COMPUTED),
    _of("what cannot be edited is written all the same", "columns._documents",
        "if is_open(row.row)}", "if row.row}", _COMPUTED),
    _of("the lines of a document keep their copies", "columns._documents",
        '            *((entity("dataverse", self.lines), line, self.copy) for line in lines),\n', "", _COMPUTED),
    _of("a product that nobody knows counts as the ERP's", "columns._documents",
        "external.get(_product(line)) for", "external.get(_product(line), True) for", _COMPUTED),
    _of("columns are kept against those of the vendor", "columns._columns",
        "self.why = await _by_others(dataverse, self.columns) or await", "self.why = await", _COMPUTED),
    _of("columns are kept that nobody has made", "columns._columns",
        "    return f\"there is no column {', '.join(lacking)}: set the suite up\" if lacking else \"\"",
        '    return ""', _COMPUTED),
    _of("a change of the customer wakes nobody", "columns._customers",
        "return [str(customer).lower()] if customer else []", "return []", _COMPUTED),
    _of("the cursor of a feed moves before its rows are looked at", "columns._keeper",
        "            await self._look(hand, table, [each.row for each in page.rows], gone=bool(page.deleted))\n"
        "            moved = self._moved(cursor, page)\n"
        "            if moved != cursor:\n"
        "                await lease.checkpoint({**lease.cursor, table: moved})\n",
        "            moved = self._moved(cursor, page)\n"
        "            if moved != cursor:\n"
        "                await lease.checkpoint({**lease.cursor, table: moved})\n"
        "            await self._look(hand, table, [each.row for each in page.rows], gone=bool(page.deleted))\n",
        _COMPUTED),
    _of("two catch up at once", "columns._keeper",
        "self.house.token(), self.columns.name)", 'self.house.token(), f"{self.columns.name}~{self.house.token()}")',
        _COMPUTED),
    _of("a report of an upgrade writes", "columns._upgrade",
        'if self.value["dry"]:', "if False:", _UPGRADE),
    _of("the sequence goes on inside the block", "columns._upgrade",
        '"Value": first + many}', '"Value": first}', _UPGRADE),
    _of("a number that somebody typed meanwhile is given again", "columns._upgrade",
        "if again is None or again.row.get(numbers.column):", "if again is None:", _UPGRADE),
    _of("a stopped upgrade goes on", "columns._upgrade",
        "            await self._go_on()\n", "", _UPGRADE),
    _of("every slice of an upgrade begins with the first page", "columns._upgrade",
        'self.place.get("after")', "None", _UPGRADE),
)  # fmt: skip
