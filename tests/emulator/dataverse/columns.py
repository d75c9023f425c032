"""Column security: what applications may do with a secured column, and how it reads under a masking rule.

People hold every column security profile; an application holds what the behaviour says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.emulator.dataverse.behaviour import Behaviour, ColumnRight
from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.store import Row, Table

ALLOWED, NOT_ALLOWED = 4, 0
SHOWN = 4
"""Characters at the end of a text that a masking rule leaves as they are."""


def secured(behaviour: Behaviour, table: str, column: str) -> bool:
    """True if the column has column security, whoever asks."""
    return (table, column.removesuffix("_base")) in behaviour.secured_columns


def may(behaviour: Behaviour, table: str, column: str, right: ColumnRight) -> bool:
    """True if applications may do this with a column."""
    held = behaviour.secured_columns.get((table, column.removesuffix("_base")))
    return held is None or right in held


def veiled(environment: Environment, table: Table, row: Row) -> Row:
    """A row as an application reads it: null where it may not read, a mask where a rule says so."""
    behaviour, name = environment.behaviour, table.definition.name
    values, masked = dict(row.values), _with_a_rule(environment, table)
    for wire, column in table.definition.wires.items():
        if not may(behaviour, name, column.name, "read"):
            values[wire] = None
        elif column.name in masked and secured(behaviour, name, column.name):
            values[wire] = _masked(values[wire])
    return Row(row.row_id, values, row.targets, row.version)


def _with_a_rule(environment: Environment, table: Table) -> set[str]:
    """Columns of a table for which there is a masking rule."""
    rules = (rule.values for rule in environment.tables["attributemaskingrules"].rows.values())
    return {rule["attributelogicalname"] for rule in rules if rule["entityname"] == table.definition.logical}


def check_read(environment: Environment, table: Table, names: Iterable[str], actor: Actor) -> None:
    """Refuses conditions on columns that the application may not read."""
    for wire, column in table.definition.wires.items():
        if actor.app is not None and wire in names:
            _require(environment, table, column.name, "read", actor)


def check_write(environment: Environment, table: Table, names: Iterable[str], actor: Actor, *, creating: bool) -> None:
    """Refuses values for columns that the application may not write."""
    right: ColumnRight = "create" if creating else "update"
    for name in names:
        if actor.app is not None and name in table.definition.columns:
            _require(environment, table, name, right, actor)


def _require(environment: Environment, table: Table, name: str, right: ColumnRight, actor: Actor) -> None:
    if not may(environment.behaviour, table.definition.name, name, right):
        text = f"Caller user with Id {actor.user_id} does not have {right.title()} permissions to the following secure"
        raise Refusal(403, "0x8004f504", f"{text} attribute(s): {name} of {table.definition.logical}.")


def _masked(value: Any) -> Any:
    return "*" * max(len(value) - SHOWN, 0) + value[-SHOWN:] if isinstance(value, str) else None
