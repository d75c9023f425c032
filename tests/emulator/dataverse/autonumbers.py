"""Automatic numbers: formats of text columns, and the sequences behind them."""

from __future__ import annotations

import random
import re
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tests.emulator.dataverse.refusal import invalid_argument

FIRST: Final = 1000
"""The seed of a sequence that nobody set."""

_PLACEHOLDER: Final = re.compile(r"\{([A-Z]+)(?::([^{}]*))?\}")
_SUFFIX: Final = string.ascii_uppercase + string.digits
_LONGEST_RANDOM: Final = 6
_DATES: Final = {"yyyyMMddhhmmss": "%Y%m%d%I%M%S", "yyyyMMdd": "%Y%m%d", "yyyy": "%Y", "MM": "%m", "dd": "%d"}


def check_format(text: str) -> None:
    """Refuses a format with an unknown placeholder, two sequences, or nothing that makes numbers differ."""
    found = _PLACEHOLDER.findall(text)
    kinds = [kind for kind, _ in found]
    if _PLACEHOLDER.sub("", text).strip("{}") != _PLACEHOLDER.sub("", text):
        raise invalid_argument(f"The auto number format '{text}' has a brace that belongs to no placeholder.")
    if kinds.count("SEQNUM") > 1 or not {"SEQNUM", "RANDSTRING"} & set(kinds):
        raise invalid_argument(f"The auto number format '{text}' needs one sequence, or a random string.")
    for kind, argument in found:
        _check_placeholder(text, kind, argument)


def _check_placeholder(text: str, kind: str, argument: str) -> None:
    sized = argument.isdecimal() and int(argument) > 0
    good = {
        "SEQNUM": sized,
        "RANDSTRING": sized and int(argument) <= _LONGEST_RANDOM,
        "DATETIMEUTC": argument in _DATES,
    }
    if not good.get(kind, False):
        raise invalid_argument(
            f"The placeholder {{{kind}:{argument}}} of the auto number format '{text}' is not valid."
        )


@dataclass
class Sequences:
    """What each numbered column gives next."""

    chance: random.Random
    _next: dict[tuple[str, str], int] = field(default_factory=dict)

    def seed(self, table: str, column: str) -> int:
        return self._next.get((table, column), FIRST)

    def set_seed(self, table: str, column: str, value: int) -> None:
        """The next number begins here, also where that gives one again."""
        self._next[table, column] = value

    def take(self, table: str, column: str, text: str, now: datetime) -> str:
        """The next value of a column. What was given to a row that was then refused is not given again."""
        number = self.seed(table, column)
        self._next[table, column] = number + 1

        def filled(match: re.Match[str]) -> str:
            if match[1] == "SEQNUM":
                return f"{number:0{int(match[2])}d}"
            if match[1] == "DATETIMEUTC":
                return now.strftime(_DATES[match[2]])
            return "".join(self.chance.choice(_SUFFIX) for _ in range(int(match[2])))

        return _PLACEHOLDER.sub(filled, text)
