"""The OData API of Dynamics 365 finance and operations (reference: finops-odata)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from shared.errors import CursorLost, KoppelError, Unanswered
from shared.mapping import Entity, reader
from shared.systems._client import HEADERS, WRITING, ODataClient, json_body, observed, observed_answer
from shared.systems._finops_errors import error_of
from shared.systems._multipart import Part
from shared.systems._odata import encoded, equals, key_segment, literal
from shared.systems._port import Body, Condition, Cursor, Observation, Page, Reading

CROSS: Final = "cross-company=true"
_ORDERED: Final = frozenset({"text", "code", "int", "decimal"})
_RETURNING: Final[Mapping[str, str]] = {**WRITING, "Prefer": "return=representation"}


class Finops(ODataClient):
    """A client for one environment. Every call spans companies; the company stands in the key or in the filter."""

    name = "finops"

    def inner_url(self, url: str) -> str:
        return f"{self.connection.base}/{url}"

    def error(self, status: int, content: bytes, about: str = "") -> KoppelError:
        return error_of(status, content)

    async def ping(self) -> None:
        await self.get(f"CustomerGroups?{CROSS}&$top=1&$select=CustomerGroupId")

    async def environment(self) -> str:
        """The service tells no id of its own: its address is what names it."""
        return urlsplit(self.connection.base).netloc.lower()

    # -- records

    async def read(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        url = f"{_address(entity, identity)}?{CROSS}&$select={','.join(columns)}"
        answer = await self.send(Part("GET", url, HEADERS))
        if answer.status == 200:
            return observed_answer(answer)
        if answer.status == 404:
            return None
        raise error_of(answer.status, answer.content)

    async def find(self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]) -> list[Observation]:
        """By key where the conditions are the key, so that wildcards in codes mean nothing; else by filter."""
        values = {field.name: value for field, value in conditions}
        if values.keys() == set(entity.key):
            found = await self.read(entity, [values[name] for name in entity.key], columns)
            return [found] if found else []
        return await super().find(entity, conditions, columns)

    async def create(self, entity: Entity, body: Body, columns: Sequence[str]) -> Observation | None:
        answer = await self.send(Part("POST", f"{entity.name}?{CROSS}", _RETURNING, json_body(body), alone=True))
        if answer.status != 201:
            raise error_of(answer.status, answer.content)
        return observed_answer(answer)

    async def update(
        self, entity: Entity, identity: Sequence[str], body: Body, version: str, columns: Sequence[str]
    ) -> Observation:
        url, headers = f"{_address(entity, identity)}?{CROSS}", {**_RETURNING, "If-Match": version}
        answer = await self.send(Part("PATCH", url, headers, json_body(body), alone=True))
        if answer.status != 200:
            raise error_of(answer.status, answer.content)
        return observed_answer(answer)

    async def delete(self, entity: Entity, identity: Sequence[str], version: str) -> None:
        url, headers = f"{_address(entity, identity)}?{CROSS}", {**WRITING, "If-Match": version}
        answer = await self.send(Part("DELETE", url, headers, alone=True))
        if answer.status != 204:
            raise error_of(answer.status, answer.content)

    # -- passes

    async def pages(self, entity: Entity, reading: Reading, cursor: Cursor | None) -> AsyncIterator[Page]:
        """All records, company by company in key order.

        Each page asks for what comes after the last key seen, so records that move while we read are neither lost nor
        doubled. Entities whose key cannot be compared (enumerations, several parts) are read over the server's links.
        """
        key = [name for name in entity.key if name != "dataAreaId"]
        if len(key) != 1 or entity.fields[key[0]].type not in _ORDERED:
            yield Page(await self._all(entity, reading), None)
            return
        companies = list(reading.companies) if "dataAreaId" in entity.key else [""]
        at, last = (int(cursor["company"]), cursor["after"]) if cursor else (0, None)
        while at < len(companies):
            rows, last = await self._after(entity, reading, key[0], companies[at], last)
            at += last is None
            yield Page(rows, {"company": at, "after": last} if at < len(companies) else None)

    async def _after(
        self, entity: Entity, reading: Reading, key: str, company: str, last: str | None
    ) -> tuple[list[Observation], str | None]:
        """One page of a company after a key; the last key read, or None if that was the end."""
        field = entity.fields[key]
        terms = [equals((entity.fields["dataAreaId"], company))] if company else []
        terms += [reading.filter] if reading.filter else []
        terms += [f"{key} gt {literal(last, field)}"] if last is not None else []
        options = f"&$orderby={key}&$top={reading.page}"
        rows = await self.query(entity, " and ".join(terms), reading.columns, options)
        if len(rows) < reading.page:
            return rows, None
        return rows, reader(field)(rows[-1].row[key])

    async def _all(self, entity: Entity, reading: Reading) -> list[Observation]:
        terms = [reading.filter] if reading.filter else []
        if "dataAreaId" in entity.key and reading.companies:
            field = entity.fields["dataAreaId"]
            terms.append(f"({' or '.join(equals((field, company)) for company in reading.companies)})")
        return await self.query(entity, " and ".join(terms), reading.columns, f"&$orderby={','.join(entity.key)}")

    def changes(self, entity: Entity, reading: Reading, cursor: Cursor) -> AsyncIterator[Page]:
        """F&O has no change feed: events are the fast path, the compare pass finds what they lost."""
        raise CursorLost(f"{entity.name} has no change feed for {reading} after {cursor}")

    async def query(self, entity: Entity, text: str, columns: Sequence[str], options: str = "") -> list[Observation]:
        url = (
            f"{entity.name}?{CROSS}&$select={','.join(columns)}"
            + (f"&$filter={encoded(text)}" if text else "")
            + options
        )
        rows: list[Observation] = []
        following, seen = url, set[str]()
        while following:
            if following in seen:
                raise Unanswered("F&O repeats the same page link")
            seen.add(following)
            body = await self.get(following, kind="page")
            rows += [observed(row) for row in body["value"]]
            following = self.link(body, "nextLink") or ""
        return rows


def _address(entity: Entity, identity: Sequence[str]) -> str:
    return entity.name + key_segment(entity, identity)
