"""Fingerprints in a coupling's row: carried over to the keys of this process as the row is read.

Each row says which keys it was written with (`key`, the stamp of a printer). So the upgrade from plain hashes and a
rotation go the same way, row by row, and nobody compares what was made with different keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Final

from shared.errors import TryLater
from shared.ledger._answered import pack_answered, unpack_answered
from shared.ledger._earlier import pack_earlier, unpack_earlier
from shared.ledger._intent import pack_text, read_intent, unpack_text
from shared.ledger._keys import COUPLING
from shared.ledger._tables import Cell, Cells, Stored, Write
from shared.mapping import Pair, Printer, bases_from, packed

STAMP: Final = "key"
_PRINTED: Final = frozenset({"ke", "kd", "first", "earlier", "answered", "acted"})

Carry = Callable[[bytes], bytes]


class OtherKey(TryLater):
    """The fingerprints were made with a key that this instance does not have: it writes nothing."""


def stamped(write: Write, printer: Printer) -> Write:
    """A write of a coupling, which is no delete, says which keys its fingerprints are made with."""
    if not printer.number or not write.key.startswith(COUPLING):
        return write
    return Write(write.kind, write.key, {**write.cells, STAMP: printer.stamp}, write.etag)


def legible(row: Stored, printer: Printer, lost: Collection[str]) -> Stored:
    """A row as this process compares it. lost: stamps of keys that are lost: what was agreed under them is forgotten.

    Raises OtherKey if its fingerprints were made with a key that is neither known nor lost.
    """
    stamp = str(row.cells.get(STAMP, "")) if row.key.startswith(COUPLING) else printer.stamp
    if stamp == printer.stamp:
        return row
    number = printer.made_with(stamp)
    if number is not None:
        carried = _carried(row.cells, lambda made: printer.carried(made, number))
        return Stored(row.key, {**row.cells, **carried}, row.etag)
    if stamp in lost:
        return Stored(row.key, _forgotten(row.cells), row.etag)
    raise OtherKey(f"a coupling was written with the fingerprint key {stamp}, which this instance does not have")


def is_outdated(row: Stored, printer: Printer) -> bool:
    """True if a coupling, as it was read, is still stored with other keys, and nobody is at work on it."""
    return row.cells.get(STAMP, "") != printer.stamp and not row.cells.get("busy")


def _carried(cells: Cells, carry: Carry) -> dict[str, Cell]:
    """The cells with fingerprints, as far as there are any."""
    result: dict[str, Cell] = {}
    for name in ("ke", "kd"):
        if isinstance(digest := cells.get(name), bytes):
            result[name] = carry(digest)
    for name in ("agreed", "first"):
        if isinstance(pairs := cells.get(name), bytes):
            result[name] = packed({key: _pair(pair, carry) for key, pair in bases_from(pairs).items()})
    if isinstance(earlier := cells.get("earlier"), bytes):
        former = unpack_earlier(earlier)
        result["earlier"] = pack_earlier(
            each._replace(erp=carry(each.erp), dataverse=carry(each.dataverse)) for each in former
        )
    if isinstance(answered := cells.get("answered"), bytes):
        before = unpack_answered(answered).items()
        result["answered"] = pack_answered({key: each._replace(before=carry(each.before)) for key, each in before})
    return result | _carried_texts(cells, carry)


def _carried_texts(cells: Cells, carry: Carry) -> dict[str, Cell]:
    """The same of cells that hold fingerprints in hexadecimal digits."""
    result: dict[str, Cell] = {}

    def digits(made: str) -> str:
        return carry(bytes.fromhex(made)).hex()

    if isinstance(marks := cells.get("marks"), str):
        found = json.loads(marks)
        parked = {key: [*map(digits, pair)] for key, pair in found["parked"].items()}
        result["marks"] = json.dumps({**found, "parked": parked}, sort_keys=True)
    if isinstance(acted := cells.get("acted"), str):
        done = {name: [digits(values), kept] for name, (values, kept) in json.loads(acted).items()}
        result["acted"] = json.dumps(done, sort_keys=True)
    if (text := unpack_text("intent", cells)) is not None:
        intent = read_intent(text)
        agree = {key: (digits(erp), digits(dataverse)) for key, (erp, dataverse) in intent.agree.items()}
        result |= pack_text("intent", intent.model_copy(update={"agree": agree}).text())
    return result


def _pair(pair: Pair, carry: Carry) -> Pair:
    return carry(pair[0]), carry(pair[1])


def _forgotten(cells: Cells) -> dict[str, Cell]:
    """A coupling of which nobody knows any more what was agreed: where the two differ, a person decides."""
    result = {name: cell for name, cell in cells.items() if name not in _PRINTED}
    if isinstance(pairs := cells.get("agreed"), bytes):
        known = json.loads(str(cells.get("marks") or '{"marks": {}}'))["marks"]
        marks = {**known, **{key.hex(): "person" for key in bases_from(pairs)}}
        result |= {"agreed": b"", "marks": json.dumps({"marks": marks, "parked": {}}, sort_keys=True)}
    if (text := unpack_text("intent", cells)) is not None:
        result |= pack_text("intent", read_intent(text).model_copy(update={"agree": {}}).text())
    return result
