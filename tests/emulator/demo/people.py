"""People who work while the local house runs: one small act after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.emulator.dataverse.twin import DataverseTwin

Row = Mapping[str, Any]
NAMES: Final = ("Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid")
SURNAMES: Final = ("Okafor", "Lindqvist", "Marino", "Sato", "Weber", "Novak")


@dataclass(slots=True, kw_only=True)
class People(ABC):
    """A salesperson in Dataverse, and whoever else a suite has."""

    dataverse: DataverseTwin
    random: Random
    done: list[str] = field(default_factory=list)
    """What they did, in order."""

    @property
    @abstractmethod
    def acts(self) -> Sequence[Callable[[], str | None]]:
        """What they may do. An act tells what was done; None if it makes no sense now."""

    def act(self) -> str:
        """One of them does something that makes sense now; what it was."""
        for act in self.random.sample(self.acts, k=len(self.acts)):
            told = act()
            if told is not None:
                self.done.append(told)
                return told
        raise LookupError("there is nobody to sell to and nothing to price: load demo data first")

    def meets_somebody(self) -> str | None:
        """A new contact at an account."""
        account = self.one(self.dataverse.rows("accounts"))
        if account is None:
            return None
        first, last = self.random.choice(NAMES), self.random.choice(SURNAMES)
        bind = {"parentcustomerid_account@odata.bind": f"/accounts({account['accountid']})"}
        self.dataverse.create("contacts", {"firstname": first, "lastname": last, **bind})
        return f"{first} {last} works for {account['name']}"

    def one(self, rows: Sequence[Row]) -> Row | None:
        """Any of them, if there is one."""
        return self.random.choice(rows) if rows else None
