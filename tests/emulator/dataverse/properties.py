"""Single properties of a row, the row behind a lookup, references set through `$ref`, and the rows that point to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.emulator.dataverse import documents, options
from tests.emulator.dataverse.addresses import Address, Segment
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.payload import undeclared
from tests.emulator.dataverse.reading import CollectionReader
from tests.emulator.dataverse.refusal import bad_payload, bad_request, left_out, no_property, wrong_method
from tests.emulator.dataverse.rows import RowOperations
from tests.emulator.dataverse.schema import Column, Definition, Navigation
from tests.emulator.dataverse.store import Table
from tests.emulator.wire import Answer, json_answer


class Properties:
    """Answers requests on `accounts(...)/name`, `accounts(...)/primarycontactid` and its `$ref`, and reads
    `accounts(...)/contact_customer_accounts`.
    """

    def __init__(self, rows: RowOperations, reader: CollectionReader) -> None:
        self.rows = rows
        self.reader = reader
        self.environment = rows.environment

    def handle(self, exchange: Exchange, address: Address, rest: Sequence[Segment]) -> Answer:
        definition, name = address.table.definition, rest[0].name
        if rest[0].predicate is None and name in definition.navigations:
            if len(rest) == 1:
                return self._pointed_to(exchange, address, definition.navigations[name])
            if len(rest) == 2 and rest[1].name == "$ref":
                return self._reference(exchange, address, definition.navigations[name])
        if rest[0].predicate is None and (found := self._collection(definition, name)) is not None:
            return self._pointing(exchange, address, found, rest)
        column = definition.wires.get(name)
        if column is None or column.write_only or len(rest) > 1 or rest[0].predicate is not None:
            raise no_property("/".join(segment.raw for segment in rest), definition.logical)
        return self._property(exchange, address, column)

    def _collection(self, definition: Definition, name: str) -> tuple[Table, str] | None:
        """The table whose rows a property lists, and the lookup by which they point here."""
        for found in documents.pointing_at(self.environment, definition):
            if found["ReferencedEntityNavigationPropertyName"] == name:
                table = self.environment.by_logical[found["ReferencingEntity"]]
                return table, table.definition.columns[found["ReferencingAttribute"]].wire
        return None

    def _pointing(
        self, exchange: Exchange, address: Address, found: tuple[Table, str], rest: Sequence[Segment]
    ) -> Answer:
        """The rows that point to this one, as if they were asked for with a filter."""
        table, wire = found
        counts = len(rest) == 2 and rest[1].raw in ("$count", "%24count")
        if exchange.method != "GET" or (len(rest) > 1 and not counts):
            raise left_out(f"{exchange.method} of {'/'.join(segment.raw for segment in rest)}: lists are read only")
        for definition in (address.table.definition, table.definition):
            self.environment.require(exchange.actor, f"prvRead{definition.privilege}")
        row = self.environment.visible(address.find())
        if row is None:
            raise address.absent()
        mine = f"{wire} eq {row.row_id}"
        whole = f"({exchange.options['$filter']}) and {mine}" if "$filter" in exchange.options else mine
        asked = replace(exchange, options={**exchange.options, "$filter": whole})
        return self.reader.count(asked, table) if counts else self.reader.read(asked, table)

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
