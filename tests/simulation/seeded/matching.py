"""Runs that nobody has approved; records that are taken for others."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a run takes any master that comes", "engine._reports",
        'if approved.get("master") != terms["master"]:', "if False:",
        "tests/simulation/test_terms.py", "tests/functions/test_terms.py"),
    _of("only rows in the scope count as what could be matched", "engine._reports",
        "_holds_rows(house, name, other(side), companies)",
        "_holds_rows(house, name, other(side), companies, inside=True)",
        "tests/simulation/test_terms.py"),
    _of("an event during a first synchronisation follows the map's own master", "engine.passes._pump",
        "master=None if first == own else first", "master=None",
        "tests/simulation/test_terms.py"),
    _of("a company more is no news to an approval", "engine._states",
        "if let is not None else", "if False else",
        "tests/simulation/test_terms.py"),
    _of("a number alone is proof", "engine.record._strangers",
        "if pair is None or await flow.approved.may_couple(pair):", "if True:",
        "tests/simulation/test_strangers.py"),
    _of("a stranger under its former number is taken for what was created", "engine.record._create",
        "if there is not None and not numbered and await stranger", "if there is None and await stranger",
        "tests/simulation/test_strangers.py"),
    _of("a claim whose number was corrected is renewed for ever", "engine.record._recover_create",
        "return await stranger(flow, source, there) is not None", "return False", "tests/simulation/test_strangers.py"),
    _of("any report couples strangers, approved or not", "engine._strangers",
        "        return pair.ends in self._ends\n",
        "        return True\n",
        "tests/simulation/test_strangers.py"),
    _of("a report lists as many strangers as one row of the ledger holds", "engine._strangers",
        "range(0, len(pairs), LISTED)", "range(0, min(len(pairs), LISTED), LISTED)",
        "tests/simulation/test_strangers.py"),
    _of("a legal form in common makes two names one", "mapping._names",
        "telling = [word for word in words if word not in NOT_TELLING]", "telling = words",
        "tests/unit/mapping/test_names.py"),
    _of("a letter that looks like another is taken for it", "mapping._fold",
        "return capital if len(capital) == 1 and capital.lower() == letter else letter", "return capital",
        "tests/unit/mapping/test_fold.py", "tests/simulation/test_look_alikes.py"),
    _of("accents that Dataverse does not see make a match of two numbers", "engine.record._match",
        "same = exactly(found, conditions)", "same = list(found)",
        "tests/simulation/test_look_alikes.py"),
    _of("a reference is filled with what Dataverse takes for the code", "engine._links",
        "rows = exactly(await self.dataverse.find(table, conditions, columns), conditions)",
        "rows = await self.dataverse.find(table, conditions, columns)",
        "tests/simulation/test_look_alikes.py"),
    _of("a record is swallowed by another whose key looks like its own", "engine.record._visit",
        "return await swallowed(flow, wake, coupling)", "return None",
        "tests/simulation/test_look_alikes.py"),
)  # fmt: skip
