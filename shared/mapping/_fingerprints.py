"""Fingerprints: what a side agreed to, kept without keeping the value.

Each line of a coupling has two, one per side, of that side's canonical value as stored by that side. Beside them stands
a hash of the line's definition, so that adding, removing or redefining a line touches no other.

A plain hash of a phone number is guessed at once by whoever can read the ledger. So keys from outside of it are laid
over the hash, one after the other: what was made with the first ones is carried over to the last without its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Final

SIZE: Final = 8
ROOT: Final = 4
"""Bytes that tell the lines of one map apart."""
NEVER: Final = b"\0" * SIZE
"""A fingerprint that stands for no value: the side that has it as its base counts as changed."""
_ENTRY: Final = 3 * SIZE
_BETWEEN: Final = "\x1f"
_BLANK: Final = blake2b(b"", digest_size=SIZE).digest()
_KEPT: Final = frozenset({_BLANK, NEVER})
"""The same under every key: they stand for nothing that could be guessed."""
_CHECK: Final = "koppel"


class Printer:
    """Makes fingerprints under keys, the oldest first. Without keys they are plain hashes."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._keys = tuple(keys)
        self._over = tuple(blake2b(digest_size=SIZE, key=blake2b(key).digest()) for key in keys)

    @property
    def number(self) -> int:
        """Of the newest key; 0 without any."""
        return len(self._over)

    @cached_property
    def stamp(self) -> str:
        """Tells what was made with these keys: the number of the last one and a check value, and no key."""
        return f"{self.number}-{self.fingerprint(_CHECK).hex()}" if self.number else ""

    @cached_property
    def stamps(self) -> Sequence[str]:
        """The stamps of what was made with none of the keys, with the first one, and so on."""
        return tuple(self.at(number).stamp for number in range(self.number + 1))

    def made_with(self, stamp: str) -> int | None:
        """How many of the keys a stamp stands for; None if it was made with another one."""
        return self.stamps.index(stamp) if stamp in self.stamps else None

    def fingerprint(self, value: str) -> bytes:
        """Eight bytes that stand for one canonical value."""
        return self._keyed(_plain(value)) if value else _BLANK

    def digest(self, values: Sequence[str], salt: bytes) -> bytes:
        """Eight bytes that stand for all values of one side of a record; `salt` is the hash of the map's lines."""
        return self._keyed(digest(values, salt))

    def carried(self, made: bytes, number: int) -> bytes:
        """What was made with so many of the keys, as it is with all of them."""
        return made if made in _KEPT else self._keyed(made, number)

    def at(self, number: int) -> Printer:
        """As it was with so many of the keys."""
        return self if number == self.number else Printer(self._keys[:number])

    def _keyed(self, made: bytes, number: int = 0) -> bytes:
        for key in self._over[number:]:
            hasher = key.copy()
            hasher.update(made)
            made = hasher.digest()
        return made


PLAIN: Final = Printer()


def fingerprint(value: str) -> bytes:
    """Eight bytes that stand for one canonical value, under no key."""
    return _plain(value) if value else _BLANK


def digest(values: Sequence[str], salt: bytes) -> bytes:
    """Eight bytes that stand for these texts in their order, under no key."""
    joined = _BETWEEN.join(values)
    if joined.count(_BETWEEN) >= len(values):  # a value contains it: only with the lengths is it clear which one
        joined += _BETWEEN + repr([len(value) for value in values])
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=SIZE, key=salt).digest()


def _plain(value: str) -> bytes:
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=SIZE).digest()


def pack(entries: Iterable[tuple[bytes, bytes, bytes]]) -> bytes:
    """Entries of (line definition, ERP fingerprint, Dataverse fingerprint), sorted: equal sets are equal bytes."""
    return b"".join(definition + erp + dataverse for definition, erp, dataverse in sorted(entries))


def unpack(packed: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The entries of `pack`."""
    for at in range(0, len(packed), _ENTRY):
        yield packed[at : at + SIZE], packed[at + SIZE : at + 2 * SIZE], packed[at + 2 * SIZE : at + _ENTRY]
