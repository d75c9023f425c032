"""A restore in place: every row is again what it was, nobody is told, and the environment keeps its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from tests.emulator.finops.environment import Environment
from tests.emulator.finops.store import Key, Row


@dataclass(frozen=True, slots=True)
class Backup:
    """The rows of every entity at one moment. Numbers that were given since are given again after a restore."""

    rows: Mapping[str, Mapping[Key, Row]]


def back_up(environment: Environment) -> Backup:
    """What a restore goes back to. Rows are never changed in place, so it is enough to remember which they were."""
    return Backup({name: dict(table.rows) for name, table in environment.tables.items()})


def put_back(environment: Environment, backup: Backup, *, new_versions: bool = False) -> int:
    """Puts all rows back without an event; how many were another before.

    new_versions: rows that changed get a version that they never had; else they have that of then again.
    """
    later = count(1_000_000)
    changed = 0
    with environment.transaction():
        for name, table in environment.tables.items():
            before = backup.rows[name]
            for key in [*table.rows, *(key for key in before if key not in table.rows)]:
                now, then = table.rows.get(key), before.get(key)
                if now is not then:
                    table.swap(now, _renewed(then, next(later)) if new_versions else then)
                    changed += 1
    return changed


def _renewed(row: Row | None, version: int) -> Row | None:
    return row and Row(row.entity, row.key, row.values, row.record, version)
