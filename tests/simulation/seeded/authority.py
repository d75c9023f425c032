"""A side that only receives."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_PURE: Final = "tests/unit/reconcile/test_authority.py"
_TESTS: Final = "tests/simulation/test_authority.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("an edit without authority flows", "reconcile._reconcile",
        "        elif (ruler := self.context.rules(line)) is not None:\n            self._ruled(",
        "        elif (ruler := None):\n            self._ruled(",
        _PURE),
    _of("a conflict that authority decides loses a value", "reconcile._reconcile",
        'self._win(line, ruler, values, "conflict")', 'self._flow(line, ruler, values, "conflict")',
        _PURE, _TESTS),
    _of("a master goes before authority", "reconcile._reconcile",
        "return self.rules(line) or line.master or chosen or self.master",
        "return line.master or chosen or self.master or self.rules(line)",
        _PURE),
    _of("where nobody has authority both sides have it", "reconcile._reconcile",
        "return len(self.receives) > 1 and line.source is None and not line.final", "return False",
        _PURE),
    _of("what a server makes of a value flows back without authority", "reconcile._settle",
        "(line.source or write.receives)", "line.source",
        _PURE),
    _of("a record without authority is created on the other side", "engine.record._create",
        '        return "authority"\n', '        return ""\n',
        _TESTS),
    _of("the columns of authority are not read", "mapping._build",
        "(*scope.fields, *authority.fields)", "scope.fields",
        "tests/unit/mapping/test_checks_of_maps.py"),
    _of("the columns of authority may be hidden", "mapping._unseen",
        "        *flow.dataverse.telling,\n", "",
        _TESTS),
    _of("what lost is restored where it is put back", "engine.record._conflicts",
        "if not holding.side(side).rules(found.row):", "if False:",
        _TESTS),
)  # fmt: skip
