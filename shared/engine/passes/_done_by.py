"""What a job has done to records, found again by its id: the pairs that it brought together, and what it wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from shared.engine._house import House
from shared.ledger import COUPLING, after, dataverse_end, read_coupling, read_journal

COUPLED: Final = "coupled"
"""What is said of a pair that a job brought together, whether it matched or was created."""

DONE: Final = ("created", "updated", "deleted", "uncoupled", "recovered", "found", "renamed", "restoring")
"""The first words of what the journal says of records; an action of a flow has its own name there."""


async def coupled_by(house: House, job_id: str, name: str, since: str = "") -> AsyncIterator[dict[str, Any]]:
    """The pairs of a flow that a job brought together and that are there, in the order of their ids in Dataverse.

    since: the id to begin with; nothing before it is read.
    """
    async for page in house.commits.range(name, dataverse_end(since), after(COUPLING)):
        for row in page:
            found = read_coupling(row)
            if found.job == job_id and not found.ended:
                ends = {"erp": list(found.erp or ()), "dataverse": found.dataverse}
                yield {"flow": name, "what": COUPLED, "at": found.since, "record": ends}


async def written_by(house: House, job_id: str, name: str, since: str = "") -> AsyncIterator[dict[str, Any]]:
    """The journal rows of a job in a flow, record by record: as long as the journal is kept.

    since: the `key` of the row to begin with; nothing before it is read.
    """
    async for row in house.ledger(name).journal(since=since):
        told = read_journal(row)
        if told["job"] == job_id:
            yield {"flow": name, **{part: told[part] for part in ("what", "at", "lines", "note")}, "key": row.key,
                   "record": {"dataverse": told["record"]}}  # fmt: skip


async def both_ends(house: House, told: dict[str, Any]) -> dict[str, Any]:
    """A row that names its record in Dataverse, with the one in the ERP where the two are a pair."""
    found = await house.ledger(told["flow"]).coupling(dataverse_end(told["record"]["dataverse"]))
    return {**told, "record": {"erp": list(found.erp or ()) if found else [], **told["record"]}}
