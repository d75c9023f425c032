"""Identities that are not what the system calls them."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("blanks that the system does not ignore are stripped from texts", "mapping._projection",
        """    "code": "'' if (value := row[{name!r}]) is None else value.rstrip(' ')",\n""",
        """    "code": "'' if (value := row[{name!r}]) is None else value.rstrip()",\n""",
        "tests/simulation/test_spellings.py"),
    _of("blanks that the system does not ignore are stripped from keys", "mapping._values",
        '    return str.rstrip(value, " ") if value.__class__ is str else _other(value)\n',
        "    return str.rstrip(value) if value.__class__ is str else _other(value)\n",
        "tests/simulation/test_spellings.py"),
    _of("zero is no value of a key", "mapping._values",
        '    return "0" if text == BLANK and value is not None and value != BLANK else text\n', "    return text\n",
        "tests/simulation/test_spellings.py::test_a_line_numbered_zero_is_a_line_like_any_other"),
    _of("no number is number zero", "mapping._values",
        '    return "0" if text == BLANK and value is not None and value != BLANK else text\n',
        '    return "0" if text == BLANK else text\n', "tests/unit/mapping/test_reading.py"),
)  # fmt: skip
