"""Undo in histories: an operator takes a first synchronisation back, whatever people did since, and it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.engine import House, jobs, kept_by, set_state, start_job, state_of, work_on
from shared.ledger import COUPLING, Stored, Write, read_coupling
from shared.mapping import DATAVERSE, ERP, SIDES, Side
from tests.simulation.book import Book, folded
from tests.simulation.network import LATEST
from tests.simulation.records import Record
from tests.simulation.trace import Trace
from tests.simulation.world import World

SLICES: Final = 50
UNDER_WAY: Final = 2 * LATEST
PEOPLE: Final = frozenset({"anna", "erik"})


@dataclass(slots=True)
class Undoing:
    """What undos were about to delete. jobs: theirs. meant: by flow and Dataverse id, on which side and when."""

    world: World
    jobs: set[str] = field(default_factory=set)
    meant: dict[tuple[str, str], list[tuple[Side, float]]] = field(default_factory=dict)

    def watch(self, flow: str, writes: Sequence[Write], time: float) -> None:
        """Sees the intents of an undo."""
        for write in writes if self.jobs else ():
            if not write.key.startswith(COUPLING) or write.kind == "delete":
                continue
            coupling = read_coupling(Stored(write.key, write.cells, ""))
            intent = coupling.intent
            if intent is not None and intent.kind == "delete" and intent.job in self.jobs:
                self.meant.setdefault((flow, coupling.dataverse), []).append((intent.writes[0].side, time))

    def took(self, book: Book, record: Record) -> bool:
        """True if an undo deleted a record."""
        if record.ended is None or record.ended.by != "koppel":
            return False
        meant = (each for row_id in book.row_ids(record) for each in self.meant.get((book.flow.name, row_id), ()))
        return any(side == record.side and time <= record.ended.time <= time + UNDER_WAY for side, time in meant)

    def deleted(self) -> Counter[str]:
        """How many records of each table undos were about to delete."""
        sides = {(flow, row_id, side) for (flow, row_id), meant in self.meant.items() for side, _ in meant}
        return Counter(self.world.maps.map(flow).side(side).entity.name for flow, _, side in sides)

    def touched(self, book: Book) -> Iterator[str]:
        """Records that an undo deleted although it had not made them, or people had changed them since (law 8)."""
        for side in SIDES:
            for record in book.times[side].records:
                if not self.took(book, record):
                    continue
                name = f"{side} {' '.join(record.name)}"
                if record.born.by != "koppel":
                    yield f"law 8: {name} was undone, and Koppel had not created it"
                elif any(self._changes(book, record)):
                    yield f"law 8: {name} was undone, and people had changed it since it was created"

    def _changes(self, book: Book, record: Record) -> Iterator[bool]:
        """Every change of a record by people while it was there; what the platform emptied by itself is none."""
        mine = (change for change in self.world.dataverse.history if not change.consequence)
        history: Iterable[Any] = self.world.erp.history if record.side == ERP else mine
        names = {folded(name) for name in record.names}
        for change in history:
            when = (change.time - self.world.began).total_seconds()
            assert record.ended is not None
            if change.user.lower() in PEOPLE and record.born.time < when < record.ended.time:
                yield _is_about(book, record, change) and folded(_named(book, record, change)) in names


def _is_about(book: Book, record: Record, change: Any) -> bool:
    part = book.flow.side(record.side)
    return bool(part.entity.name == (change.table if record.side == DATAVERSE else change.entity))


def _named(book: Book, record: Record, change: Any) -> tuple[str, ...]:
    if record.side == DATAVERSE:
        return (str(change.id),)
    return tuple(str(change.key.get(name, "")) for name in book.flow.identity)


async def take_back(house: House, undoing: Undoing, trace: Trace, name: str) -> None:
    """An operator undoes what a first synchronisation did to a flow, after a dry run."""
    loaded = [each async for each in jobs(house) if each["kind"] == "sync" and name in each["flows"]]
    if not loaded or (await state_of(house, name))["state"] not in {"running", "paused"}:
        return
    trace.tell(f"the operator undoes {loaded[0]['id']} in {name}")
    await set_state(house, name, "paused", "the operator")
    for dry in (True, False):
        started = await start_job(house, "undo", [name], undo=loaded[0]["id"], dry=dry)
        if not dry:
            undoing.jobs.add(started["id"])
        value = await _to_its_end(house, started)
        left = [each["what"] async for each in kept_by(house.documents, value["id"])]
        trace.tell(f"{'it would leave' if dry else 'it leaves'} {sorted(left)}: {value['tallies']}")
    await set_state(house, name, "running")


async def _to_its_end(house: House, started: Mapping[str, Any]) -> Mapping[str, Any]:
    value = started
    for _ in range(SLICES):
        value = await work_on(house, started["id"], lambda: False)
        if value["state"] != "running":
            break
    return value
