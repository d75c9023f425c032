"""Value maps that lose what one of several values means."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_SCENARIOS: Final = "tests/simulation/test_value_lists.py"
_LISTS: Final = "tests/unit/mapping/test_value_lists.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("on a line of one way a value that means the same is replaced", "mapping._lines",
        "            or (self.means is not None and self.means(erp, dataverse))\n", "", _SCENARIOS),
    _of("of several values the last is written", "mapping._value_lists",
        "there.append(Reads(member, values[0], (member,)))", "there.append(Reads(member, values[-1], (member,)))",
        _SCENARIOS),
    _of("of several values only the first is read", "mapping._value_lists",
        "for value in values if member != OTHERS]", "for value in values[:1] if member != OTHERS]", _SCENARIOS),
    _of("what stands for all others is one of them", "mapping._value_lists",
        "for value in values if member != OTHERS]", "for value in values]", _SCENARIOS),
    _of("a blank is one of all others", "mapping._value_lists",
        "self.forward.get(fold(value), self.others_to_dataverse if value else None)",
        "self.forward.get(fold(value), self.others_to_dataverse)", _LISTS),
    _of("what a list marks for one direction does not come first", "mapping._value_lists",
        "    return ValueList(name, written, tuple(there), tuple(back), faults)",
        "    return ValueList(name, written, tuple(there), tuple(reversed(back)), faults)", _LISTS),
    _of("two directions may contradict each other", "mapping._check_lists",
        "        yield from [*_contradiction(line, erp, dataverse, given)][:1]\n", "",
        "tests/unit/mapping/test_mistakes.py"),
    _of("decimals of a list are rounded without a word", "mapping._lines",
        "    if field.type in NUMBERS and held != canonical:\n", "    if False:\n",
        "tests/unit/mapping/test_mistakes.py"),
)  # fmt: skip
