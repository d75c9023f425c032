"""Rows of the ledger that were lost one by one: an index without its coupling, or a coupling without its index.

Both are written in one transaction, so only a table that was restored, edited or damaged has such rows. Each makes a
record a stranger to its own partner. A pass looks for them before it reads a side, and mends them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress

from shared.engine._flow import Flow
from shared.engine.passes._ahead import ahead
from shared.engine.passes._snapshot import couple_of
from shared.errors import LedgerMoved
from shared.ledger import INDEX, Coupling, Stored, Write, after, dataverse_end, end_of, erp_end, read_identity
from shared.mapping import DATAVERSE


async def walk_indexes(flow: Flow, indexes: array[int]) -> None:
    """Takes what stands for both ends that each index names."""
    async for page in ahead(_pages(flow)):
        indexes.extend(couple_of(row.key, dataverse_end(str(row.cells["dv"]))) for row in page)


async def mend_indexes(flow: Flow, couples: Sequence[int], indexes: Sequence[int]) -> int:
    """Writes indexes that are lost, and takes those away whose coupling is. How many rows were mended.

    couples, indexes: both ends of every coupling, and of every index, as they were just met. The two were read at the
    same time, so what differs may only have come or gone meanwhile: each is looked at again.
    """
    if len(couples) == len(indexes) and sum(couples) == sum(indexes):
        return 0
    mended, orphans, lost = 0, _beyond(indexes, couples), _beyond(couples, indexes)
    if orphans:
        ends = [end async for end, row_id in _indexes(flow) if couple_of(end, row_id) in orphans]
        mended += sum([await _orphan_goes(flow, end) for end in ends])
    if lost:
        rows = [row_id async for end, row_id in _couplings(flow) if couple_of(end, row_id) in lost]
        mended += sum([await _index_is_back(flow, row_id) for row_id in rows])
    return mended


def _beyond(some: Sequence[int], others: Iterable[int]) -> set[int]:
    """Those that the others lack."""
    known = array("q", sorted(others))
    places = ((each, bisect_left(known, each)) for each in some)
    return {each for each, at in places if at == len(known) or known[at] != each}


async def _couplings(flow: Flow) -> AsyncIterator[tuple[str, str]]:
    """The end in the ERP and the row id of every coupling that has both."""
    async for page in flow.ledger.summaries():
        for row in page:
            if identity := read_identity(row.cells):
                yield erp_end(identity), row.key


async def _indexes(flow: Flow) -> AsyncIterator[tuple[str, str]]:
    """The end in the ERP and the row id that each index names."""
    async for page in _pages(flow):
        for row in page:
            yield row.key, dataverse_end(str(row.cells["dv"]))


def _pages(flow: Flow) -> AsyncIterator[Sequence[Stored]]:
    return flow.ledger.commits.range(flow.ledger.flow, INDEX, after(INDEX), ("dv",))


async def _orphan_goes(flow: Flow, end: str) -> bool:
    """Takes an index away that points to no coupling, or to one of another record, as of now."""
    index = await flow.ledger.commits.get(flow.ledger.flow, end)
    if index is None:
        return False
    row_id = str(index.cells["dv"])
    coupling = await flow.ledger.coupling(end_of(DATAVERSE, (row_id,)))
    if coupling is not None and coupling.index_key == end:
        return False
    entry = flow.journal(row_id, flow.token(), "ledger mended", (), f"the coupling behind {end} was lost")
    with suppress(LedgerMoved):  # it was moved meanwhile, and so it is not lost
        await flow.ledger.commit([Write("delete", end, etag=index.etag), entry])
        return True
    return False


async def _index_is_back(flow: Flow, row_id: str) -> bool:
    """Writes the index of a coupling, if it is still missing."""
    coupling: Coupling | None = await flow.ledger.coupling(row_id)
    if coupling is None or coupling.index_key is None:
        return False
    if await flow.ledger.commits.get(flow.ledger.flow, coupling.index_key) is not None:
        return False
    entry = flow.journal(
        coupling.dataverse, flow.token(), "ledger mended", (), f"its index {coupling.index_key} was lost"
    )
    with suppress(LedgerMoved):  # as above
        await flow.ledger.commit([coupling.replace(), coupling.insert_index(), entry])
        return True
    return False
