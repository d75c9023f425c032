"""Whose a new row of Dataverse is, where the map does not say: the company's team, or else the suite's own owner.

Without either it is the app's user, whose rows nobody else may see. Given on create only: assigning a row assigns what
hangs on it.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.engine._flow import Flow
from shared.mapping import OWNER

MEMBER = f"{OWNER}@odata.bind"


async def owned(flow: Flow, mark: str, body: Mapping[str, str]) -> dict[str, str]:
    """The body of a new row, with its owner. mark: what its company is to Dataverse; empty for a global flow."""
    if MEMBER in body:
        return dict(body)
    team = await flow.links.rows.team_of(mark)
    owner = team or flow.suite.owner
    if not owner or not await flow.dataverse.has_owners(flow.map.dataverse.entity):
        return dict(body)
    return {**body, MEMBER: f'"/{owner}"'}
