"""Fingerprints: what a side agreed to, kept without keeping the value.

Each line of a coupling has two, one per side, of that side's canonical value as stored by that side. Beside them stands
a hash of the line's definition, so that adding, removing or redefining a line touches no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final

SIZE: Final = 8
ROOT: Final = 4
"""Bytes that tell the lines of one map apart."""
_ENTRY: Final = 3 * SIZE
_BETWEEN: Final = "\x1f"
_BLANK: Final = blake2b(b"", digest_size=SIZE).digest()


def fingerprint(value: str) -> bytes:
    """Eight bytes that stand for one canonical value."""
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=SIZE).digest() if value else _BLANK


def digest(values: Sequence[str], salt: bytes) -> bytes:
    """Eight bytes that stand for all values of one side of a record; `salt` is the hash of the map's lines."""
    joined = _BETWEEN.join(values)
    if joined.count(_BETWEEN) >= len(values):  # a value contains it: only with the lengths is it clear which one
        joined += _BETWEEN + repr([len(value) for value in values])
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=SIZE, key=salt).digest()


def pack(entries: Iterable[tuple[bytes, bytes, bytes]]) -> bytes:
    """Entries of (line definition, ERP fingerprint, Dataverse fingerprint), sorted: equal sets are equal bytes."""
    return b"".join(definition + erp + dataverse for definition, erp, dataverse in sorted(entries))


def unpack(packed: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The entries of `pack`."""
    for at in range(0, len(packed), _ENTRY):
        yield packed[at : at + SIZE], packed[at + SIZE : at + 2 * SIZE], packed[at + 2 * SIZE : at + _ENTRY]
