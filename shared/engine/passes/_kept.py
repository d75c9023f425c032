"""What came of single records in a job: what an undo has left, or each pair that a person gave, kept beside the job."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from shared.ledger import Document, Documents

KEPT: Final = "kept"
CHUNK: Final = 200
"""Records in one row."""


async def keep_told(documents: Documents, job: str, flow: str, kept: Sequence[Mapping[str, Any]]) -> None:
    """Stores what a slice has left. A slice that broke off is repeated: of each record the last word is kept."""
    in_order = sorted(kept, key=_row_id)
    for at in range(0, len(in_order), CHUNK):
        chunk = in_order[at : at + CHUNK]
        standing = await documents.get(KEPT, f"{job}~{flow}~{_row_id(chunk[0])}")
        told = {_row_id(each): each for each in (*standing.value.get("records", ()), *chunk)}
        await documents.put(standing, {"flow": flow, "records": list(told.values())})


async def kept_by(documents: Documents, job: str) -> AsyncIterator[Mapping[str, Any]]:
    """Every record of which a job has told, with its flow."""
    async for found in _rows(documents, job):
        for each in found.value["records"]:
            yield {"flow": found.value["flow"], **each}


def _row_id(kept: Mapping[str, Any]) -> str:
    """Where it stands among the others: by its place in what was given, else by its row in Dataverse."""
    return f"{kept['at']:09d}" if "at" in kept else str(kept["record"]["dataverse"])


async def drop_told(documents: Documents, job: str) -> None:
    """Forgets what was left, when the job itself is forgotten."""
    for found in [each async for each in _rows(documents, job)]:
        await documents.drop(found)


async def _rows(documents: Documents, job: str) -> AsyncIterator[Document]:
    async for found in documents.all(KEPT, f"{job}~"):
        yield found
