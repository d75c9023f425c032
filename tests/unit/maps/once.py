"""Catalogues that are read once in a process: to build every shipped map takes longer than most tests do.

What a catalogue holds never changes, so that all tests of a process may share it; who wants another one makes a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

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
    """Shipped maps with overlays by flow, in place of any that they have."""
    return like(shipped, overlays=overlays)


def like(shipped: Catalogue, **changed: Any) -> Catalogue:
    """A catalogue with other files, overlays or functions than another. What both have is not read or built again.

    A map is made of its own files, of the map that continues it, and of which flows there are.
    """
    made = replace(shipped, _maps={}, _asked={}, _documents=dict(shipped._documents), _continues={}, **changed)
    if _offered(made) == _offered(shipped):
        others = {name for name in made.files if _files(made, name) != _files(shipped, name)}
        about = {*others, *map(made.continues, others)}
        made._maps.update({name: found for name, found in shipped._maps.items() if name not in about})
    return made


def _offered(maps: Catalogue) -> tuple[object, ...]:
    """Every flow with the one that it continues, and the words that are on."""
    flows = [(name, maps.continues(name)) for name in maps.files if not maps.switched_off(name)]
    return flows, maps.switches, maps.suite_words


def _files(maps: Catalogue, name: str) -> list[Path | None]:
    return [maps.files.get(name), *maps.overlays.get(name, ())]
