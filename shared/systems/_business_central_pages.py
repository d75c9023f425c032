"""Lists of Business Central, company by company: everything, or what was modified since (reference: 6 and 8).

A list is no snapshot: a record that moves while it is read may come twice. Its links hold places that the service
forgets; where that happens its company is read from the beginning.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from shared.errors import CursorLost, Failed, Gone, KoppelError, NoField, Refused, Rejected, Unanswered, cause_of
from shared.mapping import Entity
from shared.systems._answers import is_of_another
from shared.systems._client import AT_FAULT, ODataClient, observed, rows_of
from shared.systems._odata import encoded
from shared.systems._paging import Paging
from shared.systems._port import Cursor, Observation, Page, Reading

log: Final = logging.getLogger("koppel.systems")

COMPANY: Final = "company"
"""The field that a record is given for the company in its address."""
STAMP: Final = "lastModifiedDateTime"
READING: Final[Mapping[str, str]] = {
    "Accept": "application/json",
    "Accept-Language": "en-US",
    "Data-Access-Intent": "ReadWrite",
}
"""A replica may lag, and some pages read from one unless they are told not to."""
_LOST: Final = (Refused, Rejected, NoField, Gone, CursorLost)


def place(entity: Entity, company: str) -> str:
    """The address of a company's list, below the APIs."""
    return f"{entity.route}/companies({company})/{entity.name}"


def selected(entity: Entity, columns: Sequence[str]) -> str:
    """What is asked of a record: its id in any case, and no company, which is in no page."""
    names = dict.fromkeys([*(name for name in entity.key if name != COMPANY), *columns])
    return ",".join(name for name in names if name != COMPANY)


def observed_in(row: Mapping[str, Any], company: str) -> Observation:
    """A record of a company."""
    return observed({**row, COMPANY: company})


