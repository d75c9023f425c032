"""Former partners: under which row ids an ERP record was journaled before it came to the one it has now.

The journal is kept by the id of the Dataverse row. A coupling that goes away takes with it who that row belonged to, so
a small row remembers it, for whoever erases all that is kept about the record, and the fingerprint of the second
identity that the two had agreed on, for the record may be made again. It goes when the journal has gone (`at`).
"""

from __future__ import annotations

from shared.engine._flow import Flow
from shared.ledger import FORMER, SECOND, STAMP, Cells, Coupling, FlowLedger, Write, after, escape, unescape
from shared.mapping import Agreed, Line


async def remembered(flow: Flow, coupling: Coupling) -> list[Write]:
    """Writes to go with the end of a coupling. What is journaled of a claim holds no values."""
    if coupling.index_key is None or coupling.state == "claimed":
        return []
    former = await _keeping(flow, f"{_prefix(coupling.index_key)}{escape(coupling.dataverse)}", {})
    if (found := _second(flow, coupling)) is None:
        return [former]
    cells: Cells = {"second": found[1][1], STAMP: flow.map.printer.stamp}
    return [former, await _keeping(flow, second_key(coupling.dataverse), cells)]


def second_of(flow: Flow, coupling: Coupling) -> Agreed:
    """What the two agreed on as their second identity, and nothing else."""
    found = _second(flow, coupling)
    return Agreed().changed(flow.map, {found[0].definition: found[1]}) if found else Agreed()


def _second(flow: Flow, coupling: Coupling) -> tuple[Line, tuple[bytes, bytes]] | None:
    """The line of the second identity, with what the two agreed on; None without either."""
    line = flow.map.second_line
    base = coupling.agreed.base(line) if line is not None else None
    return (line, base) if line is not None and base is not None else None


async def _keeping(flow: Flow, key: str, cells: Cells) -> Write:
    known = await flow.ledger.commits.get(flow.ledger.flow, key)
    return Write("replace" if known else "insert", key, {"at": flow.now(), **cells}, known.etag if known else "")


def second_key(row_id: str) -> str:
    """Row key of the fingerprint of the second identity that a row of Dataverse and its partner had agreed on."""
    return SECOND + escape(row_id.lower())


async def had_agreed(flow: Flow, row_id: str, line: Line, value: str) -> bool:
    """True if a row had a partner before, and the two had agreed on this value as their second identity."""
    row = await flow.ledger.commits.get(flow.ledger.flow, second_key(row_id))
    made, number = (row.cells["second"], flow.map.printer.made_with(str(row.cells[STAMP]))) if row else (b"", None)
    if not isinstance(made, bytes) or number is None:
        return False
    return flow.map.printer.carried(made, number) == line.print(value)


async def former_rows(ledger: FlowLedger, end: str) -> list[tuple[str, str]]:
    """For an end in the ERP: the keys of what is remembered, each with the row id that it names."""
    prefix = _prefix(end)
    pages = ledger.commits.range(ledger.flow, prefix, after(prefix))
    return [(row.key, unescape(row.key.removeprefix(prefix))) async for page in pages for row in page]


def _prefix(end: str) -> str:
    return f"{FORMER}{end}~~"
