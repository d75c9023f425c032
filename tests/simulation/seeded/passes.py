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
        "            await self._compare(side, page)\n", "",
        "tests/simulation/test_slices.py::test_a_compare_begins_when_the_one_before_it_is_through"),
    _of("a pass moves the patience of waiting rows", "engine.passes._waiting",
        "for row in rows if not all_of_them else ():", "for row in rows:",
        "tests/simulation/test_repairs.py::test_a_pass_leaves_waiting_rows_as_they_are"),
    _of("rows of records that are gone stay for ever", "engine.passes._compare",
        "return await self._visit_set_aside(phase)", "return True",
        "tests/simulation/test_endings.py::test_a_row_about_a_record_that_is_gone_goes_with_the_next_pass"),
    _of("missing records are not looked for", "engine.passes._compare",
        "return await self._visit_missing(side)", "return True",
        "tests/simulation/test_endings.py::test_records_that_are_missing_without_an_event_are_found_by_the_compare_pass"),
    _of("a catch-up begins at the last mark: nothing overlaps", "engine.passes._catch_up",
        """return overlapping(self.lease.cursor, page.mark, self.flow.clock()) if page.mark else self.lease.cursor""",
        "return page.mark or self.lease.cursor",
        "tests/simulation/test_catch_up.py"),
    _of("an old job goes on under a new one", "engine.passes._permits",
        '        return brings_up(value["id"], found)\n', "        return True\n",
        "tests/simulation/test_jobs.py"),
)  # fmt: skip
