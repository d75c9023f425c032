"""What the two OData clients share: gathered requests, gathered searches, rows with their versions."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from shared.errors import Failed, KoppelError, Rejected, Unanswered
from shared.mapping import Entity, fold, reader
from shared.systems._answers import own
from shared.systems._batching import Batcher
from shared.systems._connection import Connection, parsed
from shared.systems._multipart import Part, PartAnswer, is_multipart, read_batch, write_batch
from shared.systems._odata import equals, literal, one_of
from shared.systems._port import Body, Condition, Observation

BATCH: Final = 100
TOO_LARGE: Final = 413
SEARCHES: Final = 400
MOST_FOUND: Final = 50_000
"""Records that one search may find: more than hang on any record."""
SUCCESS: Final = range(200, 300)
AT_FAULT: Final = (Failed, Rejected)
"""What a page may answer because of one record on it."""
HEADERS: Final[Mapping[str, str]] = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}
WRITING: Final[Mapping[str, str]] = {**HEADERS, "Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Search:
    """One record's search; `columns` are what is asked for of what is found.

    company: where the address of a table names it.
    """

    entity: Entity
    conditions: Sequence[Condition]
    columns: Sequence[str]
    company: str = ""

    @property
    def read(self) -> list[str]:
        """The columns, and those that tell whether a row meets the conditions."""
        return [*self.columns, *(field.wire_name for field, _ in self.conditions)]


class ODataClient(ABC):
    """Requests for single records that travel together when they are asked for together.

    folds: a text as the system compares it. equals: a condition as it takes it.
    """

    name: str
    folds: Callable[[str], str] = staticmethod(fold)
    equals: Callable[[Condition], str] = staticmethod(equals)
    reading_headers: Mapping[str, str] = HEADERS
    batch_headers: Mapping[str, str] = HEADERS

    def __init__(self, connection: Connection, boundary: Callable[[], str]) -> None:
        self.connection = connection
        self._boundary = boundary
        self._requests: Batcher[Part, PartAnswer] = Batcher(self._carry_out, BATCH)
        self._searches: Batcher[Search, list[Observation]] = Batcher(self._search_all, SEARCHES)

    @property
    def calls(self) -> Mapping[str, int]:
        return self.connection.calls

    @property
    def away(self) -> bool:
        return self.connection.away

    @property
    def throttles(self) -> int:
        return self.connection.throttles

    def tells_changes(self, entity: Entity) -> bool:
        """Not without a mark to begin with, which in Dataverse a read of the whole table sets."""
        return False

    @abstractmethod
    def inner_url(self, url: str) -> str:
        """The address of a request inside a batch."""

    @abstractmethod
    def error(self, status: int, content: bytes, entity: Entity | None = None, row_id: str = "") -> KoppelError:
        """What a refusal means for the engine. entity, row_id: what the request was about, if it was about a record."""

    @abstractmethod
    async def query(self, entity: Entity, text: str, columns: Sequence[str]) -> list[Observation]:
        """Every record that meets a filter."""

    async def query_in(self, company: str, entity: Entity, text: str, columns: Sequence[str]) -> list[Observation]:
        """The same of one company. company: empty where no address names any."""
        return await self.query(entity, text, columns)

    async def send(self, part: Part) -> PartAnswer:
        """One request, alone or in a batch with others asked for at the same moment."""
        return await self._requests.ask(part)

    async def get(self, url: str, headers: Mapping[str, str] | None = None, kind: str = "get") -> dict[str, Any]:
        """The JSON answer of a GET below the service root, or of a link that an earlier answer gave."""
        sent = {**self.reading_headers, **(headers or {})}
        response = await self.connection.send("GET", url, sent, reads=True, kind=kind)
        if response.status_code != 200:
            raise self.error(response.status_code, response.content)
        return parsed(response)

    async def completed(
        self, _entity: Entity, _columns: Sequence[str], rows: Sequence[Observation]
    ) -> Sequence[Observation]:
        """As they are: whatever is asked of a record stands in it."""
        return rows

    async def find(self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]) -> list[Observation]:
        """Every record that meets all conditions."""
        return await self._searches.ask(Search(entity, conditions, columns))

    async def one_by_one(
        self, entity: Entity, identities: Sequence[Sequence[str]], columns: Sequence[str], page: KoppelError | None
    ) -> tuple[list[Observation], dict[tuple[str, ...], str]]:
        """The records of a page that failed, each read for itself, and what is said about those that cannot be read.

        Raises what the page said if that is true of all of them, so that no single one is at fault. The only one of its
        page is, unless a search that finds nobody is refused as well.
        """
        answers = await asyncio.gather(*(_attempt(self._alone(entity, each, columns)) for each in identities))
        rows = [row for found in answers if not isinstance(found, KoppelError) for row in found]
        pairs = zip(identities, answers, strict=True)
        broken = {tuple(each): str(found) for each, found in pairs if isinstance(found, AT_FAULT)}
        away = [found for found in answers if isinstance(found, KoppelError) and not isinstance(found, AT_FAULT)]
        if away:
            raise away[0]
        lone = next(iter(broken)) if len(broken) == 1 else None
        if not rows and (lone is None or (isinstance(page, Rejected) and not await self._takes(entity, lone, columns))):
            raise page or Failed(f"{entity.name} cannot be read: {next(iter(broken.values()), 'no row is there')}")
        return rows, broken

    async def _takes(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> bool:
        """True if a search for these columns that cannot find anything is answered."""
        key = entity.fields[entity.key[0]]
        other = f"{key.wire_name} ne {literal(identity[0], key)}"
        try:
            await self.query(entity, f"{equals((key, identity[0]))} and {other}", columns)
        except AT_FAULT:
            return False
        return True

    async def _alone(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> list[Observation]:
        """A record by its key, sought with others; by itself where they are refused together. Empty if it is gone."""
        key = [(entity.fields[name], value) for name, value in zip(entity.key, identity, strict=True)]
        try:
            return await self.find(entity, key, columns)
        except AT_FAULT:
            found = await self.read(entity, identity, columns)
            return [found] if found else []

    @abstractmethod
    async def read(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        """The record, or None if the system says there is none."""

    def link(self, body: Mapping[str, Any], name: str) -> str | None:
        """A link out of an answer. It must stay on this host: our token goes with it."""
        found = body.get(f"@odata.{name}")
        return self.connection.address(str(found)) if found else None

    def written(self, answer: PartAnswer, entity: Entity, row_id: str = "") -> Observation:
        """The row as stored, out of the answer to a write.

        Raises Unanswered if the write succeeded and the answer does not hold the row: the engine looks.
        """
        if answer.status not in SUCCESS:
            raise self.error(answer.status, answer.content, entity, row_id)
        if answer.status not in {200, 201}:
            raise Unanswered(f"{self.name} answers {answer.status} without the row")
        return observed(answer.row)

    async def _carry_out(self, parts: Sequence[Part]) -> Sequence[PartAnswer | Exception]:
        """Requests that each succeed or fail alone: one directly, several in a batch."""
        if len(parts) == 1:
            return [await self._carry_out_one(parts[0])]
        reads = [place for place, part in enumerate(parts) if part.method == "GET"]
        try:
            return await self._carry_out_batch(parts, reads=len(reads) == len(parts))
        except Unanswered as lost:
            if len(reads) in {0, len(parts)}:
                raise
            replies: list[PartAnswer | Exception] = [lost] * len(parts)
        for place, reply in zip(reads, await self._apart([parts[place] for place in reads]), strict=True):
            replies[place] = reply
        return replies

    async def _apart(self, parts: Sequence[Part]) -> Sequence[PartAnswer | Exception]:
        """Some of the requests of a batch, sent again: what goes wrong with them says nothing about the others."""
        try:
            return await self._carry_out(parts)
        except KoppelError as problem:
            return [problem] * len(parts)

    async def _carry_out_one(self, part: Part) -> PartAnswer:
        content, reads, kind = part.content or None, part.method == "GET", part.method.lower()
        response = await self.connection.send(part.method, part.url, part.headers, content, reads=reads, kind=kind)
        return own([part], [PartAnswer(response.status_code, dict(response.headers), response.content)])[0]

    async def _carry_out_batch(self, parts: Sequence[Part], *, reads: bool) -> Sequence[PartAnswer | Exception]:
        """A batch that is refused as a whole, for its size or for one request in it, was not carried out: in halves."""
        inside = [replace(each, url=self.inner_url(each.url)) for each in parts]
        body, content_type = self.batch_body(inside)
        headers, url = {**self.batch_headers, "Content-Type": content_type}, self.batch_url(parts)
        response = await self.connection.send("POST", url, headers, body, reads=reads, kind="batch")
        if (answers := self.batch_answers(parts, response)) is not None:
            return answers
        error = self.error(response.status_code, response.content)
        if len(parts) > 1 and (response.status_code == TOO_LARGE or isinstance(error, Rejected)):
            half = len(parts) // 2
            return [*await self._apart(parts[:half]), *await self._apart(parts[half:])]
        raise error

    def batch_url(self, parts: Sequence[Part]) -> str:
        """Where a batch of these requests is sent to."""
        return "$batch"

    def batch_body(self, parts: Sequence[Part]) -> tuple[bytes, str]:
        """A batch as the service takes it, and its content type."""
        return write_batch(parts, self._boundary())

    def batch_answers(self, parts: Sequence[Part], response: httpx.Response) -> Sequence[PartAnswer | Exception] | None:
        """The answers to the requests of a batch; None if it was refused as a whole."""
        if not is_multipart(response.headers.get("content-type", "")):
            return None
        return own(parts, read_batch(response.content, response.headers["content-type"]))

    async def _search_all(self, asked: Sequence[Search]) -> Sequence[list[Observation] | Exception]:
        """Searches of one entity over the same fields share a query; each takes the rows that meet its values."""
        replies: list[list[Observation] | Exception] = [[] for _ in asked]
        for places in grouped(f"{ask.company}/{ask.entity.name}" for ask in asked):
            chosen = [asked[place] for place in places]
            columns = list(dict.fromkeys(name for ask in chosen for name in ask.read))
            filters = list(one_of([ask.conditions for ask in chosen], self.equals, by_first=not chosen[0].company))
            pages = await asyncio.gather(
                *(_attempt(self.query_in(chosen[0].company, chosen[0].entity, text, columns)) for text, _ in filters)
            )
            for found, (_, served) in zip(pages, filters, strict=True):
                asks = [chosen[index] for index in served]
                if isinstance(found, Rejected) and len(asks) > 1:
                    replied = await self._each_alone(asks)
                else:
                    replied = [*_meeting(found, asks, self.folds)]
                for index, reply in zip(served, replied, strict=True):
                    replies[places[index]] = reply
        return replies

    async def _each_alone(self, asked: Sequence[Search]) -> list[list[Observation] | Exception]:
        """Searches that were refused together: which of them it is about shows if each asks for itself."""
        return [reply for ask in asked for reply in await self._search_all([ask])]


def few_enough(entity: Entity, rows: Sequence[Observation]) -> None:
    """Raises Rejected for what finds more records than anybody can be about."""
    if len(rows) > MOST_FOUND:
        raise Rejected(f"a search in {entity.name} finds more than {MOST_FOUND} records", code="too-many")


def grouped(names: Iterable[str]) -> list[list[int]]:
    """Places of equal names, in order of first appearance."""
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(name, []).append(place)
    return list(groups.values())


def observed(row: Mapping[str, Any]) -> Observation:
    """A row with its version."""
    return Observation(row, str(row.get("@odata.etag", "")))


def json_body(body: Body) -> bytes:
    """A JSON object from ready-made JSON texts."""
    return ("{" + ",".join(f'"{name}":{value}' for name, value in body.items()) + "}").encode()


def rows_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a page. Raises Unanswered if it holds none, not even an empty list."""
    rows = body.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unanswered(f"an answer is not a page of rows: {str(body)[:80]}")
    return rows


def exactly(rows: Sequence[Observation], conditions: Sequence[Condition]) -> list[Observation]:
    """Those of the rows found that meet the conditions to the letter: some servers find `Café` for `Cafe`."""
    readers = [(field.wire_name, reader(field), fold(value)) for field, value in conditions]
    return [each for each in rows if all(fold(read(each.row.get(name))) == value for name, read, value in readers)]


async def _attempt(query: Awaitable[list[Observation]]) -> list[Observation] | KoppelError:
    try:
        return await query
    except KoppelError as problem:
        return problem


def _meeting(
    found: list[Observation] | KoppelError, asked: Sequence[Search], folds: Callable[[str], str]
) -> Sequence[list[Observation] | Exception]:
    """Which rows each search has found. They all ask for values of the same fields.

    folds: how the server compares texts.
    """
    if isinstance(found, KoppelError):
        return [found] * len(asked)
    readers = [(field.wire_name, reader(field)) for field, _ in asked[0].conditions]
    rows: dict[tuple[str, ...], list[Observation]] = {}
    for each in found:
        rows.setdefault(tuple(folds(read(each.row.get(name))) for name, read in readers), []).append(each)
    return [list(rows.get(tuple(folds(value) for _, value in ask.conditions), ())) for ask in asked]
