"""Operations on single rows: create, read, update, upsert, delete."""

from __future__ import annotations

from tests.emulator.dataverse import options
from tests.emulator.dataverse.addresses import Address
from tests.emulator.dataverse.deleting import Deleter
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, empty_answer, members, text_answer
from tests.emulator.dataverse.headers import fits_version, none_match
from tests.emulator.dataverse.projection import Projection, Projector
from tests.emulator.dataverse.refusal import already_there, bad_request, stale
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.dataverse.writer import Writer
from tests.emulator.wire import Answer


class RowOperations:
    """Answers requests on `accounts` (POST) and `accounts(...)`."""

    def __init__(self, environment: Environment, writer: Writer, deleter: Deleter, projector: Projector) -> None:
        self.environment = environment
        self.writer = writer
        self.deleter = deleter
        self.projector = projector

    def create(self, exchange: Exchange, table: Table) -> Answer:
        options.check(exchange.options, options.WRITE)
        projection = self._returned(exchange, table)
        with self.environment.transaction():
            row = self.writer.create(table, exchange.body, exchange.actor, exchange.references)
        if projection is not None:
            return self._row(exchange, projection, row, 201)
        url = f"{exchange.base}/{table.definition.name}({row.row_id})"
        return empty_answer({"odata-entityid": url, "location": url})

    def read(self, exchange: Exchange, address: Address) -> Answer:
        options.check(exchange.options, options.ROW)
        table = address.table
        self.environment.require(exchange.actor, f"prvRead{table.definition.privilege}")
        projection = self.projector.projection(table, exchange.options.get("$select"), exchange.options.get("$expand"))
        row = self.environment.visible(address.find())
        if row is None:
            raise address.absent()
        self.environment.require_row(exchange.actor, table, row.row_id, "read")
        if none_match(exchange.request) == row.etag and self._conditional(exchange, table):
            return Answer(304, {"etag": row.etag})
        return self._row(exchange, projection, row, 200)

    def update(self, exchange: Exchange, address: Address) -> Answer:
        """PATCH: an update, an upsert, or a create only, by its preconditions."""
        options.check(exchange.options, options.WRITE)
        if "if-match" in exchange.request.headers and none_match(exchange.request) is not None:
            raise bad_request("If-Match and If-None-Match cannot be used together.")
        projection = self._returned(exchange, address.table, expand=False)
        with self.environment.transaction():
            row, created = self._patch(exchange, address)
        if projection is not None:
            return self._row(exchange, projection, row, 201 if created else 200)
        url = f"{exchange.base}/{address.raw}"
        located = {} if "if-match" in exchange.request.headers else {"location": url}
        return empty_answer({"odata-entityid": url, **located})

    def delete(self, exchange: Exchange, address: Address) -> Answer:
        options.check(exchange.options, options.TAG)
        with self.environment.transaction():
            row = self.required(exchange, address)
            self.environment.require_row(exchange.actor, address.table, row.row_id, "delete")
            self.deleter.delete(address.table, row, exchange.actor)
        return empty_answer()

    def required(self, exchange: Exchange, address: Address) -> Row:
        """The row at an address, in the version that `If-Match` asks for."""
        row = address.find()
        if row is None:
            raise address.absent()
        if not fits_version(exchange.request, address.table, row):
            if address.table.definition.name not in self.environment.behaviour.ignore_if_match:
                raise stale()
            self.environment.unmatched.add((row.row_id, self.environment.clock()))
        return row

    def _patch(self, exchange: Exchange, address: Address) -> tuple[Row, bool]:
        if "if-match" in exchange.request.headers:
            self.required(exchange, address)
        elif none_match(exchange.request) == "*" and address.find() is not None:
            raise already_there()
        if (row := address.find()) is not None:
            self.environment.require_row(exchange.actor, address.table, row.row_id, "update")
        return self.writer.upsert(address, exchange.body, exchange.actor, exchange.references)

    def _conditional(self, exchange: Exchange, table: Table) -> bool:
        related = "$expand" in exchange.options or exchange.preferences.annotations is not None
        return table.definition.optimistic and not related

    def _returned(self, exchange: Exchange, table: Table, *, expand: bool = True) -> Projection | None:
        """What to return of a written row; nothing unless the representation is preferred."""
        expanded = exchange.options.get("$expand") if expand else None
        projection = self.projector.projection(table, exchange.options.get("$select"), expanded)
        return projection if exchange.preferences.representation else None

    def _row(self, exchange: Exchange, projection: Projection, row: Row, status: int) -> Answer:
        name = projection.table.definition.name
        chosen = f"({projection.chosen})" if projection.chosen else ""
        context = members({"@odata.context": exchange.context(f"{name}{chosen}/$entity")})
        text = self.projector.text(projection, row, exchange.preferences)
        applied = exchange.preferences.applied(writing=exchange.method != "GET")
        return text_answer(status, b"{%b,%b" % (context, text[1:]), {"etag": row.etag, **applied})
