"""A restore or a copy of the environment: every row is what it was, and nobody subscribes to anything any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.emulator.business_central.environment import Environment
from tests.emulator.business_central.store import Row


@dataclass(frozen=True, slots=True)
class Backup:
    """The rows of every table of every company at one moment, the business relations of contacts, and the numbers that
    series had given by then.
    """

    rows: Mapping[tuple[str, str], Mapping[str, Row]]
    relations: Mapping[str, Mapping[str, frozenset[tuple[str, str]]]]
    numbers: Mapping[tuple[str, str], int]


def back_up(environment: Environment) -> Backup:
    """What a restore goes back to. Rows are never changed in place, so it is enough to remember which they were."""
    companies = environment.companies.values()
    return Backup(
        {(each.id, name): dict(table.rows) for each in companies for name, table in each.tables.items()},
        {each.id: {contact: frozenset(whom) for contact, whom in each.relations.items()} for each in companies},
        {(each.id, name): series.last for each in companies for name, series in each.series.items()},
    )


def put_back(environment: Environment, backup: Backup) -> int:
    """Puts all rows back without a word to anybody; how many were another before."""
    changed = 0
    for company in environment.companies.values():
        company.relations = {each: set(whom) for each, whom in backup.relations.get(company.id, {}).items()}
        for name, series in company.series.items():
            series.last = backup.numbers.get((company.id, name), series.last)
        for name, table in company.tables.items():
            before = backup.rows.get((company.id, name), {})
            for row_id in [*table.rows, *(each for each in before if each not in table.rows)]:
                now, then = table.rows.get(row_id), before.get(row_id)
                if now is not then:
                    table.swap(now, then)
                    changed += 1
    return changed
