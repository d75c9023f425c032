"""What a person gives to a job: pairs by what names their records, kept in chunks beside the job until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Final

from shared.ledger import Document, Documents

GIVEN: Final = "given"
CHUNK: Final = 100
"""Pairs in one row: a wave of the job."""
AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Given:
    """A pair, or one record of it. at: where it stands in what was given, as the line of a file. erp, dataverse: an id,
    or a number or name; empty: not said. company: of the ERP's record. told: what its source says of it beside.
    """

    at: int
    erp: str
    dataverse: str
    company: str = ""
    told: str = ""


Source = Callable[[str], AsyncIterator[Sequence[Given]]]
"""Reads the pairs of a flow from where they stand, page by page."""


async def keep_given(documents: Documents, job: str, flow: str, rows: Sequence[Given], first: int = 0) -> int:
    """Stores rows from this chunk on; what stands there is replaced. The number of the chunk after them."""
    chunks = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
    for at in range(0, len(chunks), AT_ONCE):
        some = chunks[at : at + AT_ONCE]
        await asyncio.gather(*(_keep(documents, job, flow, first + at + i, each) for i, each in enumerate(some)))
    return first + len(chunks)


async def _keep(documents: Documents, job: str, flow: str, number: int, rows: Sequence[Given]) -> None:
    standing = await documents.get(GIVEN, _key(job, flow, number))
    await documents.put(standing, {"rows": [astuple(each) for each in rows]})


async def given(documents: Documents, job: str, flow: str, number: int) -> list[Given]:
    """The rows of a chunk; none behind the last."""
    found = (await documents.get(GIVEN, _key(job, flow, number))).value
    return [Given(*each) for each in found.get("rows", ())]


async def drop_given(documents: Documents, job: str, flow: str = "") -> None:
    """Forgets what was given to a job, or what of it is about one flow."""
    prefix = f"{job}~{flow}~" if flow else f"{job}~"
    rows: list[Document] = [each async for each in documents.all(GIVEN, prefix)]
    for each in rows:
        await documents.drop(each)


def _key(job: str, flow: str, number: int) -> str:
    return f"{job}~{flow}~{number:06d}"
