"""Former partners: under which row ids an ERP record was journaled before it came to the one it has now.

The journal is kept by the id of the Dataverse row. A coupling that goes away takes with it who that row belonged to, so
a small row remembers it, for whoever erases all that is kept about the record. It goes when that has gone (`at`).
"""

from __future__ import annotations

from shared.engine._flow import Flow
from shared.ledger import FORMER, Coupling, FlowLedger, Write, after, escape, unescape


async def remembered(flow: Flow, coupling: Coupling) -> list[Write]:
    """Writes to go with the end of a coupling. What is journaled of a claim holds no values."""
    if coupling.index_key is None or coupling.state == "claimed":
        return []
    key = f"{_prefix(coupling.index_key)}{escape(coupling.dataverse)}"
    known = await flow.ledger.commits.get(flow.ledger.flow, key)
    return [Write("replace" if known else "insert", key, {"at": flow.now()}, known.etag if known else "")]


async def former_rows(ledger: FlowLedger, end: str) -> list[tuple[str, str]]:
    """For an end in the ERP: the keys of what is remembered, each with the row id that it names."""
    prefix = _prefix(end)
    pages = ledger.commits.range(ledger.flow, prefix, after(prefix))
    return [(row.key, unescape(row.key.removeprefix(prefix))) async for page in pages for row in page]


def _prefix(end: str) -> str:
    return f"{FORMER}{end}~~"
