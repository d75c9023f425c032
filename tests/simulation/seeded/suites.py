"""Companies that are told otherwise than by a lookup, and suites beside each other."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_suites.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of(
        "the preflight takes the codes of the map for granted",
        "setup._references",
        "        if lacking:\n",
        "        if False:\n",
        "tests/unit/setup/test_prospects.py::test_what_the_maps_give_has_to_be_there",
    ),
    _of(
        "a business unit that is not there has no rows",
        "setup._companies",
        "sorted({*named} - {*map(fold, known)})",
        "sorted({*named} - {*named})",
        "tests/unit/setup/test_prospects.py::test_a_business_unit_that_is_not_there",
    ),
    _of(
        "a row without a company matches records of every company",
        "engine.record._striped",
        "    if flow.map.company is None or not flow.writes_for(company):\n        return list(rows)\n",
        "    if rows is not None:\n        return list(rows)\n",
        _TESTS,
    ),
    _of(
        "rows without a company are looked for by their company",
        "engine.record._striped",
        "if column is not None and not flow.writes_for(company) else []",
        "if column is not None else []",
        _TESTS,
    ),
    _of(
        "a company that is a text is told by its letters",
        "mapping._flow_map",
        'return "" if value is ABSENT else fold(value)',
        'return "" if value is ABSENT else value',
        _TESTS,
    ),
    _of(
        "rows without a company have a writer beside another suite, too",
        "engine._house",
        'return replace(suite, writer="") if shared and keeps else suite',
        "return suite",
        _TESTS,
    ),
    _of(
        "the business unit of a row is not asked for",
        "engine.lookups._rows",
        "self.suite.units.get(fold(unit)) or self.suite.writer",
        "self.suite.writer",
        _TESTS,
    ),
    _of(
        "any suite's flow answers for a lookup",
        "mapping._catalogue",
        "for found in self.of_table(table) if found.suite == suite]",
        "for found in self.of_table(table)]",
        _TESTS,
    ),
    _of(
        "a map behind a switch that is off is there",
        "mapping._catalogue",
        'return word if word not in self._switches(name) else ""',
        'return "" if word else word',
        "tests/unit/mapping/test_catalogue.py",
    ),
    _of(
        "two suites keep the same rows",
        "engine._beside",
        "if not (_scopes_apart(found, each) or _companies_apart(house, found, each))",
        "if not each",
        _TESTS,
    ),
)
