"""The OData API of Dynamics 365 finance and operations (reference: finops-odata)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from shared.errors import CursorLost, Denied, Failed, Gone, KoppelError, Rejected, TryLater, Unanswered
from shared.mapping import Entity, Field, fold, reader, usable_entities
from shared.systems._answers import is_of_another, named, to_be
from shared.systems._client import (
    AT_FAULT,
    HEADERS,
    SUCCESS,
    WRITING,
    exactly,
    json_body,
    observed,
    rows_of,
)
from shared.systems._connection import Connection
from shared.systems._erp import ErpClient
from shared.systems._finops_errors import ADDRESS, error_of
from shared.systems._multipart import Part, PartAnswer
from shared.systems._odata import QUOTED, after, encoded, equals, if_match, key_segment, literal
from shared.systems._paging import Paging
from shared.systems._port import Body, Condition, Cursor, Observation, Page, Reading

CROSS: Final = "cross-company=true"
PING: Final = f"CustomerGroups?{CROSS}&$top=1&$select=CustomerGroupId"
"""Something small that every installation has."""
COMPANY: Final = "dataAreaId"
REMEMBERED: Final = 60.0
"""Seconds for which a company that showed a record counts as one that we may see."""
WILDCARD: Final = "*"
"""Stands for anything in a filter of F&O: such a key is better asked for by its address."""
_FRAGILE: Final = re.compile(r"[/\\+&%<>*:?#\x00-\x1f]")
_ORDERED: Final = frozenset({"text", "code", "int", "decimal"})
_Rows = tuple[list[Observation], Mapping[tuple[str, ...], str], list[Observation]]
_RETURNING: Final[Mapping[str, str]] = {**WRITING, "Prefer": "return=representation"}


class Finops(ErpClient):
    """A client for one environment. Every call spans companies; the company stands in the key or in the filter."""

    name = "finops"
    title = "finance and operations"
    batch_headers: Mapping[str, str] = {**HEADERS, "Prefer": "odata.continue-on-error"}

    def __init__(self, connection: Connection, boundary: Callable[[], str]) -> None:
        super().__init__(connection, boundary)
        self._visible: dict[str, float] = {}

    def inner_url(self, url: str) -> str:
        return f"{self.connection.base}/{url}"

    def error(self, status: int, content: bytes, entity: Entity | None = None, row_id: str = "") -> KoppelError:
        return error_of(status, content)

    async def ping(self) -> None:
        await self.get(PING)

    async def environment(self) -> str:
        """The service tells no id of its own: its address is what names it."""
        return urlsplit(self.connection.base).netloc.lower()

    # -- records

    async def read(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        selected, fragile = ",".join(dict.fromkeys((*columns, *entity.key))), is_fragile(identity)
        options, about = f"?{CROSS}&$select={selected}", named(entity, identity)
        if not fragile:
            once = entity.name + key_segment(entity, identity) + options
            answer = await self.send(Part("GET", once, HEADERS, about=about))
        elif WILDCARD in "".join(identity):
            twice = entity.name + key_segment(entity, identity, 2) + options
            answer = await self._carry_out_one(Part("GET", twice, HEADERS, about=about))
        else:
            return await self._by_filter(entity, identity, columns)
        if answer.status == 200:
            return observed(answer.row)
        if _missed(answer, fragile=fragile):
            return await self._by_filter(entity, identity, columns)
        error = error_of(answer.status, answer.content)
        if not isinstance(error, Gone):
            raise error
        return None

    async def _by_filter(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        """One record, whatever its key is made of: a filter is not read as an address."""
        conditions = [(entity.fields[name], value) for name, value in zip(entity.key, identity, strict=True)]
        found = await self._search(entity, conditions, columns)
        return found[0] if found else None

    async def _search(
        self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]
    ) -> list[Observation]:
        """By filter. `eq` takes an asterisk for anything (reference: finops-odata 4), which would read all that there
        is: such a text is asked for as what is neither below nor above it, in a request of its own.
        """
        if not any(map(_is_pattern, conditions)):
            return await super().find(entity, conditions, columns)
        found = await self.query(entity, " and ".join(map(_plainly, conditions)), columns)
        return exactly(found, conditions)

    async def confirm_gone(self, entity: Entity, identity: Sequence[str]) -> None:
        """An absence is one if a filter on the key finds nothing either, and the company shows any record.

        F&O answers for a company that we may not see as for one that holds nothing. No list says what a user may see,
        so a company without a single record cannot be told from a hidden one.
        """
        if await self._by_filter(entity, identity, entity.key) is not None:
            raise TryLater(f"F&O finds {' '.join(identity)} in {entity.name} by a filter, but not by its key")
        if COMPANY not in entity.key:
            return
        company, now = identity[entity.key.index(COMPANY)], asyncio.get_running_loop().time()
        if now < self._visible.get(fold(company), 0.0):
            return
        others = [each for each in usable_entities(self.name) if each.name != entity.name]
        striped = [each for each in others if COMPANY in each.key]
        if not await self._shows(entity, company) and not any(
            await asyncio.gather(*(self._shows(each, company) for each in striped))
        ):
            raise Denied(
                f"no record of company {company} can be seen: give the service user a role there again; "
                "if the company is empty or given up, leave it out of COMPANIES"
            )
        self._visible[fold(company)] = now + REMEMBERED

    async def _shows(self, entity: Entity, company: str) -> bool:
        """True if an entity shows a record of a company. One that we may not read, or that is not served, does not."""
        condition = encoded(equals((entity.fields[COMPANY], company)))
        url = f"{entity.name}?{CROSS}&$top=1&$select={COMPANY}&$filter={condition}"
        answer = await self.send(Part("GET", url, HEADERS))
        if answer.status == 200:
            return any(fold(str(row.get(COMPANY))) == fold(company) for row in rows_of(answer.row))
        error = error_of(answer.status, answer.content)
        if isinstance(error, TryLater):
            raise error
        return False

    async def find(self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]) -> list[Observation]:
        """By key where the conditions are the key, so that wildcards in codes mean nothing; else by filter."""
        values = {field.name: value for field, value in conditions}
        if values.keys() == set(entity.key):
            found = await self.read(entity, [values[name] for name in entity.key], columns)
            return [found] if found else []
        return await self._search(entity, conditions, columns)

    async def create(self, entity: Entity, body: Body, columns: Sequence[str]) -> Observation | None:
        url, about = f"{entity.name}?{CROSS}", to_be(entity, body)
        answer = await self.send(Part("POST", url, _RETURNING, json_body(body), alone=True, about=about))
        return self.written(answer, entity)

    async def update(
        self, entity: Entity, identity: Sequence[str], body: Body, version: str, columns: Sequence[str]
    ) -> Observation:
        headers = {**_RETURNING, **if_match(version)}
        return self.written(await self._write("PATCH", entity, identity, headers, json_body(body)), entity)

    async def delete(self, entity: Entity, identity: Sequence[str], version: str) -> None:
        answer = await self._write("DELETE", entity, identity, {**WRITING, **if_match(version)})
        if answer.status not in SUCCESS:
            raise error_of(answer.status, answer.content)

    async def _write(
        self, method: str, entity: Entity, identity: Sequence[str], headers: Mapping[str, str], content: bytes = b""
    ) -> PartAnswer:
        """A write to one record, addressed as the front of F&O takes it.

        The front decodes an address once more than the router behind it (reference: public reports). Nothing published
        tells whether it does so for the parts of a batch, and whether all versions do. What was refused for its
        address, or found nothing there, was not carried out, so the next way may follow.
        """
        once, twice = (
            Part(method, f"{entity.name}{key_segment(entity, identity, times)}?{CROSS}", headers, content, alone=True,
                 about=named(entity, identity))
            for times in (1, 2)
        )  # fmt: skip
        fragile = is_fragile(identity)
        if not fragile:
            answer = await self.send(once)
            if not _missed(answer, fragile=False):
                return answer
        answer = await self._carry_out_one(twice)
        if not _missed(answer, fragile=fragile):
            return answer
        (reply,) = await self._carry_out_batch([once], reads=False)
        if isinstance(reply, Exception):
            raise reply
        return reply

    # -- passes

    async def pages(self, entity: Entity, reading: Reading, cursor: Cursor | None) -> AsyncIterator[Page]:
        """All records, company by company in key order; of all companies if the reading names none.

        Each page asks for what comes after the last key seen, so records that move while we read are neither lost nor
        doubled. Entities whose key holds an enumeration, which cannot be compared, are read over the server's links.
        The cursor names the company it is in and those that are done: the list may be another one when we go on.
        """
        companies = list(reading.companies) if COMPANY in entity.key else []
        key = [entity.fields[name] for name in entity.key if name != COMPANY or not companies]
        if any(field.type not in _ORDERED for field in key):
            rows, broken, _ = await self._all(entity, reading)
            yield Page(rows, None, broken=broken)
            return
        done, current, last = (list(cursor["done"]), cursor["company"], cursor["after"]) if cursor else ([], "", None)
        left = sorted((each for each in companies or [""] if each not in done), key=lambda each: each != current)
        if not left:
            yield Page([], None)
        while left:
            rows, broken, last = await self._after(entity, reading, key, left[0], last if left[0] == current else None)
            current = left[0]
            if last is None:
                done.append(left.pop(0))
            yield Page(rows, {"done": [*done], "company": current, "after": last} if left else None, broken=broken)

    async def _after(
        self, entity: Entity, reading: Reading, key: Sequence[Field], company: str, last: Sequence[str] | None
    ) -> tuple[list[Observation], Mapping[tuple[str, ...], str], list[str] | None]:
        """One page of a company after a key, what of it cannot be read, and its last key, or None at the end."""
        terms = [equals((entity.fields[COMPANY], company))] if company else []
        terms += [f"({reading.filter})"] if reading.filter else []
        terms += [after(key, last)] if last is not None else []
        options = f"&$orderby={','.join(field.name for field in key)}&$top={reading.page}"
        columns = list(dict.fromkeys([*reading.columns, *(field.name for field in key)]))
        rows, broken, keys = await self._rows(entity, " and ".join(terms), columns, options)
        if len(keys) < reading.page:
            return rows, broken, None
        behind = [reader(field)(keys[-1].row[field.name]) for field in key]
        if behind == last:
            raise Unanswered(f"F&O gives the same page again of {entity.name} after {' '.join(behind)}")
        return rows, broken, behind

    async def _all(self, entity: Entity, reading: Reading) -> _Rows:
        terms = [f"({reading.filter})"] if reading.filter else []
        if COMPANY in entity.key and reading.companies:
            field = entity.fields[COMPANY]
            terms.append(f"({' or '.join(equals((field, company)) for company in reading.companies)})")
        return await self._rows(entity, " and ".join(terms), reading.columns, f"&$orderby={','.join(entity.key)}")

    async def _rows(self, entity: Entity, text: str, columns: Sequence[str], options: str) -> _Rows:
        """What a query finds, what of it cannot be read, and the keys of all. If it fails as a whole: record by record,
        for one of them may be at fault. Their keys hold nothing that is worked out.
        """
        try:
            rows = await self.query(entity, text, columns, options)
        except AT_FAULT as problem:
            try:
                keys = await self.query(entity, text, entity.key, options)
            except AT_FAULT:
                raise problem from None
            names = [[reader(entity.fields[name])(each.row[name]) for name in entity.key] for each in keys]
            rows, broken = await self.one_by_one(entity, names, columns, problem)
            return rows, broken, keys
        return rows, {}, rows

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
        following, paging = url, Paging("F&O")
        while following:
            paging.follow(following)
            body = await self._page(entity, following)
            if is_of_another(entity, body):
                raise Unanswered(f"a page of {entity.name} holds records of another entity")
            paging.take(found := rows_of(body))
            rows += map(observed, found)
            following = self.link(body, "nextLink") or ""
        return rows

    async def _page(self, entity: Entity, url: str) -> dict[str, Any]:
        """A page of an entity set, which is always there if it is served: no record of it has been deleted.

        Raises Rejected if it is not served, Failed with its name.
        """
        try:
            return await self.get(url, kind="page")
        except Failed as problem:
            raise Failed(f"{entity.name} cannot be read: {problem}") from problem
        except Gone as missing:
            raise Rejected(f"{entity.name} is not served here: {missing}", code="entity") from missing
        except Rejected as refusal:
            if refusal.code != ADDRESS:
                raise
            raise Rejected(f"{entity.name} is not served here: {refusal}", code="entity") from refusal


def _is_pattern(condition: Condition) -> bool:
    field, value = condition
    return field.type in QUOTED and WILDCARD in value


def _plainly(condition: Condition) -> str:
    """A condition that holds for just its value."""
    field, value = condition
    if not _is_pattern(condition):
        return equals(condition)
    return f"{field.name} ge {literal(value, field)} and {field.name} le {literal(value, field)}"


def is_fragile(identity: Sequence[str]) -> bool:
    """Whether a key holds what F&O's front takes for a piece of the address, or for an attack."""
    return any(_FRAGILE.search(part) for part in identity)


def _missed(answer: PartAnswer, *, fragile: bool) -> bool:
    """Whether a request may have gone to another address than was meant: refused for it, or nothing found there."""
    if answer.status in SUCCESS:
        return False
    error = error_of(answer.status, answer.content)
    return (isinstance(error, Rejected) and error.code == ADDRESS) or (fragile and isinstance(error, Gone))
