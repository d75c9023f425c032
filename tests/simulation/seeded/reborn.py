"""What was deleted and is made again."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_made_again.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what was deleted is made again from the ERP only", "engine.record._create",
        "(again := await made_again(flow, wake, source, reason.blocker))", "(again := None)",
        HERE),
    _of("what may yet land is made again beside it", "engine.record._reborn",
        "    if blocker.may_land(flow.now()):\n", "    if False:\n",
        HERE),
    _of("who is back himself has to give way to who is made again", "engine.record._reborn",
        "        if await flow.read(side, blocker.identity(side)) is not None:\n", "        if False:\n",
        HERE),
    _of("who is made again waits until a pass has seen that the row before it is gone", "engine.record._reborn",
        "        if await is_orphan(flow, blocker):\n", "        if False:\n",
        HERE),
    _of("who is made again is told old reasons when its pair is over", "engine.record._ending",
        "                await self.flow.ledger.store_hint(DATAVERSE, (row_id,), BACK)\n", "                pass\n",
        HERE),
    _of("explain promises what the policy holds back", "engine.record._reborn",
        "    return None if found is None or begins_anew(flow, found) else found\n", "    return None\n",
        HERE),
    _of("explain does not see that a row was made again", "engine._outlook",
        "    if blocker and not blocker.ended and await is_orphan(flow, blocker):\n", "    if False:\n",
        HERE),
    _of("a tombstone is cleared by its own keys only", "engine.record._by_hand",
        'if item["code"] == ENDED', 'if item["code"] == ""',
        HERE),
    _of("what a person clears waits for the pump", "engine.record._by_hand",
        "in hints.values() if await flow.others.is_live(flow.map.name) else ():", "in ():",
        HERE),
    _of("what a person clears is written though the flow is paused", "engine.record._by_hand",
        "if await flow.others.is_live(flow.map.name) else ():", "if True else ():",
        HERE),
)  # fmt: skip
