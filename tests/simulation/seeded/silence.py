"""What a side says, and where it says nothing, one rule short."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of(
        "a zero says nothing",
        "mapping._said",
        "    return raw is not None and (bool(reader(field)(raw)) or field.type in NUMBERS)\n",
        "    return raw is not None and bool(reader(field)(raw))\n",
        "tests/unit/reconcile/test_silence.py",
    ),
    _of(
        "what a master is declared to be silent with gives way although a person named it",
        "mapping._said",
        "        if line.nothing is not None and side != named and raw is not None and _declared(line, side, raw):\n",
        "        if line.nothing is not None and raw is not None and _declared(line, side, raw):\n",
        "tests/unit/reconcile/test_silence.py",
    ),
    _of(
        "a source that says nothing empties its target",
        "reconcile._reconcile",
        "        if line.source is not None and first and not (left if line.source == ERP else right):\n",
        "        if False:\n",
        "tests/unit/reconcile/test_silence.py",
    ),
    _of(
        "an edit of a target is put back to nothing before its source says a word",
        "reconcile._reconcile",
        "        elif line.source is not None and self._apart(line, values, left, right):\n",
        "        elif False:\n",
        "tests/unit/reconcile/test_silence.py",
    ),
    _of(
        "a new record is given what its source never said",
        "reconcile._creation",
        '        said = value if value and context.speaks(line, source, value) else ""\n',
        "        said = value\n",
        "tests/unit/reconcile/test_silence.py",
    ),
)
