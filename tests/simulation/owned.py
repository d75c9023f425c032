"""Whose the rows are that Koppel creates: those of the company's team, from the start, and nobody is assigned later."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.world import World

OWNER = "_ownerid_value"


def misowned(world: World) -> Iterator[str]:
    """Rows that came into being as another's than their company's team, and those that Koppel assigned."""
    companies = world.dataverse.rows("cdm_companies")
    teams = {row["cdm_companyid"]: row["_cdm_defaultowningteam_value"] for row in companies}
    for change in world.dataverse.history:
        if not change.app or change.consequence or OWNER not in change.after:
            continue
        team = teams.get(change.after.get("_msdyn_company_value"))
        if change.operation != "create":
            yield f"law 2: {change.table} {change.id} was assigned, and nobody has asked for that"
        elif team and change.after[OWNER] != team:
            yield f"law 2: {change.table} {change.id} belongs to {change.after[OWNER]}, not to its company's team"
