"""What an undo has left, or would leave: every record with its reason, kept beside its job."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from shared.ledger import Document, Documents

KEPT: Final = "kept"
CHUNK: Final = 200
"""Records in one row."""


async def keep_told(documents: Documents, job: str, flow: str, kept: Sequence[Mapping[str, Any]]) -> None:
    """Stores what a slice has left. A slice that is repeated tells the same again, at the same place."""
    in_order = sorted(kept, key=lambda each: str(each["record"]["dataverse"]))
    for at in range(0, len(in_order), CHUNK):
        chunk = in_order[at : at + CHUNK]
        key = f"{job}~{flow}~{chunk[0]['record']['dataverse']}"
        standing = await documents.get(KEPT, key)
        await documents.put(standing, {"flow": flow, "records": chunk})


async def kept_by(documents: Documents, job: str) -> AsyncIterator[Mapping[str, Any]]:
    """Every record that the undo of a job has left, with its flow."""
    async for found in _rows(documents, job):
        for each in found.value["records"]:
            yield {"flow": found.value["flow"], **each}


async def drop_told(documents: Documents, job: str) -> None:
    """Forgets what was left, when the job itself is forgotten."""
    for found in [each async for each in _rows(documents, job)]:
        await documents.drop(found)


async def _rows(documents: Documents, job: str) -> AsyncIterator[Document]:
    async for found in documents.all(KEPT, f"{job}~"):
        yield found
