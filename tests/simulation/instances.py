"""The instances of the app in a history."""

from __future__ import annotations

from dataclasses import dataclass

from shared.columns import Keeper
from shared.engine import House
from tests.simulation.news import Ears


@dataclass(slots=True)
class Instance:
    """One instance of the app, with a house of its own. apart: nobody sends it events or orders."""

    number: int
    house: House
    keeper: Keeper | None = None
    ears: Ears | None = None
    frozen: bool = False
    apart: bool = False

    @property
    def is_awake(self) -> bool:
        """Whether events and orders come to it."""
        return not (self.frozen or self.apart)
