"""The ledger at one moment, small enough to hold: for every record of both sides, what its values were when agreed.

A pass streams the couplings once and then compares every row it reads in memory, 32 bytes a coupling. It does not
matter in which order a system returns its rows.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from shared.engine.passes._ahead import ahead
from shared.ledger import (
    BEGINS_ANEW,
    COUPLING,
    REHEARSED,
    TOMBSTONES,
    Cells,
    FlowLedger,
    Stored,
    erp_end,
    is_outdated,
    moment,
    read_identity,
    read_late,
)
from shared.mapping import DATAVERSE, ERP, SIDES, Side

KEPT: Final = timedelta(days=90)
"""So long a tombstone stands at least, and for as long as one of its two records is there."""
UNKNOWN: Final = 0
DORMANT: Final = 1
UNCOUPLED: Final = 2
BUSY: Final = 3
PLANNED: Final = 4
"""Settled by the dry run that is looking: what it would write is not there to be compared with."""
MET: Final = 1
AS_AGREED: Final = 2
MARKERS: Final = frozenset({DORMANT, UNCOUPLED, BUSY, PLANNED})
_STATES: Final[Mapping[str, int]] = {"dormant": DORMANT, "uncoupled": UNCOUPLED, "claimed": BUSY}


def key_of(end: str) -> int:
    """Eight bytes that stand for an end."""
    return int.from_bytes(blake2b(end.encode(), digest_size=8).digest(), "big")


def number(digest: bytes) -> int:
    """A digest as a number; never one of the markers above, for all that matters."""
    return int.from_bytes(digest, "big") if digest else UNKNOWN


class _Index:
    """Sorted keys and their values, with changes kept beside them."""

    def __init__(self) -> None:
        self.keys = array("Q")
        self.values = array("Q")
        self.seen = bytearray()
        """MET or AS_AGREED for what the pass has met, else 0."""
        self.later: dict[int, int] = {}
        self.earlier = array("Q")
        self.ended: set[int] = set()

    def build(self, pairs: list[tuple[int, int]]) -> None:
        pairs.sort()
        self.keys = array("Q", (key for key, _ in pairs))
        self.values = array("Q", (value for _, value in pairs))
        self.seen = bytearray(len(pairs))

    def place(self, key: int) -> int | None:
        at = bisect_left(self.keys, key)
        return at if at < len(self.keys) and self.keys[at] == key else None

    def get(self, key: int) -> int | None:
        if key in self.later:
            return self.later[key]
        at = self.place(key)
        return None if at is None else self.values[at]

    def met(self, key: int) -> bool:
        """Whether the pass has read the record, as far as it is kept here."""
        at = self.place(key)
        return at is not None and bool(self.seen[at])

    def visited(self, key: int) -> bool:
        """Whether this pass has settled the record before, in this slice or an earlier one."""
        at = bisect_left(self.earlier, key)
        return key in self.later or (at < len(self.earlier) and self.earlier[at] == key)


class Snapshot:
    """What a pass compares with.

    companies: how many couplings there are per company (ERP spelling, folded). deleted: both ends of tombstones that
    may begin anew. stones: of tombstones that have stood for long, both ends, in key order. outdated: whether the
    fingerprints of some coupling are made with other keys.
    """

    def __init__(self) -> None:
        self.index: dict[Side, _Index] = {ERP: _Index(), DATAVERSE: _Index()}
        self.companies: Counter[str] = Counter()
        self.coupled = 0
        self.deleted: set[int] = set()
        self.stones: list[tuple[str, str]] = []
        self.outdated = False

    def agreed(self, side: Side, end: str) -> int | None:
        """The agreed digest of a record, or a marker; None if it has no coupling."""
        return self.index[side].get(key_of(end))

    def put(self, end: str, side: Side, digest: int) -> None:
        """A record was settled meanwhile."""
        self.index[side].later[key_of(end)] = digest

    def end(self, key: int, side: Side) -> None:
        """A record's coupling has ended meanwhile: nobody misses it."""
        self.index[side].ended.add(key)

    def visited_earlier(self, side: Side, keys: Iterable[int]) -> None:
        """These records were settled by earlier slices of the pass."""
        self.index[side].earlier = array("Q", sorted({*self.index[side].earlier, *keys}))

    def mark_seen(self, side: Side, keys: Iterable[int], how: int = MET) -> None:
        """The pass has met these records. how: AS_AGREED where nothing was to do, until they are met again."""
        index = self.index[side]
        for key in keys:
            at = index.place(key)
            if at is not None:
                index.seen[at] = MET if index.seen[at] else how

    def is_as_agreed(self, side: Side, key: int) -> bool:
        at = self.index[side].place(key)
        return at is not None and self.index[side].seen[at] == AS_AGREED

    def old_stones(self) -> list[str]:
        """Keys of tombstones that have stood for long, and at neither end of which the pass has met a record."""
        rows, records = self.index[DATAVERSE], self.index[ERP]
        return [end for end, theirs in self.stones if not (rows.met(key_of(end)) or records.met(key_of(theirs)))]

    def unseen(self, side: Side) -> set[int]:
        """Keys of coupled records that the pass has not met on a side."""
        index = self.index[side]
        pairs = zip(index.keys, index.values, index.seen, strict=True)
        resting = {DORMANT, UNCOUPLED, PLANNED}
        return {key for key, value, seen in pairs if not seen and value not in resting and key not in index.ended}


