"""What is kept for long costs every minute, or an open job is forgotten."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_kept_for_long.py::test_"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("jobs that are done stay in the list of open ones", "engine.passes._orders",
        "                await documents.drop(row)\n", "                pass\n",
        _TESTS + "jobs_that_are_done_cost_the_pump_nothing"),
    _of("what another version has left open is forgotten", "engine.passes._orders",
        "        await _list_open(house, today)\n", "        pass\n",
        _TESTS + "a_job_that_an_earlier_version_left_open_goes_on"),
    _of("a job that is just being ordered is taken off the list", "engine.passes._orders",
        "elif value or _began(row.key) < house.clock() - ORPHANED:", "elif value or _began(row.key):",
        _TESTS + "who_dies_while_he_orders_a_job_leaves_nothing_for_ever"),
)  # fmt: skip
