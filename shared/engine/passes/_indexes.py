"""Rows of the ledger that were lost one by one: an index without its coupling, or a coupling without its index.

Both are written in one transaction, so only a table that was restored, edited or damaged has such rows. Each makes a
record a stranger to its own partner. A pass looks for them before it reads a side, and mends them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

from shared.engine._flow import Flow
from shared.engine.passes._snapshot import couple_of
from shared.errors import LedgerMoved
from shared.ledger import INDEX, Coupling, Write, after, dataverse_end, end_of, erp_end, read_identity
from shared.mapping import DATAVERSE


async def mend_indexes(flow: Flow, couples: Iterable[int]) -> int:
    """Writes indexes that are lost, and takes those away whose coupling is. How many rows were mended.

    couples: both ends of every coupling, as the snapshot that was just taken has met them.
    """
    pairs = array("Q", sorted(couples))
    met, mended = bytearray(len(pairs)), 0
    async for end, row_id in _indexes(flow):
        at = bisect_left(pairs, couple_of(end, row_id))
        if at < len(pairs) and pairs[at] == couple_of(end, row_id):
            met[at] = True
        else:
            mended += await _orphan_goes(flow, end)
    lost = {pair for pair, is_met in zip(pairs, met, strict=True) if not is_met}
    if lost:
        rows = [row_id async for end, row_id in _couplings(flow) if couple_of(end, row_id) in lost]
        mended += sum([await _index_is_back(flow, row_id) for row_id in rows])
    return mended


async def _couplings(flow: Flow) -> AsyncIterator[tuple[str, str]]:
    """The end in the ERP and the row id of every coupling that has both."""
    async for page in flow.ledger.summaries():
        for row in page:
            if identity := read_identity(row.cells):
                yield erp_end(identity), row.key


async def _indexes(flow: Flow) -> AsyncIterator[tuple[str, str]]:
    async for page in flow.ledger.commits.range(flow.ledger.flow, INDEX, after(INDEX), ("dv",)):
        for row in page:
            yield row.key, dataverse_end(str(row.cells["dv"]))


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
