"""What came back: of a line that we have written, what its side held before, and when it held that again.

It is kept with the coupling, so that two machines that answer each other are known without asking anybody anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from shared.mapping import SIDES, Side

TIMES: Final = 4
WINDOW: Final = 7 * 24 * 60
"""So often in so many minutes is no person: who sets a credit hold and lifts it does so once a month."""
MOST: Final = 64
"""Lines that one coupling remembers, the latest."""
_PRINT, _MINUTE = 8, 4


class Answered(NamedTuple):
    """side: where the line was last written. before: the fingerprint of what it held there. minutes: since 1970, when
    that stood there again although nobody had edited the source.
    """

    side: Side
    before: bytes
    minutes: tuple[int, ...] = ()

    def lately(self, now: int) -> tuple[int, ...]:
        return tuple(each for each in self.minutes if each >= now - WINDOW)

    def again(self, now: int) -> Answered:
        """The same, with one time more. Who was found out stays so until the line is written."""
        return self if self.is_machine else self._replace(minutes=(*self.lately(now), now))

    @property
    def is_machine(self) -> bool:
        return len(self.minutes) >= TIMES


def latest(kept: Mapping[bytes, Answered], news: Mapping[bytes, Answered]) -> dict[bytes, Answered]:
    """What is remembered, by line, once these were written."""
    left = [*((key, each) for key, each in kept.items() if key not in news), *news.items()]
    return dict(left[-MOST:])


def pack_answered(entries: Mapping[bytes, Answered]) -> bytes:
    return b"".join(map(_packed, entries.items()))


def _packed(entry: tuple[bytes, Answered]) -> bytes:
    key, (side, before, minutes) = entry
    head = bytes([SIDES.index(side), len(minutes)])
    return key + before + head + b"".join(each.to_bytes(_MINUTE) for each in minutes)


def unpack_answered(packed: bytes) -> dict[bytes, Answered]:
    """The inverse of `pack_answered`."""
    return dict(_unpacked(packed))


def _unpacked(packed: bytes) -> Iterable[tuple[bytes, Answered]]:
    at = 0
    while at < len(packed):
        key, before = packed[at : at + _PRINT], packed[at + _PRINT : at + 2 * _PRINT]
        side, many = packed[at + 2 * _PRINT : at + 2 * _PRINT + 2]
        at += 2 * _PRINT + 2
        minutes = (int.from_bytes(packed[each : each + _MINUTE]) for each in range(at, at + many * _MINUTE, _MINUTE))
        yield key, Answered(SIDES[side], before, tuple(minutes))
        at += many * _MINUTE
