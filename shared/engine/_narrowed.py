"""Companies that were left out: their approval ends with that, and a new report is needed if they return."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from shared.engine._house import House
from shared.engine._strangers import REPORTS
from shared.ledger import FLOWS
from shared.mapping import fold


async def leave_out(house: House, name: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Takes companies that are not chosen any more from what a flow in this state was let run with. The state then.

    The approval goes first: whoever dies in between comes here again.
    """
    chosen = {fold(each) for each in house.companies}
    let = set(found.get("companies") or ())
    if not chosen or let <= chosen:
        return found
    await narrow_approval(house, name, chosen)
    left = sorted(let - chosen)

    def change(value: Mapping[str, Any]) -> Mapping[str, Any]:
        gone = sorted({*value.get("left out", ()), *left})
        return {**value, "companies": sorted({*value["companies"]} - {*left}), "left out": gone}

    await house.documents.change(FLOWS, name, change)
    return {**found, "companies": sorted(let - set(left)), "left out": sorted({*found.get("left out", ()), *left})}


async def narrow_approval(house: House, name: str, companies: Collection[str]) -> None:
    """Neither what was approved nor what was planned says anything about other companies from now on."""

    def within(terms: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**terms, "companies": [each for each in terms.get("companies", ()) if each in companies]}

    def change(value: Mapping[str, Any]) -> Mapping[str, Any]:
        narrower = {part: within(terms) for part, terms in value.items() if part in {"planned", "approved"} and terms}
        return {**value, **narrower}

    await house.documents.change(REPORTS, name, change)


def came_back(house: House, found: Mapping[str, Any]) -> str:
    """Companies that were left out of a flow in this state, and are chosen again because all are; empty if none."""
    return "" if house.companies else ", ".join(found.get("left out", ()))