class CompanyPages:
    """One way through the records of an entity. companies: all that there are, for a reading that names none."""

    def __init__(
        self,
        client: ODataClient,
        companies: Callable[[], Awaitable[Mapping[str, str]]],
        entity: Entity,
        reading: Reading,
    ) -> None:
        self.client = client
        self.companies = companies
        self.entity = entity
        self.reading = reading

    async def all(self, cursor: Cursor | None) -> AsyncIterator[Page]:
        """Everything. The cursor names the companies that are done, the one it is in, and the place there; and, of a
        read that tracks changes, the newest change that each company had before it was read.
        """
        before: Cursor = cursor or {}
        done, since = list(before.get("done", ())), dict(before.get("since", {}))
        left = [each for each in await self._companies() if each not in done]
        for company in sorted(left, key=lambda each: each != before.get("company")):
            if self.reading.track and company not in since:
                since[company] = await self.newest(company)
            at = before if company == before.get("company") else {}
            async for page in self.company(company, at):
                done += [] if page.cursor else [company]
                onward = {"done": [*done], "since": {**since}, "company": company, **(page.cursor or {})}
                over = {*left} <= {*done}
                yield Page(page.rows, None if over else onward, broken=page.broken, mark=self._mark(since, over=over))
        if not left:
            yield Page([], None, mark=self._mark(since, over=True))

    async def since(self, cursor: Cursor, overlap: timedelta) -> AsyncIterator[Page]:
        """What was modified since the stamps of a cursor, and within an overlap before them.

        The stamps move when every company has been read: they are those of the newest records that were seen.
        """
        begun = dict(cursor.get("since", {}))
        done, seen = list(cursor.get("done", ())), {**begun, **cursor.get("seen", {})}
        companies = await self._companies()
        left = [each for each in companies if each not in done]
        for company in sorted(left, key=lambda each: each != cursor.get("company")):
            at = cursor if company == cursor.get("company") else {}
            async for page in self.company(company, at, modified_since(begun.get(company, ""), overlap)):
                seen[company] = latest(page.rows, seen.get(company, ""))
                done += [] if page.cursor else [company]
                onward = {"since": begun, "done": [*done], "seen": {**seen}, "company": company}
                over = {*left} <= {*done}
                yield Page(page.rows, None if over else {**onward, "next": "", **(page.cursor or {})},
                           broken=page.broken, mark={"since": {**seen}} if over else None)  # fmt: skip
        if not left:
            yield Page([], None, mark={"since": seen})

    def _mark(self, since: Cursor, *, over: bool) -> Cursor | None:
        return {"since": {**since}} if over and self.reading.track else None

    async def _companies(self) -> Sequence[str]:
        return [*self.reading.companies] or sorted(await self.companies())

    async def newest(self, company: str) -> str:
        """When the newest change was that can be seen now, by the server's clock; empty if there is no record."""
        url = f"{place(self.entity, company)}?$select=id,{STAMP}&$orderby={STAMP} desc&$top=1"
        return latest([observed(row) for row in rows_of(await self._page(url))], "")

    # -- one company

    async def company(self, company: str, at: Cursor, text: str = "") -> AsyncIterator[Page]:
        """The records of a company that meet a filter, or that of the reading. at: where to begin.

        A page that fails is read record by record, and so are all of that company from then on: links lead over pages
        that fail, too, and only a read of ids gets past them.
        """
        text = text or self.reading.filter
        failed: KoppelError | None = None
        if not at.get("apart"):
            try:
                async for page in self.whole(company, str(at.get("next", "")), text):
                    yield page
            except AT_FAULT as problem:
                log.warning("a page of %s fails: %s", self.entity.name, cause_of(problem))
                failed, at = problem, {}
            else:
                return
        async for page in self._by_ids(company, str(at.get("next", "")), text, failed):
            yield page

    async def whole(self, company: str, link: str, text: str) -> AsyncIterator[Page]:
        """The same, from a link on, as pages and nothing else. Raises what one of them says."""
        async for found, onward in self._from(company, link, self.reading.columns, text):
            yield Page([observed_in(row, company) for row in found], onward)

    async def _by_ids(self, company: str, link: str, text: str, failed: KoppelError | None) -> AsyncIterator[Page]:
        """Each record for itself. failed: what the page said that could not be read."""
        async for found, onward in self._from(company, link, ["id"], text):
            names = [[company, str(row["id"]).lower()] for row in found]
            if names:
                rows, broken = await self.client.one_by_one(self.entity, names, self.reading.columns, failed)
                yield Page(rows, onward and {**onward, "apart": True}, broken=broken)
            else:
                yield Page([], onward and {**onward, "apart": True})

    async def _from(
        self, company: str, link: str, columns: Sequence[str], text: str
    ) -> AsyncIterator[tuple[list[dict[str, Any]], Cursor | None]]:
        """Rows page by page, each with where the next one is. A place that is no longer known is the beginning."""
        start = f"{place(self.entity, company)}?$select={selected(self.entity, columns)}"
        start += f"&$filter={encoded(text)}" if text else ""
        body = await self._still_known(link) if link else None
        paging, following = Paging("Business Central"), link if body else start
        while following:
            paging.follow(following)
            body = body or await self._page(following)
            paging.take(found := rows_of(body))
            following, body = self.client.link(body, "nextLink") or "", None
            yield found, {"next": following} if following else None

    async def _still_known(self, link: str) -> dict[str, Any] | None:
        """The page behind a link that was kept; None if the service has forgotten it."""
        try:
            return await self._page(link)
        except _LOST as lost:
            log.warning("the place in %s is no longer known, it is read anew: %s", self.entity.name, cause_of(lost))
            return None

    async def _page(self, url: str) -> dict[str, Any]:
        headers = {"Prefer": f"odata.maxpagesize={self.reading.page}"}
        try:
            body = await self.client.get(url, headers, kind="page")
        except Failed as problem:
            raise Failed(f"{self.entity.name} cannot be read: {problem}") from problem
        if is_of_another(self.entity, body):
            raise Unanswered(f"a page of {self.entity.name} holds records of another entity")
        return body


def modified_since(stamp: str, overlap: timedelta) -> str:
    """A filter for what was modified since a stamp, or shortly before it; empty if there is none."""
    if not stamp:
        return ""
    since = datetime.fromisoformat(stamp) - overlap
    return f"{STAMP} ge {since.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"


def latest(rows: Sequence[Observation], before: str) -> str:
    """The newest of the stamps of some records and one that was seen before."""
    stamps = [before, *(str(row.row.get(STAMP, "")) for row in rows)]
    return max(filter(None, stamps), key=datetime.fromisoformat, default="")
