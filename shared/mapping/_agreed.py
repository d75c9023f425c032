"""What a coupling holds about the values both sides agreed to: per line two fingerprints, or a mark instead.

Everything is keyed by the hash of the line's definition: a line that is added, removed or redefined touches no other.
What was agreed outlives the definition: fingerprints are of each side's own value, so they tell who has left his base
whatever the line makes of values by now. Beside the definition stands the line's root, by which a line that was defined
anew is known, and one that was taken away and comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, Literal

from shared.mapping._fingerprints import ROOT, pack, unpack
from shared.mapping._flow_map import FlowMap
from shared.mapping._lines import Line
from shared.mapping._model import Side

Mark = Literal["erp", "dataverse", "policy", "person"]
"""Instead of a base: if the sides differ, that side wins, or the conflict policy decides, or a person."""
Chosen = Literal["first erp", "first dataverse"]
"""Nothing was ever agreed, and that side is the master of this one record."""
Sent = Literal["send erp", "send dataverse"]
"""Whatever was agreed, a person wants that side's value on the other one, now."""
Held = Mark | Chosen | Sent
First = Literal["erp", "dataverse", "none"]
"""Whose values a person wants first where two records are coupled; none: both keep theirs, and each line is asked."""

Pair = tuple[bytes, bytes]

_FIRST: Final[Mapping[First, Held]] = {"erp": "first erp", "dataverse": "first dataverse", "none": "person"}
SENT: Final[Mapping[Side, Sent]] = {"erp": "send erp", "dataverse": "send dataverse"}
_CHOSEN: Final[Mapping[str, Side]] = {"first erp": "erp", "first dataverse": "dataverse"}
MOST: Final = 64
"""Lines that are gone from the map, of which a coupling keeps what was agreed."""
_UNKNOWN: Final = bytes(ROOT)


@dataclass(frozen=True, slots=True)
class Parked:
    """A pair of values (as fingerprints) that differs and waits for a person."""

    erp: bytes
    dataverse: bytes


