"""The way of events from the systems to the instances: late, twice, out of order, or never."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from functions.flow import visited
from shared.engine import TAKEN, House, Wake, state_checked, take_hint
from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.instances import Instance
from tests.simulation.sales_histories import COLUMNS
from tests.simulation.temper import Temper
from tests.simulation.trace import Trace
from tests.simulation.world import World

Receive = Callable[[Instance], Coroutine[Any, Any, object]]
"""What the function does that an event was sent to."""


@dataclass(frozen=True, slots=True)
class Post:
    """Carries events. awake: the instances that one may reach now; run: has one of them run a function."""

    world: World
    random: Random
    temper: Temper
    trace: Trace
    awake: Callable[[], Sequence[Instance]]
    run: Callable[[Instance, Coroutine[Any, Any, object]], None]

    def from_dataverse(self, events: Sequence[Any]) -> None:
        """Listens to the twin of Dataverse: of what Koppel writes itself no flow is told, only who keeps columns."""
        for event in events:
            ours = event.actor.tag == "koppel" and event.parent is None
            for kind in self.temper.kinds:
                if kind.table == event.table.definition.name and not event.silent and not ours:
                    taken = event.operation == "delete" and event.parent is not None
                    self._send(kind.flow, DATAVERSE, (event.row_id,), TAKEN if taken else event.operation)
            if self.temper.sells and not event.silent:
                self._wake(event.table.definition.name, event.row_id)

    def from_finops(self, events: Sequence[Any]) -> None:
        """Listens to the twin of Finance & Operations: a rename sends an event for either name."""
        for event in events:
            rows = (event.before, event.after) if event.operation == "rename" else (event.after or event.before,)
            for kind in self.temper.kinds:
                if kind.entity == event.table.entity.name:
                    names = self.world.maps.map(kind.flow).identity
                    for row in rows:
                        identity = tuple(str(row.values[name]) for name in names)
                        self._send(kind.flow, ERP, identity, event.operation)

    def _send(self, flow: str, side: Side, identity: tuple[str, ...], what: str) -> None:
        """An event sets out for the function of a flow."""

        def receive(instance: Instance) -> Coroutine[Any, Any, object]:
            return _receive(instance.house, flow, side, identity, what)

        self._set_out(receive, f"{what} {side} {' '.join(identity)}")

    def _wake(self, table: str, row_id: str) -> None:
        """An event sets out for the function that keeps columns, if it is about what they are computed from."""

        def receive(instance: Instance) -> Coroutine[Any, Any, object]:
            assert instance.keeper is not None
            return instance.keeper.woken(table, row_id)

        if table in COLUMNS.feeds:
            self._set_out(receive, f"{table} [{row_id[:8]}], for the sake of columns")

    def _set_out(self, receive: Receive, what: str) -> None:
        """An event sets out: late, twice, out of order, or never."""
        random = self.random
        if random.random() < self.temper.lost_events:
            return
        for _ in range(2 if random.random() < 0.1 else 1):
            delay = random.choice((0.1, 0.1, 2.0, 30.0, 200.0)) * random.random()
            self.world.loop.spawn(0, self._deliver(receive, what, delay))

    async def _deliver(self, receive: Receive, what: str, delay: float) -> None:
        await asyncio.sleep(delay)
        awake = self.awake()
        if not awake:
            return
        instance = self.random.choice(awake)
        self.trace.tell(f"an event tells instance {instance.number} of {what}")
        self.run(instance, receive(instance))


async def _receive(house: House, flow: str, side: Side, identity: tuple[str, ...], what: str) -> None:
    """What the function of a flow does with an event."""
    hint = await take_hint(house, flow, side, identity, what)
    if hint is None or hint.echo:
        return
    found = await state_checked(house, flow)
    if found["state"] != "paused":
        await visited(house, flow, Wake(side, identity, hint), found)
