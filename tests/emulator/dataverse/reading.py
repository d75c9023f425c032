"""Reading collections: filter, order, pages, counts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from tests.emulator.dataverse import options
from tests.emulator.dataverse.columns import check_read
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, members, text_answer
from tests.emulator.dataverse.filters import Filter, compiled
from tests.emulator.dataverse.ordering import Ordering, ordering, put_in_order
from tests.emulator.dataverse.projection import Projection, Projector
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.dataverse.tokens import Cookie, cookie_text, read_cookie
from tests.emulator.wire import Answer

COUNT_LIMIT = 5000
_WORD = re.compile(r"\b\w+\b")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class CollectionReader:
    """Answers GET on entity sets."""

    def __init__(self, environment: Environment, projector: Projector) -> None:
        self.environment = environment
        self.projector = projector

    def read(self, exchange: Exchange, table: Table) -> Answer:
        """A page of rows."""
        options.check(exchange.options, options.COLLECTION)
        given, size = exchange.options, self.page_size(exchange)
        projection = self.projector.projection(table, given.get("$select"), given.get("$expand"))
        order = ordering(self.environment, table, given.get("$orderby"))
        named_here = _WORD.findall(f"{given.get('$filter', '')} {given.get('$orderby', '')}")
        check_read(self.environment, table, named_here, exchange.actor)
        chosen = compiled(self.environment, table, given["$filter"]) if "$filter" in given else None
        cookie = read_cookie(exchange, given["$skiptoken"], size) if "$skiptoken" in given else None
        limit = self._top(exchange, size)
        wanted = size + 1 if limit is None else limit
        seen = (
            row
            for row in self._from(table, chosen, order, cookie)
            if self.environment.reaches(exchange.actor, table, row.row_id, "read")
        )
        rows = list(islice(seen, wanted))
        more = limit is None and len(rows) > size
        counted = self._count(exchange, table, chosen)
        texts = [self.projector.text(projection, row, exchange.preferences) for row in rows[:size]]
        if more:
            last = rows[size - 1]
            after = (*(each.key(last) for each in order), last.row_id)
            following = Cookie(cookie.page + 1 if cookie else 2, after)
            return page(exchange, projection, texts, counted, next_token=cookie_text(exchange, following, size))
        return page(exchange, projection, texts, counted)

    def count(self, exchange: Exchange, table: Table) -> Answer:
        """`/$count`: a number as plain text behind a byte order mark."""
        options.check(exchange.options, frozenset({"$filter"}))
        text = exchange.options.get("$filter")
        chosen = compiled(self.environment, table, text) if text is not None else None
        return count_answer(self._number(table, chosen))

    def page_size(self, exchange: Exchange) -> int:
        most = self.environment.behaviour.max_page_size
        return min(exchange.preferences.page_size or most, most)

    def _top(self, exchange: Exchange, size: int) -> int | None:
        if "$top" not in exchange.options:
            return None
        top = options.whole("$top", exchange.options["$top"])
        return min(top, size) if exchange.preferences.page_size is None else None

    def _count(self, exchange: Exchange, table: Table, chosen: Filter | None) -> dict[str, Any]:
        asked = options.boolean("$count", exchange.options["$count"]) if "$count" in exchange.options else False
        number = self._number(table, chosen) if asked else -1
        found: dict[str, Any] = {"@odata.count": min(number, COUNT_LIMIT)} if asked else {}
        for name, value in (
            ("totalrecordcount", min(number, COUNT_LIMIT)),
            ("totalrecordcountlimitexceeded", number > COUNT_LIMIT),
        ):
            if exchange.preferences.wants(f"Microsoft.Dynamics.CRM.{name}"):
                found[f"@Microsoft.Dynamics.CRM.{name}"] = value
        return found

    def _number(self, table: Table, chosen: Filter | None) -> int:
        return sum(1 for _ in islice(self._in_default_order(table, chosen, ""), COUNT_LIMIT + 1))

    def _from(
        self, table: Table, chosen: Filter | None, order: Sequence[Ordering], cookie: Cookie | None
    ) -> Iterator[Row]:
        """The rows behind a cookie, or all of them, in order."""
        after = cookie.after if cookie else ()
        if order:
            rows = self._sorted(table, chosen, order, after)
        else:
            rows = self._in_default_order(table, chosen, after[-1] if after else "")
        return self._shifted(table, rows, after[-1]) if after else rows

    def _shifted(self, table: Table, rows: Iterator[Row], last: str) -> Iterator[Row]:
        """Rows moved between two pages, if that was ordered."""
        orders = self.environment.behaviour.page_shift
        order = orders.pop(0) if orders else ""
        if order == "repeat" and last in table.rows:
            return chain([table.rows[last]], rows)
        return islice(rows, 1, None) if order == "skip" else rows

    def _in_default_order(self, table: Table, chosen: Filter | None, after: str) -> Iterator[Row]:
        ids = self._candidates(table, chosen)
        rows, visible = table.rows, self.environment.visible
        for row_id in islice(ids, bisect_right(ids, after), None):
            row = visible(rows[row_id])
            if row is not None and (chosen is None or chosen.test(row.values)):
                yield row

    def _candidates(self, table: Table, chosen: Filter | None) -> list[str]:
        """Sorted ids among which every match is."""
        if chosen is None or chosen.plan is None or self.environment.behaviour.visible_after:
            return table.ids
        found = chosen.plan()
        return sorted(found) if len(found) * 8 < len(table.ids) else [each for each in table.ids if each in found]

    def _sorted(
        self, table: Table, chosen: Filter | None, order: Sequence[Ordering], after: tuple[Any, ...]
    ) -> Iterator[Row]:
        rows = list(self._in_default_order(table, chosen, ""))
        put_in_order(rows, order)
        if not after:
            return iter(rows)
        *keys, last = after
        place = [tuple(key) for key in keys]
        return (row for row in rows if _is_behind(row, order, place, last))


def _is_behind(row: Row, order: Sequence[Ordering], place: Sequence[tuple[bool, Any]], last: str) -> bool:
    for each, passed in zip(order, place, strict=True):
        key = each.key(row)
        if key != passed:
            return (key > passed) != each.descending
    return row.row_id > last


def count_answer(number: int) -> Answer:
    return Answer(200, {"content-type": "text/plain"}, _BYTE_ORDER_MARK + str(min(number, COUNT_LIMIT)).encode())


def page(
    exchange: Exchange,
    projection: Projection,
    texts: Sequence[bytes],
    counted: Mapping[str, Any],
    *,
    next_token: str | None = None,
) -> Answer:
    """A collection as an answer."""
    name = projection.table.definition.name
    context = exchange.context(f"{name}({projection.chosen})" if projection.chosen else name)
    tail = {"@odata.nextLink": exchange.link(skiptoken=next_token)} if next_token is not None else {}
    return collection(exchange, {"@odata.context": context, **counted}, texts, tail)


def collection(exchange: Exchange, head: Mapping[str, Any], texts: Sequence[bytes], tail: Mapping[str, str]) -> Answer:
    """A body whose `value` is made of rows that are JSON text already."""
    pieces = [b"{", members(head), b',"value":[', b",".join(texts), b"]"]
    pieces.append(b"," + members(tail) + b"}" if tail else b"}")
    return text_answer(200, b"".join(pieces), exchange.preferences.applied())
