"""Fields of a record that no page shows: they are worked out from other lists of its company, and read along.

They move when those lists do, and the record's own stamp does not. So a look at what changed looks at the lists as
well, and reads all records of a company where one of them has moved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, Protocol

from shared.mapping import Entity, entity
from shared.systems._business_central_pages import COMPANY, STAMP, CompanyPages, latest, modified_since
from shared.systems._client import ODataClient
from shared.systems._port import Cursor, Observation, Reading

NO_COMPANIES: Final[Mapping[str, str]] = {}


class Elsewhere(Protocol):
    """Works out such fields of one entity. needs: fields of the record itself that it goes by."""

    needs: Sequence[str]

    @property
    def day(self) -> str:
        """The day that it goes by: on another one the fields may hold something else."""

    async def values(
        self, client: ODataClient, company: str, rows: Sequence[Mapping[str, Any]], names: Collection[str]
    ) -> Sequence[Mapping[str, Any]]:
        """The fields of these names, for each record of a company."""


def asked_elsewhere(of: Entity, columns: Sequence[str]) -> list[str]:
    """Which of the columns no page of the entity shows."""
    return [name for name in columns if name in of.fields and of.fields[name].elsewhere]


def shown(of: Entity, columns: Sequence[str], looks: Mapping[str, Elsewhere]) -> Sequence[str]:
    """The columns that are asked of the page, with what the others go by."""
    beyond = asked_elsewhere(of, columns)
    if not beyond:
        return columns
    return list(dict.fromkeys([*(name for name in columns if name not in beyond), *looks[of.name].needs]))


async def read_along(
    client: ODataClient,
    looks: Mapping[str, Elsewhere],
    of: Entity,
    columns: Sequence[str],
    rows: Sequence[Observation],
) -> list[Observation]:
    """The records, with what no page shows of them. It is as new as the record, or newer; their versions stay."""
    beyond = asked_elsewhere(of, columns)
    found = list(rows)
    for company in sorted({str(row.row[COMPANY]) for row in rows}) if beyond else ():
        places = [at for at, row in enumerate(rows) if row.row[COMPANY] == company]
        values = await looks[of.name].values(client, company, [rows[at].row for at in places], beyond)
        for at, more in zip(places, values, strict=True):
            found[at] = replace(rows[at], row={**rows[at].row, **more})
    return found


async def moved(
    client: ODataClient, of: Entity, company: str, day: str, before: Cursor, overlap: timedelta
) -> tuple[Cursor, bool]:
    """How the lists behind an entity stand in a company, and whether that is otherwise than before.

    Of each list what was modified last is remembered, record by record, as far back as a transaction may take: so one
    that commits late is noticed. What is deleted is noticed as far back, and on the next day.
    """
    lists = {name: await _stand(client, entity(of.system, name), company, before.get(name, {}), overlap)
             for name in of.lists}  # fmt: skip
    after = {**lists, "day": day}
    return after, after != before


async def _stand(client: ODataClient, of: Entity, company: str, before: Cursor, overlap: timedelta) -> Cursor:
    pages = CompanyPages(client, _nobody, of, Reading(["id", STAMP]))
    newest = before.get("newest") or await pages.newest(company)
    if not newest:
        return {}
    rows = [row async for page in pages.whole(company, "", modified_since(newest, overlap)) for row in page.rows]
    newest = latest(rows, newest)
    edge = datetime.fromisoformat(newest) - overlap
    recent = sorted(
        f"{row.row['id']} {row.row[STAMP]}" for row in rows if datetime.fromisoformat(str(row.row[STAMP])) >= edge
    )
    return {"newest": newest, "seen": blake2b("\n".join(recent).encode(), digest_size=8).hexdigest()}


async def _nobody() -> Mapping[str, str]:
    """These lists are read of one company at a time, which is named."""
    return NO_COMPANIES
