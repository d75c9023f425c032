"""What a coupling holds about the values both sides agreed to: per line two fingerprints, or a mark instead.

Everything is keyed by the hash of the line's definition: a line that is added, removed or redefined touches no other,
and a line without an entry has no base.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from shared.mapping._fingerprints import fingerprint, pack, unpack
from shared.mapping._flow_map import FlowMap
from shared.mapping._lines import Line

Mark = Literal["erp", "dataverse", "policy"]
"""Instead of a base: if the sides differ, that side wins, or the conflict policy decides."""

Pair = tuple[bytes, bytes]
NEVER: Final = b"\0" * 8
"""A fingerprint that stands for no value: the side that has it as its base counts as changed."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A pair of values (as fingerprints) that differs and waits for a person."""

    erp: bytes
    dataverse: bytes


@dataclass(frozen=True, slots=True)
class Agreed:
    """bases: fingerprints last agreed. marks: lines whose base was dropped. parked: differing pairs reported before."""

    bases: Mapping[bytes, Pair] = field(default_factory=dict)
    marks: Mapping[bytes, Mark] = field(default_factory=dict)
    parked: Mapping[bytes, Parked] = field(default_factory=dict)

    def packed(self) -> bytes:
        """The bases in their stored form."""
        return pack((definition, erp, dataverse) for definition, (erp, dataverse) in self.bases.items())

    def changed(
        self,
        flow: FlowMap,
        bases: Mapping[bytes, Pair] = {},
        marks: Mapping[bytes, Mark] = {},
        parked: Mapping[bytes, Parked] = {},
        over: Collection[bytes] = (),
    ) -> Agreed:
        """The same with these lines replaced; lines that the map no longer has are dropped. over: parked no more."""
        touched = {*bases, *marks, *over}
        known = flow.by_definition
        return Agreed(
            {key: pair for key, pair in {**self.bases, **bases}.items() if key in known and key not in marks},
            {key: mark for key, mark in {**self.marks, **marks}.items() if key in known and key not in bases},
            {key: pair for key, pair in {**self.parked, **parked}.items()
             if key in known and (key in parked or key not in touched)},
        )  # fmt: skip


def bases_from(packed: bytes) -> dict[bytes, Pair]:
    """The stored form of bases, read."""
    return {definition: (erp, dataverse) for definition, erp, dataverse in unpack(packed)}


def prints(line: Line, erp: str, dataverse: str) -> Pair:
    """Both fingerprints of a line."""
    return fingerprint(line.comparable(erp)), fingerprint(line.comparable(dataverse))
