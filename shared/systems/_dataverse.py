"""The Dataverse Web API (reference: dataverse-web-api)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from shared.errors import (
    CursorLost,
    Exists,
    Failed,
    Gone,
    KoppelError,
    NoField,
    Refused,
    Rejected,
    Stale,
    Unanswered,
    cause_of,
)
from shared.mapping import Entity, Field, Secured, look
from shared.systems._answers import Named, is_of_another, named, to_be
from shared.systems._batching import Batcher
from shared.systems._choice_options import ChoiceOptions
from shared.systems._client import (
    AT_FAULT,
    BATCH,
    HEADERS,
    SUCCESS,
    WRITING,
    ODataClient,
    few_enough,
    grouped,
    json_body,
    observed,
    rows_of,
)
from shared.systems._column_security import secured
from shared.systems._connection import Connection, parsed
from shared.systems._dataverse_errors import error_of, names_another
from shared.systems._exchange_rates import BaseCurrency
from shared.systems._looked_into import looked_into, own_columns
from shared.systems._mark import MARK_ID, MARKS, ledger_in, mark_of
from shared.systems._multipart import Part, PartAnswer
from shared.systems._odata import encoded, if_match
from shared.systems._paging import Paging
from shared.systems._port import Body, Condition, Cursor, Observation, Page, Reading

log: Final = logging.getLogger("koppel.systems")

TAG: Final = "koppel"
WHO: Final = "WhoAmI"
"""Something small that everybody may ask for."""
LARGEST_PAGE: Final = 5000
NOT_FOUND: Final = 404
_TARGET: Final = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
_RELATION: Final = "ReferencingEntity,ReferencingAttribute,CascadeConfiguration"
BOOKKEEPING: Final = frozenset({
    "asyncoperation", "bulkdeletefailure", "duplicaterecord", "mailboxtrackingfolder", "postfollow", "postregarding",
    "postrole", "principalobjectattributeaccess", "processsession", "syncerror",
})  # fmt: skip
"""Tables that the platform itself fills beside other records: their rows are nobody's work."""
_NO_BULK: Final = frozenset({"0x8006088a", "501"})


_BY_SOMEBODY: Final = frozenset({"UserOwned", "TeamOwned"})


@dataclass(frozen=True, slots=True)
class _Creation:
    entity: Entity
    body: Body
    columns: Sequence[str]


_BY: Final = ("_createdby_value", "_modifiedby_value")
"""Who has made a row, and who was the last to modify it."""


