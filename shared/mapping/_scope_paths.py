"""Columns of other rows in a filter: `lookup.column`, or as OData writes it, `lookup/column`.

One step, from a lookup to one table: so far Dataverse joins rows in a filter, and so far one read beside the row tells.
Where a lookup points to several tables, its navigation property says which: `parentcustomerid_account.statecode`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shared.mapping._lines import KeyPath
from shared.mapping._lookups import parse_reference
from shared.mapping._problems import Fault
from shared.mapping._schema import Entity, Field, entity
from shared.mapping._wording import correction, either


@dataclass(frozen=True, slots=True)
class Behind:
    """A column of the row behind a lookup.

    field: as a row shows it, under its dotted name. wire: how the server's filter names it. lookup: what points there.
    """

    field: Field
    wire: str
    lookup: Field
    path: KeyPath


def steps_of(node: Any) -> tuple[str, ...]:
    """The names that an operand is made of: one for a field of the record itself; none if it is something else."""
    kind = type(node).__name__
    if kind == "Attribute":
        return (*steps_of(node.owner), str(node.attr))
    return (*map(str, node.namespace), str(node.name)) if kind == "Identifier" else ()


def behind(steps: tuple[str, ...], of: Entity) -> Behind:
    """The column that a path means. Raises Fault if a filter cannot ask for it."""
    first, written = steps[0], ".".join(steps)
    itself = f"compare {first} itself with an id, or a column of {of.name}"
    if of.system != "dataverse":
        raise Fault(f"a filter of {of.name} does not look into other records", f"compare a field of {of.name} itself")
    if len(steps) > 2:
        raise Fault(f"{written} goes over several rows", f"compare a column of the row that {first} points to")
    lookup = of.find(first)
    if lookup is not None and len(lookup.targets) > 1:
        ways = [f"{each}.{steps[1]}" for each in lookup.targets.values() if each != lookup.name]
        what = f"{lookup.name} points to rows of several tables: {', '.join(lookup.targets)}"
        raise Fault(what, f"say which: {either(ways)}" if ways else itself)
    way = "" if lookup else first.lower()
    column, path = _typed(steps, of) if way else _plain(written, of)
    found = entity(of.system, path.table).fields[path.key]
    if found.type == "lookup":
        raise Fault(f"{written} is a lookup, too: a filter looks into one row", itself)
    navigation = column.targets[path.table]
    name = f"{navigation if way else column.name}.{found.name}"
    return Behind(replace(found, name=name), f"{navigation}/{found.name}", column, path)


def _plain(written: str, of: Entity) -> tuple[Field, KeyPath]:
    """Over a lookup to one table."""
    reference = parse_reference(written, (), of)
    (path,) = reference.lookup.paths
    return reference.column, path


def _typed(steps: tuple[str, ...], of: Entity) -> tuple[Field, KeyPath]:
    """Over the navigation property to one of the tables of a lookup."""
    found = of.leading(steps[0])
    if found is None:
        raise Fault(f"{of.name} has no column {steps[0]!r}", correction(steps[0], of.fields), "DIPV1025")
    lookup, table = found
    column = entity(of.system, table).find(steps[1])
    if column is None:
        raise Fault(f"{table} has no column {steps[1]!r}", correction(steps[1], entity(of.system, table).fields))
    return lookup, KeyPath(table, column.name)
