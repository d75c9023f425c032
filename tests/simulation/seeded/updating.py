"""Updates, their settling and their recovery, one rule short."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a row that was merged into another is kept equal", "engine.record._visit",
        "    if is_merged(dataverse):\n", "    if False:\n",
        "tests/simulation/test_endings.py::test_a_row_that_was_merged_into_another_is_shown_with_its_survivor"),
    _of("a 412 is taken for success", "engine.record._update",
        "            written.again, written.moved = True, str(moved)\n            break",
        "            written.done.append(side)",
        "tests/simulation/test_in_between.py::test_an_edit_that_comes_before_our_write_is_not_written_over"),
    _of("what was written to the ERP is put back as it was", "engine.record._update",
        "    return await flow.system(side).update(part.entity, identity, body, version, part.columns)\n",
        "    answer = await flow.system(side).update(part.entity, identity, body, version, part.columns)\n"
        '    edits = [each for each in work.plan.on(ERP) if each.reason == "edit"]\n'
        "    if side == DATAVERSE or not edits:\n        return answer\n"
        "    before = [(flow.map.lines[each.index], each.old) for each in edits]\n"
        "    body = body_of(flow, side, before, work.seen.codes)\n"
        "    return await flow.system(side).update(part.entity, identity, body, answer.version, part.columns)\n",
        "tests/simulation/test_visits.py::test_an_edit_on_one_side_reaches_the_other"),
    _of("what was sent to Dataverse is agreed, not what is stored", "engine.record._update",
        "written.values = (erp, work.flow.map.dataverse.read(answer.row))",
        "written.values = (erp, [{w.index: w.new for w in work.plan.on(side)}.get(i, v)"
        " for i, v in enumerate(dataverse)])",
        "tests/simulation/test_coercion.py"),
    _of("a losing value is not kept", "engine.record._work",
        "conflicts = await self._conflict_rows(operation)", "conflicts = []",
        "tests/simulation/test_visits.py::test_a_conflict_has_a_winner_and_its_loser_is_kept"),
    _of("a hint is dropped although the record moved", "engine.record._update",
        "finished = hint is not None and not again and written.later is None", "finished = hint is not None",
        "tests/simulation/test_in_between.py"),
    _of("recovery begins without taking over", "engine.record._recover",
        "    mine = await take_over(flow, coupling)\n", "    mine = coupling\n",
        "tests/simulation/test_recovery.py"),
    _of("recovery takes the old value at a new version for not done", "engine.record._recover",
        "line.comparable(each.old):\n            rulings.marks[key] = source\n", "line.comparable(each.old):\n",
        "tests/simulation/test_recovery.py"),
    _of("recovery forgets where the target moved", "engine.record._recover",
        '        else:\n            rulings.marks[key] = "policy"\n', "",
        "tests/simulation/test_recovery.py"),
    _of("silent agreement without a second look", "engine.record._update",
        "    if work.plan.confirm:\n", "    if False:\n",
        "tests/simulation/test_in_between.py"),
    _of("a pass that meets an intent leaves no hint", "engine.record._conclude",
        "    if wake.hint is None:\n", "    if False:\n",
        "tests/simulation/test_in_between.py"),
    _of("an empty visit drops its hint without the coupling", "engine.record._update",
        "await work.flow.ledger.commit([heard(work.coupling, work.wake).replace(), hint.drop()])",
        "await work.flow.ledger.commit([hint.drop()])",
        "tests/simulation/test_in_between.py"),
    _of("conflict rows of a write that failed stay", "engine.record._update",
        'return [Write("delete", key, etag="*") for key in intent.conflicts', "return [] and [key for key in ()",
        "tests/simulation/test_in_between.py"),
    _of("refused writes are tried in every pass", "reconcile._tries",
        "return both[: max(1, len(both) >> self.cut)] if new else []", "return both",
        "tests/simulation/test_refusals.py::test_what_was_refused_is_not_tried_again_until_it_would_differ"),
    _of("a recovery leaves what stood for the record before", "engine.record._recover",
        "[settled.replace(), *await _stale_rows(flow, mine)]", "[settled.replace()]",
        "tests/simulation/test_recovery.py"),
    _of("a claim whose source is gone is given back unseen", "engine.record._recover_create",
        "if found is not None and (is_ours or await holds_what_was_sent(flow, mine, target, found)):",
        "if False:",
        "tests/simulation/test_recovery.py"),
)  # fmt: skip
