"""What a compare pass remembers from one slice to the next: whom it has met, what it has settled, what it set aside.

It lies in chunks beside the cursor, one or more for each checkpoint; the cursor says how many of them count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.engine._flow import Outcome
from shared.engine.passes._snapshot import AS_AGREED, Snapshot, key_of
from shared.ledger import FEEDS, Lease, Write, checkpoint_all
from shared.mapping import ERP, SIDES, Side

CHUNK: Final = 8 * 32_000
"""Bytes of met records that one row of the ledger holds with ease."""
NAMES: Final = 2_000
"""Records set aside that one row holds."""
MET: Final = "met"
EQUAL: Final = "equal"
SETTLED: Final = "settled"
ENDED: Final = "ended"
ASIDE: Final = "aside"


@dataclass(slots=True)
class Memory:
    """troubled: ends that had a waiting or parked row when the pass began. looked: those that it has looked at.

    aside: records that the pass has set aside, by end, with the outcome that stands for them in the tally.
    fresh, moved, lately: what is not stored yet.
    """

    lease: Lease
    cursor: dict[str, Any]
    snapshot: Snapshot
    troubled: set[str]
    looked: set[str] = field(default_factory=set)
    aside: dict[str, Outcome] = field(default_factory=dict)
    fresh: dict[tuple[str, Side], bytearray] = field(default_factory=dict)
    moved: dict[str, Outcome | None] = field(default_factory=dict)
    lately: list[str] = field(default_factory=list)

    # -- while the pass is at work

    def met(self, side: Side, keys: Sequence[int], equal: Sequence[int] = ()) -> None:
        """These records were read. equal: those that were as agreed."""
        self.snapshot.mark_seen(side, keys)
        self.snapshot.mark_seen(side, equal, AS_AGREED)
        self._remember(MET, side, keys)
        self._remember(EQUAL, side, equal)

    def no_longer_equal(self, ends: Iterable[str]) -> int:
        """How many of these records of the ERP were as agreed when they were read; from now on they are not."""
        keys = [key for key in map(key_of, ends) if self.snapshot.is_as_agreed(ERP, key)]
        self.met(ERP, keys)
        return len(keys)

    def settled(self, side: Side, end: str, digest: int) -> None:
        """A record was visited, and this is what it was when that was over."""
        self.snapshot.put(end, side, digest)
        self._remember(SETTLED, side, (key_of(end),))

    def ended(self, side: Side, end: str) -> None:
        """A record was visited, and its coupling ended with that."""
        self.snapshot.end(key_of(end), side)
        self._remember(ENDED, side, (key_of(end),))

    def _remember(self, what: str, side: Side, keys: Iterable[int]) -> None:
        self.fresh.setdefault((what, side), bytearray()).extend(b"".join(key.to_bytes(8, "big") for key in keys))

    def looked_at(self, ends: Iterable[str]) -> None:
        """Records are about to be visited."""
        new = {end for end in ends if end in self.troubled} - self.looked
        self.looked |= new
        self.lately += sorted(new)

    def look_again(self) -> None:
        """Whatever was looked at may be so again."""
        self.looked.clear()
        self.lately.clear()
        self.cursor["again"] = True

    def set_aside(self, end: str, outcome: Outcome) -> None:
        self.aside[end] = self.moved[end] = outcome

    def no_longer_aside(self, *ends: str) -> Iterator[Outcome]:
        """The outcomes under which records were set aside before: a later one stands for them now."""
        for end in {*ends} & self.aside.keys():
            self.moved[end] = None
            yield self.aside.pop(end)

    # -- from slice to slice

    async def load(self) -> None:
        """What earlier slices have left; the pass began with as many couplings as the first one saw."""
        snapshot = self.snapshot
        first = {"coupled": snapshot.coupled, "companies": dict(snapshot.companies)}
        standing = self.cursor.setdefault("standing", first)
        snapshot.coupled = standing["coupled"]
        snapshot.companies.clear()
        snapshot.companies.update(standing["companies"])
        settled: dict[Side, list[int]] = {side: [] for side in SIDES}
        for number in range(int(self.cursor.get("chunks", 0))):
            chunk = (await self.lease.documents.get(FEEDS, self.chunk_key(number))).value
            self._take(chunk, settled)
        for side in SIDES:
            snapshot.visited_earlier(side, settled[side])

    def _take(self, chunk: Mapping[str, Any], settled: Mapping[Side, list[int]]) -> None:
        for side in SIDES:
            self.snapshot.mark_seen(side, unpacked(chunk.get(f"{MET} {side}", "")))
            self.snapshot.mark_seen(side, unpacked(chunk.get(f"{EQUAL} {side}", "")), AS_AGREED)
            settled[side].extend(unpacked(chunk.get(f"{SETTLED} {side}", "")))
            for key in unpacked(chunk.get(f"{ENDED} {side}", "")):
                self.snapshot.end(key, side)
        for end, told in chunk.get(ASIDE, {}).items():
            self.aside.pop(end, None)
            if told is not None:
                made = told.get("made", False)
                self.aside[end] = Outcome(told["kind"], tuple(told["sides"]), tuple(told["codes"]), made=made)
        if not self.cursor.get("again"):
            self.looked.update(chunk.get("looked", ()))

    async def store(self, *others: tuple[Lease, Mapping[str, Any]]) -> None:
        """Sets down what is new, and the cursor with it; others: leases and cursors that move at the same time.

        Only who holds the lease may: another one's cursor would count it as its own.
        """
        beside: list[Write] = []
        for chunk in self._chunks():
            if beside:
                await self.lease.checkpoint(self.lease.cursor, beside)
            number = int(self.cursor.get("chunks", 0))
            standing = await self.lease.documents.get(FEEDS, self.chunk_key(number))
            beside = [standing.write(chunk)]
            self.cursor["chunks"] = number + 1
        await checkpoint_all((self.lease, self.cursor), *others, beside=beside)
        self.fresh.clear()
        self.moved.clear()
        self.lately.clear()

    def _chunks(self) -> Iterator[Mapping[str, Any]]:
        """What is new, in as few rows as hold it. A page may be as long as the entity: some are read in one."""
        chunk, room = dict[str, Any](), CHUNK
        for name, piece, size in self._pieces():
            if name in chunk or size > room:
                yield chunk
                chunk, room = {}, CHUNK
            chunk[name] = piece
            room -= size
        if chunk:
            yield chunk

    def _pieces(self) -> Iterator[tuple[str, Any, int]]:
        """Name, value and size of whatever is new, in pieces that a row can hold."""
        for (what, side), keys in self.fresh.items():
            for at in range(0, len(keys), CHUNK):
                piece = keys[at : at + CHUNK]
                yield f"{what} {side}", piece.hex(), len(piece)
        moved = [(end, _told(outcome)) for end, outcome in self.moved.items()]
        for at in range(0, len(moved), NAMES):
            some = moved[at : at + NAMES]
            yield ASIDE, dict(some), CHUNK * len(some) // NAMES
        for at in range(0, len(self.lately), NAMES):
            names = self.lately[at : at + NAMES]
            yield "looked", names, CHUNK * len(names) // NAMES

    def chunk_key(self, number: int) -> str:
        return f"{self.lease.document.key}~seen~{number:06d}"


def _told(outcome: Outcome | None) -> Mapping[str, Any] | None:
    if outcome is None:
        return None
    return {"kind": outcome.kind, "sides": outcome.sides, "codes": outcome.codes, "made": outcome.made}


def unpacked(text: str) -> list[int]:
    packed = bytes.fromhex(text)
    return [int.from_bytes(packed[at : at + 8], "big") for at in range(0, len(packed), 8)]
