"""Single properties of a row, the row behind a lookup, references set through `$ref`, and the rows that point to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.emulator.dataverse import options
from tests.emulator.dataverse.addresses import Address, Segment, bound
from tests.emulator.dataverse.associations import Associations, between
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.listing import Pointing, pointing
from tests.emulator.dataverse.payload import undeclared
from tests.emulator.dataverse.reading import CollectionReader
from tests.emulator.dataverse.refusal import (
    Refusal,
    bad_payload,
    bad_request,
    left_out,
    no_property,
    wrong_method,
)
from tests.emulator.dataverse.rows import RowOperations
from tests.emulator.dataverse.schema import Column, Navigation
from tests.emulator.dataverse.store import Row
from tests.emulator.wire import Answer, json_answer


class Properties:
    """Answers requests on `accounts(...)/name`, `accounts(...)/primarycontactid` and its `$ref`, and on lists
    such as `accounts(...)/contact_customer_accounts`: they are read, and rows join and leave them.
    """

    def __init__(self, rows: RowOperations, reader: CollectionReader, associations: Associations) -> None:
        self.associations = associations
        self.rows = rows
        self.reader = reader
        self.environment = rows.environment

    def handle(self, exchange: Exchange, address: Address, rest: Sequence[Segment]) -> Answer:
        definition, name = address.table.definition, rest[0].name
        if (many := between(definition.name, name)) is not None:
            return self.associations.handle(exchange, address, many, rest)
        if rest[0].predicate is None and name in definition.navigations:
            if len(rest) == 1:
                return self._pointed_to(exchange, address, definition.navigations[name])
            if len(rest) == 2 and rest[1].name == "$ref":
                return self._reference(exchange, address, definition.navigations[name])
        if (found := pointing(self.environment, definition, name)) is not None:
            if len(rest) == 2 and rest[1].name == "$ref" and exchange.method in ("POST", "DELETE"):
                return self._member(exchange, address, found, rest[0])
            if rest[0].predicate is None:
                return self._pointing(exchange, address, found, rest)
            raise left_out(f"{exchange.method} of a single row of {name}")
        column = definition.wires.get(name)
        if column is None or column.write_only or len(rest) > 1 or rest[0].predicate is not None:
            raise no_property("/".join(segment.raw for segment in rest), definition.logical)
        return self._property(exchange, address, column)

    def _pointing(self, exchange: Exchange, address: Address, found: Pointing, rest: Sequence[Segment]) -> Answer:
        """The rows that point to this one, as if they were asked for with a filter."""
        table, wire = found.table, found.wire
        counts = len(rest) == 2 and rest[1].raw in ("$count", "%24count")
        if exchange.method != "GET" or (len(rest) > 1 and not counts):
            raise left_out(f"{exchange.method} of {'/'.join(segment.raw for segment in rest)}")
        for definition in (address.table.definition, table.definition):
            self.environment.require(exchange.actor, f"prvRead{definition.privilege}")
        row = self.environment.visible(address.find())
        if row is None:
            raise address.absent()
        mine = f"{wire} eq {row.row_id}"
        whole = f"({exchange.options['$filter']}) and {mine}" if "$filter" in exchange.options else mine
        asked = replace(exchange, options={**exchange.options, "$filter": whole})
        return self.reader.count(asked, table) if counts else self.reader.read(asked, table)

    def _member(self, exchange: Exchange, address: Address, found: Pointing, segment: Segment) -> Answer:
        """A row joins a list, or leaves it: its lookup is set, or emptied."""
        options.check(exchange.options, {*options.TAG, *(("$id",) if exchange.method == "DELETE" else ())})
        row = address.find()
        if row is None:
            raise address.absent()
        member = self._named(exchange, found, segment)
        if exchange.method == "POST":
            link: str | None = f"/{address.table.definition.name}({row.row_id})"
        elif member.values[found.wire] != row.row_id:
            raise Refusal(404, "0x80040217", f"{member.row_id} is not in {segment.name} of {row.row_id}.")
        else:
            link = None
        with self.environment.transaction():
            self.rows.writer.update(
                found.table, member, {f"{found.navigation}@odata.bind": link}, exchange.actor, exchange.references
            )
        return empty_answer()

    def _named(self, exchange: Exchange, found: Pointing, segment: Segment) -> Row:
        """The row that a request on a list is about: in parentheses, in the body, or as `$id`."""
        name = found.table.definition.name
        if segment.predicate is not None:
            link: object = f"/{name}({segment.predicate})"
        else:
            link = exchange.body.get("@odata.id") if exchange.method == "POST" else exchange.options.get("$id")
        if not isinstance(link, str):
            raise bad_request("A reference needs '@odata.id'.")
        target, _ = bound(self.environment, (name,), link)
        row = target.find()
        if row is None:
            raise target.absent()
        return row

    def _property(self, exchange: Exchange, address: Address, column: Column) -> Answer:
        if exchange.method == "GET":
            return self._read(exchange, address, column)
        if exchange.method not in ("PUT", "DELETE"):
            raise wrong_method(exchange.method)
        body = exchange.body if exchange.method == "PUT" else {"value": None}
        if set(body) - {"@odata.context"} != {"value"}:
            raise bad_payload(address.table.definition.name, "The body of a property holds 'value' and nothing else.")
        return self._set(exchange, address, {column.wire: body["value"]})

    def _read(self, exchange: Exchange, address: Address, column: Column) -> Answer:
        options.check(exchange.options, frozenset())
        self.environment.require(exchange.actor, f"prvRead{address.table.definition.privilege}")
        row = self.environment.visible(address.find())
        if row is None:
            raise address.absent()
        value = row.values[column.wire]
        if value is None:
            return empty_answer()
        context = exchange.context(f"{address.table.definition.name}({row.row_id})/{column.wire}")
        return json_answer(200, {"@odata.context": context, "value": value})

    def _set(self, exchange: Exchange, address: Address, body: dict[str, object]) -> Answer:
        options.check(exchange.options, options.TAG)
        with self.environment.transaction():
            row = self.rows.required(exchange, address)
            self.rows.writer.update(address.table, row, body, exchange.actor, exchange.references)
        return empty_answer()

    def _pointed_to(self, exchange: Exchange, address: Address, navigation: Navigation) -> Answer:
        if exchange.method != "GET":
            raise wrong_method(exchange.method)
        target = self._target(exchange, address, navigation)
        return self.rows.read(exchange, target) if target is not None else empty_answer()

    def _target(self, exchange: Exchange, address: Address, navigation: Navigation) -> Address | None:
        self.environment.require(exchange.actor, f"prvRead{address.table.definition.privilege}")
        row = self.environment.visible(address.find())
        if row is None:
            raise address.absent()
        row_id = row.values[navigation.column.wire]
        entity_set = self.environment.pointed_into(address.table, row, navigation.column.name)
        if row_id is None or entity_set not in navigation.sets:
            return None
        return Address(self.environment.table(entity_set), f"{entity_set}({row_id})", row_id=row_id)

    def _reference(self, exchange: Exchange, address: Address, navigation: Navigation) -> Answer:
        if exchange.method == "GET":
            return self._read_reference(exchange, address, navigation)
        if exchange.method == "DELETE":
            return self._set(exchange, address, {f"{navigation.name}@odata.bind": None})
        if exchange.method != "PUT":
            raise wrong_method(exchange.method)
        body = dict(exchange.body)
        body.pop("@odata.context", None)
        link = body.pop("@odata.id", None)
        if body:
            raise undeclared(address.table.definition, next(iter(body)))
        if not isinstance(link, str):
            raise bad_request("A reference needs '@odata.id'.")
        return self._set(exchange, address, {f"{navigation.name}@odata.bind": link})

    def _read_reference(self, exchange: Exchange, address: Address, navigation: Navigation) -> Answer:
        target = self._target(exchange, address, navigation)
        if target is None:
            return empty_answer()
        context, link = exchange.context("$ref"), f"{exchange.base}/{target.raw}"
        return json_answer(200, {"@odata.context": context, "@odata.id": link})
