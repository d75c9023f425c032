"""What the ledger and the systems have held since an operator gave an order: what a refusal may speak of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.ledger import (
    CONFLICT,
    COUPLING,
    FLOWS,
    JOBS,
    ConflictRow,
    Coupling,
    Stored,
    Write,
    read_conflict,
    read_coupling,
    read_document,
)
from shared.mapping import DATAVERSE, ERP, FlowMap, Side, fold
from tests.simulation.records import on_the_wire
from tests.simulation.world import World

Key = tuple[str, str]
Held = Mapping[str, Any] | None
"""What a record held at a moment; None while it was not there."""
REPORTS: Final = "reports"


@dataclass(slots=True)
class Seen:
    """What each row of the ledger has held, and since when; an empty row is one that is gone."""

    world: World
    rows: dict[Key, list[tuple[float, Mapping[str, Any]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for partition, rows in self.world.tables.partitions.items():
            self.watch(partition, [Write("insert", row.key, row.cells) for row in rows.values()])

    def watch(self, partition: str, writes: Sequence[Write]) -> None:
        """Sees every transaction that is carried out."""
        for write in writes:
            held = {} if write.kind == "delete" else write.cells
            self.rows.setdefault((partition, write.key), []).append((self.world.loop.time(), held))

    def during(self, partition: str, key: str, since: float) -> Iterator[Mapping[str, Any]]:
        """What a row has held since then, with what it held at that moment."""
        found = self.rows.get((partition, key), [])
        before = [cells for time, cells in found if time < since]
        yield from (before[-1:] or [{}])
        yield from (cells for time, cells in found if time >= since)

    def changes(self, partition: str, key: str, since: float) -> int:
        """How often a row was written since then."""
        return sum(time >= since for time, _ in self.rows.get((partition, key), []))

    def documents(self, partition: str, key: str, since: float) -> list[Mapping[str, Any]]:
        """The same of a row that holds one value; empty while there was none."""
        found = self.during(partition, key, since)
        return [read_document(partition, Stored(key, cells, "")).value if cells else {} for cells in found]

    def states(self, flow: str, since: float) -> set[str]:
        """States that a flow was in."""
        return {each.get("state", "not running") for each in self.documents(FLOWS, flow, since)}

    def job_states(self, job: str, since: float) -> set[str]:
        """States that a job was in."""
        return {str(each.get("state")) for each in self.documents(JOBS, job, since)}

    def couplings(self, flow: str, end: str, since: float) -> list[Coupling]:
        """Couplings that one end of a record has had."""
        ends = {end}
        if not end.startswith(COUPLING):
            ends = {f"{COUPLING}{cells['dv']}" for cells in self.during(flow, end, since) if cells}
        return [
            read_coupling(Stored(each, cells, "")) for each in ends for cells in self.during(flow, each, since) if cells
        ]

    def conflicts(self, flow: str, begin: str, since: float) -> list[ConflictRow]:
        """What rows of the conflict list have held whose keys begin so."""
        keys = [key for partition, key in self.rows if partition == flow and key.startswith(begin)]
        return [
            read_conflict(Stored(key, cells, "")) for key in keys for cells in self.during(flow, key, since) if cells
        ]

    def stood(self, flow: FlowMap, side: Side, identity: tuple[str, ...], since: float) -> list[Held]:
        """What a record of a system has held since then, the latest first."""
        held = self._now(flow, side, identity)
        states: list[Held] = [held]
        for change in self.changes_of(flow, side, identity, since):
            held = None if change.operation == "create" else {**(held or {}), **change.before}
            states.append(held)
        return states

    def rows_of(self, flow: FlowMap, side: Side, since: float) -> Iterator[Mapping[str, Any]]:
        """The records of a side, with those that went since then."""
        name = flow.side(side).entity.name
        yield from self._twin(side).rows(name)
        for change in self._twin(side).history:
            is_gone = change.operation == "delete" and self._time(change) >= since
            if is_gone and (change.entity if side == ERP else change.table) == name:
                yield change.before

    def _twin(self, side: Side) -> Any:
        return self.world.erp if side == ERP else self.world.dataverse

    def _time(self, change: Any) -> float:
        return float((change.time - self.world.began).total_seconds())

    def changes_of(self, flow: FlowMap, side: Side, identity: tuple[str, ...], since: float) -> Iterator[Any]:
        """Changes of a record since then, the latest first."""
        entity = flow.side(side).entity.name
        for change in reversed(self._twin(side).history):
            if self._time(change) < since:
                return
            if (change.entity if side == ERP else change.table) == entity and identity in _names(flow, side, change):
                yield change

    def _now(self, flow: FlowMap, side: Side, identity: tuple[str, ...]) -> Held:
        entity = flow.side(side).entity.name
        if side == ERP:
            found: Held = self.world.erp.row(entity, dict(zip(flow.identity, identity, strict=True)))
            return found
        return self.world.dataverse.row(entity, identity[0])


def _names(flow: FlowMap, side: Side, change: Any) -> set[tuple[str, ...]]:
    """What a changed record was called, before and after."""
    if side == DATAVERSE:
        return {(change.id,)}
    return {tuple(str(each[part]) for part in flow.identity) for each in (change.key, {**change.key, **change.before})}


@dataclass(slots=True)
class Order:
    """What an operator wants of a flow, and since when. map: the flow's, as whoever carries it out has it.

    about: the ends of the records that it is about. records: these records. conflict: the row that is to be decided.
    """

    flow: str
    since: float
    about: tuple[str, ...] = ()
    map: FlowMap | None = None
    records: dict[Side, tuple[str, ...]] = field(default_factory=dict)
    conflict: str = ""

    def map_of(self, seen: Seen) -> FlowMap:
        return self.map or seen.world.maps.map(self.flow)

    def companies(self, seen: Seen) -> set[str]:
        """Those that are synchronised."""
        flow, suite = self.map_of(seen), seen.world.suites.get(self.flow.partition(".")[0])
        if suite is None or flow.company is None:
            return {*map(fold, seen.world.companies)}
        named = suite.companies if flow.company.dataverse is not None else (suite.writer, *suite.units.values())
        return {*map(fold, named)}

    def couplings(self, seen: Seen) -> list[Coupling]:
        """What its records have been coupled with since it was given."""
        return [found for end in self.about for found in seen.couplings(self.flow, end, self.since)]

    def rows(self, seen: Seen) -> list[ConflictRow]:
        """What the row of its conflict has held."""
        return seen.conflicts(self.flow, self.conflict, self.since) if self.conflict.startswith(CONFLICT) else []

    def stood(self, seen: Seen, side: Side) -> list[Held]:
        """What its record of a side has held, by any name that its couplings had for it."""
        names = {self.records[side]} if side in self.records else set()
        names |= {(each.dataverse,) if side == DATAVERSE else each.erp or () for each in self.couplings(seen)} - {()}
        return [held for name in sorted(names) for held in seen.stood(self.map_of(seen), side, name, self.since)]


def side_called(place: str) -> Side:
    """The side that a message means."""
    return ERP if place == "the ERP" else DATAVERSE


def value_in(flow: FlowMap, side: Side, line: int, row: Mapping[str, Any]) -> str:
    """What a line holds in a row of a side, as the flow reads it."""
    part = flow.side(side)
    values = {name: on_the_wire(value) for name, value in row.items()}
    made = {each.index: each.read(values) for each in part.computed if each.index == line}
    name, read = part.readers[line]
    return made[line] if line in made else read(values.get(name))


Rule = Callable[[Seen, Order, re.Match[str]], bool]
"""Whether what a refusal says was so at any moment since the order was given."""
