"""Columns of the rows that a row points to, such as `transactioncurrencyid.isocurrencycode`: a scope may ask for them.

They are read beside the row, not expanded with it: neither reads that track changes nor answers to writes expand a
reference. What they hold is as new as the row, or newer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from shared.mapping import Entity, Field, entity
from shared.systems._port import Observation

Read = Callable[[Entity, Sequence[str], Sequence[str]], Awaitable[Observation | None]]
_STEP: Final = "."


def own_columns(of: Entity, columns: Sequence[str]) -> list[str]:
    """What is asked of the row itself: its columns, and the references behind those of other rows."""
    return list(dict.fromkeys(_wire(of, name) if _STEP in name else name for name in columns))


async def looked_into(
    read: Read, of: Entity, columns: Sequence[str], rows: Sequence[Observation]
) -> Sequence[Observation]:
    """The rows, with what is asked of those that they point to: null where a reference is blank. Where the row that it
    points to is not there, nothing is known of its columns.
    """
    asked = [name for name in columns if _STEP in name]
    for lookup in dict.fromkeys(name.partition(_STEP)[0] for name in asked):
        names = [name.partition(_STEP)[2] for name in asked if name.startswith(lookup + _STEP)]
        rows = await _along(read, of, lookup, names, rows)
    return rows


async def _along(
    read: Read, of: Entity, lookup: str, names: Sequence[str], rows: Sequence[Observation]
) -> Sequence[Observation]:
    column, name = _leading(of, lookup)
    table, wire = entity(of.system, name), column.wire_name
    ids = list(dict.fromkeys(str(row_id).lower() for each in rows if (row_id := each.row.get(wire))))
    found = dict(zip(ids, await asyncio.gather(*(read(table, (each,), names) for each in ids)), strict=True))

    def held(row: Mapping[str, Any]) -> Mapping[str, Any]:
        if wire not in row:
            return {}
        there = found[str(row[wire]).lower()] if row[wire] else None
        values = there.row if there else dict.fromkeys(names) if not row[wire] else {}
        return {f"{lookup}{_STEP}{name}": values[name] for name in names if name in values}

    bare = [{name: value for name, value in each.row.items() if not name.startswith(lookup + _STEP)} for each in rows]
    return [replace(each, row={**row, **held(row)}) for each, row in zip(rows, bare, strict=True)]


def _wire(of: Entity, name: str) -> str:
    return _leading(of, name.partition(_STEP)[0])[0].wire_name


def _leading(of: Entity, name: str) -> tuple[Field, str]:
    found = of.leading(name)
    assert found is not None, f"{name} of {of.name} was checked"
    return found
