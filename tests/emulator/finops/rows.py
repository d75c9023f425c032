"""Requests about rows: read, create, update and delete one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.emulator.finops import documents, options
from tests.emulator.finops.addresses import Address
from tests.emulator.finops.environment import Environment
from tests.emulator.finops.exchange import Exchange
from tests.emulator.finops.refusal import (
    Refusal,
    bad_request,
    not_found_for_update,
    not_there,
    stale,
    wrong_method,
)
from tests.emulator.finops.schema import COMPANY, TEXTS
from tests.emulator.finops.store import Row, Table
from tests.emulator.finops.writer import Writer
from tests.emulator.json_bodies import json_object
from tests.emulator.wire import Answer, Request

_OPERATIONS = {"PATCH": "update", "PUT": "update", "DELETE": "delete"}
_NOTHING: frozenset[str] = frozenset()


class RowOperations:
    """Answers everything about single rows."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.writer = writer

    def create(self, exchange: Exchange, table: Table) -> Answer:
        """POST on a set."""
        self._writable(table)
        self.environment.require(exchange.actor, table.entity, "create")
        options.check(exchange.options, _NOTHING)
        body = read_body(exchange.request)
        with self.environment.transaction():
            row = self.writer.create(table, body, exchange.actor)
        applied = options.wants_representation(exchange.headers)
        answer = documents.row_answer(exchange, 201, row, options.selection(table.entity, None), applied=applied)
        return Answer(201, {**answer.headers, "location": row_url(exchange, row)}, answer.body)

    def one(self, exchange: Exchange, at: Address) -> Answer:
        """Any request on a row."""
        if exchange.method == "GET":
            return self._read(exchange, at)
        if exchange.method not in _OPERATIONS:
            raise wrong_method(exchange.method)
        return self._write(exchange, at, _OPERATIONS[exchange.method])

    def _read(self, exchange: Exchange, at: Address) -> Answer:
        self.environment.require(exchange.actor, at.table.entity, "read")
        options.check(exchange.options, frozenset({"$select", "$expand"}))
        chosen = options.selection(at.table.entity, exchange.options.get("$select"))
        row = self._find(exchange, at)
        if row is None:
            raise not_there(told=self.environment.behaviour.missing_row_body)
        self.environment.serve(at.table.entity, chosen.names, [row])
        return documents.row_answer(exchange, 200, row, chosen)

    def _write(self, exchange: Exchange, at: Address, operation: str) -> Answer:
        self._writable(at.table)
        self.environment.require(exchange.actor, at.table.entity, operation)
        options.check(exchange.options, _NOTHING)
        body = read_body(exchange.request) if operation == "update" else {}
        row = self._find(exchange, at)
        if row is None:
            raise not_found_for_update(self.environment.behaviour.missing_row_status.get(at.table.entity.name, 400))
        self._match(exchange.headers.get("if-match"), row)
        with self.environment.transaction():
            if operation == "delete":
                self.writer.delete(at.table, row, exchange.actor)
                return Answer(204)
            row = self.writer.update(at.table, row, body, exchange.actor)
        if options.wants_representation(exchange.headers):
            chosen = options.selection(at.table.entity, None)
            return documents.row_answer(exchange, 200, row, chosen, applied=True)
        return Answer(204, {"etag": row.etag})

    def _find(self, exchange: Exchange, at: Address) -> Row | None:
        """The row, if it is one that the request sees."""
        assert at.key is not None
        company = at.key.get(COMPANY)
        if company is not None:
            if not exchange.crosses_companies and company != self.environment.default_company():
                return None
            if not self.environment.accessible(company):
                return None
        row = at.table.rows.get(tuple([at.key[name] for name in at.table.entity.key]))
        return row if row is not None and self.environment.shows(row.entity, row.values) else None

    def _match(self, header: str | None, row: Row) -> None:
        """Refuses a write to another version than the caller knows."""
        if header is None or not {tag.strip() for tag in header.split(",")}.isdisjoint({"*", row.etag}):
            return
        if row.entity.name not in self.environment.behaviour.ignore_if_match:
            raise stale()
        self.environment.unmatched.add(len(self.environment.history) + 1)

    def _writable(self, table: Table) -> None:
        if table.entity.read_only:
            raise bad_request(f"The entity '{table.entity.qualified_type}' is read-only.")


def row_url(exchange: Exchange, row: Row) -> str:
    """The address of a row."""
    parts = []
    for name in row.entity.key:
        field = row.entity.fields[name]
        text = quote(str(row.values[name]).replace("'", "''"), safe="'")
        if field.type in TEXTS:
            text = f"'{text}'"
        parts.append(f"{name}={field.edm}'{text}'" if field.type == "enum" else f"{name}={text}")
    return f"{exchange.base}/{row.entity.name}({','.join(parts)})"


def read_body(request: Request) -> Mapping[str, Any]:
    """The JSON object that a request carries, decimals kept exactly."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        text = f"The request entity's media type '{kind}' is not supported for this resource."
        raise Refusal(415, text)
    return json_object(request.body, bad_request)
