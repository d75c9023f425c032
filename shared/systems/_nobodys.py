"""What belongs to nobody: rows that no flow of their table takes, because what tells whose they are is blank.

A scope says false, and null is not false: a contact whose flags were never set is in no flow, and nothing else tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

from shared.mapping import FlowMap
from shared.systems._port import Reading, System

PAGE: Final = 5000
MOST: Final = 10
"""Pages that are read at most: a table may be full of rows that nobody ever meant to synchronise."""
SHOWN: Final = 5


@dataclass(slots=True)
class Nobodys:
    """rows: how many there are, at least. blank: to each column, how many of them are blank there. whole: false if
    there may be more. examples: ids of some.
    """

    rows: int = 0
    blank: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    whole: bool = True

    def as_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "blank": dict(self.blank), "examples": self.examples, "whole": self.whole}


def asked_columns(flows: Sequence[FlowMap]) -> Mapping[str, str]:
    """What tells whose a row of a table is: names on the wire, and of the columns."""
    names = {name for flow in flows for name in flow.dataverse.scope.own}
    names |= {column.wire_name for flow in flows if flow.company and (column := flow.company.dataverse)}
    columns = {each.wire_name: each.name for each in flows[0].dataverse.entity.fields.values()} if flows else {}
    return {name: columns[name] for name in sorted(names)}


async def nobodys(dataverse: System, flows: Sequence[FlowMap], silent: Collection[str] = ()) -> Nobodys:
    """flows: all that keep rows of one table. silent: names of those that have the rows which hold no company."""
    found, columns = Nobodys(), _telling(flows, silent)
    if not columns:
        return found
    table = flows[0].dataverse.entity
    more = [name for name in ("merged",) if table.find(name)]
    behind = [name for flow in flows for name in flow.dataverse.scope.fields if name not in columns]
    wanted = Reading(
        [table.id, *columns, *behind, *more], " or ".join(f"{name} eq null" for name in columns), page=PAGE
    )
    async with aclosing(dataverse.pages(table, wanted, None)) as pages:  # type: ignore[type-var] # pages are generators
        read = 0
        async for page in pages:
            for each in page.rows:
                _count(found, flows, columns, each.row, silent)
            read += 1
            if read == MOST:
                found.whole = page.cursor is None
                break
    return found


def _telling(flows: Sequence[FlowMap], silent: Collection[str]) -> Mapping[str, str]:
    """The columns that keep a row from everybody as long as they are blank: not that of the company, where every flow
    that asks for it has the rows that hold none.
    """
    asking = asked_columns([flow for flow in flows if flow.name not in silent])
    own = {name for flow in flows for name in flow.dataverse.scope.own}
    return {name: column for name, column in asked_columns(flows).items() if name in own or name in asking}


def _count(
    found: Nobodys,
    flows: Sequence[FlowMap],
    columns: Mapping[str, str],
    row: Mapping[str, Any],
    silent: Collection[str],
) -> None:
    if row.get("merged") is True or any(_takes(flow, row, silent) for flow in flows):
        return
    found.rows += 1
    found.blank.update(column for name, column in columns.items() if row.get(name) is None)
    if len(found.examples) < SHOWN:
        found.examples.append(str(row[flows[0].dataverse.entity.id]))


def _takes(flow: FlowMap, row: Mapping[str, Any], silent: Collection[str]) -> bool:
    column = flow.company.dataverse if flow.company and flow.name not in silent else None
    has_company = column is None or row.get(column.wire_name) is not None
    return has_company and flow.dataverse.scope.includes(row)
