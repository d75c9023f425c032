"""What a coupling holds about the values both sides agreed to: per line two fingerprints, or a mark instead.

Everything is keyed by the hash of the line's definition: a line that is added, removed or redefined touches no other,
and a line without an entry has no base.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.mapping._fingerprints import fingerprint, pack, unpack
from shared.mapping._flow_map import FlowMap
from shared.mapping._lines import Line

Mark = Literal["erp", "dataverse", "policy"]
"""Instead of a base: if the sides differ, that side wins, or the conflict policy decides."""

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Parked:
    """A pair of values (as fingerprints) that differs and waits for a person."""

    erp: bytes
    dataverse: bytes


@dataclass(frozen=True, slots=True)
class Agreed:
    """bases: fingerprints last agreed. marks: lines whose base was dropped. parked: differing pairs reported before.

    first: of lines without a base, what both sides held at the first look, or when it was last known who wrote it: who
    holds it still has not been edited since.
    """

    bases: Mapping[bytes, Pair] = field(default_factory=dict)
    marks: Mapping[bytes, Mark] = field(default_factory=dict)
    parked: Mapping[bytes, Parked] = field(default_factory=dict)
    first: Mapping[bytes, Pair] = field(default_factory=dict)

    def changed(
        self,
        flow: FlowMap,
        bases: Mapping[bytes, Pair] = {},
        marks: Mapping[bytes, Mark] = {},
        parked: Mapping[bytes, Parked] = {},
        over: Collection[bytes] = (),
        first: Mapping[bytes, Pair] = {},
    ) -> Agreed:
        """The same with these lines replaced; lines that the map no longer has are dropped. over: parked no more."""
        touched = {*bases, *marks, *over}
        known = flow.by_definition
        kept = {key: pair for key, pair in {**self.bases, **bases}.items() if key in known and key not in marks}
        return Agreed(
            kept,
            {key: mark for key, mark in {**self.marks, **marks}.items() if key in known and key not in bases},
            {key: pair for key, pair in {**self.parked, **parked}.items()
             if key in known and (key in parked or key not in touched)},
            {key: pair for key, pair in {**self.first, **first}.items() if key in known and key not in kept},
        )  # fmt: skip


def packed(pairs: Mapping[bytes, Pair]) -> bytes:
    """The stored form of pairs of fingerprints by line."""
    return pack((definition, erp, dataverse) for definition, (erp, dataverse) in pairs.items())


def bases_from(stored: bytes) -> dict[bytes, Pair]:
    """The inverse of `packed`."""
    return {definition: (erp, dataverse) for definition, erp, dataverse in unpack(stored)}


def prints(line: Line, erp: str, dataverse: str) -> Pair:
    """Both fingerprints of a line."""
    return fingerprint(line.comparable(erp)), fingerprint(line.comparable(dataverse))
