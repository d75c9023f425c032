"""Records that leave the scope are believed too readily, or not at all."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what a pass has read outside the scope is not counted together", "engine.passes._suspects",
        "            elif await self._has_left(wake) or await self._is_suspect(wake.coupling, side, each, oldest):\n",
        "            elif await self._is_suspect(wake.coupling, side, each, oldest):\n",
        "tests/simulation/test_left_scope.py"),
    _of("what a pass has not met is there if it can be read", "engine.passes._suspects",
        "            return self._sign(met) if await self._has_left(met) else None\n", "            return None\n",
        "tests/simulation/test_left_scope.py"),
    _of("an approved change of the map counts as leaving", "engine.record._leave",
        "    return not (await Documents(flow.ledger.commits).get(FLOWS, flow.map.name)).value.get(RESCOPED)\n",
        "    return True\n", "tests/simulation/test_left_scope.py"),
    _of("what was parked as left falls asleep with the next pass", "engine.record._leave",
        "        return None if wake.by_hand else item\n", "        return None\n",
        "tests/simulation/test_left_scope.py::test_a_person_says_which_side_is_right"),
    _of("what left the scope by a merge sleeps like everything that left it", "engine.record._visit",
        "        lost = await _merged_alone(flow, coupling, dataverse, outside)\n", "        lost = None\n",
        "tests/simulation/test_central_reports.py::"
        "test_an_account_that_is_merged_away_does_not_sleep_in_silence_while_its_customer_stays"),
)  # fmt: skip
