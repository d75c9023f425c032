"""Account numbers: a range for each system and company, so that neither gives a number of the other."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

from tests.emulator.demo.kinds import UNUSUAL

_UNUSUAL: Final = (
    "{prefix}/{number:04d}",
    "{prefix}\\{number:04d}",
    "{prefix} #{number}",
    "{prefix}?{number}",
    "{number}%-{prefix}",
    "O'{prefix}-{number}",
    "{prefix} & Co {number}",
    "{prefix}+{number}:a",
    "{zeros}{number}",
    "{prefix}_ü{number}",
)


class Numbers:
    """Gives numbers that nobody has in any letter case."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._last: Counter[str] = Counter()
        self._parties = 1000

    def from_finops(self, company: str) -> str:
        """A number as F&O's sequence of the company gives it: `US-000123`."""
        return self._next(company, company[:2].upper(), 6, "000")

    def from_dataverse(self) -> str:
        """A number as Dataverse gives it: `C-00017`. One range for all companies."""
        return self._next("dataverse", "C", 5, "0900")

    def of_consumer(self) -> str:
        """A number as Dataverse gives it to a contact that buys: `B-00017`. One range for all companies."""
        return self._next("consumers", "B", 5, "0700")

    def of_card(self) -> str:
        """The number of a loyalty card: the same in all companies."""
        return self._next("cards", "LC", 8, "0600")

    def of_contact_person(self, company: str) -> str:
        """A number as F&O's sequence gives it to contact persons."""
        self._last[f"contacts {company}"] += 1
        return f"{company[:2].upper()}-CP{self._last[f'contacts {company}']:06d}"

    def of_prospect(self) -> str:
        return self._next("prospects", "P", 5, "0800")

    def party(self) -> str:
        """A number of F&O's global address book."""
        self._parties += 1
        return f"{self._parties:09d}"

    def typed_party(self) -> str:
        self._parties += 1
        return f"D-{self._parties:07d}"

    def _next(self, sequence: str, prefix: str, places: int, zeros: str) -> str:
        self._last[sequence] += 1
        number = self._last[sequence]
        if self._random.random() < UNUSUAL:
            return self._random.choice(_UNUSUAL).format(prefix=prefix, number=number, zeros=zeros)
        return f"{prefix}-{number:0{places}d}"
