"""What was agreed, and a map that changed since, one rule short."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

LAWS: Final = "tests/unit/reconcile/test_redefined.py"
STORIES: Final = "tests/simulation/test_changed_maps.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of(
        "nothing was agreed about a line that was defined anew",
        "mapping._agreed",
        "        return self.bases.get(line.definition) or self.bases.get(self._former(line))\n",
        "        return self.bases.get(line.definition)\n",
        STORIES,
    ),
    _of(
        "what was agreed goes with the definition at the next settle",
        "mapping._agreed",
        "        kept = known.keys() | anew.keys() | self._former_kept(",
        "        kept = known.keys() | anew.keys() or self._former_kept(",
        STORIES,
    ),
    _of(
        "nobody knows what a definition was about once the map is another",
        "ledger._coupling",
        '            "roots": self.agreed.packed_roots(),\n',
        "",
        STORIES,
    ),
    _of(
        "a mark is forgotten with the definition of its line",
        "mapping._agreed",
        "        return self.marks.get(line.definition) or self.marks.get(self._former(line))\n",
        "        return self.marks.get(line.definition)\n",
        LAWS,
    ),
    _of(
        "an older agreement stands beside the newer one",
        "mapping._agreed",
        "if key not in flow.by_definition and root not in anew}",
        "if key not in flow.by_definition}",
        LAWS,
    ),
    _of(
        "what was agreed about lines that are gone grows without end",
        "mapping._agreed",
        "if root not in here), MOST)",
        "if root not in here), None)",
        LAWS,
    ),
    _of(
        "two that do not mean the same any more stay as they are",
        "reconcile._reconcile",
        "        elif is_anew and base == now:\n",
        "        elif False:\n",
        STORIES,
    ),
    _of(
        "a difference that the map allows is written since the map changed",
        "reconcile._reconcile",
        "        if may_differ(line, *values) and not self._lacks(line, values):\n",
        "        if False:\n",
        LAWS,
    ),
    _of(
        "what people edited before a line flowed one way is not kept",
        "reconcile._reconcile",
        "            send = self._flow if line.definition in self.agreed.bases or continued else self._win\n",
        "            send = self._flow\n",
        LAWS,
    ),
    _of(
        "a record counts as edited since its map changed",
        "reconcile._edited",
        "        base = agreed.base(line)\n",
        "        base = agreed.bases.get(line.definition)\n",
        STORIES,
    ),
    _of(
        "what a recovery finds out about the old map counts for nothing under the new one",
        "mapping._agreed",
        "        kept = known.keys() | anew.keys() | self._former_kept(",
        "        kept = known.keys() | self._former_kept(",
        LAWS,
    ),
    _of(
        "a conflict that is older than the map cannot be settled",
        "engine.record._conflicts",
        "    line = flow.map.line(bytes.fromhex(row.definition), row.line)\n    if line is None:",
        '    line = flow.map.line(bytes.fromhex(row.definition), "")\n    if line is None:',
        STORIES,
    ),
    _of(
        "a write that came through before the map changed is told by nobody",
        "engine.record._recover",
        "flow.map.line(bytes.fromhex(each.definition), each.name)\n        if line is None:",
        'flow.map.line(bytes.fromhex(each.definition), "")\n        if line is None:',
        STORIES,
    ),
    _of(
        "a recovery writes what the old map made of a value",
        "engine.record._recover",
        "if (line := _line_as_meant(flow, each))]\n",
        "if (line := flow.map.line(bytes.fromhex(each.definition), each.name))]\n",
        STORIES,
    ),
    _of(
        "what was refused goes by the place of its line",
        "reconcile._tries",
        "repr([(flow.lines[write.index].name, write.new) for write",
        "repr([(write.index, write.new) for write",
        STORIES,
    ),
    _of(
        "a report is about two maps",
        "engine.passes._rehearse",
        ' or bool(self.note.value.get("maps", maps) != maps)\n',
        "\n",
        STORIES,
    ),
    _of(
        "what finds a partner cannot change any more",
        "mapping._build",
        "            key=erp.name in self.head.erp.identity,\n",
        "            key=erp.name in self.keys,\n",
        "tests/simulation/test_identities.py",
    ),
)
