"""What a rule has to say of itself, and how what it finds is put right."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.mapping import Entity
from shared.systems import Dataverse, Observation


@dataclass(frozen=True, slots=True)
class Due:
    """Columns of a row that are not as they should be. about: the row of the rule's own table that it was found for."""

    table: Entity
    row: Observation
    wanted: Mapping[str, bool]
    about: str

    @property
    def id(self) -> str:
        return str(self.row.row[self.table.id])


class Rule(Protocol):
    """Computed columns of one table.

    table: whose rows are asked about. feeds: by table, what is read of the rows whose changes matter, by wire names.
    flow: whose journal tells what was written.
    """

    @property
    def table(self) -> Entity: ...

    @property
    def feeds(self) -> Mapping[str, Sequence[str]]: ...

    @property
    def flow(self) -> str: ...

    @property
    def own(self) -> Mapping[str, Sequence[str]]:
        """The columns that have to be there, by table: those that are written, and those that set-up makes."""

    def woken(self, table: str, row: Mapping[str, Any]) -> Iterable[str]:
        """The rows that a changed row of a feed may matter to."""

    async def doubtful(self, dataverse: Dataverse, table: str) -> Iterable[str]:
        """The rows that may have looked otherwise for a row of a feed that is gone."""

    async def found(self, dataverse: Dataverse, ids: Sequence[str]) -> Sequence[Due]:
        """What is not as it should be. An id that is none of the rule's table's rows is nobody's business."""


async def by_ids(
    dataverse: Dataverse, table: Entity, ids: Iterable[str], columns: Sequence[str]
) -> dict[str, Observation]:
    """Those of the rows that there are, by their ids."""
    field = table.fields[table.id]
    pages = await asyncio.gather(*(dataverse.find(table, [(field, each)], [table.id, *columns]) for each in ids))
    return {str(each.row[table.id]).lower(): each for page in pages for each in page}


async def pointing(
    dataverse: Dataverse, table: Entity, lookup: str, ids: Sequence[str], columns: Sequence[str]
) -> dict[str, list[Observation]]:
    """The rows of a table whose lookup points to one of these, by whom they point to."""
    field = table.fields[lookup]
    found = await asyncio.gather(*(dataverse.find(table, [(field, each)], [table.id, *columns]) for each in ids))
    return dict(zip(ids, found, strict=True))
