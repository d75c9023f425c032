"""Late creates where they meet other rules."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a line that the map has lost makes what was created a stranger", "engine.record._content",
        "_joined({**_parts(like), **held}) if held", "_joined(held) if held",
        "tests/simulation/test_recovery.py"),
    _of("what was sent is known by rows that its codes meant then", "engine.record._content",
        "if line.lookup is None and _mark(", "if _mark(",
        "tests/simulation/test_recovery.py"),
    _of("what a person brings back is deleted for having landed", "engine.record._landing",
        "and datetime.fromisoformat(at) <= limit", "",
        "tests/simulation/test_landing_edges.py"),
    _of("what has landed is deleted beside the budget", "engine.record._landing",
        "    await flow.budget.spend(flow.map.name, called_on(coupling, side))\n", "",
        "tests/simulation/test_landing_edges.py"),
    _of("every pass tries to delete what has landed and cannot go", "engine.record._landing",
        "if wake.hint is None and (refused :=", "if wake.by_hand and wake.hint is None and (refused :=",
        "tests/simulation/test_landing_edges.py"),
    _of("an undo forgets what may still land", "engine.passes._forget",
        "        busy = busy or bool(coupling.may_land(self.flow.now()))\n", "",
        "tests/simulation/test_landing_edges.py"),
    _of("an undo deletes what no version fences", "engine.passes._undo",
        "        if not flow.enforces_versions(side):\n", "        if coupling.ended:\n",
        "tests/simulation/test_landing_edges.py"),
    _of("what was created is an edit where another line was edited since", "engine.record._landing",
        "    contents = {text for each in known for text in each.contents}\n", "    contents = set[str]()\n",
        "tests/simulation/test_landing.py"),
    _of("a line that was not created and is blank again was emptied by a person", "engine.record._content",
        "each.get(mark, _BLANK)", 'each.get(mark, "")',
        "tests/simulation/test_landing.py"),
    _of("what was created is known without its references", "engine.record._content",
        "for line, value in sent})", "for line, value in sent if line.lookup is None})",
        "tests/simulation/test_landing.py"),
    _of("a create that was never sent may land", "engine.record._landing",
        "if intent.attempt in flow.unsent:", "if not intent.attempt:",
        "tests/simulation/test_landing_edges.py"),
    _of("whoever lets stay what is back is asked once more for its party", "engine.record._landing",
        "late=(), agreed=coupling.agreed.changed(flow.map, marks=marks)", "late=()",
        "tests/simulation/test_landing.py"),
    _of("a retry forgets the customer that was met for an account", "engine.record._create",
        "known = await self.flow.ledger.seen_of(claim.key) if claim.numberless else claim.erp", "known = claim.erp",
        "tests/simulation/test_numbered.py"),
    _of("a pass leaves remembered what cannot land any more", "engine.passes._snapshot",
        "digests: Cells = {} if _is_over(cells, now) else cells", "digests = cells",
        "tests/simulation/test_landing_edges.py"),
    _of("what counts as unsent is sent all the same", "engine.record._create",
        "        if intent.attempt not in unsent:\n            raise Again\n", "",
        "tests/simulation/test_landing_edges.py"),
    _of("who finds a match has not looked for what landed", "engine.record._create",
        "known = held.coupling.looked_at((source.target,), self.began)", "known = held.coupling",
        "tests/simulation/test_landing_edges.py"),
)  # fmt: skip
