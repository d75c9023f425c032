"""Rows and their indexes. A row is never changed in place: a write puts a new one, so that undoing is putting back."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.emulator.business_central.schema import ID
from tests.emulator.business_central.tables import Definition

Key = tuple[Any, ...]


class Row:
    """One version of a row, by fields of its table."""

    __slots__ = ("table", "values", "version")

    def __init__(self, table: Table, values: Mapping[str, Any], version: int = 0) -> None:
        self.table = table
        self.values = values
        self.version = version

    @property
    def id(self) -> str:
        return str(self.values[ID])

    @property
    def key(self) -> Key:
        """Where the row stands in its table."""
        return *(self.values[name] for name in self.table.definition.key), self.id


class Table:
    """The rows of a table in one company, their keys in order, and indexes for equality.

    `flows` holds calculated values by id and field: they change without a write to the row.
    """

    def __init__(self, definition: Definition, company: str) -> None:
        self.definition = definition
        self.company = company
        self.rows: dict[str, Row] = {}
        self.flows: dict[str, dict[str, Any]] = {}
        self.keys: list[Key] = []
        self._indexes: dict[str, dict[Any, set[str]]] = {}
        self._log: list[tuple[datetime, str, Row | None]] = []

    def swap(self, before: Row | None, after: Row | None, when: datetime | None = None) -> None:
        """Puts one version of a row in the place of another; None stands for no row. when: of the commit."""
        row = after or before
        assert row is not None
        if when is not None:
            self._log.append((when, row.id, before))
        if before is not None:
            del self.rows[before.id]
            del self.keys[bisect_left(self.keys, before.key)]
            self._forget(before)
        if after is not None:
            self.rows[after.id] = after
            insort(self.keys, after.key)
            for name, index in self._indexes.items():
                index.setdefault(after.values[name], set()).add(after.id)

    def with_code(self, code: str) -> Row | None:
        """The row whose key is this code."""
        found = self.index(self.definition.key[0]).get(code)
        return self.rows[next(iter(found))] if found else None

    def index(self, field: str) -> Mapping[Any, set[str]]:
        """Ids by value of a field, built when first asked for."""
        found = self._indexes.get(field)
        if found is None:
            found = self._indexes[field] = {}
            for row in self.rows.values():
                found.setdefault(row.values[field], set()).add(row.id)
        return found

    def in_order(self) -> Iterator[Row]:
        """All rows, in the order of their keys."""
        for key in list(self.keys):
            row = self.rows.get(key[-1])
            if row is not None:
                yield row

    def as_of(self, moment: datetime) -> list[Row]:
        """All rows as a replica shows them that got no further than this moment."""
        past: dict[str, Row | None] = {}
        for when, row_id, before in reversed(self._log):
            if when <= moment:
                break
            past[row_id] = before
        found = [row for row in self.rows.values() if row.id not in past]
        found += [row for row in past.values() if row is not None]
        return sorted(found, key=lambda row: row.key)

    def flow(self, row: Row, field: str, empty: Any) -> Any:
        """A calculated value of a row."""
        return self.flows.get(row.id, {}).get(field, empty)

    def _forget(self, row: Row) -> None:
        for name, index in self._indexes.items():
            index[row.values[name]].discard(row.id)
