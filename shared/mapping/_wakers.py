"""Other tables whose changes concern a flow's records: `woken_by: [quotes(customerid)]` in the head of a map.

A change there is a hint for the record that the column points to, and for nothing else: what it means is found out by
looking at the record itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.mapping._problems import Fault
from shared.mapping._schema import MODIFIED, Entity, Field, entity, known_entities
from shared.mapping._wording import KINDS, alike, correction, either

_DATAVERSE: Final = "dataverse"
_WRITTEN: Final = re.compile(r"(\w+)\s*\(\s*(\w+)\s*\)")
_EXAMPLE: Final = "write woken_by: [quotes(customerid)], a table and its lookup"
_POINTED: Final = "@Microsoft.Dynamics.CRM.lookuplogicalname"
"""Beside a lookup to several tables: the one that it points to."""


@dataclass(frozen=True, slots=True)
class Waker:
    """A table of Dataverse, and its column that points to records of the flow. logical: what the flow's rows are."""

    table: Entity
    column: Field
    logical: str

    @property
    def name(self) -> str:
        """How a map writes it."""
        return f"{self.table.name}({self.column.name})"

    def pointed(self, row: Mapping[str, Any]) -> str:
        """The id of the record that a row of the table points to; empty if that is none of the flow's table."""
        found = row.get(self.column.wire_name)
        table = row.get(self.column.wire_name + _POINTED, self.logical)
        return str(found).lower() if found and table == self.logical else ""


def waker_of(written: str, own: Entity) -> Waker:
    """What an entry of `woken_by` means in the map of a flow over a table. Raises Fault."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise Fault(f"{written!r} is not written table(column)", _EXAMPLE)
    table = _table(found[1], own)
    column = table.find(found[2])
    if column is None:
        raise Fault(f"{table.name} has no column {found[2]!r}", correction(found[2], table.fields))
    leads = [name for name, each in table.fields.items() if own.name in each.targets]
    remedy = f"write {either([f'{table.name}({name})' for name in leads])}" if leads else "take it out"
    if column.type != "lookup":
        raise Fault(f"{column.name} of {table.name} is {KINDS[column.type]}, and no lookup", remedy)
    if own.name not in column.targets:
        raise Fault(f"{column.name} of {table.name} does not point to {own.name}", remedy)
    return Waker(table, column, own.type)


def _table(name: str, own: Entity) -> Entity:
    if name == own.name:
        raise Fault(f"{name} is the flow's own table", "take it out: its rows are looked at whenever they change")
    if name not in known_entities(_DATAVERSE):
        near = alike(name, known_entities(_DATAVERSE))
        add = f"add shared/mapping/schemas/{_DATAVERSE}/{name}.json"
        raise Fault(f"{name!r} has no schema", f"write {near} if that is meant, or {add}" if near else add)
    found = entity(_DATAVERSE, name)
    if found.find(MODIFIED[_DATAVERSE]) is None:
        raise Fault(f"{name} does not say when a row was modified", "add modifiedon to its schema, or take it out")
    return found
