"""Passes that skip what they were to look at, or jobs that outlive their time."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("the cursor moves before its page is worked on", "engine.passes._catch_up",
        "            await self._page(page)\n            moved = self._moved(page)\n"
        "            if moved != self.lease.cursor:\n                await self.lease.checkpoint(moved)\n",
        "            moved = self._moved(page)\n            if moved != self.lease.cursor:\n"
        "                await self.lease.checkpoint(moved)\n            await self._page(page)\n",
        "tests/simulation/test_catch_up.py"),
    _of("a compare pass does not look at what it reads", "engine.passes._compare",
        "            await self._compare(side, page)\n", ""),
    _of("a pass moves the patience of waiting rows", "engine.passes._waiting",
        "for row in rows if not all_of_them else ():", "for row in rows:"),
    _of("rows of records that are gone stay for ever", "engine.passes._compare",
        "return await self._visit_set_aside(phase)", "return True",
        "tests/simulation/test_endings.py"),
    _of("missing records are not looked for", "engine.passes._compare",
        "return await self._visit_missing(side)", "return True"),
    _of("a catch-up begins at the last mark: nothing overlaps", "engine.passes._catch_up",
        """return overlapping(self.lease.cursor, page.mark, self.flow.clock()) if page.mark else self.lease.cursor""",
        "return page.mark or self.lease.cursor",
        "tests/simulation/test_catch_up.py"),
    _of("an old job goes on under a new one", "engine.passes._permits",
        '        return brings_up(value["id"], found)\n', "        return True\n",
        "tests/simulation/test_jobs.py"),
)  # fmt: skip