def couple_of(end: str, row_id: str) -> int:
    """Stands for both ends of a pair, within this process."""
    return hash((end, row_id))


async def take_snapshot(ledger: FlowLedger, company_place: int | None, couples: array[int] | None = None) -> Snapshot:
    """Streams the couplings once. company_place: where the company stands in the ERP identity. couples: takes what
    stands for every coupling that has both ends.
    """
    taking = _Taking(Snapshot(), company_place, couples, moment(ledger.clock()), moment(ledger.clock() - KEPT))
    async for page in ahead(ledger.summaries()):
        for row in page:
            taking.add(row)
        taking.snapshot.outdated |= any(is_outdated(row, ledger.commits.printer) for row in page)
    for side in SIDES:
        taking.snapshot.index[side].build(taking.pairs[side])
    return taking.snapshot


@dataclass(slots=True)
class _Taking:
    """A snapshot while it is taken. now, long_ago: moments that rows are held against."""

    snapshot: Snapshot
    company_place: int | None
    couples: array[int] | None
    now: str
    long_ago: str
    pairs: dict[Side, list[tuple[int, int]]] = field(default_factory=lambda: {side: [] for side in SIDES})

    def add(self, row: Stored) -> None:
        cells, snapshot = row.cells, self.snapshot
        state, identity = str(cells["state"]), read_identity(cells)
        end = erp_end(identity) if identity else ""
        if end and self.couples is not None:
            self.couples.append(couple_of(end, row.key))
        if state in TOMBSTONES and str(cells.get("since", "")) < self.long_ago:
            snapshot.stones.append((row.key, end))
        if state in BEGINS_ANEW:
            snapshot.deleted |= {key_of(each) for each in (row.key, end) if each}
        if state in BEGINS_ANEW or (state == "uncoupled" and cells.get("late")):
            return  # whatever stands at such an end is looked at
        self._take(row, state, end)
        if state == "coupled":
            snapshot.coupled += 1
            if identity and self.company_place is not None:
                snapshot.companies[identity[self.company_place].lower()] += 1

    def _take(self, row: Stored, state: str, end: str) -> None:
        """What is known of both ends: what was agreed, or a marker."""
        cells = row.cells
        planned = REHEARSED in cells and is_settled(cells)
        marker = BUSY if cells.get("busy") else PLANNED if planned else _STATES.get(state)
        digests: Cells = {} if _is_over(cells, self.now) else cells
        self.pairs[DATAVERSE].append((key_of(row.key), _digest(digests.get("kd")) if marker is None else marker))
        if end:
            self.pairs[ERP].append((key_of(end), _digest(digests.get("ke")) if marker is None else marker))


def is_settled(cells: Cells) -> bool:
    """True if the couple agreed on everything: nothing is left to be done about it."""
    return cells["state"] == "coupled" and not (cells.get("busy") or cells.get("troubles")) and {"ke", "kd"} <= {*cells}


def _is_over(cells: Cells, now: str) -> bool:
    """True if nothing of what was remembered can land any more: whoever has looked since then may forget it."""
    late = read_late(cells.get("late"))
    return bool(late) and all(each.until <= now for each in late)


def _digest(cell: object) -> int:
    return number(cell) if isinstance(cell, bytes) else UNKNOWN


def ends_of(rows: Sequence[Stored], side: Side) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Key and identity of every coupling in a page of summaries, on one side."""
    for row in rows:
        if side == DATAVERSE:
            yield key_of(row.key), (row.key[len(COUPLING) :],)
        elif identity := read_identity(row.cells):
            yield key_of(erp_end(identity)), identity
