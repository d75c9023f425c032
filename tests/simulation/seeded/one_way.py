"""What a flow makes and deletes against its direction."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_one_way.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("what a lost create has sent passes for what the target fills in", "reconcile._creation",
        "or (line.index not in sent and _is_untold(", "or (True and _is_untold(",
        "tests/simulation/test_one_way.py", "tests/unit/reconcile/test_creation.py"),
    _of("a source that was emptied before its target took anything never said a word", "reconcile._reconcile",
        "        if self._was_emptied(line, source, values):\n", "        if False:\n",
        f"{HERE}::test_a_source_that_is_emptied_before_its_target_takes_it_rules_all_the_same"),
    _of("what a source said to a target that was away is forgotten", "reconcile._settle",
        "    marks = _has_spoken(flow, agreed, plan, {*missed} - {*asked})\n", "    marks: dict[bytes, Mark] = {}\n",
        f"{HERE}::test_a_source_that_is_emptied_before_its_target_takes_it_rules_all_the_same"),
    _of("records are created wherever one is missing", "engine.record._create",
        '        return "creates"\n', '        return ""\n', HERE),
    _of("a match that has just gone is created, whatever the map says", "engine.record._create",
        "            return await self._unmade()\n", "            pass\n",
        f"{HERE}::test_a_match_that_is_gone_by_the_time_it_is_to_be_coupled_is_not_made_anew"),
    _of("what the map creates is what its lines write, whatever it says", "mapping._model",
        "        return targets if self.creates is None else CREATES[self.creates]\n", "        return targets\n",
        f"{HERE}::test_the_map_says_where_records_are_made"),
    _of("a source goes with its target", "mapping._flow_map",
        "if other(gone) not in self.targets and", "if False and",
        f"{HERE}::test_a_target_that_somebody_deletes_is_made_again"),
    _of("one word about deletes speaks of targets no more", "mapping._flow_map",
        'self.policy.delete.both not in {"uncouple", "park"}:', "True:",
        f"{HERE}::test_unless_the_map_says_something_else_for_that_side"),
    _of("a side has no word of its own about deletes", "mapping._flow_map",
        "        if (own := self.policy.delete.on(gone)) is not None:\n", "        if (own := None) is not None:\n",
        f"{HERE}::test_unless_the_map_says_something_else_for_that_side"),
    _of("what may not be made again is given up", "mapping._flow_map",
        'return "park" if word == "restore" and gone not in self.creates else word', "return word",
        f"{HERE}::test_what_may_not_be_made_again_is_left_to_a_person"),
    _of("a source goes when its target leaves the scope", "mapping._flow_map",
        "and all(other(out) in view.targets for view in views)", "",
        f"{HERE}::test_what_leaves_the_scope_at_the_target_deletes_no_source"),
    _of("a delete that was cut off is carried out whatever the map says by now", "engine.record._delete",
        "    if not is_back and _is_still_meant(flow, source, found):\n", "    if not is_back:\n",
        f"{HERE}::test_a_delete_that_was_cut_off_is_not_carried_out_under_a_map_that_keeps_the_record"),
    _of("what is back is said to be synced, whatever the map creates", "engine.record._reborn",
        "if other(wake.side) in flow.creates({wake.side: there.row})", "if True",
        f"{HERE}::test_a_target_that_is_back_without_its_source_is_not_said_to_be_synced"),
    _of("a privilege is asked for that the map does not use", "setup._needs",
        '["Create"] if DATAVERSE in flow.creates else []', '["Create"]',
        "tests/unit/setup/test_rules.py::test_a_map_that_makes_or_deletes_nothing_needs_no_privilege_for_it"),
)  # fmt: skip
