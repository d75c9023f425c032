"""Creates and updates: by id, by alternate key, as upsert, and in bulk when demo data is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.emulator.dataverse.addresses import Address
from tests.emulator.dataverse.columns import check_write
from tests.emulator.dataverse.derived import derive, stamp_created, stamp_modified
from tests.emulator.dataverse.environment import Actor, Environment, Event
from tests.emulator.dataverse.parents import refuse_loop
from tests.emulator.dataverse.payload import NO_REFERENCES, Payload, PayloadReader, References
from tests.emulator.dataverse.refusal import Refusal, bad_payload, invalid_argument
from tests.emulator.dataverse.store import NO_TARGETS, Row, Table
from tests.emulator.dataverse.values import fold
from tests.emulator.reworked import reworked

COMPANY = "msdyn_company"
"""A company is set once: the metadata let it be updated, and a plug-in refuses."""
OWN_POLICY = "The change does not comply with the policy of the organization."
Body = Mapping[str, Any]
Check = Callable[[Row | None, dict[str, Any]], None]
Effect = Callable[[Event], None]


class Writer:
    """Writes rows inside the environment's transaction. `checks` hold further rules per entity set, which may fill in
    columns, `effects` what the platform does to other rows of the same transaction.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.checks: dict[str, Check] = {}
        self.effects: dict[str, Effect] = {}
        self._readers: dict[tuple[str, int], PayloadReader] = {}

    def create(
        self, table: Table, body: Body, actor: Actor, references: References = NO_REFERENCES, at: Address | None = None
    ) -> Row:
        """A new row; `at` is the address of an upsert that found nothing."""
        self.environment.require(actor, f"prvCreate{table.definition.privilege}")
        payload = self.reader(table).read(body, actor, creating=True, references=references)
        check_write(self.environment, table, payload.sent, actor, creating=True)
        if at is not None:
            self._from_address(payload, at)
        self._number(table, payload)
        row = self._new_row(table, payload, actor)
        deleted = table.deleted.get(row.row_id)
        self._check(table, None, row.values, actor)
        table.add(row)
        sent, asked = tuple(payload.sent), _otherwise(payload, row)
        self._record(Event(table, row.row_id, "create", None, row, actor, sent, deleted=deleted, asked=asked))
        return table.rows[row.row_id]

    def update(self, table: Table, row: Row, body: Body, actor: Actor, references: References = NO_REFERENCES) -> Row:
        """A new version of a row."""
        self.environment.require(actor, f"prvWrite{table.definition.privilege}")
        with self._remembering(table, row, body):
            payload = self.reader(table).read(body, actor, creating=False, references=references)
            return self.apply(table, row, payload, actor)

    @contextmanager
    def _remembering(self, table: Table, row: Row, body: Body) -> Iterator[None]:
        """What is refused for what it would store is remembered."""
        try:
            yield
        except Refusal as refusal:
            self.environment.refused.append((table.definition.name, (row.row_id,), frozenset(body), refusal.message))
            raise

    def upsert(self, address: Address, body: Body, actor: Actor, references: References) -> tuple[Row, bool]:
        """Updates the row at the address or creates it there; True if it was created."""
        row = address.find()
        if row is None:
            return self.create(address.table, body, actor, references, at=address), True
        self.environment.require(actor, f"prvWrite{address.table.definition.privilege}")
        with self._remembering(address.table, row, body):
            payload = self.reader(address.table).read(body, actor, creating=False, references=references)
            for wire in address.values or ():
                name = address.table.definition.wires[wire].name
                payload.values.pop(wire, None)
                payload.sent = [sent for sent in payload.sent if sent != name]
            return self.apply(address.table, row, payload, actor), False

    def apply(self, table: Table, row: Row, payload: Payload, actor: Actor) -> Row:
        """Puts the values of a payload that was read before on a row."""
        self._keep_identity(table, row, payload)
        check_write(self.environment, table, payload.sent, actor, creating=False)
        values = row.values | payload.values
        targets = _targets(row, payload)
        derive(self.environment, table.definition, values, targets.get("ownerid", "systemusers"), payload.sent)
        stamp_modified(self.environment, values, actor)
        self._check(table, row, values, actor)
        after = self._version(row.row_id, values, targets)
        table.put(after)
        sent, asked = tuple(payload.sent), _otherwise(payload, after)
        self._record(Event(table, row.row_id, "update", row, after, actor, sent, asked=asked))
        return after

    def _number(self, table: Table, payload: Payload) -> None:
        """What nobody numbered by hand gets the next number."""
        definition, now = table.definition, self.environment.clock()
        for column in definition.numbered:
            if payload.values.get(column.wire) is None:
                take = self.environment.sequences.take
                payload.values[column.wire] = take(definition.logical, column.name, column.auto_number, now)

    def _record(self, event: Event) -> None:
        self.environment.record(event)
        effect = self.effects.get(event.table.definition.name)
        if effect is not None:
            effect(event)

    def load(self, table: Table, rows: Iterable[Body], actor: Actor) -> None:
        """Rows without events and history; columns that the platform maintains may be given."""
        read = PayloadReader(self.environment, table, trusted=True).read
        for body in rows:
            payload = read(body, actor, creating=True)
            row = self._new_row(table, payload, actor)
            table.put(row, bulk=True)
            row.encode()
        table.settle()

    def reader(self, table: Table) -> PayloadReader:
        name = table.definition.name, table.definition.revision
        if name not in self._readers:
            self._readers[name] = PayloadReader(self.environment, table)
        return self._readers[name]

    def _new_row(self, table: Table, payload: Payload, actor: Actor) -> Row:
        definition = table.definition
        values = definition.template | payload.values
        row_id = values[definition.id] = values[definition.id] or self.environment.new_id()
        stamp_created(self.environment, definition, values, actor)
        derive(self.environment, definition, values, payload.targets.get("ownerid", "systemusers"), payload.sent)
        return self._version(row_id, values, payload.targets or NO_TARGETS)

    def _version(self, row_id: str, values: dict[str, Any], targets: Mapping[str, str]) -> Row:
        version = values["versionnumber"] = self.environment.next_version()
        return Row(row_id, values, targets, version)

    def _from_address(self, payload: Payload, at: Address) -> None:
        """Key columns missing from the body come from the address; a value in the body wins."""
        definition = at.table.definition
        found: Mapping[str, Any] = at.values if at.values is not None else {definition.id: at.row_id}
        if at.row_id is not None and payload.values.get(definition.id, at.row_id) != at.row_id:
            raise bad_payload(definition.name, "The id in the body is not the id in the address.")
        for wire, value in found.items():
            if wire in payload.values:
                continue
            column = definition.wires[wire]
            if column.type == "lookup":
                self._must_exist(next(iter(column.targets)), value)
            payload.values[wire] = at.table.readers[column.name](value)
            payload.sent.append(column.name)

    def _must_exist(self, entity_set: str, row_id: str) -> None:
        table = self.environment.table(entity_set)
        if row_id not in table.rows:
            raise Address(table, "", row_id=row_id).absent()

    def _keep_identity(self, table: Table, row: Row, payload: Payload) -> None:
        definition = table.definition
        if payload.values.pop(definition.id, row.row_id) != row.row_id:
            raise bad_payload(definition.name, "The id in the body is not the id in the address.")
        payload.sent = [name for name in payload.sent if name != definition.id]
        for wire, value in payload.values.items():
            column = definition.wires[wire]
            held = row.values[wire]
            fixed = column.create_only or (column.name == COMPANY and held is not None)
            if fixed and fold(value) != fold(held):
                text = f"The value of '{column.name}' of {definition.logical} can't be changed after it was set."
                raise Refusal(400, "0x80040265", text)

    def _check(self, table: Table, before: Row | None, values: dict[str, Any], actor: Actor) -> None:
        name, held = table.definition.name, before.values if before is not None else {}
        refuse_loop(table, values[table.definition.id], values)
        if name in self.checks:
            self.checks[name](before, values)
        behaviour = self.environment.behaviour
        values |= reworked(values, held, behaviour.cut.get(name, {}), behaviour.noted.get(name, {}))
        own = behaviour.refused_values.get(name, {})
        if any(values.get(column) in barred and values[column] != held.get(column) for column, barred in own.items()):
            raise Refusal(400, "0x80040265", behaviour.own_words or OWN_POLICY)
        columns = behaviour.duplicate_rules.get(name)
        if columns and actor.detects_duplicates:
            self._refuse_duplicates(table, columns, values)

    def _refuse_duplicates(self, table: Table, columns: tuple[str, ...], values: Mapping[str, Any]) -> None:
        unknown = [column for column in columns if column not in values]
        if unknown:
            raise invalid_argument(f"The duplicate detection rule names unknown columns: {', '.join(unknown)}")
        found = [table.index(column).get(fold(values[column]), set()) for column in columns]
        if set.intersection(*found) - {values[table.definition.id]}:
            text = "A record was not created or updated because a duplicate of the current record already exists."
            raise Refusal(412, "0x80040333", text)


def _targets(row: Row, payload: Payload) -> Mapping[str, str]:
    return {**row.targets, **payload.targets} if payload.targets else row.targets


def _otherwise(payload: Payload, row: Row) -> Mapping[str, Any]:
    """What a request asked for and did not get as it was, by column."""
    return {name: value for name, value in payload.values.items() if row.values[name] != value}
