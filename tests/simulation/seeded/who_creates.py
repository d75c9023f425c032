"""Where one full synchronisation creates."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_who_creates.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a run creates where the map says, whatever was chosen", "engine._flow",
        "return found.creates if self.chosen is None else CREATES[self.chosen] & found.targets", "return found.creates",
        f"{HERE}::test_a_run_creates_where_the_person_says"),
    _of("a run creates where nobody has approved it", "engine._reports",
        '    if approved.get("creates", "") != terms["creates"]:\n', "    if False:\n",
        f"{HERE}::test_the_choice_is_part_of_what_is_approved"),
    _of("a person's choice makes records of nothing", "engine._reports",
        "    if empty := sorted(", "    if empty := [] and sorted(",
        f"{HERE}::test_nothing_is_created_where_no_line_writes"),
    _of("an event during a run that creates elsewhere is left alone", "engine._states",
        "    creates = creates or first_creates(found)\n", "",
        f"{HERE}::test_an_event_during_the_run_follows_the_choice"),
    _of("a run that creates elsewhere goes on as the map says", "engine.passes._jobs",
        "    return await state_of(house, name)\n", "    return {}\n",
        f"{HERE}::test_a_run_that_was_cut_off_goes_on_as_it_was_begun"),
    _of("what was chosen for one run stays", "engine._states",
        "over = {*_FIRST, RESCOPED}", 'over = {"first", RESCOPED}',
        f"{HERE}::test_a_run_that_was_cut_off_goes_on_as_it_was_begun"),
)  # fmt: skip
