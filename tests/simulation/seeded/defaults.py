"""Defaults that are not what the map says, or not where it says so."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_LINES: Final = "tests/simulation/test_line_defaults.py"
_LEFT_OUT: Final = f"{_LINES}::test_a_default_that_a_server_leaves_out_is_listed_and_given_later"
_ZERO: Final = "tests/simulation/test_zero_defaults.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a default of 0 is a null in Dataverse", "mapping._defaults",
        "    return replace(column, zero_counts=True) if column.type in NUMBERS else column\n", "    return column\n",
        _ZERO),
    _of("a zero that Dataverse tells apart reaches the ERP as another value than its own", "mapping._lines",
        '            stored = "0" if target.knows_zero else BLANK\n', '            stored = stored or "0"\n',
        "tests/unit/mapping/test_lines.py"),
    _of("Dataverse is given a default as the ERP spells it", "mapping._defaults",
        '"dataverse": _carried(value, forward) or typed(text, dataverse) or BLANK}',
        '"dataverse": typed(text, dataverse) or BLANK}',
        "tests/unit/mapping/test_lines.py"),
    _of("a default need not be in its list", "mapping._check",
        "found or default_finding(line, self.values[name], self._supplied(line))", "found",
        "tests/unit/mapping/test_mistakes.py"),
    _of("every company has the default of all others", "mapping._lines",
        'return given.get(fold(company), given.get("*", BLANK))', 'return given.get("*", BLANK)', _LINES),
    _of("a target's edit of a company's default stands", "reconcile._reconcile",
        "line.wanted(value) or context.stands_in(line, other(line.source))", 'line.wanted(value) or ""', _LINES),
    _of("what a default has filled in counts as another value", "reconcile._reconcile",
        "if self._stands_in(line, values) or (alike", "if (alike",
        "tests/unit/reconcile/test_stand_ins.py"),
    _of("a new record is not given the default of its company", "reconcile._creation",
        'stand_in = "" if said else context.stands_in(line, target)', 'stand_in = ""', _LINES),
    _of("the code of a default is not looked up", "engine.record._observe",
        "    result.stand_ins = await stand_ins(flow, result.codes, company, blank)\n", "", _LINES),
    _of("two blanks agree though the map has a value for one of them", "reconcile._reconcile",
        "(alike and not self._lacks(line, values))", "alike", "tests/unit/reconcile/test_stand_ins.py"),
    _of("a blank is what the map gave in place of one", "reconcile._settle",
        "if line.is_left_blank(sent.new, sent.source, stored):", "if False:",
        _LEFT_OUT, f"{_LINES}::test_a_default_that_never_arrived_is_not_told_as_written"),
    _of("what a server makes of a company's default is agreed though it is blank", "reconcile._settle",
        "(line.source or write.receives) and not line.same(*held)", "line.source or write.receives",
        "tests/unit/reconcile/test_stand_ins.py"),
    _of("a new record that was left blank agrees with what the map gave it", "reconcile._creation",
        " and not line.is_left_blank(new, value, now)", "", _LEFT_OUT),
    _of("a new record that is found blank agrees with what the map gives it", "reconcile._creation",
        "if line.fills.get(other(source)) and line.flows_from(source) and not any(pair):", "if False:", _LEFT_OUT),
    _of("no pass looks at what a new record was left without", "engine.record._created",
        " and not (stored and line.is_left_blank(given, value, now))", "", _LEFT_OUT),
)  # fmt: skip
