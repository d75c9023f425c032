"""Rows and their indexes. A row is never changed in place: a write puts a new one, so that undoing is putting back."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

from tests.emulator.dataverse.behaviour import Behaviour
from tests.emulator.dataverse.refusal import Refusal, already_there
from tests.emulator.dataverse.schema import Column, Definition, Key
from tests.emulator.dataverse.values import Reader, fold, reader

NO_TARGETS: Mapping[str, str] = {}


class Row:
    """One version of a row: every column by wire name, and for lookups with several targets the set pointed into."""

    __slots__ = ("_encoded", "previous", "row_id", "since", "targets", "values", "version")

    def __init__(self, row_id: str, values: dict[str, Any], targets: Mapping[str, str], version: int) -> None:
        self.row_id = row_id
        self.values = values
        self.targets = targets
        self.version = version
        self.since: datetime | None = None
        self.previous: Row | None = None
        self._encoded: tuple[str, ...] | None = None

    @property
    def etag(self) -> str:
        return f'W/"{self.version}"'

    @property
    def encoded(self) -> tuple[str, ...]:
        """Every value as JSON text, in column order; kept, since rows are read far more often than written."""
        return self._encoded if self._encoded is not None else self.encode()

    def widen(self, wire: str) -> None:
        """Adds a column without a value, to this version and those before it: the row itself is the same."""
        self.values.setdefault(wire, None)
        self._encoded = None
        if self.previous is not None:
            self.previous.widen(wire)

    def encode(self) -> tuple[str, ...]:
        # Most values are texts or null: those are written here, without a call for each.
        self._encoded = tuple(
            [
                encode_basestring(value) if type(value) is str else "null" if value is None else json_text(value)
                for value in self.values.values()
            ]
        )
        return self._encoded


def json_text(value: Any) -> str:
    """A stored value as JSON."""
    if type(value) is str:
        return encode_basestring(value)
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    return repr(value)


class KeyIndex:
    """Which row has which values in the columns of an alternate key; rows with a null in one of them have none."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.entries: dict[tuple[Any, ...], str] = {}

    def entry(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        folded = tuple([fold(values[wire]) for wire in self.key.wires])
        return None if None in folded else folded


class Table:
    """The rows of one table, sorted ids, alternate keys, indexes for equality and what was deleted."""

    def __init__(self, definition: Definition, behaviour: Behaviour) -> None:
        self.definition = definition
        self.behaviour = behaviour
        self.rows: dict[str, Row] = {}
        self.deleted: dict[str, int] = {}
        self.keys = {name: KeyIndex(key) for name, key in definition.keys.items()}
        self.readers: dict[str, Reader] = {
            column.name: reader(definition, column, behaviour) for column in definition.columns.values()
        }
        self._sorted: list[str] = []
        self._appended: list[str] = []
        self._indexes: dict[str, dict[Any, set[str]]] = {}

    @property
    def ids(self) -> list[str]:
        """Ids in the default order of reading."""
        if self._appended:
            self._sorted = sorted(self._sorted + self._appended)
            self._appended = []
        return self._sorted

    def put(self, row: Row, *, bulk: bool = False) -> Row | None:
        """Stores a version of a row, or refuses it for an alternate key; gives the version before."""
        before = self.rows.get(row.row_id)
        self._check_keys(row)
        self._forget(before)
        self._remember(row)
        if before is None and bulk:
            self._appended.append(row.row_id)
        elif before is None:
            insort(self.ids, row.row_id)
        self.rows[row.row_id] = row
        self.deleted.pop(row.row_id, None)
        return before

    def add(self, row: Row) -> None:
        """Stores a row that must not be there yet."""
        if row.row_id in self.rows:
            raise already_there()
        self.put(row)

    def remove(self, row_id: str, version: int) -> Row:
        """Takes a row away and keeps, for change tracking, that it was there."""
        row = self.rows.pop(row_id)
        self._forget(row)
        ids = self.ids
        del ids[bisect_left(ids, row_id)]
        self.deleted[row_id] = version
        return row

    def put_back(self, row_id: str, before: Row | None, deleted: int | None) -> None:
        """Undoes a write: the row is again what it was before."""
        if row_id in self.rows:
            self.remove(row_id, 0)
        self.deleted.pop(row_id, None)
        if deleted is not None:
            self.deleted[row_id] = deleted
        if before is not None:
            self.put(before)

    def index(self, wire: str) -> dict[Any, set[str]]:
        """Row ids by folded value of a column, built when first asked for; nulls are left out."""
        found = self._indexes.get(wire)
        if found is None:
            found = self._indexes[wire] = {}
            for row in self.rows.values():
                _file(found, row.values[wire], row.row_id)
        return found

    def settle(self) -> None:
        """Prepares what the first read would have to: the order of ids and the indexes of key columns."""
        _ = self.ids
        for key in self.keys.values():
            for wire in key.key.wires:
                self.index(wire)

    def set_column(self, column: Column) -> None:
        """Adds a column, empty in every row, or changes one."""
        self.definition.set_column(column)
        self.readers[column.name] = reader(self.definition, column, self.behaviour)
        for row in self.rows.values():
            row.widen(column.wire)

    def add_key(self, key: Key) -> bool:
        """Builds the index of a new alternate key; False if rows stand in its way."""
        index = KeyIndex(key)
        for row in self.rows.values():
            entry = index.entry(row.values)
            if entry is not None and index.entries.setdefault(entry, row.row_id) != row.row_id:
                return False
        self.keys[key.name] = index
        return True

    def _check_keys(self, row: Row) -> None:
        for index in self.keys.values():
            entry = index.entry(row.values)
            if entry is not None and index.entries.get(entry, row.row_id) != row.row_id:
                raise self._violated(index.key)

    def _violated(self, key: Key) -> Refusal:
        names = ", ".join(self.definition.columns[column].label for column in key.columns)
        text = (
            f"Entity Key {key.label} violated. A record with the same value for {names} already exists. A duplicate "
            "record cannot be created. Select one or more unique values and try again."
        )
        return Refusal(412, "0x80060892", text)

    def _remember(self, row: Row) -> None:
        for index in self.keys.values():
            entry = index.entry(row.values)
            if entry is not None:
                index.entries[entry] = row.row_id
        for wire, values in self._indexes.items():
            _file(values, row.values[wire], row.row_id)

    def _forget(self, row: Row | None) -> None:
        if row is None:
            return
        for index in self.keys.values():
            entry = index.entry(row.values)
            if entry is not None:
                index.entries.pop(entry, None)
        for wire, values in self._indexes.items():
            values.get(fold(row.values[wire]), set()).discard(row.row_id)


def _file(index: dict[Any, set[str]], value: Any, row_id: str) -> None:
    if value is not None:
        index.setdefault(fold(value), set()).add(row_id)
