"""CreateMultiple, UpdateMultiple and UpsertMultiple: all targets of a request or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulator.dataverse import options
from tests.emulator.dataverse.addresses import Address, bound
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, empty_answer
from tests.emulator.dataverse.refusal import Refusal, bad_payload, invalid_argument, left_out, wrong_method
from tests.emulator.dataverse.store import Table
from tests.emulator.dataverse.writer import Writer
from tests.emulator.wire import Answer, json_answer

PREFIX = "Microsoft.Dynamics.CRM."
MESSAGES = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
Target = Mapping[str, Any]


class Bulk:
    """Answers bound actions on entity sets."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.writer = writer

    def handle(self, exchange: Exchange, table: Table, action: str) -> Answer:
        name = action.removeprefix(PREFIX)
        if exchange.method != "POST":
            raise wrong_method(exchange.method)
        options.check(exchange.options, options.TAG)
        if name == "DeleteMultiple":
            raise Refusal(501, "0x8006088a", "DeleteMultiple has not yet been implemented.")
        if name not in MESSAGES:
            raise left_out(f"the action {name}")
        self._must_exist(table, name)
        targets = self._targets(exchange, table)
        with self.environment.transaction():
            if name == "CreateMultiple":
                return self._create(exchange, table, targets)
            if name == "UpdateMultiple":
                return self._update(exchange, table, targets)
            return self._upsert(exchange, table, targets)

    def _create(self, exchange: Exchange, table: Table, targets: list[Target]) -> Answer:
        ids = [self.writer.create(table, target, exchange.actor, exchange.references).row_id for target in targets]
        return json_answer(200, {"@odata.context": exchange.context(f"{PREFIX}CreateMultipleResponse"), "Ids": ids})

    def _update(self, exchange: Exchange, table: Table, targets: list[Target]) -> Answer:
        """The first target of a row counts; later ones of the same row are ignored."""
        done: set[str] = set()
        for target in targets:
            if "@odata.id" in target:
                raise Refusal(400, "0x8006088f", "UpdateMultiple does not take alternate keys.")
            address = self._by_id(table, target)
            if str(address.row_id) in done:
                continue
            done.add(str(address.row_id))
            row = address.find()
            if row is None:
                raise address.absent()
            self.writer.update(table, row, target, exchange.actor, exchange.references)
        return empty_answer()

    def _upsert(self, exchange: Exchange, table: Table, targets: list[Target]) -> Answer:
        done: set[str] = set()
        for target in targets:
            row, _ = self.writer.upsert(self._address(table, target), target, exchange.actor, exchange.references)
            if row.row_id in done:
                raise invalid_argument("A record appears more than once in the targets of UpsertMultiple.")
            done.add(row.row_id)
        return empty_answer()

    def _address(self, table: Table, target: Target) -> Address:
        if "@odata.id" not in target:
            return self._by_id(table, target)
        return bound(self.environment, (table.definition.name,), target["@odata.id"])[0]

    def _by_id(self, table: Table, target: Target) -> Address:
        definition = table.definition
        if target.get(definition.id) is None:
            raise invalid_argument(f"The target has no value for its primary key '{definition.id}'.")
        row_id = table.readers[definition.id](target[definition.id])
        return Address(table, "", row_id=row_id)

    def _targets(self, exchange: Exchange, table: Table) -> list[Target]:
        name = table.definition.name
        body = exchange.body
        targets = body.get("Targets")
        if set(body) != {"Targets"} or not isinstance(targets, list) or not targets:
            raise bad_payload(name, "The body must hold a list 'Targets' with at least one row, and nothing else.")
        for target in targets:
            if not isinstance(target, dict) or "@odata.type" not in target:
                raise bad_payload(name, "Every target needs '@odata.type'.")
        return targets

    def _must_exist(self, table: Table, message: str) -> None:
        """A message exists for a table if the table of message filters has a row for both."""
        needed = {"UpsertMultiple": ("CreateMultiple", "UpdateMultiple")}.get(message, (message,))
        messages = self.environment.tables["sdkmessages"].rows
        found = {
            messages[row.values["_sdkmessageid_value"]].values["name"]
            for row in self.environment.tables["sdkmessagefilters"].rows.values()
            if row.values["primaryobjecttypecode"] == table.definition.logical
        }
        if not found.issuperset(needed):
            text = f"The '{message}' method does not support entities of type '{table.definition.logical}'."
            raise Refusal(400, "0x80040800", text)
