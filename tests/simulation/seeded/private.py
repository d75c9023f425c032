"""Values are kept or shown that nobody is to see."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

TESTS: Final = "tests/simulation/test_private.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("the journal keeps values of a private line", "engine._discreet",
        '    if values and str(line.get("line", "")) not in private:\n', "    if values:\n", TESTS),
    _of("what is set aside quotes a private value", "engine._discreet",
        "    if line in found.private:\n", "    if False:\n", TESTS),
    _of("without values a system's words are kept as they are", "engine._discreet",
        "    if not line or values:\n", "    if True:\n", TESTS),
    _of("an explanation shows a private value", "engine._explain",
        '"erp": HIDDEN if line.private else', '"erp":', TESTS),
    _of("a record is not known by a private line", "mapping._check_private",
        "        elif line.erp is not None and line.erp.name in told:\n", "        elif False:\n",
        "tests/unit/mapping/test_checks_of_lines.py::test_what_cannot_be_private"),
)  # fmt: skip
