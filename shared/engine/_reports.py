"""Match reports and their approval: what a flow would do, looked at by a person before it does it.

A report is the outcome of a dry run, kept with the fingerprint of the map it was made with. It knows what the map would
do, not what a server would refuse, and what waits in it may follow at once in the run. Where both sides hold rows,
and whenever a map has changed, a flow runs only on an approved report of the map as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

from shared.engine._house import House
from shared.errors import NotFound, Refused
from shared.ledger import FLOWS, moment
from shared.mapping import SIDES, Side
from shared.systems import Reading

REPORTS: Final = "reports"


async def report(house: House, name: str) -> Mapping[str, Any]:
    """The last report of a flow and its approval. `current`: it was made with the map as it is. Raises NotFound."""
    found = (await house.documents.get(REPORTS, name)).value
    if "planned" not in found:
        raise NotFound(f"{name} has no report yet: plan it first")
    planned, approved = found["planned"], found.get("approved", {})
    current = planned["map"] == house.catalogue.map(name).fingerprint
    return {"flow": name, **planned, "current": current, "approved": approved if approved_by(approved, planned) else {}}


def approved_by(approved: Mapping[str, Any], planned: Mapping[str, Any]) -> bool:
    return bool(approved) and approved.get("job") == planned["job"]


async def store_report(house: House, name: str, job_id: str, told: Mapping[str, Any]) -> None:
    """Keeps what a dry run has found."""
    planned = {"map": house.catalogue.map(name).fingerprint, "at": moment(house.clock()), "job": job_id, **told}
    await house.documents.change(REPORTS, name, lambda value: {**value, "planned": planned})


async def approve(house: House, name: str) -> None:
    """A person has looked at the report. Raises NotFound, or Refused if the map has changed since."""
    found = await report(house, name)
    if not found["current"]:
        raise Refused(f"{name}: the map has changed since the report was made; plan it again")
    await _approved(house, name, found["job"], "approved by an operator")


async def demand_approval(house: House, name: str) -> None:
    """Lets a flow run with its map as it is. Raises Refused if a person has to look at a report first."""
    found = (await house.documents.get(REPORTS, name)).value.get("approved", {})
    current = house.catalogue.map(name).fingerprint
    if found.get("map") != current:
        if found:
            raise Refused(f"{name}: its map has changed since it was approved; plan it, look at the report, approve it")
        if all([await _holds_rows(house, name, side) for side in SIDES]):
            raise Refused(f"{name}: both sides hold rows; plan it, look at the match report, and approve it first")
        await _approved(house, name, "", "one side was empty")
    await house.documents.change(FLOWS, name, lambda value: {**value, "map": current})


async def _approved(house: House, name: str, job_id: str, why: str) -> None:
    entry = {"map": house.catalogue.map(name).fingerprint, "at": moment(house.clock()), "job": job_id, "why": why}
    await house.documents.change(REPORTS, name, lambda value: {**value, "approved": entry})


async def _holds_rows(house: House, name: str, side: Side) -> bool:
    flow = house.flow(name)
    part = flow.map.side(side)
    reading = Reading(part.columns, part.scope.pushed, await house.synced_companies(), page=1)
    pages = flow.system(side).pages(part.entity, reading, None)
    async with aclosing(pages) as following:  # type: ignore[type-var] # both clients' pages are generators
        async for page in following:
            if page.rows:
                return True
    return False
