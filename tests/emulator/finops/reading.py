"""Reading a set: filter, order, pages and links to the next one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from urllib.parse import quote

from tests.emulator.finops import documents, options
from tests.emulator.finops.environment import Environment
from tests.emulator.finops.exchange import Exchange
from tests.emulator.finops.filters import EVERYTHING, Filter, both, compiled, one_of
from tests.emulator.finops.options import Order
from tests.emulator.finops.paging import Position, is_key_order, position, read_token, sortable, token
from tests.emulator.finops.plan import span
from tests.emulator.finops.schema import COMPANY
from tests.emulator.finops.store import Key, Row, Table
from tests.emulator.wire import Answer

_ALLOWED = options.KNOWN | {options.SKIP_TOKEN}


@dataclass(frozen=True, slots=True)
class _Query:
    """What is asked of a table."""

    filter: Filter
    orders: Sequence[Order]
    after: Position | None
    skip: int
    limit: int
    counts: bool


@dataclass(frozen=True, slots=True)
class _Page:
    rows: Sequence[Row]
    following: Row | None
    count: int | None = None


class CollectionReader:
    """Answers GET on a set and on its `$count`."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def count(self, exchange: Exchange, table: Table) -> Answer:
        """The number of rows that match, as text."""
        options.check(exchange.options, frozenset({"$filter"}))
        number = sum(1 for _ in _matches(table, self._filter(exchange, table)))
        return Answer(200, {"content-type": "text/plain"}, str(number).encode())

    def page(self, exchange: Exchange, table: Table) -> Answer:
        """A page of rows, with a link if there are more."""
        options.check(exchange.options, _ALLOWED)
        chosen = options.selection(table.entity, exchange.options.get("$select"))
        size, granted = options.page_size(exchange.headers, self.environment.behaviour.max_page_size)
        top = options.number(exchange.options, "$top")
        query = self._query(exchange, table, size if top is None else min(size, top))
        page = _read(table, query)
        self.environment.serve(table.entity, chosen.names, page.rows)
        link = ""
        if page.following is not None and page.rows and (top is None or top > len(page.rows)):
            place = token(position(table, query.orders, self._last(page)))
            link = self._link(exchange, table, place, None if top is None else top - len(page.rows))
        headers = {**documents.JSON, **({"preference-applied": f"odata.maxpagesize={size}"} if granted else {})}
        body = documents.rows_body(exchange, table.entity.name, chosen, page.rows, page.count, link)
        return Answer(200, headers, body)

    def _query(self, exchange: Exchange, table: Table, limit: int) -> _Query:
        given = exchange.options
        orders = options.ordering(table.entity, given.get("$orderby"))
        place = given.get(options.SKIP_TOKEN)
        return _Query(
            filter=self._filter(exchange, table),
            orders=orders,
            after=read_token(place, table, orders) if place is not None else None,
            skip=options.number(given, "$skip") or 0,
            limit=limit,
            counts=options.wants_count(given),
        )

    def _filter(self, exchange: Exchange, table: Table) -> Filter:
        """The filter of the request within what it sees."""
        behaviour = self.environment.behaviour
        text, found = exchange.options.get("$filter"), EVERYTHING
        if text is not None:
            found = compiled(table, text, functions=behaviour.functions_in_filter)
        if table.entity.name in behaviour.hidden_rows:
            found = both(Filter(partial(self.environment.shows, table.entity)), found)
        if not table.entity.striped or (exchange.crosses_companies and not behaviour.inaccessible_companies):
            return found
        companies = self.environment.companies if exchange.crosses_companies else [self.environment.default_company()]
        seen = frozenset(filter(self.environment.accessible, companies))
        return both(one_of(table, COMPANY, seen), found)

    def _last(self, page: _Page) -> Row:
        """The row behind which the next page begins; orders to shift pages are carried out here."""
        shifts = self.environment.behaviour.page_shift
        shift = shifts.pop(0) if shifts else ""
        if shift == "repeat" and len(page.rows) > 1:
            return page.rows[-2]
        if shift == "skip" and page.following is not None:
            return page.following
        return page.rows[-1]

    def _link(self, exchange: Exchange, table: Table, place: str, top: int | None) -> str:
        kept = {name: value for name, value in exchange.options.items() if name not in ("$skip", options.SKIP_TOKEN)}
        if top is not None:
            kept["$top"] = str(top)
        kept[options.SKIP_TOKEN] = place
        query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='$(),/:*')}" for name, value in kept.items())
        return f"{exchange.base}/{table.entity.name}?{query}"


def _read(table: Table, query: _Query) -> _Page:
    """The page of a query: without a detour if keys are in the order asked for, else by sorting."""
    if not is_key_order(table, query.filter, query.orders):
        return _sorted_page(table, query)
    after = query.after[1] if query.after is not None else None
    found = _matches(table, query.filter, after)
    rows = list(islice(found, query.skip, query.skip + query.limit + 1))
    following = rows[query.limit] if len(rows) > query.limit else None
    return _Page(rows[: query.limit], following, _count(table, query) if query.counts else None)


def _count(table: Table, query: _Query) -> int:
    return sum(1 for _ in _matches(table, query.filter))


def _sorted_page(table: Table, query: _Query) -> _Page:
    placed = [
        (sortable(query.orders, position(table, query.orders, row)), row) for row in _matches(table, query.filter)
    ]
    placed.sort(key=lambda each: each[0])
    start = query.skip
    if query.after is not None:
        after = sortable(query.orders, query.after)
        start += sum(1 for place, _ in placed if place <= after)
    rows = [row for _, row in placed[start : start + query.limit + 1]]
    following = rows[query.limit] if len(rows) > query.limit else None
    return _Page(rows[: query.limit], following, len(placed) if query.counts else None)


def _matches(table: Table, found: Filter, after: Key | None = None) -> Iterator[Row]:
    """The rows that match, in the order of their keys."""
    keys, rows, test = span(table, found.terms), table.rows, found.test
    for key in keys if after is None else keys.after(after):
        row = rows[key]
        if test(row.values):
            yield row
