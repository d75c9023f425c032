"""The dual_write suite as it ships: its map files, its revisions, and catalogues of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.mapping import Catalogue, FlowMap
from tests.unit.maps.once import once, overlaid

SUITE: Final = Path(__file__).parents[3] / "functions" / "dual_write"
FLOWS: Final = sorted(path.stem for path in SUITE.glob("*.yaml"))
REVISIONS: Final = sorted(path.stem for path in (SUITE / "revisions").glob("*.yaml"))
"""`flow.word` of every overlay that ships."""


def catalogue(*revisions: str) -> Catalogue:
    """The whole suite, with these revisions switched on."""
    overlays: dict[str, list[Path]] = {}
    for revision in revisions:
        flow = revision.partition(".")[0]
        overlays.setdefault(f"dual_write.{flow}", []).append(SUITE / "revisions" / f"{revision}.yaml")
    plain = once("dual_write", lambda: Catalogue({f"dual_write.{flow}": SUITE / f"{flow}.yaml" for flow in FLOWS}))
    return overlaid(plain, overlays)


def shipped(flow: str, *revisions: str) -> FlowMap:
    """One map, with these revisions of it switched on."""
    return catalogue(*(f"{flow}.{revision}" for revision in revisions)).map(f"dual_write.{flow}")


def lines_of(found: FlowMap) -> list[str]:
    """Every line of a map as it is written: ERP field, symbol, Dataverse column."""
    constants = (*found.erp.constants, *found.dataverse.constants)
    return sorted([line.name for line in found.lines] + [constant.line for constant in constants])
