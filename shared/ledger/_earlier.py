"""What the lines of a coupling were agreed at before, lately: by this a side is known that reads as it did earlier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shared.mapping import Pair

MOST: Final = 32
"""Entries that one coupling keeps, the latest of them."""
_PRINT: Final = 8
_MINUTE: Final = 4
_ENTRY: Final = 3 * _PRINT + _MINUTE


class Former(NamedTuple):
    """A pair of fingerprints that a line left behind, and the minute (since 1970) in which it did."""

    definition: bytes
    erp: bytes
    dataverse: bytes
    minute: int


def remembered(
    earlier: Iterable[Former], left: Mapping[bytes, Pair], now: datetime, window: timedelta
) -> tuple[Former, ...]:
    """What is kept when lines have left these pairs behind: nothing that is older than the window."""
    kept = [each for each in earlier if each.minute >= minute(now - window)]
    return (*kept, *(Former(key, *pair, minute(now)) for key, pair in left.items()))[-MOST:]


def minute(time: datetime) -> int:
    return int(time.timestamp() // 60)


def pack_earlier(entries: Iterable[Former]) -> bytes:
    return b"".join(each.definition + each.erp + each.dataverse + each.minute.to_bytes(_MINUTE) for each in entries)


def unpack_earlier(packed: bytes) -> tuple[Former, ...]:
    """The inverse of `pack_earlier`."""
    return tuple(_former(packed[at : at + _ENTRY]) for at in range(0, len(packed), _ENTRY))


def _former(entry: bytes) -> Former:
    definition, erp, dataverse = (entry[at : at + _PRINT] for at in range(0, 3 * _PRINT, _PRINT))
    return Former(definition, erp, dataverse, int.from_bytes(entry[3 * _PRINT :]))
