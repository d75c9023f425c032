"""Slices that do not end when they should, that forget what came before them, or let something starve."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_HINTS: Final = "tests/simulation/test_hints.py"
_PAUSES: Final = "tests/simulation/test_pauses.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a pause is seen at the end of a slice", "engine._flow",
        "            await self.watch.look()\n", "            return\n",
        _PAUSES),
    _of("a job that was stopped works on", "engine.passes._permits",
        'return "the job was stopped" if now.value.get("state") != OPEN else asked(value, found)',
        "return asked(value, found)",
        f"{_PAUSES}::test_an_undo_that_is_stopped_deletes_no_more"),
    _of("what a flow was when its slice began is believed to the end", "engine._watch",
        "self.clock() - self.looked < GLANCE", "self.looked <= self.clock()",
        _PAUSES),
    Mutant("an event works on in a flow that was paused while a system was long in answering", "functions.flow",
        "    watch = while_live(here, name, seen=True)\n    try:\n        await recheck_environment(here)\n",
        "    try:\n        await recheck_environment(here)\n        watch = while_live(here, name, seen=True)\n",
        (f"{_PAUSES}::test_an_event_whose_systems_were_long_in_answering_asks_again_whether_its_flow_runs",)),
    Mutant("who is told of a record that a pass is just writing leaves it to the pump", "functions.flow",
           "        for pause in LOOKS:\n", "        for pause in ():\n",
           (f"{_HINTS}::test_an_edit_made_while_a_pass_writes_its_record_arrives_without_the_pump",)),
    _of("a claim that a pause overtook stays", "engine.record._create",
        "        except (TryLater, Denied, Halted):\n", "        except (TryLater, Denied):\n",
        f"{_PAUSES}::test_a_catch_up_ends_when_its_flow_is_paused"),
    _of("a later slice of a dry run takes what was planned for what stands", "engine.passes._snapshot",
        "PLANNED if planned else", "",
        "tests/simulation/test_plans.py"),
    _of("what a dry run has kept stays for ever", "engine.passes._pump",
        '    await _guarded("what dry runs have left", sweep_plans(house, out_of_time), pumped)\n', "",
        "tests/simulation/test_plans.py::test_nothing_is_left_of_a_dry_run_that_is_over"),
    _of("a dry run goes on over a page that was half set down", "engine.passes._rehearse",
        'return bool(self.note.value["keeping"])', "return False",
        "tests/simulation/test_plans.py::test_a_dry_run_that_dies_goes_on_and_tells_the_same"),
    _of("the next slice counts again what was set aside", "engine.passes._memory",
        "            if told is not None:\n", "            if told is None:\n",
        "tests/simulation/test_plans.py::test_a_plan_in_slices_tells_what_a_plan_at_once_tells"),
    _of("who lost a pass still sets down what it remembers", "engine.passes._memory",
        "            beside = [standing.write(chunk)]\n",
        "            await self.lease.documents.put(standing, chunk)\n",
        "tests/simulation/test_jobs.py"),
    _of("what a torn dry run sets down late is part of the one that was begun anew", "engine.passes._rehearse",
        "    *_, place = _places(note)\n", "    place, *_ = _places(note)\n",
        "tests/simulation/test_plans.py::"
        "test_what_was_set_down_late_is_no_part_of_a_dry_run_that_was_begun_anew"),
    _of("a dry run forgets what it left unfinished", "engine.passes._rehearse",
        "if row is None or key in unfinished}", "if row is None}",
        "tests/simulation/test_plans.py::test_a_plan_in_slices_foretells_what_the_run_does"),
    _of("whoever settles a visit does not look at what came meanwhile", "engine.record._visit",
        "            newer = await _newer_hint(flow, wake) if rounds else None\n", "            newer = None\n",
        "tests/simulation/test_hints.py"),
    _of("the echo of a load stands before people", "engine.passes._pump",
        "if hint.echo else hint.due", "if not hint.echo else hint.due",
        "tests/simulation/test_hints.py::test_after_a_load_people_come_first"),
    _of("an echo stands behind for ever", "engine.passes._pump",
        "BEHIND: Final = timedelta(minutes=5)", "BEHIND: Final = timedelta(days=5)",
        "tests/simulation/test_hints.py"),
    _of("every edit after our own write counts as its echo", "ledger._flow_ledger",
        "due=min(hint.due, standing.due), echo=False,", "due=min(hint.due, standing.due),",
        "tests/simulation/test_hints.py"),
    _of("what our own write takes out of the scope waits for the next look", "engine.record._update",
        "    anew = written.again or written.left\n", "    anew = written.again\n",
        "tests/simulation/test_plans.py::test_a_plan_foretells_what_its_own_writes_take_out_of_the_scope"),
    _of("a dry run meets again what it has deleted itself", "engine.passes._compare",
        "PLANNED if self.keep is not None and key in index.ended else index.get(key)", "index.get(key)",
        "tests/simulation/test_plans.py::test_a_plan_foretells_what_its_own_writes_take_out_of_the_scope"),
)  # fmt: skip
