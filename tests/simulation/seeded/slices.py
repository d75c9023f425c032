"""Slices that do not end when they should, that forget what came before them, or let something starve."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a pause is seen at the end of a slice", "engine._flow",
        "            await self.watch.look()\n", "            return\n",
        "tests/simulation/test_pauses.py"),
    _of("a job that was stopped works on", "engine.passes._jobs",
        'return "the job was stopped" if now.value.get("state") != OPEN else why_not(value, found)',
        "return why_not(value, found)",
        "tests/simulation/test_pauses.py"),
    _of("what a flow was when its slice began is believed to the end", "engine._watch",
        "self.clock() - self.looked < GLANCE", "self.looked <= self.clock()",
        "tests/simulation/test_pauses.py"),
    _of("a claim that a pause overtook stays", "engine.record._create",
        "        except (TryLater, Denied, Halted):\n", "        except (TryLater, Denied):\n",
        "tests/simulation/test_pauses.py"),
)  # fmt: skip
