"""Absences that are believed too readily."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a 404 about the address is taken for an absence", "systems._finops_errors",
        "        return Rejected(text, code=ADDRESS)\n", "        return Gone(text)\n",
        "tests/unit/systems/finops/test_errors.py"),
    _of("keys are addressed as if the front decoded nothing", "systems._finops",
        "    return any(_FRAGILE.search(part) for part in identity)\n", "    return False\n",
        "tests/unit/systems/finops/test_writing.py"),
    _of("an address that the front refuses is not written in another way", "systems._finops",
        "        answer = await self._carry_out_one(twice)\n        if not _missed(answer, fragile=fragile):\n",
        "        answer = await self._carry_out_one(once)\n        if True:\n",
        "tests/unit/systems/finops/test_writing.py"),
    _of("a filter is not asked before an absence is believed", "systems._finops",
        "        if await self._by_filter(entity, identity, entity.key) is not None:\n", "        if False:\n",
        "tests/unit/systems/finops/test_absence.py"),
)  # fmt: skip
