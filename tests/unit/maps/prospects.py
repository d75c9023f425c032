"""The prospect_to_cash suite as it ships: its map files, its overlays, and catalogues of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.mapping import Catalogue, FlowMap
from tests.unit.maps.once import once, overlaid

SUITE: Final = Path(__file__).parents[3] / "functions" / "prospect_to_cash"
NAME: Final = "prospect_to_cash"
FLOWS: Final = sorted(path.stem for path in SUITE.glob("*.yaml"))
OVERLAYS: Final = sorted(path.stem for path in (SUITE / "revisions").glob("*.yaml"))
"""`flow.word` of every overlay that ships."""
PUBLISHED: Final = "msdynce_"
OURS: Final = "koppel_"


def prospects(*overlays: str | tuple[str, Path], prefix: str = OURS) -> Catalogue:
    """The whole suite with these overlays: `flow.word` of one that ships, or a flow and a file of one's own."""
    found: dict[str, list[Path]] = {}
    for each in overlays:
        flow, file = (each.partition(".")[0], SUITE / "revisions" / f"{each}.yaml") if isinstance(each, str) else each
        found.setdefault(f"{NAME}.{flow}", []).append(file)
    files = {f"{NAME}.{flow}": SUITE / f"{flow}.yaml" for flow in FLOWS}
    plain = once((NAME, prefix), lambda: Catalogue(files, prefixes={NAME: {PUBLISHED: prefix}}))
    return overlaid(plain, found)


def prospect_map(flow: str, *overlays: str, prefix: str = PUBLISHED) -> FlowMap:
    """One map, with these overlays of it, by default with the columns as published."""
    return prospects(*(f"{flow}.{word}" for word in overlays), prefix=prefix).map(f"{NAME}.{flow}")
