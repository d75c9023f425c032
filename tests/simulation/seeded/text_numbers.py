"""Numbers that are kept as text, and lose something on the way."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_RULES: Final = "tests/unit/mapping/test_text_numbers.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("leading zeros are lost without a word", "mapping._text_numbers",
        '    if len(whole) > max(digits, 1) and whole.startswith("0"):\n', "    if False:\n", _RULES),
    _of("a text is a number as far as it goes", "mapping._text_numbers",
        '    if not _WHOLE.fullmatch(text.strip(" ")):\n', '    if not _WHOLE.match(text.strip(" ")):\n', _RULES),
    _of("more decimals than the text has room for are taken", "mapping._text_numbers",
        '    if places and len(decimals) > places:\n        raise ValueError(f"{text!r}',
        '    if False:\n        raise ValueError(f"{text!r}', _RULES),
    _of("the zeros of a number do not come back", "mapping._text_numbers",
        ":0{max(digits, 1)}d}", "}", "tests/simulation/test_text_numbers.py"),
)  # fmt: skip
