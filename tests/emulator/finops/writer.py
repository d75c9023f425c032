"""Creates, updates, deletes and renames: the same path for the wire, for people in the product and for loading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.emulator.finops.environment import Actor, Environment, Event
from tests.emulator.finops.refusal import CONFLICT, UPDATE, Refusal, bad_request, no_property
from tests.emulator.finops.rules import CONTACT_FIELD, Rules, Values
from tests.emulator.finops.schema import COMPANY, TEXTS, Entity
from tests.emulator.finops.store import Row, Table
from tests.emulator.reworked import reworked

_NONE: frozenset[str] = frozenset()
_LOADING = Actor("load")


class Writer:
    """Writes rows inside the open transaction. Everything is checked first; what is refused is raised."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.rules = Rules(environment)

    def create(self, table: Table, body: Mapping[str, Any], actor: Actor) -> Row:
        """A new row with what the product fills in."""
        self._trouble(table.entity, actor)
        given = self._read(table, body)
        self.rules.check_values(table.entity, given, {})
        row = self._new(table, {**given, **self._reworked(table, given, {})}, actor)
        self._check_new(table, row)
        asked = _otherwise(given, row)
        self.environment.write(Event(table, "create", None, row, actor, tuple(given), asked=asked))
        return row

    def update(self, table: Table, row: Row, body: Mapping[str, Any], actor: Actor) -> Row:
        """The next version of a row."""
        self._trouble(table.entity, actor)
        try:
            return self._updated(table, row, body, actor)
        except Refusal as refusal:
            key = tuple(str(row.values[name]) for name in table.entity.key)
            self.environment.refused.append((table.entity.name, key, frozenset(body), refusal.message))
            raise

    def _updated(self, table: Table, row: Row, body: Mapping[str, Any], actor: Actor) -> Row:
        given = self._read(table, body)
        self._refuse_fixed(table, row, given)
        self.rules.check_values(table.entity, given, row.values)
        written = {**given, **self._reworked(table, given, row.values)}
        changed = {
            name: value
            for name, value in written.items()
            if value != row.values[name] and not _fixed(table.entity, name)
        }
        same = not changed and not self.environment.behaviour.rewrite_makes_version
        if same and not _otherwise(given, row):
            return row
        values = {**row.values, **changed}
        self.rules.check(table.entity, values, given)
        after = row if same else Row(table.entity, row.key, values, row.record, row.version + 1)
        asked = {name: value for name, value in _otherwise(given, after).items() if not _fixed(table.entity, name)}
        self.environment.write(Event(table, "update", row, after, actor, tuple(given), not changed, asked))
        return after

    def delete(self, table: Table, row: Row, actor: Actor) -> None:
        """Takes a row away unless others name it."""
        self._trouble(table.entity, actor)
        self.rules.check_unused(table, row)
        self.environment.write(Event(table, "delete", row, None, actor))

    def rename(self, table: Table, row: Row, new_key: Mapping[str, Any], actor: Actor) -> Row:
        """The row under another key, with the same record id; rows that name it follow, and raise no events."""
        given = self._read(table, new_key)
        if any(name not in table.entity.key or table.entity.fields[name].type not in TEXTS for name in given):
            raise bad_request(f"Only codes of the key of {table.entity.name} can be renamed.")
        if given.get(COMPANY, row.values.get(COMPANY)) != row.values.get(COMPANY):
            raise bad_request("A record cannot be moved to another company.")
        after = self._rekeyed(table, row, given)
        self.environment.write(Event(table, "rename", row, after, actor, tuple(given)))
        code = after.values[table.entity.own_key[-1]]
        if code != row.values[table.entity.own_key[-1]]:
            self._follow(table, row, code, actor)
        return after

    def load(self, table: Table, bodies: Iterable[Mapping[str, Any]]) -> None:
        """Rows that are simply there: checked like creates, references at the end. A known key is replaced."""
        loaded: list[Row] = []
        for body in bodies:
            given = self._read(table, body)
            row = self._new(table, given, _LOADING)
            self.rules.claim_party(table.entity, row.values)
            before = table.rows.get(row.key)
            self.environment.write(Event(table, "create", before, row, _LOADING), bulk=True)
            loaded.append(row)
        for row in loaded:
            self.rules.check(table.entity, row.values, row.values)
            _ = row.encoded
        _ = table.keys

    def _new(self, table: Table, given: Mapping[str, Any], actor: Actor) -> Row:
        entity = table.entity
        values: Values = {**entity.template, **given}
        if entity.striped and not values[COMPANY]:
            values[COMPANY] = self.environment.default_company()
        self._check_company(entity, values, actor)
        self.rules.complete(table, values, given)
        return Row(entity, table.key_of(values), values, self.environment.new_record())

    def _check_new(self, table: Table, row: Row) -> None:
        self.rules.check(table.entity, row.values, row.values)
        if row.key in table.rows:
            raise self.rules.exists(table.entity, row.values)
        self.rules.claim_party(table.entity, row.values)

    def _check_company(self, entity: Entity, values: Mapping[str, Any], actor: Actor) -> None:
        if not entity.striped:
            return
        company, known = values[COMPANY], self.environment.companies
        if company not in known or (actor.app is not None and not self.environment.accessible(company)):
            raise bad_request(f"The company '{company}' does not exist, or the user has no access to it.")

    def _read(self, table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
        """The values a body names, as they would be stored. Annotations of the format are passed over."""
        entity, readers = table.entity, table.readers
        computed = self.environment.behaviour.computed_fields.get(entity.name, _NONE)
        found: dict[str, Any] = {}
        for name, value in body.items():
            read = readers.get(name)
            if read is None:
                if name == "@odata.type":
                    self._demand_type(entity, value)
                if name.startswith("@odata.") or name.endswith("@odata.type"):
                    continue
                raise no_property(name, entity.qualified_type)
            if not entity.fields[name].read_only and name not in computed:
                found[name] = read(value)
            elif self.environment.behaviour.read_only_fields == "refuse":
                raise bad_request(f"The property '{name}' of '{entity.qualified_type}' is read-only.")
        return found

    def _demand_type(self, entity: Entity, named: object) -> None:
        """A body may say what it is, by the whole name of its type: of nothing else."""
        name = str(named).removeprefix("#")
        if name == entity.qualified_type:
            return
        if name in {table.entity.qualified_type for table in self.environment.tables.values()}:
            raise bad_request(
                f"A resource with type '{name}' was found, but it is not assignable to the expected type "
                f"'{entity.qualified_type}'. Make sure that the type specified in the payload is equal to either the "
                "expected type or a derived type."
            )
        raise bad_request(f"A type named '{name}' could not be resolved by the model.")

    def _refuse_fixed(self, table: Table, row: Row, given: Mapping[str, Any]) -> None:
        """What is set once may be sent again, but not changed; letter case is no change."""
        entity = table.entity
        for name, value in given.items():
            if not _fixed(entity, name) or table.folders[name](value) == table.folders[name](row.values[name]):
                continue
            if name == "PartyType":
                text = f"You cannot update a party's type from Dir{row.values[name]} to Dir{value}."
                raise self.rules.failed(entity, text, "")
            text = f"Field '{entity.fields[name].label}' cannot be changed after the record was created."
            raise self.rules.invalid(entity, entity.fields[name], text)

    def _rekeyed(self, table: Table, row: Row, given: Mapping[str, Any]) -> Row:
        values = {**row.values, **given}
        self.rules.check(table.entity, values, ())
        after = Row(table.entity, table.key_of(values), values, row.record, row.version + 1)
        if after.key != row.key and after.key in table.rows:
            raise self.rules.exists(table.entity, values)
        return after

    def _follow(self, table: Table, renamed: Row, code: str, actor: Actor) -> None:
        """Gives every row that named the old code the new one. Set-based, so events do not see it."""
        for other, field, key in list(self.rules.users(table, renamed)):
            self._set_code(other, other.rows[key], field.name, code, actor)
        people = self.environment.tables[CONTACT_FIELD[0]]
        for row in self.rules.contacts(table, renamed):
            self._set_code(people, row, CONTACT_FIELD[1], code, actor)

    def _set_code(self, table: Table, row: Row, name: str, code: str, actor: Actor) -> None:
        after = self._rekeyed(table, row, {name: code})
        self.environment.write(Event(table, "update", row, after, actor, (name,), silent=True))

    def _reworked(self, table: Table, given: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
        """What this installation's own logic makes of what is written."""
        behaviour, name = self.environment.behaviour, table.entity.name
        cut, noted = behaviour.cut.get(name, {}), behaviour.noted.get(name, {})
        own = {each: most for each, most in cut.items() if each in given}
        return reworked({**before, **given}, before, own, {each: noted[each] for each in noted if each in given})

    def _trouble(self, entity: Entity, actor: Actor) -> None:
        """What can befall any write over the wire."""
        behaviour = self.environment.behaviour
        if actor.app is None:
            return
        if behaviour.update_conflict > 0:
            behaviour.update_conflict -= 1
            raise Refusal(500, CONFLICT, UPDATE)
        if behaviour.deadlock > 0:
            behaviour.deadlock -= 1
            text = (
                f"Cannot select a record in {entity.label} ({entity.table}). Deadlock, where one or more users have "
                "simultaneously locked the whole table or part of it."
            )
            raise Refusal(500, text, UPDATE)


def _fixed(entity: Entity, name: str) -> bool:
    field = entity.fields[name]
    return field.is_key or field.create_only


def _otherwise(given: Mapping[str, Any], row: Row) -> Mapping[str, Any]:
    """What a body asked for and did not get as it was, by field."""
    return {name: value for name, value in given.items() if row.values[name] != value}
