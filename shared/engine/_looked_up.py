"""Texts that a line reads of another row of Dataverse: a blank there is a blank, and no row that is yet to come."""

from __future__ import annotations

from shared.mapping import DATAVERSE, KeyPath, entity, reader
from shared.systems import System


async def says_nothing(dataverse: System, path: KeyPath, row_id: str) -> bool:
    """True if the row is there, and its text is blank, or a row on the way points to nobody. A blank code says nothing
    of that kind: it may be given yet.
    """
    table, current = entity(DATAVERSE, path.table), row_id
    for hop in path.hops:
        column = table.fields[hop]
        row = await dataverse.read(table, (current,), [column.wire_name])
        if row is None:
            return False
        current = reader(column)(row.row.get(column.wire_name))
        if not current:
            return True
        table = entity(DATAVERSE, next(iter(column.targets)))
    text = table.fields[path.key]
    if text.type not in {"text", "memo"} or text.tells_apart:
        return False
    row = await dataverse.read(table, (current,), [text.name])
    return row is not None and not reader(text)(row.row.get(text.name))
