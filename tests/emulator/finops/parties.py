"""The parties of the global address book: a number, a type and a name each, shared by all companies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tests.emulator.finops.environment import Environment
from tests.emulator.finops.numbers import PARTY, NumberSequences
from tests.emulator.finops.values import fold

PartyType = Literal["Organization", "Person"]
PARTY_TYPES: tuple[PartyType, ...] = ("Organization", "Person")


@dataclass
class Parties:
    """Parties by folded number. A party outlives the rows that were made for it."""

    environment: Environment
    numbers: NumberSequences
    _types: dict[str, PartyType] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def name_of(self, number: str) -> str:
        """The name a party was made with; a person's first name."""
        return self._names.get(fold(number), "")

    def type_of(self, number: str) -> PartyType | None:
        return self._types.get(fold(number))

    def new_number(self) -> str:
        return self.numbers.next(PARTY, "", lambda number: fold(number) in self._types)

    def create(self, number: str, kind: PartyType, name: str) -> None:
        """Makes the party unless it is there."""
        folded = fold(number)
        if folded in self._types:
            return

        def undo() -> None:
            del self._types[folded], self._names[folded]

        self._types[folded], self._names[folded] = kind, name
        self.environment.undo_with(undo)
