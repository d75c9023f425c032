"""Deletes, and what they do to the rows that point to the deleted one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.emulator.dataverse.delete_rules import delete_rule
from tests.emulator.dataverse.environment import Actor, Environment, Event
from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.schema import Column
from tests.emulator.dataverse.store import Row, Table

_PERMANENT = frozenset({"organizations", "businessunits", "systemusers", "sdkmessages"})
_PEOPLE = frozenset({"systemusers", "teams", "businessunits"})


class Deleter:
    """Deletes rows inside the environment's transaction. `checks` may refuse what somebody asked for, but not what goes
    along with another row; `effects` are what the platform does to other rows.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.checks: dict[str, Callable[[Row], None]] = {}
        self.effects: dict[str, Callable[[Event], None]] = {}

    def delete(self, table: Table, row: Row, actor: Actor, parent: Event | None = None) -> None:
        self.environment.require(actor, f"prvDelete{table.definition.privilege}")
        if table.definition.name in _PERMANENT:
            raise Refusal(405, "0x80040227", f"A {table.definition.logical} cannot be deleted.")
        if parent is None and table.definition.name in self.checks:
            self.checks[table.definition.name](row)
        event = Event(table, row.row_id, "delete", row, None, actor, parent=parent)
        for child, column in self._pointing_at(table):
            pointing = child.index(column.wire).get(row.row_id, set())
            for row_id in sorted(pointing - {row.row_id}):
                self._consequence(child, column, child.rows[row_id], event)
        table.remove(row.row_id, self.environment.next_version())
        self.environment.record(event)
        if table.definition.name in self.effects:
            self.effects[table.definition.name](event)

    def _pointing_at(self, table: Table) -> Iterator[tuple[Table, Column]]:
        name = table.definition.name
        if name in _PEOPLE:
            return
        for child in self.environment.tables.values():
            for column in child.definition.columns.values():
                if name in column.targets:
                    yield child, column

    def _consequence(self, child: Table, column: Column, row: Row, event: Event) -> None:
        rule = delete_rule(self.environment.behaviour, child.definition, column)
        if rule == "restrict":
            text = (
                "The record cannot be deleted because it is associated with another record. "
                f"{child.definition.logical} {row.row_id} refers to it in {column.name}."
            )
            raise Refusal(405, "0x80040227", text)
        if rule == "cascade":
            self.delete(child, row, event.actor, parent=event)
        else:
            self._remove_link(child, column, row, event)

    def _remove_link(self, child: Table, column: Column, row: Row, event: Event) -> None:
        """The platform empties the lookup by itself: a new version, but no Update message."""
        version = self.environment.next_version()
        values = row.values | {column.wire: None, "versionnumber": version}
        after = Row(row.row_id, values, row.targets, version)
        child.put(after)
        self.environment.record(
            Event(child, row.row_id, "update", row, after, event.actor, (column.name,), silent=True, parent=event)
        )
