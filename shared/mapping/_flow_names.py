"""Names of other flows in a map: `via`, `after` and `hands_over_to` take them with their suite or without."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from shared.mapping._problems import Fault
from shared.mapping._wording import alike, listed


@dataclass(frozen=True, slots=True)
class FlowNames:
    """What a flow's map may call the flows beside it. known: full names of all flows; None if nobody knows them.

    off: the word that a flow's map asks for and that is off; empty if the map is there.
    """

    own: str
    known: Collection[str] | None = None
    off: Callable[[str], str] = lambda _name: ""

    def full(self, name: str) -> str:
        """A flow as `suite.flow`. Raises Fault with the name that was probably meant if there is no such flow."""
        suite = self.own.partition(".")[0]
        found = name if "." in name else f"{suite}.{name}"
        if self.known is None or found in self.known:
            return found
        siblings = [each.removeprefix(f"{suite}.") for each in self.known if each != self.own]
        near = alike(name.removeprefix(f"{suite}."), siblings)
        remedy = f"write {near}" if near else f"use one of {listed(siblings)}" if siblings else "leave it out"
        raise Fault(f"there is no flow {name!r}", remedy)

    def other(self, name: str) -> str:
        """The same of a flow that cannot be the map's own."""
        if (found := self.full(name)) == self.own:
            raise Fault(f"{name} is this flow itself", "name another flow, or leave it out")
        return found
