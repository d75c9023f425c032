"""Rules over fields that hold one of a list: what a flow writes must stand in it, what stands there be known. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from shared.errors import FieldError
from shared.mapping import FlowMap, Line
from shared.setup._findings import Finding


@dataclass(frozen=True, slots=True)
class Choices:
    """The list of a field in the live system. owner, word: how a person names the field and an entry of its list.

    extensible: a person may add an entry; enumerations of finance and operations are the product's.
    """

    owner: str
    word: str
    live: frozenset[str]
    extensible: bool

    def of_line(self, flow: FlowMap, line: Line, written: frozenset[str], known: Iterable[str]) -> Iterator[Finding]:
        """What the line may write must be there; what is there must be known to our schema."""
        for value in sorted(written - self.live):
            yield self._absent(flow, value, line.name, "the value map")
        unknown = sorted(self.live - set(known))
        if unknown:
            what = f"{self.owner} has {self.word}s our schema does not know: {', '.join(unknown)}"
            remedy = "rows with them park until the schema and the value map know them"
            yield Finding("note", what, remedy, (flow.name,))

    def of_constant(self, flow: FlowMap, value: str) -> Iterator[Finding]:
        """What the map writes by itself must be there."""
        if value and value not in self.live:
            yield self._absent(flow, value, "the map", "the default")

    def _absent(self, flow: FlowMap, value: str, writer: str, source: str) -> Finding:
        what = f"{self.owner} has no {self.word} {value}, which {writer} writes"
        remedy = f"add the {self.word}, or correct {source}" if self.extensible else f"correct {source}"
        return Finding("error", what, remedy, (flow.name,), "DIPV1030")


def converted(values: Iterable[str], convert: Callable[[str], str]) -> frozenset[str]:
    """What a line makes of every value its source may have; values it refuses are left out."""
    found = set()
    for value in values:
        try:
            found.add(convert(value))
        except FieldError:
            continue
    return frozenset(found) - {""}
