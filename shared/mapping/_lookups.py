"""Dotted columns of a map: which row a Dataverse lookup means.

`column.key`; `column.hop.hop.key` (read only); `customerid.Account(accountnumber).Contact(msdyn_contactpersonid)`, the
tables tried in order; `column via flow`, by the coupling of another flow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.errors import Refused
from shared.mapping._lines import KeyPath, Lookup
from shared.mapping._schema import Entity, Field, entity, known_entities

_CHOICE = re.compile(r"(\w+)\((\w+)\)")


@dataclass(frozen=True, slots=True)
class Reference:
    """A Dataverse column and, for a lookup, what it points to."""

    column: Field
    lookup: Lookup


def parse_reference(text: str, via: str, table: Entity) -> Reference:
    """Reads a column as written in a map. Raises Refused, `what; remedy`, if the table does not have it."""
    name, *parts = text.split(".")
    column = _column(table, name)
    if column.type != "lookup":
        if parts or via:
            raise Refused(f"{table.name}.{column.name} is not a lookup; name only the column")
        return Reference(column, Lookup(()))
    if via:
        return Reference(column, Lookup((), via))
    if not parts:
        remedy = f"write {name}.key, the column of {' or '.join(column.targets)} that holds the code"
        raise Refused(f"{table.name}.{column.name} is a lookup; {remedy}")
    if _CHOICE.fullmatch(parts[0]):
        return Reference(column, Lookup(tuple(_choice(column, part) for part in parts)))
    return Reference(column, Lookup((_path(column, parts),)))


def _path(column: Field, parts: list[str]) -> KeyPath:
    start = next(iter(column.targets))
    table = entity("dataverse", start)
    for hop in parts[:-1]:
        found = _column(table, hop)
        if found.type != "lookup":
            raise Refused(f"{table.name}.{found.name} is not a lookup; end the path there")
        table = entity("dataverse", next(iter(found.targets)))
    key = _column(table, parts[-1])
    return KeyPath(start, key.name, tuple(parts[:-1]))


def _choice(column: Field, part: str) -> KeyPath:
    match = _CHOICE.fullmatch(part)
    if match is None:
        raise Refused(f"{part!r} is not Table(key); write for example Account(accountnumber)")
    logical, key = match.groups()
    for name in column.targets:
        table = entity("dataverse", name)
        if table.type == logical.lower():
            return KeyPath(name, _column(table, key).name)
    raise Refused(f"{column.name} does not point to {logical}; it points to {', '.join(column.targets)}")


def _column(table: Entity, name: str) -> Field:
    found = table.find(name)
    if found is None:
        raise Refused(f"{table.name} has no column {name!r}; correct the name or add it to the schema")
    return found


def table_of(logical: str) -> str:
    """The entity set of a Dataverse table named by its logical name. Raises Refused if there is no schema for it."""
    for name in known_entities("dataverse"):
        if entity("dataverse", name).type == logical:
            return name
    raise Refused(f"no schema for the Dataverse table {logical!r}")
