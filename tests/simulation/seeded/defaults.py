"""Defaults that are not what the map says, or not where it says so."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_ZERO: Final = "tests/simulation/test_zero_defaults.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a default of 0 is a null in Dataverse", "mapping._defaults",
        "    return replace(column, tells_apart=True) if column.type in NUMBERS else column\n", "    return column\n",
        _ZERO),
    _of("a zero that Dataverse tells apart reaches the ERP as another value than its own", "mapping._lines",
        '            stored = "0" if target.tells_apart else BLANK\n', '            stored = stored or "0"\n',
        "tests/unit/mapping/test_lines.py"),
    _of("Dataverse is given a default as the ERP spells it", "mapping._defaults",
        '"dataverse": forward(value) or typed(text, dataverse) or BLANK}',
        '"dataverse": typed(text, dataverse) or BLANK}',
        "tests/unit/mapping/test_lines.py"),
    _of("a default need not be in its list", "mapping._check",
        "            yield from found or default_finding(line, self.values[name])\n", "            yield from found\n",
        "tests/unit/mapping/test_mistakes.py"),
)  # fmt: skip
