"""Maps of a history: those that ship, with overlays that say what it wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from shared.mapping import Catalogue
from tests.unit.maps.once import overlaid


def with_overlays(shipped: Catalogue, said: Mapping[str, Sequence[str]]) -> Catalogue:
    """Maps that ship; those of these flows with overlays of their own after those that ship."""
    folder, overlays = Path(mkdtemp(prefix="koppel-maps-")), dict[str, Sequence[Path]](shipped.overlays)
    for name, texts in said.items():
        own = [folder / f"{name}.{number}.yaml" for number in range(len(texts))]
        overlays[name] = [*shipped.overlays.get(name, ()), *own]
        for path, text in zip(own, texts, strict=True):
            path.write_text(f"extends: {name.partition('.')[2]}\n{text}\n", "utf-8")
    catalogue = overlaid(shipped, overlays)
    catalogue.sound()
    for name in said:
        catalogue.map(name)
    rmtree(folder)
    return catalogue
