"""API v2.0 of Business Central, and the pages of our connector, which answer alike (reference: business-central-api).

A record is named by its company and its id; the company stands in the address and not in the record, so what is read
is given it here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx

from shared.errors import Denied, Gone, KoppelError, Unanswered
from shared.mapping import Entity
from shared.systems._answers import Named
from shared.systems._business_central_errors import error_of
from shared.systems._business_central_pages import COMPANY, READING, STAMP, CompanyPages, observed_in, place, selected
from shared.systems._client import AT_FAULT, SUCCESS, Search, few_enough, json_body, rows_of
from shared.systems._connection import Connection
from shared.systems._elsewhere import Elsewhere, asked_elsewhere, moved, read_along, shown
from shared.systems._erp import ErpClient
from shared.systems._json_batch import read_json_batch, write_json_batch
from shared.systems._multipart import Part, PartAnswer
from shared.systems._odata import QUOTED, equals, if_match
from shared.systems._port import Body, Condition, Cursor, Observation, Page, Reading
from shared.systems._web_client import client_of, known_by, link_to

COMPANIES: Final = "v2.0/companies"
COMPANY_PING: Final = f"{COMPANIES}?$select=id,name&$top=1"
"""Something small that everybody may ask for who may sign in."""
OVERLAP: Final = timedelta(minutes=10)
"""Longer than a transaction takes: what it writes is stamped when it is written, and seen when it is over."""
LARGEST_PAGE: Final = 20_000
NOT_THERE: Final = 404
AT_ONCE: Final = 5.0
IN_A_WHILE: Final = (6000, 300.0)
"""What the service lets one user ask at the same time, and how often in how many seconds (reference: 10)."""
RESOURCE: Final = "https://api.businesscentral.dynamics.com"
"""For whom tokens are, wherever the service runs (reference: 2)."""
_LANGUAGE: Final[Mapping[str, str]] = {"Accept": "application/json", "Accept-Language": "en-US"}
WRITES: Final[Mapping[str, str]] = {**_LANGUAGE, "Content-Type": "application/json"}


class BusinessCentral(ErpClient):
    """A client for one environment: its base ends before the name of an API, as `.../v2.0/<tenant>/<environment>/api`.

    overlap: how far a look at what changed reaches back behind the last change that was seen. elsewhere: by entity, who
    works out what no page of it shows.
    """

    name = "business_central"
    title = "Business Central"
    reading_headers: Mapping[str, str] = READING
    batch_headers: Mapping[str, str] = {**_LANGUAGE, "Prefer": "odata.continue-on-error"}

    def __init__(
        self,
        connection: Connection,
        boundary: Callable[[], str],
        overlap: timedelta = OVERLAP,
        elsewhere: Mapping[str, Elsewhere] | None = None,
    ) -> None:
        super().__init__(connection, boundary)
        self._overlap = overlap
        self._elsewhere = elsewhere or {}

    def error(self, status: int, content: bytes, entity: Entity | None = None, row_id: str = "") -> KoppelError:
        return error_of(status, content)

    async def ping(self) -> None:
        await self.get(COMPANY_PING)

    async def environment(self) -> str:
        """Its address: tenant and name. A copy that is restored in place keeps both."""
        parts = urlsplit(self.connection.base)
        return f"{parts.netloc}{parts.path}".lower()

    async def companies(self) -> Mapping[str, str]:
        """The names of all companies that the user may see, by id."""
        found = await self.get(f"{COMPANIES}?$select=id,name")
        return {str(each["id"]).lower(): str(each["name"]) for each in rows_of(found)}

    async def metadata(self, route: str) -> bytes:
        """What an API says of its pages (CSDL). Raises Denied if there is no such API."""
        headers = {**READING, "Accept": "application/xml"}
        response = await self.connection.send("GET", f"{route}/$metadata", headers, reads=True, kind="preflight")
        if response.status_code == NOT_THERE:
            raise Denied(f"Business Central has no API {route}")
        if response.status_code not in SUCCESS:
            raise error_of(response.status_code, response.content)
        return response.content

    # -- records

    async def links(self, entity: Entity, identities: Sequence[Sequence[str]]) -> Sequence[str]:
        """Cards in the web client, by the number or code that a record has now."""
        if not (client := entity.card and client_of(self.connection.base)):
            return [""] * len(identities)
        companies, name = await self.companies(), known_by(entity)
        found = await asyncio.gather(*(self.read(entity, each, [name]) for each in identities))
        return [
            link_to(client, companies.get(identity[0], ""), entity, str(each.row[name])) if each else ""
            for identity, each in zip(identities, found, strict=True)
        ]

    async def read(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        asked = shown(entity, columns, self._elsewhere)
        url = f"{_address(entity, identity)}?$select={selected(entity, asked)}"
        answer = await self.send(Part("GET", url, READING, about=_about(entity, identity)))
        if answer.status == 200:
            (found,) = await self.completed(entity, columns, [observed_in(answer.row, identity[0])])
            return found
        error = error_of(answer.status, answer.content)
        if isinstance(error, Gone):
            return None
        raise error

    async def any_of(self, entity: Entity, company: str, columns: Sequence[str]) -> Observation | None:
        """Some record of a company, if it has one."""
        found = await self.get(f"{place(entity, company)}?$top=1&$select={selected(entity, columns)}", kind="preflight")
        return next((observed_in(row, company) for row in rows_of(found)), None)

    async def confirm_gone(self, entity: Entity, identity: Sequence[str]) -> None:
        """An absence is one if the company is there: of a company that we may not see nothing can be told."""
        if identity[0] not in await self.companies():
            raise Denied(
                f"company {identity[0]} cannot be seen: let the app's user see it again; if it is deleted or given up, "
                "leave it out of BUSINESS_CENTRAL_COMPANIES"
            )

    async def find(self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]) -> list[Observation]:
        """By filter. The company goes into the address: a search without one asks every company that there is.

        What no filter knows is read along: whoever asks compares what is found.
        """
        asked = [value for field, value in conditions if field.name == COMPANY]
        rest = [each for each in conditions if each[0].name != COMPANY and not each[0].unfiltered]
        read = [
            *shown(entity, columns, self._elsewhere),
            *(each.wire_name for each, _ in conditions if each.unfiltered),
        ]
        found = await asyncio.gather(
            *(self._searches.ask(Search(entity, rest, read, each)) for each in asked or await self.companies())
        )
        return await self.completed(entity, columns, [row for rows in found for row in rows])

    @staticmethod
    def equals(condition: Condition) -> str:
        """A text is compared without regard to its letter case, as a person would look for it (reference: 6)."""
        field, value = condition
        if field.type not in QUOTED - {"code"}:
            return equals(condition)
        return f"tolower({field.wire_name}) eq {equals((field, value.lower())).partition(' eq ')[2]}"

    async def create(self, entity: Entity, body: Body, columns: Sequence[str]) -> Observation | None:
        """The new record has whatever id the service gives it, also where the body names one."""
        company = str(json.loads(body[COMPANY]))
        sent = {name: value for name, value in body.items() if name != COMPANY}
        answer = await self.send(Part("POST", place(entity, company), WRITES, json_body(sent), about=Named(entity, {})))
        return self._stored(answer, company)

    async def update(
        self, entity: Entity, identity: Sequence[str], body: Body, version: str, columns: Sequence[str]
    ) -> Observation:
        headers, about = {**WRITES, **if_match(version)}, _about(entity, identity)
        answer = await self.send(Part("PATCH", _address(entity, identity), headers, json_body(body), about=about))
        return self._stored(answer, identity[0])

    async def delete(self, entity: Entity, identity: Sequence[str], version: str) -> None:
        headers = {**_LANGUAGE, **if_match(version)}
        answer = await self.send(Part("DELETE", _address(entity, identity), headers, about=_about(entity, identity)))
        if answer.status not in SUCCESS:
            raise error_of(answer.status, answer.content)

    def _stored(self, answer: PartAnswer, company: str) -> Observation:
        """The record out of the answer to a write, which holds all of it."""
        if answer.status not in SUCCESS:
            raise error_of(answer.status, answer.content)
        if "id" not in (answer.row if answer.content else {}):
            raise Unanswered(f"Business Central answers {answer.status} without the record")
        return observed_in(answer.row, company)

    # -- batches

    def inner_url(self, url: str) -> str:
        """Relative to the API that serves it: a batch goes to one API."""
        return url.removeprefix(f"{_api(url)}/")

    def batch_url(self, parts: Sequence[Part]) -> str:
        return f"{_api(parts[0].url)}/$batch"

    def batch_body(self, parts: Sequence[Part]) -> tuple[bytes, str]:
        return write_json_batch(parts), "application/json"

    def batch_answers(self, parts: Sequence[Part], response: httpx.Response) -> Sequence[PartAnswer | Exception] | None:
        return read_json_batch(response.content, parts) if response.status_code == 200 else None

    async def _carry_out(self, parts: Sequence[Part]) -> Sequence[PartAnswer | Exception]:
        """By the API that serves them. Reads that a batch left without an answer are asked for once more."""
        replies: dict[int, PartAnswer | Exception] = {}
        apis: dict[str, list[int]] = {}
        for at, part in enumerate(parts):
            apis.setdefault(_api(part.url), []).append(at)
        for places in apis.values():
            replies |= zip(places, await self._of_one_api([parts[at] for at in places]), strict=True)
        return [replies[at] for at in range(len(parts))]

    async def _of_one_api(self, parts: Sequence[Part]) -> Sequence[PartAnswer | Exception]:
        replies = [*await super()._carry_out(parts)]
        left = [at for at, each in enumerate(parts) if each.method == "GET" and isinstance(replies[at], Unanswered)]
        if 0 < len(left) < len(parts):
            for at, reply in zip(left, await self._apart([parts[at] for at in left]), strict=True):
                replies[at] = reply
        return replies

    # -- passes

    def pages(self, entity: Entity, reading: Reading, cursor: Cursor | None) -> AsyncIterator[Page]:
        """All records, company by company. If changes are to be tracked, the last page tells where they begin."""
        return self._complete_pages(entity, reading, self._lists(entity, reading).all(cursor))

    def tells_changes(self, entity: Entity) -> bool:
        """Of whatever shows when it was modified."""
        return STAMP in entity.fields

    def changes(self, entity: Entity, reading: Reading, cursor: Cursor) -> AsyncIterator[Page]:
        """What was modified since. A company that the cursor does not know is read from its first record on."""
        if asked_elsewhere(entity, reading.columns):
            return self._changes(entity, reading, cursor)
        return self._lists(entity, reading).since(cursor, self._overlap)

    async def _changes(self, entity: Entity, reading: Reading, cursor: Cursor) -> AsyncIterator[Page]:
        """The same, and all records of a company where a list has moved that decides what no page of them shows.

        How the lists stood is found out before the first record is read, so that nothing that moves later is missed.
        """
        lists, since = cursor.get("lists", {}), cursor.get("since", {})
        if "done" not in cursor:
            looks, companies = self._elsewhere[entity.name], [*reading.companies] or sorted(await self.companies())
            stand = {each: await moved(self, entity, each, looks.day, lists.get(each, {}), self._overlap)
                     for each in companies}  # fmt: skip
            lists = {each: after for each, (after, _) in stand.items()}
            since = {each: stamp for each, stamp in since.items() if each in stand and not stand[each][1]}
        pages = self._lists(entity, reading).since({**cursor, "since": since}, self._overlap)
        async for page in self._complete_pages(entity, reading, pages):
            following = page.cursor and {**page.cursor, "lists": lists}
            yield replace(page, cursor=following, mark=page.mark and {**page.mark, "lists": lists})

    def _lists(self, entity: Entity, reading: Reading) -> CompanyPages:
        asked = replace(reading, columns=shown(entity, reading.columns, self._elsewhere))
        return CompanyPages(self, self.companies, entity, asked)

    async def _complete_pages(
        self, entity: Entity, reading: Reading, pages: AsyncIterator[Page]
    ) -> AsyncIterator[Page]:
        async for page in pages:
            yield replace(page, rows=await self.completed(entity, reading.columns, page.rows))

    async def completed(self, entity: Entity, columns: Sequence[str], rows: Sequence[Observation]) -> list[Observation]:
        return await read_along(self, self._elsewhere, entity, columns, rows)

    async def query(self, entity: Entity, text: str, columns: Sequence[str]) -> list[Observation]:
        """In all companies."""
        found = await asyncio.gather(
            *(self.query_in(company, entity, text, columns) for company in await self.companies())
        )
        return [row for rows in found for row in rows]

    async def query_in(self, company: str, entity: Entity, text: str, columns: Sequence[str]) -> list[Observation]:
        rows: list[Observation] = []
        reading = Reading(columns, text, page=LARGEST_PAGE)
        async for page in CompanyPages(self, self.companies, entity, reading).whole(company, "", text):
            rows += page.rows
            few_enough(entity, rows)
        return rows

    async def _takes(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> bool:
        company, row_id = identity
        try:
            await self.query_in(company, entity, f"id eq {row_id} and id ne {row_id}", columns)
        except AT_FAULT:
            return False
        return True


def _api(url: str) -> str:
    """The API that an address is of: all that stands before the companies."""
    return url.partition("/companies")[0]


def _address(entity: Entity, identity: Sequence[str]) -> str:
    company, row_id = identity
    return f"{place(entity, company)}({row_id})"


def _about(entity: Entity, identity: Sequence[str]) -> Named:
    """By its id alone: no answer says of which company its record is."""
    return Named(entity, {"id": identity[1]})
