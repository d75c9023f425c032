"""With which keys the fingerprints of the ledger are made, and whether this instance has them.

An instance that lacks one cannot tell an edit from what was agreed: it writes nothing. One that has a newer key takes
the ledger over to it. The stamps stand in the row of the environment: `key`, the one in use; `next`, the one that a
ledger of plain hashes is to have, and from when on; `lost`, those that a person has given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from shared.engine._house import House
from shared.ledger import OtherKey, moment

NOTES: Final = frozenset({"key", "next", "lost"})
GONE: Final = timedelta(minutes=15)
"""So long after a release that knows keys has begun, nobody of one that does not is at work any more."""


def key_trouble_in(house: House, stored: Mapping[str, Any], way_out: str) -> OtherKey | None:
    """Why this instance cannot read what was agreed, or may not write it yet; None if it can and may."""
    stamp, printer = str(stored.get("key", "")), house.commits.printer
    if is_under_another_key(house, stored):
        here = f"FINGERPRINT_KEYS says {printer.stamp}" if printer.number else "FINGERPRINT_KEYS is empty"
        return OtherKey(
            f"the fingerprints of the ledger are made with key {stamp}, and {here}: nothing is written. Set it to what "
            f"it was, with new keys behind that. If the key is lost, {way_out} gives up what was agreed: everything is "
            "compared anew, and what differs waits for a decision"
        )
    if _waits(house, stored):
        until = _next(house, stored)[1]
        return OtherKey(f"the fingerprints are put under a key at {until}; nothing is written before, hints are kept")
    return None


def is_under_another_key(house: House, stored: Mapping[str, Any]) -> bool:
    """True if the ledger has a key that this instance does not have."""
    return house.commits.printer.made_with(str(stored.get("key", ""))) is None


def take_over(house: House, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is to be stored: this instance's key, if it is a newer one, or when it will be taken."""
    is_ours = stored.get("key", "") == house.commits.printer.stamp
    if not stored or is_ours or is_under_another_key(house, stored):
        return stored
    if _waits(house, stored):
        return {**stored, "next": _next(house, stored)}
    return with_key(house, stored)


def with_key(house: House, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be stored, with this instance's key. One that stands there, and that it does not have, is lost."""
    kept = {name: each for name, each in stored.items() if name not in NOTES}
    stamp, printer = str(stored.get("key", "")), house.commits.printer
    lost = [*stored.get("lost", ()), *([stamp] if is_under_another_key(house, stored) else [])]
    return {**kept, **({"key": printer.stamp} if printer.number else {}), **({"lost": lost} if lost else {})}


def know_lost(house: House, stored: Mapping[str, Any]) -> None:
    """Takes up which keys are lost: couplings under them are read as what nobody has agreed about."""
    house.commits.lost = frozenset(stored.get("lost", ()))


def _waits(house: House, stored: Mapping[str, Any]) -> bool:
    """True while somebody may be at work who knows only plain hashes."""
    is_new_here = bool(stored) and not stored.get("key") and house.commits.printer.number > 0
    return is_new_here and moment(house.clock()) < _next(house, stored)[1]


def _next(house: House, stored: Mapping[str, Any]) -> list[str]:
    stamp, known = house.commits.printer.stamp, stored.get("next", ["", ""])
    return [stamp, known[1] if known[0] == stamp else moment(house.clock() + GONE)]
