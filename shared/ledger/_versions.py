"""What preflights found out about versions: kept with the flows, so that every process knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.ledger._feeds import FLOWS, Documents
from shared.mapping import SIDES, Side

PREFLIGHT: Final = "preflight"

Versions = Mapping[Side, Mapping[str, bool]]
"""Per side: entity or table to whether it enforces `If-Match`, where that could be told."""


async def unversioned(documents: Documents) -> frozenset[tuple[Side, str]]:
    """The entities and tables that do not enforce `If-Match`. What was never tried is not among them."""
    found = (await documents.get(FLOWS, PREFLIGHT)).value.get("versions", {})
    return frozenset((side, name) for side in SIDES for name, held in found.get(side, {}).items() if not held)


def versions_after(before: Mapping[str, Any], found: Versions) -> dict[Side, dict[str, bool]]:
    """What is known after a preflight: what it did not try stays as it was told before."""
    old = before.get("versions", {})
    return {side: {**old.get(side, {}), **found.get(side, {})} for side in SIDES}
