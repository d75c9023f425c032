"""What records of Business Central are given of their company's set-up, such as the local currency: no page of theirs
shows it. It hardly ever changes, and is read once in a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from shared.errors import Denied
from shared.mapping import Entity, entity
from shared.systems._business_central_pages import COMPANY, READING, place
from shared.systems._client import rows_of
from shared.systems._port import Observation

FRESH: Final = 600.0
"""So many seconds what a company's set-up says is not asked again."""
Get = Callable[[str, Mapping[str, str], str], Awaitable[Mapping[str, Any]]]


class CompanySetup:
    """The set-up of companies as this process knows it. get: asks for an address, with headers, by the kind of call."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._known: dict[tuple[str, str], tuple[float, asyncio.Task[Mapping[str, Any]]]] = {}

    async def completed(
        self, table: Entity, columns: Collection[str], rows: Sequence[Observation]
    ) -> Sequence[Observation]:
        """The same records with what is asked of their company's set-up. Raises Denied where that cannot be seen: blank
        because unreadable would not be blank.
        """
        asked = {name: table.fields[name].setup for name in columns if table.fields[name].setup}
        if not asked:
            return rows
        return [replace(each, row={**each.row, **await self._of(str(each.row[COMPANY]), asked)}) for each in rows]

    async def _of(self, company: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        return {name: (await self._row(company, page))[name] for name, page in asked.items()}

    async def _row(self, company: str, page: str) -> Mapping[str, Any]:
        now = asyncio.get_running_loop().time()
        until, task = self._known.get((company, page), (0.0, None))
        if task is None or until < now or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.ensure_future(self._read(company, page))
            self._known[company, page] = now + FRESH, task
        return await asyncio.shield(task)

    async def _read(self, company: str, page: str) -> Mapping[str, Any]:
        found = rows_of(dict(await self._get(place(entity("business_central", page), company), READING, "set-up")))
        if not found:
            raise Denied(f"{page} of company {company} shows no row: let the app's user read it")
        return found[0]
