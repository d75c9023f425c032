"""The order of rows: `$orderby`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.emulator.dataverse import options
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.operands import Operand, named
from tests.emulator.dataverse.refusal import bad_request
from tests.emulator.dataverse.store import Row, Table


@dataclass(frozen=True)
class Ordering:
    """One item of `$orderby`; nulls come first, as in the database."""

    operand: Operand
    descending: bool

    def key(self, row: Row) -> tuple[bool, Any]:
        value = self.operand.get(row.values)
        return (value is not None, value if value is not None else 0)


def ordering(environment: Environment, table: Table, text: str | None) -> list[Ordering]:
    """Reads `$orderby`."""
    found = []
    for item in options.names(text) if text is not None else []:
        name, _, direction = item.partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error in $orderby at '{item}'.")
        found.append(Ordering(named(environment, table, name), direction.strip() == "desc"))
    return found


def put_in_order(rows: list[Row], order: Sequence[Ordering]) -> None:
    """Sorts rows; those that are equal stay as they are."""
    for each in reversed(order):
        rows.sort(key=each.key, reverse=each.descending)
