"""Options of a choice as records."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_GRAMMAR: Final = "tests/unit/mapping/test_choice_options.py"
_STORY: Final = "tests/simulation/test_central_choices.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of(
        "an option is added beside another of its label",
        "systems._choice_options",
        "if change.value in there or look(change.label) in",
        "if change.value in there or change.label in",
        _STORY,
    ),
    _of(
        "an option is written over a label that somebody has changed",
        "systems._choice_options",
        "if found.version != change.version:",
        "if not found.version:",
        _STORY,
    ),
    _of(
        "what is added to a choice is not published",
        "systems._choice_options",
        "        if None in replies:\n            await self._publish(entity)\n",
        "",
        _STORY,
    ),
    _of(
        "an option that nobody published is refused for ever",
        "systems._choice_options",
        "if change.version or not isinstance(reply, Rejected):",
        "if True:",
        _STORY,
    ),
    _of(
        "a new option takes a number of a publisher",
        "engine.record._match",
        "return str(first + int(",
        "return str(int(",
        _STORY,
    ),
    _of(
        "a choice that a person has emptied is filled again",
        "engine._emptied",
        "if line.update and line.refers and",
        "if line.update and",
        _STORY,
    ),
    _of(
        "webhooks are planned for options",
        "setup._webhooks",
        " for flow in flows if not flow.dataverse.entity.choice)",
        " for flow in flows)",
        _STORY,
    ),
    _of(
        "a map of a table is another one since maps may name a choice",
        "mapping._build",
        'left_out |= {} if self.head.dataverse.choice else {"dataverse": {"choice"}}',
        "pass",
        _GRAMMAR,
    ),
)
