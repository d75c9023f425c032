"""Values that are believed although no answer shows them, or that nobody on either side has given."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a reference is cleared by a null to bind", "engine.record._encode",
        'if row_id else (navigation, "null")', 'if row_id else (f"{navigation}@odata.bind", "null")',
        "tests/simulation/test_clearing.py"),
    _of("what a server ignored is taken for its edit", "reconcile._settle",
        "            if stays_old(line, write.side, write, stored):\n", "            if False:\n",
        "tests/simulation/test_clearing.py"),
    _of("recovery believes what was sent, not what was answered", "engine.record._recover",
        "        if stays_old(line, intended.side, each, stored):\n", "        if False:\n",
        "tests/simulation/test_clearing.py"),
    _of("the answers of a batch go by their place", "systems._client",
        'return own(parts, read_batch(response.content, response.headers["content-type"]))',
        'found: list[PartAnswer | Exception] = [*read_batch(response.content, response.headers["content-type"])]\n'
        '        return (found + [Unanswered("the batch ended before")] * len(parts))[: len(parts)]',
        "tests/simulation/test_mixed_up.py"),
    _of("the ids of rows created in bulk are not looked at", "systems._dataverse",
        '        if [str(each).lower() for each in parsed(response).get("Ids", ())] != sent:\n', "        if False:\n",
        "tests/unit/systems/test_answers.py"),
    _of("content ids are not compared", "systems._answers",
        'another = answer.content_id not in {"", str(number)}', "another = False",
        "tests/unit/systems/test_answers.py"),
    _of("a constant overwrites what somebody has set", "reconcile._constants",
        '    return "blank" if blank else None\n', '    return "blank"\n',
        "tests/simulation/test_constants.py::test_what_somebody_set_is_left_alone"),
    _of("the first member of an enumeration counts as a blank", "reconcile._constants",
        "why = _why(constant, blank=not (old or zero), draws=draws)",
        "why = _why(constant, blank=not (old or zero) or old in constant.target.members[:1], draws=draws)",
        "tests/unit/reconcile/test_constants.py"),
    _of("what a constant replaces is not kept", "engine.record._work",
        "for each in self.constants.get(side, ()) if each.replaces)", "for each in () if each.replaces)",
        "tests/simulation/test_constants.py::test_what_gives_way_to_the_scope_can_be_restored"),
    _of("what a constant changes is not journaled", "engine.record._update",
        "    lines += [constant_line(each) for side in written.done for each in work.constants.get(side, ())]\n", "",
        "tests/simulation/test_constants.py"),
    _of("a pass does not look at what is enforced", "engine.passes._rows",
        "if fit and not lacks and agreed", "if fit and agreed",
        "tests/simulation/test_constants.py"),
    _of("recovery does not tell what the map gave", "engine.record._recover",
        "        _rule_given(flow, intended, answer.row, rulings)\n", "",
        "tests/simulation/test_constants.py"),
)  # fmt: skip
