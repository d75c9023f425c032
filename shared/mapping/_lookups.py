"""Dotted columns of a map: which row a Dataverse lookup means.

`column.key`; `column.hop.hop.key` (read only); `customerid.Account(accountnumber).Contact(msdyn_contactpersonid)`, the
tables tried in order; `column via flow`, by the coupling of another flow, or of the first of several that has one; of
rows, or of the options of a choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shared.mapping._lines import KeyPath, Lookup
from shared.mapping._problems import Fault
from shared.mapping._schema import Entity, Field, entity, known_entities
from shared.mapping._wording import correction

UNUSABLE: Final = "DIPV1027"
_CHOICE = re.compile(r"(\w+)\((\w+)\)")


@dataclass(frozen=True, slots=True)
class Reference:
    """A Dataverse column and, for a lookup, what it points to."""

    column: Field
    lookup: Lookup


def parse_reference(text: str, via: tuple[str, ...], table: Entity) -> Reference:
    """Reads a column as written in a map. Raises Fault if the table does not have it, or it cannot be used so."""
    name, *parts = text.split(".")
    column = _column(table, name, "DIPV1025")
    if column.type == "choice" and via and not parts:
        return Reference(column, Lookup((), via))
    if column.type != "lookup":
        if parts or via:
            raise Fault(f"{table.name}.{column.name} is not a lookup", "name only the column", UNUSABLE)
        return Reference(column, Lookup(()))
    if via and parts:
        remedy = f"write {name} via {' or '.join(via)}, or {text}"
        raise Fault(f"{table.name}.{column.name} is looked up by its key and by a flow", remedy, UNUSABLE)
    if via:
        return Reference(column, Lookup((), via))
    if not parts:
        remedy = f"write {name}.key, the column of {' or '.join(column.targets)} that holds the code"
        raise Fault(f"{table.name}.{column.name} is a lookup", remedy, UNUSABLE)
    if _CHOICE.fullmatch(parts[0]):
        return Reference(column, Lookup(tuple(_choice(column, part) for part in parts)))
    return Reference(column, Lookup((_path(column, parts),)))


def _path(column: Field, parts: list[str]) -> KeyPath:
    start = next(iter(column.targets))
    table = _table(start)
    for hop in parts[:-1]:
        found = _column(table, hop)
        if found.type != "lookup":
            raise Fault(f"{table.name}.{found.name} is not a lookup", "end the path there", UNUSABLE)
        table = _table(next(iter(found.targets)))
    key = _column(table, parts[-1])
    return KeyPath(start, key.name, tuple(parts[:-1]))


def _choice(column: Field, part: str) -> KeyPath:
    match = _CHOICE.fullmatch(part)
    if match is None:
        raise Fault(f"{part!r} is not Table(key)", "write for example Account(accountnumber)", UNUSABLE)
    logical, key = match.groups()
    for name in column.targets:
        table = _table(name)
        if table.type == logical.lower():
            return KeyPath(name, _column(table, key).name)
    known = ", ".join(column.targets)
    raise Fault(f"{column.name} does not point to {logical}", f"it points to {known}", UNUSABLE)


def _column(table: Entity, name: str, code: str = UNUSABLE) -> Field:
    found = table.find(name)
    if found is None:
        raise Fault(f"{table.name} has no column {name!r}", correction(name, table.fields), code)
    return found


def _table(name: str) -> Entity:
    if name not in known_entities("dataverse"):
        raise Fault(f"{name!r} has no schema", f"add shared/mapping/schemas/dataverse/{name}.json", "DIPV1020")
    return entity("dataverse", name)
