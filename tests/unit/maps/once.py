"""Catalogues that are read once in a process: to build every shipped map takes longer than most tests do.

What a catalogue holds never changes, so that all tests of a process may share it; who wants another one makes a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from shared.mapping import DATAVERSE, Catalogue, Entity, entity

_KEPT: Final[dict[Hashable, tuple[Entity, Catalogue]]] = {}
"""Catalogues by their names, each with a schema as it was when its maps were built: other schemas make other maps."""


def once(name: Hashable, make: Callable[[], Catalogue]) -> Catalogue:
    """The catalogue of this name, made anew only where the schemas are others than before."""
    known = _KEPT.get(name)
    if known is None or known[0] is not entity(DATAVERSE, "accounts"):
        made = make()
        made.sound()
        known = _KEPT[name] = entity(DATAVERSE, "accounts"), made
    return known[1]


def overlaid(shipped: Catalogue, overlays: Mapping[str, Sequence[Path]]) -> Catalogue:
    """Shipped maps with overlays by flow. The maps that no overlay is about are not built again.

    A map is made of its own files, of the map that continues it, and of which flows there are.
    """
    made = replace(shipped, overlays=overlays, _maps={}, _asked={}, _continues={}, _documents={**shipped._documents})
    if [(name, made.continues(name)) for name in made.names] == [
        (name, shipped.continues(name)) for name in shipped.names
    ]:
        of, was = overlays.get, shipped.overlays.get
        others = {name for name in {*overlays, *shipped.overlays} if list(of(name, ())) != list(was(name, ()))}
        about = {*others, *map(made.continues, others)}
        made._maps.update({name: found for name, found in shipped._maps.items() if name not in about})
    return made
