"""A map that continues another."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_MAPS: Final = "tests/unit/mapping/test_continues.py"
_TESTS: Final = "tests/simulation/test_continues.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("both of two maps hold at once", "mapping._phases",
        "if line.phase != phase:", "if False:",
        _TESTS),
    _of("a new record is made by the lines of both maps", "engine.record._source",
        "values = flow.map.alone(side, seen.row)", "values = flow.map.side(side).read(seen.row)",
        _TESTS),
    _of("recovery does not see the line that it wrote", "engine.record._recover",
        "flow.map.side(side).held(found.row)", "flow.map.side(side).read(found.row)",
        _TESTS),
    _of("a conflict outlives the map that had it", "reconcile._reconcile",
        "return bool(line.phase) and absent and", "return False and",
        _TESTS),
    _of("what lost is restored although another map holds", "engine.record._conflicts",
        'if line.phase not in {"", holding.phase}:', "if False:",
        _TESTS),
    _of("two maps create alike", "mapping._flow_map",
        'self.continued.creates if phase == "after" else self.policy.creates', "self.policy.creates",
        _MAPS, _TESTS),
    _of("the first map decides about the end of a record", "mapping._flow_map",
        'return words.pop() if len(words) == 1 else "park"', "return self.views[0].on_delete(gone)",
        _MAPS),
    _of("a record of two maps is looked at by every pass", "engine.record._update",
        "if not line.update or ABSENT in held:", "if not line.update:",
        _TESTS),
    _of("an edit of the source is a conflict where the map has changed", "reconcile._reconcile",
        "in self.agreed.bases or continued else self._win", "in self.agreed.bases else self._win",
        _TESTS),
    _of("a map that continues another needs no approval", "mapping._continues",
        'fingerprint=digest([first.fingerprint, then.fingerprint], b"").hex(),', "",
        _TESTS),
    _of("the constants of both maps are given", "mapping._flow_map",
        'if each.phase in {"", phase})', "if True)",
        _MAPS),
    _of("what tells which map holds may be hidden", "mapping._flow_map",
        "*(self.phases.continued.when.fields if self.phases else ())", "",
        _MAPS),
)  # fmt: skip