class Dataverse(ODataClient):
    """A client for one environment. Every write carries its tag, so that its events are recognised."""

    name = "dataverse"
    folds = staticmethod(look)
    reading_headers: Mapping[str, str] = {**HEADERS, "If-None-Match": "null"}
    batch_headers: Mapping[str, str] = {**HEADERS, "Prefer": "odata.continue-on-error"}

    def __init__(self, connection: Connection, boundary: Callable[[], str], tag: str = TAG) -> None:
        super().__init__(connection, boundary)
        self._tag = tag
        self._path = urlsplit(connection.base).path
        self._creations: Batcher[_Creation, Observation | None] = Batcher(self._create_all, BATCH)
        self._without_bulk: set[str] = set()
        self._owned: dict[str, bool] = {}
        self._options = ChoiceOptions(self.get, self.put)

    def tagged(self, tag: str) -> Dataverse:
        """The same environment under another tag: what is written through it does not pass for a write of the flows."""
        return Dataverse(self.connection, self._boundary, tag)

    def inner_url(self, url: str) -> str:
        return f"{self._path}/{url}"

    def error(self, status: int, content: bytes, entity: Entity | None = None, row_id: str = "") -> KoppelError:
        return error_of(status, content, entity.type if entity else "", row_id)

    async def ping(self) -> None:
        await self.get(WHO)

    async def environment(self) -> str:
        who = await self.get("WhoAmI")
        if not who.get("OrganizationId"):
            raise Unanswered("Dataverse does not tell its organisation")
        return str(who["OrganizationId"]).lower()

    async def user(self) -> str:
        return str((await self.get("WhoAmI")).get("UserId", "")).lower()

    async def base_currency(self) -> BaseCurrency:
        """The one that every amount is kept in as well, and against which the rates of the others are."""
        found = await self.get(
            "organizations?$select=currencydecimalprecision&$expand=basecurrencyid($select=isocurrencycode)"
        )
        (row, *_) = rows_of(found) or [{}]
        base = row.get("basecurrencyid") or {}
        if not base.get("isocurrencycode"):
            raise Unanswered("Dataverse does not tell the base currency of its organisation")
        return BaseCurrency(str(base["isocurrencycode"]).upper(), row.get("currencydecimalprecision"))

    async def taken_along(self, entity: Entity) -> Sequence[tuple[Entity, Field]]:
        if entity.choice:
            return []
        below = f"EntityDefinitions(LogicalName='{entity.type}')"
        found = await self.get(f"{below}/OneToManyRelationships?$select={_RELATION}")
        columns = {
            (str(each["ReferencingEntity"]), str(each["ReferencingAttribute"]))
            for each in found["value"]
            if each["CascadeConfiguration"]["Delete"] == "Cascade" and each["ReferencingEntity"] not in BOOKKEEPING
        }
        tables = await asyncio.gather(*(self._named(name) for name in sorted({name for name, _ in columns})))
        known = {table.type: table for table in tables}
        return [(known[name], Field(column, "lookup")) for name, column in sorted(columns)]

    async def has_owners(self, entity: Entity) -> bool:
        """Asked once in a process: a table does not change hands."""
        if entity.choice:
            return False
        if entity.type not in self._owned:
            found = await self.get(f"EntityDefinitions(LogicalName='{entity.type}')?$select=OwnershipType")
            self._owned[entity.type] = found["OwnershipType"] in _BY_SOMEBODY
        return self._owned[entity.type]

    async def links(self, entity: Entity, identities: Sequence[Sequence[str]]) -> Sequence[str]:
        """On the main form (reference: business-central 3.17); an option of a choice has none."""
        parts = urlsplit(self.connection.base)
        form = f"{parts.scheme}://{parts.netloc}/main.aspx?pagetype=entityrecord&etn={entity.type}&id="
        return ["" if entity.choice else f"{form}{row_id}" for (row_id,) in identities]

    async def mark(self) -> str:
        found = await self.get(f"{MARKS}?$select=description&$filter=serviceendpointid eq {MARK_ID}")
        return next(map(ledger_in, rows_of(found)), "")

    async def leave_mark(self, ledger: str) -> None:
        """Creates the row or replaces it: an upsert, for nobody else has that id."""
        await self.put("PATCH", f"{MARKS}({MARK_ID})", mark_of(ledger, self.connection.base))

    async def put(
        self, method: str, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Sends what is no record of a flow: an action, metadata, a registration. The answer, which may be nothing.

        Raises what the refusal means.
        """
        content = b"" if method == "DELETE" else json.dumps(body, ensure_ascii=False).encode()
        answer = await self.connection.send(method, url, {**WRITING, **(headers or {})}, content, kind="setup")
        if answer.status_code >= 300:
            raise self.error(answer.status_code, answer.content)
        return parsed(answer) if answer.content else {}

    async def secured(self, tables: Collection[str]) -> Secured:
        return await secured(self.get, tables, self.user)

    async def _named(self, logical: str) -> Entity:
        """A table that no map is about: just enough to look for its rows."""
        url = f"EntityDefinitions(LogicalName='{logical}')?$select=LogicalName,EntitySetName,PrimaryIdAttribute"
        found = await self.get(url)
        return Entity(self.name, str(found["EntitySetName"]), (str(found["PrimaryIdAttribute"]),), {}, logical)

    # -- records

    async def read(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        if entity.choice:
            return await self._options.read(entity, identity[0])
        own = own_columns(entity, columns)
        url = f"{entity.name}({identity[0]})?$select={','.join(own)}"
        prefer = _annotations(entity, own)
        headers = {**self.reading_headers, **({"Prefer": prefer} if prefer else {})}
        answer = await self.send(Part("GET", url, headers, about=_row(entity, identity, alone=True)))
        if answer.status == 200:
            return await self._looked(entity, columns, observed(answer.row))
        error = self.error(answer.status, answer.content, entity, identity[0])
        if isinstance(error, Gone):
            return None
        raise error

    async def confirm_gone(self, entity: Entity, identity: Sequence[str]) -> None:
        """Nothing to ask: Dataverse refuses a read for want of a privilege, and does not call the row absent."""

    async def find(self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]) -> list[Observation]:
        if entity.choice:
            return await self._options.find(entity, conditions)
        return await super().find(entity, conditions, columns)

    async def create(self, entity: Entity, body: Body, columns: Sequence[str]) -> Observation | None:
        if entity.choice:
            return await self._options.create(entity, body)
        made = await self._creations.ask(_Creation(entity, body, own_columns(entity, columns)))
        return made and await self._looked(entity, columns, made)

    async def update(
        self, entity: Entity, identity: Sequence[str], body: Body, version: str, columns: Sequence[str]
    ) -> Observation:
        if entity.choice:
            return await self._options.update(entity, identity[0], body, version)
        own = own_columns(entity, columns)
        url = f"{entity.name}({identity[0]})?$select={','.join(own)}&tag={self._tag}"
        headers = {**WRITING, "Prefer": _returning(entity, own), **if_match(version)}
        answer = await self.send(Part("PATCH", url, headers, json_body(body), about=named(entity, identity)))
        return await self._looked(entity, columns, self.written(answer, entity, identity[0]))

    async def delete(self, entity: Entity, identity: Sequence[str], version: str) -> None:
        if entity.choice:
            await self._options.delete(entity, identity[0], version)
            return
        url, headers = f"{entity.name}({identity[0]})?tag={self._tag}", {**WRITING, **if_match(version)}
        answer = await self.send(Part("DELETE", url, headers, about=_row(entity, identity)))
        if answer.status not in SUCCESS:
            raise self.error(answer.status, answer.content, entity, identity[0])

    # -- passes

    async def pages(self, entity: Entity, reading: Reading, cursor: Cursor | None) -> AsyncIterator[Page]:
        """All rows. If changes are to be tracked, the last page marks where they begin.

        Where a page fails, what follows is read by id, row by row; a read that tracks changes begins anew without that,
        for it has no order. A cursor that is no longer taken begins anew, too: rows may come twice, none is missed.
        """
        if entity.choice:
            yield Page(await self._options.rows(entity), None)
            return
        if cursor is not None and cursor.get("apart"):
            async for page in self._row_by_row(entity, reading, cursor):
                yield page
            return
        last = str(cursor.get("after", "")) if cursor else ""
        try:
            async for page in self._whole(entity, reading, cursor):
                last = str(page.cursor.get("after", "")) if page.cursor else last
                yield page
        except AT_FAULT as problem:
            failed = problem
        else:
            return
        log.warning("a page of %s fails: %s", entity.name, cause_of(failed))
        if reading.track and entity.change_tracking:
            following = self.pages(entity, replace(reading, track=False), None)
        else:
            following = self._row_by_row(entity, reading, {"after": last}, failed)
        async for page in following:
            yield page

    async def _row_by_row(
        self, entity: Entity, reading: Reading, cursor: Cursor, failed: KoppelError | None = None
    ) -> AsyncIterator[Page]:
        """The rows behind one, by their ids, each for itself. failed: what the page said that they stood on.

        If that row is not there any more, all of them: rows may come twice.
        """
        after, url = cursor.get("after", ""), f"{entity.name}?$select={entity.id}{_in_order(entity, reading)}"
        prefer = _preferring(entity, [entity.id], reading.page)
        try:
            async for page in self._follow(entity, str(cursor.get("next") or url), prefer, [entity.id]):
                ids = [str(row.row[entity.id]).lower() for row in page.rows]
                if after and after not in ids:
                    continue
                names, after = [[each] for each in ids[ids.index(after) + 1 if after else 0 :]], ""
                if not names and (page.cursor or not failed):
                    continue
                rows, broken = await self.one_by_one(entity, names, reading.columns, failed)
                yield Page(rows, page.cursor and {"next": page.cursor["next"], "apart": True}, broken=broken)
                failed = None
        except AT_FAULT as problem:
            raise failed or problem from problem
        if after:
            async for page in self._row_by_row(entity, reading, {}, failed):
                yield page

    async def _whole(self, entity: Entity, reading: Reading, cursor: Cursor | None) -> AsyncIterator[Page]:
        track = reading.track and entity.change_tracking
        own = own_columns(entity, reading.columns)
        url = f"{entity.name}?$select={','.join(own)}"
        if not track:
            url += _in_order(entity, reading)
        prefer = _preferring(entity, own, reading.page, track=track)
        if cursor is not None:
            try:
                async for page in self._follow(entity, str(cursor["next"]), prefer, reading.columns):
                    yield page
            except (Refused, Rejected, NoField, CursorLost) as refusal:
                log.warning("the place in %s is no longer known, it is read anew: %s", entity.name, cause_of(refusal))
            else:
                return
        async for page in self._follow(entity, url, prefer, reading.columns):
            yield page

    async def changes(self, entity: Entity, reading: Reading, cursor: Cursor) -> AsyncIterator[Page]:
        """What changed. A cursor that is refused for whatever reason would be refused for ever: it is lost."""
        start = cursor.get("next") or cursor.get("delta")
        if not start:
            raise CursorLost(f"there is no change cursor for {entity.name}")
        prefer = _preferring(entity, own_columns(entity, reading.columns), reading.page, track=True)
        try:
            async for page in self._follow(entity, str(start), prefer, reading.columns):
                yield page
        except (Refused, Rejected, NoField) as refusal:
            raise CursorLost(f"the change cursor of {entity.name} is no longer taken: {refusal}") from refusal

    async def query(self, entity: Entity, text: str, columns: Sequence[str]) -> list[Observation]:
        own = own_columns(entity, columns)
        url = f"{entity.name}?$select={','.join(own)}&$filter={encoded(text)}"
        prefer = _preferring(entity, own, LARGEST_PAGE)
        rows: list[Observation] = []
        async for page in self._follow(entity, url, prefer, columns):
            rows += page.rows
            few_enough(entity, rows)
        return rows

    async def _sought(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        """A row that is only looked at: sought with others, for each request counts against the limit of the service.
        A search leaves out what is hidden from us, too, and says nothing of it: only a read tells.
        """
        try:
            found = await self.find(entity, [(entity.fields[entity.id], identity[0])], columns)
        except AT_FAULT:
            found = []
        return found[0] if found else await self.read(entity, identity, columns)

    async def _looked(self, entity: Entity, columns: Sequence[str], found: Observation) -> Observation:
        (looked,) = await looked_into(self._sought, entity, columns, [found])
        return looked

    async def _follow(self, entity: Entity, url: str, prefer: str, columns: Sequence[str]) -> AsyncIterator[Page]:
        paging = Paging("Dataverse")
        following: str | None = url
        while following:
            paging.follow(following)
            try:
                body = await self.get(following, {"Prefer": prefer}, kind="page")
            except Failed as problem:
                raise Failed(f"{entity.name} cannot be read: {problem}") from problem
            if is_of_another(entity, body):
                raise Unanswered(f"a page of {entity.name} holds rows of another table")
            following, delta = self.link(body, "nextLink"), self.link(body, "deltaLink")
            paging.take(found := rows_of(body))
            there = [observed(row) for row in found if "reason" not in row]
            rows = await looked_into(self._sought, entity, columns, there)
            deleted = [str(row["id"]).lower() for row in found if "reason" in row]
            onward = {"next": following, "after": str(there[-1].row.get(entity.id, "")).lower() if there else ""}
            yield Page(rows, onward if following else None, deleted, {"delta": delta} if delta else None)

    # -- creating in bulk

    async def _create_all(self, asked: Sequence[_Creation]) -> Sequence[Observation | Exception | None]:
        replies: list[Observation | Exception | None] = [None] * len(asked)
        for places in grouped(ask.entity.name for ask in asked):
            try:
                answers = await self._create_some([asked[place] for place in places])
            except KoppelError as problem:
                answers = [problem] * len(places)
            for place, reply in zip(places, answers, strict=True):
                replies[place] = reply
        return replies

    async def _create_some(self, asked: Sequence[_Creation]) -> Sequence[Observation | Exception | None]:
        """Several new rows of one table in one message, all or nothing; if refused, row by row."""
        entity = asked[0].entity
        if len(asked) > 1 and entity.name not in self._without_bulk:
            try:
                await self._create_multiple(entity, asked)
            except Rejected as refusal:
                self._without_bulk |= {entity.name} if refusal.code in _NO_BULK else set()
            except (Exists, Gone, Stale):
                pass  # one row is at fault: the single rows below tell which
            else:
                return await self._as_made(entity, asked)
        answers = await self._carry_out([_creating(ask, self._tag) for ask in asked])
        return [self._created(answer, entity) for answer in answers]

    async def _create_multiple(self, entity: Entity, asked: Sequence[_Creation]) -> None:
        kind = f'{{"@odata.type":"Microsoft.Dynamics.CRM.{entity.type}",'.encode()
        rows = b",".join(kind + json_body(ask.body)[1:] for ask in asked)
        url = f"{entity.name}/Microsoft.Dynamics.CRM.CreateMultiple?tag={self._tag}"
        content = b'{"Targets":[' + rows + b"]}"
        response = await self.connection.send("POST", url, WRITING, content, kind="create multiple")
        if response.status_code != 200:
            raise self.error(response.status_code, response.content, entity)
        sent = [json.loads(ask.body[entity.id]) for ask in asked]
        if [str(each).lower() for each in parsed(response).get("Ids", ())] != sent:
            raise Unanswered(f"{len(asked)} new rows of {entity.name} were answered with other ids than were sent")

    async def _as_made(self, entity: Entity, asked: Sequence[_Creation]) -> list[Observation | None]:
        """The rows as the server has made them, read back at once: the answer to CreateMultiple holds nothing but ids.

        None where that cannot be told: a row is not seen yet, or somebody else has modified it since. What is seen has
        no version: nobody knows which one the create made.
        """
        ids = [str(json.loads(ask.body[entity.id])) for ask in asked]
        columns = list(dict.fromkeys(name for ask in asked for name in (*ask.columns, *_BY)))
        try:
            found = await self.query(entity, " or ".join(f"{entity.id} eq {each}" for each in ids), columns)
        except KoppelError as problem:
            log.warning("%s new rows of %s cannot be read back: %s", len(ids), entity.name, cause_of(problem))
            return [None] * len(ids)
        made, changed = _BY
        rows = {str(each.row[entity.id]).lower(): each for each in found if each.row.get(made) == each.row.get(changed)}
        return [Observation(rows[each].row, "") if each in rows else None for each in ids]

    def _created(self, answer: PartAnswer | Exception, entity: Entity) -> Observation | Exception | None:
        """None where the record was created and the answer does not hold it: its id is the one that was sent."""
        if isinstance(answer, Exception):
            return answer
        if answer.status in SUCCESS and not answer.content:
            return None
        try:
            return self.written(answer, entity)
        except Gone as missing:
            return Rejected(f"it refers to a record that is not there: {missing}", code="reference")
        except KoppelError as problem:
            return problem


def _in_order(entity: Entity, reading: Reading) -> str:
    """Options of a read that follows the ids of a table."""
    return f"&$orderby={entity.id}" + (f"&$filter={encoded(reading.filter)}" if reading.filter else "")


def _annotations(entity: Entity, columns: Sequence[str]) -> str:
    """Asked for where a column may point to several tables: only the annotation tells which."""
    wanted = (entity.find(name.removeprefix("_").removesuffix("_value")) for name in columns if name.startswith("_"))
    return _TARGET if any(found and len(found.targets) > 1 for found in wanted) else ""


def _preferring(entity: Entity, columns: Sequence[str], page: int, *, track: bool = False) -> str:
    """Tracked reads go without annotations: with them the delta link is missing (reference: dataverse-web-api 12)."""
    if track:
        return f"odata.track-changes,odata.maxpagesize={page}"
    return ",".join(filter(None, (f"odata.maxpagesize={page}", _annotations(entity, columns))))


def _returning(entity: Entity, columns: Sequence[str]) -> str:
    annotations = _annotations(entity, columns)
    return "return=representation" + (f",{annotations}" if annotations else "")


@dataclass(frozen=True, slots=True)
class _Row(Named):
    """A row that is read or deleted: a refusal names it, too, if it is not there.

    alone: no other row can be what is missing, in no table.
    """

    alone: bool = False

    def denied_by(self, answer: PartAnswer) -> bool:
        missing = names_another(answer.content, self.entity.type, self.key[self.entity.id], anywhere=self.alone)
        return (answer.status == NOT_FOUND and missing) or Named.denied_by(self, answer)


def _row(entity: Entity, identity: Sequence[str], *, alone: bool = False) -> _Row:
    return _Row(entity, {entity.id: identity[0]}, alone)


def _creating(ask: _Creation, tag: str) -> Part:
    url = f"{ask.entity.name}?$select={','.join(ask.columns)}&tag={tag}"
    headers = {**WRITING, "Prefer": _returning(ask.entity, ask.columns)}
    return Part("POST", url, headers, json_body(ask.body), about=to_be(ask.entity, ask.body))