@dataclass(frozen=True, slots=True)
class Agreed:
    """bases: fingerprints last agreed. marks: lines whose base was dropped. parked: differing pairs reported before.

    roots: of the lines in bases and marks, as far as it is known. Of one root there is one entry, the latest.
    first: of lines without a base, or with one that nobody agreed on, what both sides held at the first look, or when
    it was last known who wrote it: who holds it still has not been edited since.
    """

    bases: Mapping[bytes, Pair] = field(default_factory=dict)
    marks: Mapping[bytes, Held] = field(default_factory=dict)
    parked: Mapping[bytes, Parked] = field(default_factory=dict)
    roots: Mapping[bytes, bytes] = field(default_factory=dict, compare=False)
    first: Mapping[bytes, Pair] = field(default_factory=dict)

    def base(self, line: Line) -> Pair | None:
        """The fingerprints last agreed about a line, under whichever definition."""
        return self.bases.get(line.definition) or self.bases.get(self._former(line))

    def mark(self, line: Line) -> Mark | None:
        """The mark of a line, under whichever definition. A master that was chosen for the record is none."""
        match self._marked(line):
            case "first erp" | "first dataverse":
                return None
            case "send erp":
                return "erp"
            case "send dataverse":
                return "dataverse"
            case found:
                return found

    def is_sent(self, line: Line) -> bool:
        """True if a person has said whose value is to stand on both sides."""
        return self._marked(line) in {*SENT.values()}

    def chosen(self, line: Line) -> Side | None:
        """Whose value a person wants first on a line, for this record alone."""
        found = self._marked(line)
        return _CHOSEN.get(found) if found else None

    def _marked(self, line: Line) -> Held | None:
        return self.marks.get(line.definition) or self.marks.get(self._former(line))

    def _former(self, line: Line) -> bytes:
        """The definition under which a line was known before; that of no line if it was not."""
        if line.definition in self.roots:
            return b""
        return next((key for key, root in self.roots.items() if root == line.root), b"")

    def packed_roots(self) -> bytes:
        """The roots in their stored form: in the order of the bases, then of the marks."""
        return b"".join(self.roots.get(key, _UNKNOWN) for key in _in_order(self.bases, self.marks))

    def changed(
        self,
        flow: FlowMap,
        bases: Mapping[bytes, Pair] = {},
        marks: Mapping[bytes, Held] = {},
        parked: Mapping[bytes, Parked] = {},
        over: Collection[bytes] = (),
        first: Mapping[bytes, Pair] = {},
    ) -> Agreed:
        """The same with these lines replaced. over: parked no more.

        Of lines that the map has otherwise, or no longer, it is kept what was agreed, until that is agreed anew.
        """
        touched = {*bases, *marks, *over}
        known, roots = flow.by_definition, {**self.roots, **flow.roots}
        anew = {key: roots[key] for key in (*bases, *marks) if key in roots}
        roots_anew = frozenset(anew.values())
        kept = known.keys() | anew.keys() | self._former_kept(flow, roots_anew)
        kept -= {key for key, root in self.roots.items() if root in roots_anew and key not in anew}
        stays = {key: pair for key, pair in self.first.items() if key not in bases}
        after = Agreed(
            {key: pair for key, pair in {**self.bases, **bases}.items() if key in kept and key not in marks},
            {key: mark for key, mark in {**self.marks, **marks}.items() if key in kept and key not in bases},
            {key: pair for key, pair in {**self.parked, **parked}.items()
             if key in known and (key in parked or key not in touched)},
            first={key: pair for key, pair in {**stays, **first}.items() if key in known},
        )  # fmt: skip
        return replace(after, roots={key: roots[key] for key in (*after.bases, *after.marks) if key in roots})

    def _former_kept(self, flow: FlowMap, anew: Collection[bytes]) -> frozenset[bytes]:
        """Definitions that the map does not have, and that are kept. anew: roots of what is agreed anew."""
        former = {key: root for key, root in self.roots.items() if key not in flow.by_definition and root not in anew}
        if not former:
            return frozenset()
        here = frozenset(flow.roots.values())
        gone = islice((key for key, root in former.items() if root not in here), MOST)
        return frozenset([*(key for key, root in former.items() if root in here), *gone])


def begun_with(flow: FlowMap, first: First) -> Agreed:
    """What a pair has agreed on of which only this is known, and whose values are wanted first."""
    return Agreed(marks=dict.fromkeys(flow.by_definition, _FIRST[first]), roots=flow.roots)


def packed(pairs: Mapping[bytes, Pair]) -> bytes:
    """The stored form of pairs of fingerprints by line."""
    return pack((definition, erp, dataverse) for definition, (erp, dataverse) in pairs.items())


def bases_from(stored: bytes) -> dict[bytes, Pair]:
    """The inverse of `packed`."""
    return {definition: (erp, dataverse) for definition, erp, dataverse in unpack(stored)}


def roots_from(packed: bytes, bases: Collection[bytes], marks: Collection[bytes]) -> dict[bytes, bytes]:
    """The stored form of roots, read. What an older release has stored has none."""
    keys = _in_order(bases, marks)
    if len(packed) != len(keys) * ROOT:
        return {}
    roots = {key: packed[at * ROOT : (at + 1) * ROOT] for at, key in enumerate(keys)}
    return {key: root for key, root in roots.items() if root != _UNKNOWN}


def _in_order(bases: Collection[bytes], marks: Collection[bytes]) -> list[bytes]:
    return [*sorted(bases), *sorted(marks)]


def prints(line: Line, erp: str, dataverse: str) -> Pair:
    """Both fingerprints of a line; mostly the two values are one."""
    made = line.print(erp)
    return made, made if erp == dataverse else line.print(dataverse)
