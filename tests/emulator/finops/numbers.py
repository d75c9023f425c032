"""Number sequences: per company for accounts, one for parties. They leave gaps, as the real ones may."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

PARTY = "PartyNumber"
_PREFIX = {"CustomerAccount": "", "VendorAccountNumber": "V"}
_PLACES = re.compile(r"#+")


@dataclass
class NumberSequences:
    """Gives numbers. `formats` by name and company hold the format of a sequence, such as `US-######`; `automatic` are
    sequences that take no number by hand.
    """

    formats: dict[tuple[str, str], str] = field(default_factory=dict)
    automatic: set[tuple[str, str]] = field(default_factory=set)
    _last: dict[tuple[str, str], int] = field(default_factory=dict)

    def format(self, name: str, company: str = "") -> str:
        """The format of a sequence: what was set, else made from the name of the company."""
        default = f"{company[:2].upper()}-{_PREFIX.get(name, '')}######" if company else "#########"
        return self.formats.get((name, company), default)

    def next(self, name: str, company: str, taken: Callable[[str], bool]) -> str:
        """The next number that nobody took by hand."""
        text, sequence = self.format(name, company), (name, company)
        while True:
            number = self._last[sequence] = self._last.get(sequence, 0) + 1
            found = _PLACES.sub(lambda places: f"{number:0{len(places[0])}d}", text, count=1)  # noqa: B023
            if not taken(found):
                return found
