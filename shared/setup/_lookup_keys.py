"""Lookups by a column that is no key of its table: several rows may have what names one of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.mapping import DATAVERSE, Entity, Field, FlowMap, KeyPath, entity
from shared.setup._findings import Finding
from shared.setup._live import LiveTable


def lookup_key_findings(flow: FlowMap, tables: Mapping[str, LiveTable | None]) -> Iterator[Finding]:
    """Lines that write such a lookup. A code counts as a key, whether or not its table keeps it unique, and so does a
    name among the rows of another row, as that of a unit in its group (`within`).
    """
    for line in flow.lookups:
        for path in line.lookup.paths if line.lookup and line.to_dataverse else ():
            table, column = _named(path)
            told = path.within is not None or column.type == "code" or column.tells_apart
            if told or _is_kept_unique(tables.get(table.type), column.name):
                continue
            what = f"{line.name}: {table.name}.{column.name} is no key of {table.name}: several rows may hold the same"
            remedy = "name the column of its code, or give the table an alternate key; what names several rows parks"
            yield Finding("warning", what, remedy, (flow.name,))


def _named(path: KeyPath) -> tuple[Entity, Field]:
    table = entity(DATAVERSE, path.table)
    return table, table.fields[path.key]


def _is_kept_unique(live: LiveTable | None, column: str) -> bool:
    """True if an alternate key is made of the column, and of nothing but its company beside it."""
    keys = live.keys if live else ()
    return any(key.status == "Active" and column in key.columns <= {column, "msdyn_company"} for key in keys)
