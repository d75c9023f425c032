"""Reading a set: filter, order, pages and links to the next one; from the database or from its replica."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cmp_to_key
from typing import Any, Final
from urllib.parse import quote

from tests.emulator.business_central import informing, options, views
from tests.emulator.business_central.documents import Documents
from tests.emulator.business_central.environment import Company, Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.filters import EVERYTHING, Filter, compiled
from tests.emulator.business_central.options import SKIP_TOKEN, Order
from tests.emulator.business_central.refusal import bad_request
from tests.emulator.business_central.schema import Page
from tests.emulator.business_central.store import Row
from tests.emulator.business_central.values import comparable
from tests.emulator.wire import Answer

_ALLOWED: Final = options.KNOWN | {SKIP_TOKEN}
INTENT: Final = "data-access-intent"


class CollectionReader:
    """Answers GET on a set and on its `$count`."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def count(self, exchange: Exchange, company: Company, page: Page) -> Answer:
        """The number of rows that match, as text."""
        options.check(exchange.options, {"$filter"})
        number = len(self._rows(exchange, company, page))
        return Answer(200, {"content-type": "text/plain"}, str(number).encode())

    def page(self, exchange: Exchange, company: Company, page: Page, rows: list[Row] | None = None) -> Answer:
        """A page of rows, with a link if there are more. rows: those of a part of another row."""
        options.check(exchange.options, _ALLOWED)
        found = self._rows(exchange, company, page, rows)
        orders = options.ordering(page, exchange.options.get("$orderby"))
        found = ordered(found, orders)
        count = len(found) if options.wants_count(exchange.options) else None
        token = exchange.options.get(SKIP_TOKEN)
        found = found[options.number(exchange.options, "$skip") or 0 :] if token is None else _after(found, token)
        size = options.page_size(exchange.headers, self.environment.behaviour.max_page_size)
        top = options.number(exchange.options, "$top")
        limit = size if top is None else min(size, top)
        shown, more = found[:limit], len(found) > limit and (top is None or top > limit)
        link = self._link(exchange, shown, found, None if top is None else top - limit) if more and shown else ""
        return Documents(self.environment, exchange, company).many(page, shown, count, link)

    def _rows(self, exchange: Exchange, company: Company, page: Page, rows: list[Row] | None = None) -> list[Row]:
        """The rows that match, in the order of their keys."""
        text = exchange.options.get("$filter")
        chosen = compiled(page, text, newer=exchange.is_newer) if text is not None else EVERYTHING
        if rows is None and page.temporary and not page.operations:
            rows = informing.information(company, *informing.asked(text))
        candidates = rows if rows is not None else self._candidates(exchange, company, page, chosen)
        return [
            row
            for row in candidates
            if chosen.test(row.values) and _belongs(company, page, row) and self._shows(company, page, row)
        ]

    def _candidates(self, exchange: Exchange, company: Company, page: Page, chosen: Filter) -> Iterable[Row]:
        table = company.tables[page.table]
        lag = self.environment.behaviour.replica_lag
        if from_replica(exchange, page) and lag:
            return table.as_of(self.environment.clock() - timedelta(seconds=lag))
        ids = chosen.ids(table)
        if ids is None:
            return table.in_order()
        return sorted((table.rows[each] for each in ids), key=lambda row: row.key)

    def _shows(self, company: Company, page: Page, row: Row) -> bool:
        if page.name not in self.environment.behaviour.hidden_rows:
            return True
        return self.environment.shows(page, views.shown(company, page, row))

    def _link(self, exchange: Exchange, shown: Sequence[Row], found: Sequence[Row], top: int | None) -> str:
        kept = {name: value for name, value in exchange.options.items() if name not in ("$skip", SKIP_TOKEN)}
        if top is not None:
            kept["$top"] = str(top)
        kept[SKIP_TOKEN] = _token(self._last(shown, found))
        query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='$(),/:*')}" for name, value in kept.items())
        return f"{self.environment.url}{exchange.request.path}?{query}"

    def _last(self, shown: Sequence[Row], found: Sequence[Row]) -> Row:
        """The row behind which the next page begins; orders to shift pages are carried out here."""
        shifts = self.environment.behaviour.page_shift
        shift = shifts.pop(0) if shifts else ""
        if shift == "repeat" and len(shown) > 1:
            return shown[-2]
        return found[len(shown)] if shift == "skip" else shown[-1]


def from_replica(exchange: Exchange, page: Page) -> bool:
    """Whether a read is answered by the replica: the caller's wish goes before the page's own."""
    intent = exchange.headers.get(INTENT, "").lower()
    if intent not in ("", "readonly", "readwrite"):
        raise bad_request(f"The value '{intent}' of the header Data-Access-Intent is not known.")
    return intent == "readonly" or (not intent and page.replica)


def _belongs(company: Company, page: Page, row: Row) -> bool:
    """True for a row that the page shows: of contacts, one page shows people of customers only."""
    return page.name != "customerContacts" or (
        row.values["Type"] == "Person" and views.value(company, page, row, "customerName") != ""
    )


def ordered(rows: list[Row], orders: Sequence[Order]) -> list[Row]:
    """Rows by what is asked for, and then by their keys."""
    if not orders:
        return rows

    def compare(one: Row, other: Row) -> int:
        for order in orders:
            left, right = (comparable(order.kind, each.values[order.field]) for each in (one, other))
            if left != right:
                return (1 if left > right else -1) * (-1 if order.descending else 1)
        return 0

    return sorted(rows, key=cmp_to_key(compare))


def _token(row: Row) -> str:
    text = json.dumps([row.id, *map(str, row.key)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _after(rows: list[Row], token: str) -> list[Row]:
    """What stands behind the row that a token names; where it is gone, behind where it stood."""
    try:
        row_id, *key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError) as error:
        raise bad_request("The $skiptoken is not valid.", "BadRequest_InvalidRequestUrl") from error
    for place, row in enumerate(rows):
        if row.id == row_id:
            return rows[place + 1 :]
    return [row for row in rows if [_plain(each) for each in row.key] > key]


def _plain(part: Any) -> str:
    return str(part) if isinstance(part, Decimal) else part
