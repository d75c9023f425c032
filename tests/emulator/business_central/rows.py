"""Requests about rows: read, create, update and delete one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.emulator.business_central import informing, options, views
from tests.emulator.business_central.addresses import Place
from tests.emulator.business_central.documents import Documents
from tests.emulator.business_central.environment import Company, Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.reading import INTENT, CollectionReader
from tests.emulator.business_central.refusal import (
    Refusal,
    bad_request,
    no_resource,
    no_row,
    no_token,
    stale,
    wrong_method,
)
from tests.emulator.business_central.schema import Page, pages
from tests.emulator.business_central.store import Row
from tests.emulator.business_central.writer import Writer
from tests.emulator.json_bodies import json_object
from tests.emulator.wire import Answer, Request

OPERATIONS: Final = {"POST": "insert", "PATCH": "modify", "DELETE": "delete", "GET": "read"}
_READS: Final = frozenset({"$select", "$expand"})


class RowOperations:
    """Answers everything about single rows."""

    def __init__(self, environment: Environment, writer: Writer, reader: CollectionReader) -> None:
        self.environment = environment
        self.writer = writer
        self.reader = reader

    def create(self, exchange: Exchange, company: Company, page: Page) -> Answer:
        """POST on a set."""
        self._writable(exchange, page, "insert")
        options.check(exchange.options, _READS)
        body = read_body(exchange.request)
        with self.environment.transaction():
            row = self.writer.create(company, page, body, exchange.actor)
        return Documents(self.environment, exchange, company).one(page, row, 201)

    def one(self, exchange: Exchange, company: Company, page: Page, place: Place) -> Answer:
        """Any request on a row, or on a part of it."""
        if exchange.method == "GET":
            row = self._find(company, page, place)
            return (
                self._part(exchange, company, page, row, place.part)
                if place.part
                else self._read(exchange, company, page, row)
            )
        if place.part or exchange.method not in ("PATCH", "DELETE"):
            raise wrong_method(exchange.method)
        return self._write(exchange, company, page, place)

    def _read(self, exchange: Exchange, company: Company, page: Page, row: Row) -> Answer:
        options.check(exchange.options, _READS)
        return Documents(self.environment, exchange, company).one(page, row)

    def _part(self, exchange: Exchange, company: Company, page: Page, row: Row, part: str) -> Answer:
        navigation = page.navigations.get(part)
        if navigation is None:
            raise no_resource(f"{exchange.base}/{page.name}({row.id})/{part}")
        other = pages()[navigation.set]
        if navigation.many:
            found = informing.information(company, page.table, row.id)
            return self.reader.page(exchange, company, other, found)
        target = company.tables[other.table].rows.get(views.value(company, page, row, navigation.by))
        if target is None:
            return Answer(204)
        return self._read(exchange, company, other, target)

    def _write(self, exchange: Exchange, company: Company, page: Page, place: Place) -> Answer:
        self._writable(exchange, page, OPERATIONS[exchange.method])
        options.check(exchange.options, _READS)
        body = read_body(exchange.request) if exchange.method == "PATCH" else {}
        self._check_token(exchange, page)
        row = self._find(company, page, place)
        self._match(exchange, company, page, row)
        with self.environment.transaction():
            if exchange.method == "DELETE":
                self.writer.delete(company, row, exchange.actor)
                return Answer(204)
            row = self.writer.update(company, page, row, body, exchange.actor)
        return Documents(self.environment, exchange, company).one(page, row)

    def _find(self, company: Company, page: Page, place: Place) -> Row:
        assert place.key is not None
        row = company.tables[page.table].rows.get(place.key)
        if row is None or not self.environment.shows(page, views.shown(company, page, row)):
            raise no_row(page.type, place.key)
        return row

    def _check_token(self, exchange: Exchange, page: Page) -> None:
        if "if-match" not in exchange.headers:
            raise no_token(self.environment.behaviour.missing_token_status)

    def _match(self, exchange: Exchange, company: Company, page: Page, row: Row) -> None:
        """Refuses a write to another version than the caller knows."""
        tags = {tag.strip() for tag in exchange.headers["if-match"].split(",")}
        if not tags.isdisjoint({"*", views.etag(company, page, row)}):
            return
        if page.name not in self.environment.behaviour.ignore_if_match:
            raise stale()
        self.environment.unmatched.add(len(self.environment.history) + 1)

    def _writable(self, exchange: Exchange, page: Page, operation: str) -> None:
        if operation not in page.operations:
            raise wrong_method(f"{exchange.method} on {page.name}")
        if exchange.headers.get(INTENT, "").lower() == "readonly":
            raise bad_request("The header Data-Access-Intent: ReadOnly is not allowed on a request that writes.")


def read_body(request: Request) -> Mapping[str, Any]:
    """The JSON object that a request carries, decimals kept exactly."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "BadRequest", f"The media type '{kind}' is not supported for this resource.")
    return json_object(request.body, bad_request)
