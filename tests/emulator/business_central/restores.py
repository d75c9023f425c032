"""A restore or a copy of the environment: every row is what it was, and nobody subscribes to anything any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.emulator.business_central.environment import Environment
from tests.emulator.business_central.store import Row


@dataclass(frozen=True, slots=True)
class Backup:
    """The rows of every table of every company at one moment."""

    rows: Mapping[tuple[str, str], Mapping[str, Row]]


def back_up(environment: Environment) -> Backup:
    """What a restore goes back to. Rows are never changed in place, so it is enough to remember which they were."""
    return Backup(
        {(company.id, name): dict(table.rows) for company in environment.companies.values()
         for name, table in company.tables.items()}
    )  # fmt: skip


def put_back(environment: Environment, backup: Backup) -> int:
    """Puts all rows back without a word to anybody; how many were another before."""
    changed = 0
    for company in environment.companies.values():
        for name, table in company.tables.items():
            before = backup.rows.get((company.id, name), {})
            for row_id in [*table.rows, *(each for each in before if each not in table.rows)]:
                now, then = table.rows.get(row_id), before.get(row_id)
                if now is not then:
                    table.swap(now, then)
                    changed += 1
    return changed
