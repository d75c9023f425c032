"""What else is odd about an installation: machines that answer each other, and columns that somebody takes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from tests.emulator.dataverse.refusal import Refusal as DataverseRefusal
from tests.emulator.finops.refusal import Refusal as FinopsRefusal
from tests.simulation.trace import Trace
from tests.simulation.world import World

MACHINES: Final = "machines"
COLUMNS: Final = "columns go"
LAPTOP: Final = "another version"
ODDITIES: Final = (MACHINES, COLUMNS, LAPTOP)
OFTEN: Final = 0.15
"""How often a column is taken away, or put back, after an edit."""
LONGER: Final = 2400.0
"""Seconds in which machines can answer each other some times, and be found out."""
FORMATTED: Final = (("OrganizationName", "name"), ("SalesMemo", "description"))
"""The lines of customers that both machines are about."""
GOES: Final = (
    ("dataverse", "accounts", "description"),
    ("dataverse", "msdyn_paymentterms", "msdyn_description"),
    ("finops", "CustomersV3", "SalesMemo"),
    ("finops", "CustomerGroups", "Description"),
)
"""Columns that an administrator takes away, and puts back."""


@dataclass(slots=True)
class Oddities:
    """names: what is odd. is_busy: whether people are still at work; machines rest when they do."""

    world: World
    random: Random
    trace: Trace
    names: Collection[str]
    is_busy: Callable[[], bool]
    taken: list[tuple[str, str, str]] = field(default_factory=list)

    def begin(self) -> None:
        """Machines are there as long as people are: texts end with a full stop in Dataverse, and without in the ERP."""
        for name in self.names:
            self.world.weather.seen["oddity", name] += 1
        if MACHINES in self.names:
            self.world.dataverse.environment.listeners.append(self._in_dataverse)
            self.world.finops.environment.listeners.append(self._in_the_erp)

    def turn(self) -> None:
        """Now and then a column goes that a flow is about, or is back."""
        if COLUMNS not in self.names or self.random.random() >= OFTEN:
            return
        if self.taken:
            self.calm()
            return
        place = self.random.choice(GOES)
        self.trace.tell(f"somebody takes {place[2]} of {place[1]} away")
        self.taken.append(place)
        self._gone(place[0])[place[1]] = frozenset({place[2]})

    async def have_time(self) -> None:
        """When people have left, machines go on for a while."""
        if MACHINES in self.names:
            await asyncio.sleep(LONGER)

    def calm(self) -> None:
        """What was taken away is back."""
        for where, table, column in self.taken:
            self.trace.tell(f"{column} of {table} is back")
            self._gone(where).pop(table)
        self.taken.clear()

    def _gone(self, where: str) -> dict[str, frozenset[str]]:
        twin = self.world.dataverse if where == "dataverse" else self.world.finops
        found: dict[str, frozenset[str]] = twin.behaviour.gone
        return found

    def _in_dataverse(self, events: Sequence[Any]) -> None:
        for event in events:
            if event.table.definition.name == "accounts" and event.operation != "delete":
                self.world.loop.spawn(0, self._ends(event.row_id))

    def _in_the_erp(self, events: Sequence[Any]) -> None:
        for event in events:
            if event.table.entity.name == "CustomersV3" and event.after is not None:
                key = {name: str(event.after.values[name]) for name in ("dataAreaId", "CustomerAccount")}
                self.world.loop.spawn(0, self._bares(key))

    async def _ends(self, row_id: str) -> None:
        await asyncio.sleep(self.random.uniform(0.5, 5.0))
        row = self.world.dataverse.row("accounts", row_id) or {}
        held = {column: str(row[column]) for _, column in FORMATTED if row.get(column)}
        values = {column: f"{text}." for column, text in held.items() if not text.endswith(".")}
        if self.is_busy() and values:
            self._write(f"{values} into {row_id[:8]}", partial(self.world.dataverse.update, "accounts", row_id, values))

    async def _bares(self, key: dict[str, str]) -> None:
        await asyncio.sleep(self.random.uniform(0.5, 5.0))
        row = self.world.finops.row("CustomersV3", key) or {}
        held = {name: str(row[name]) for name, _ in FORMATTED if row.get(name)}
        values = {name: text.rstrip(".") for name, text in held.items() if text.endswith(".")}
        if self.is_busy() and values:
            write = partial(self.world.finops.update, "CustomersV3", key, values)
            self._write(f"{values} into {key['CustomerAccount']}", write)

    def _write(self, what: str, write: Callable[[], object]) -> None:
        """A machine takes a refusal as it comes, and tries again when the record changes."""
        try:
            write()
        except (FinopsRefusal, DataverseRefusal) as refusal:
            self.trace.tell(f"a machine wants to write {what}, which is refused: {refusal}")
        else:
            self.trace.tell(f"a machine writes {what}")
