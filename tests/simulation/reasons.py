"""Whether what an operator is told when something is refused was so, by what the ledger and the systems held then."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.ledger import COUPLING, FLOWS, JOBS, Coupling, Stored, Write, end_of, read_coupling, read_document
from shared.mapping import DATAVERSE, ERP
from tests.simulation.world import World

Key = tuple[str, str]
REPORTS: Final = "reports"


@dataclass(slots=True)
class Seen:
    """What some rows of the ledger have held, and since when; an empty row is one that is gone."""

    world: World
    rows: dict[Key, list[tuple[float, Mapping[str, Any]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for partition, rows in self.world.tables.partitions.items():
            self.watch(partition, [Write("insert", row.key, row.cells) for row in rows.values()])

    def watch(self, partition: str, writes: Sequence[Write]) -> None:
        """Sees every transaction that is carried out."""
        for write in writes:
            if partition in {FLOWS, JOBS, REPORTS} or write.key.startswith((COUPLING, "e~")):
                held = {} if write.kind == "delete" else write.cells
                self.rows.setdefault((partition, write.key), []).append((self.world.loop.time(), held))

    def during(self, partition: str, key: str, since: float) -> Iterator[Mapping[str, Any]]:
        """What a row has held since then, with what it held at that moment."""
        found = self.rows.get((partition, key), [])
        before = [cells for time, cells in found if time < since]
        yield from (before[-1:] or [{}])
        yield from (cells for time, cells in found if time >= since)

    def states(self, flow: str, since: float) -> set[str]:
        """States that a flow was in."""
        return {_document(FLOWS, flow, cells).get("state", "not running") for cells in self.during(FLOWS, flow, since)}

    def job_states(self, job: str, since: float) -> set[str]:
        """States that a job was in."""
        return {str(_document(JOBS, job, cells).get("state")) for cells in self.during(JOBS, job, since)}

    def couplings(self, flow: str, end: str, since: float) -> list[Coupling]:
        """Couplings that one end of a record has had."""
        ends = {end}
        if not end.startswith(COUPLING):
            ends = {f"{COUPLING}{cells['dv']}" for cells in self.during(flow, end, since) if cells}
        return [
            read_coupling(Stored(each, cells, "")) for each in ends for cells in self.during(flow, each, since) if cells
        ]


def _document(partition: str, key: str, cells: Mapping[str, Any]) -> Mapping[str, Any]:
    return read_document(partition, Stored(key, cells, "")).value if cells else {}


@dataclass(slots=True)
class Order:
    """What an operator wants of a flow, and since when. about: the ends of the records that it is about."""

    flow: str
    since: float
    about: tuple[str, ...] = ()

    def couplings(self, seen: Seen) -> list[Coupling]:
        """What its records have been coupled with since it was given."""
        return [found for end in self.about for found in seen.couplings(self.flow, end, self.since)]


def _is_in_state(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    return said["state"] in seen.states(said["flow"], order.since)


def _is_at_work(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    return bool(seen.states(said["flow"], order.since) & {"running", "initializing", "resuming"})


def _is_under_way(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    return "running" in seen.job_states(said["job"], order.since)


def _has_ended(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    return said["state"] in seen.job_states(said["job"], order.since)


def _are_a_pair(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    erp = end_of(ERP, said["erp"].split(" "))
    found = seen.couplings(order.flow, end_of(DATAVERSE, (said["dataverse"],)), order.since)
    return any(each.index_key == erp and not each.ended for each in found)


def _is_ended(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    return any(each.state == said["state"] for each in order.couplings(seen))


def _is_no_tombstone(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    found = order.couplings(seen)
    return any(each.state == said["state"] and not each.ended and each.intent is None for each in found)


def _is_unknown(seen: Seen, order: Order, _said: re.Match[str]) -> bool:
    cells = [cells for end in order.about for cells in seen.during(order.flow, end, order.since)]
    return not all(cells)


def _goes_one_way(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    lines = seen.world.maps.map(order.flow).lines
    return any(line.name == said["line"] and line.source is not None for line in lines)


def _is_not_planned(seen: Seen, order: Order, said: re.Match[str]) -> bool:
    reports = seen.during(REPORTS, said["flow"], order.since)
    return any("planned" not in _document(REPORTS, said["flow"], cells) for cells in reports)


def _is_being_written(seen: Seen, order: Order, _said: re.Match[str]) -> bool:
    return any(each.intent is not None for each in order.couplings(seen))


RULES: Final[tuple[tuple[str, Callable[[Seen, Order, re.Match[str]], bool]], ...]] = (
    (r"^(?P<flow>\w+\.\w+) is (?P<state>[a-z ]+): it cannot ", _is_in_state),
    (r"^(?P<flow>\w+\.\w+) is (?P<state>paused) \(", _is_in_state),
    (r"^(?P<flow>\w+\.\w+): still at work", _is_at_work),
    (r"^(?P<flow>\w+\.\w+) has no report yet", _is_not_planned),
    (r"^(?P<line>.+) flows one way only", _goes_one_way),
    (r"the (undo|rebuild) (?P<job>[0-9]+-[0-9a-f]+) is under way", _is_under_way),
    (r"^(?P<job>[0-9]+-[0-9a-f]+) is still under way", _is_under_way),
    (r"^the job (?P<job>[0-9]+-[0-9a-f]+) is (?P<state>\w+) already", _has_ended),
    (r"^(?P<erp>.+) and (?P<dataverse>[0-9a-f-]{36}) are coupled with each other already", _are_a_pair),
    (r"^the record is (?P<state>\w+) already", _is_ended),
    (r"^the record is (?P<state>\w+): there is no tombstone", _is_no_tombstone),
    (r" is not coupled in ", _is_unknown),
    (r"^the record is being written until ", _is_being_written),
)
"""What a refusal says, and whether that was so at any moment since the order was given."""


def untrue(seen: Seen, order: Order, text: str) -> list[str]:
    """What was said when an order was refused, if it was not so. What no rule knows is believed."""
    for pattern, was_so in RULES:
        if (said := re.search(pattern, text)) is not None:
            return [] if was_so(seen, order, said) else [f"law 10: an operator is told what is not so: {text}"]
    return []
