"""Rows and their indexes. A row is never changed in place: a write puts a new one, so that undoing is putting back."""

from __future__ import annotations

import base64
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from tests.emulator.finops.behaviour import Behaviour
from tests.emulator.finops.schema import NO_GUID, TEXTS, Entity
from tests.emulator.finops.values import Reader, folder, json_text, reader

Key = tuple[Any, ...]
_JOINED = frozenset({"CustomersV3"})


class Row:
    """One version of a row: every property in order, its record id and its version."""

    __slots__ = ("_encoded", "entity", "key", "record", "values", "version")

    def __init__(self, entity: Entity, key: Key, values: Mapping[str, Any], record: int, version: int = 0) -> None:
        self.entity = entity
        self.key = key
        self.values = values
        self.record = record
        self.version = version
        self._encoded: Sequence[str] | None = None

    @property
    def etag(self) -> str:
        """Weak, with a version and a record id for each data source of the entity."""
        source = f"{self.version},{self.record}"
        sources = f"'{source};{source};0,0'" if self.entity.name in _JOINED else f"'{source}'"
        return f'W/"{base64.b64encode(sources.encode()).decode()}"'

    @property
    def encoded(self) -> Sequence[str]:
        """Each property as JSON, in order; kept, since rows are read far more often than written."""
        if self._encoded is None:
            self._encoded = [f'"{name}":{json_text(value)}' for name, value in self.values.items()]
        return self._encoded

    def as_json(self, encoded: Sequence[str] | None = None) -> str:
        """The row as a JSON object with its ETag; `encoded` are the properties wanted, all if left out."""
        etag = self.etag.replace('"', '\\"')
        return f'{{"@odata.etag":"{etag}",{",".join(self.encoded if encoded is None else encoded)}}}'


class Table:
    """The rows of an entity, their keys in order, and indexes for equality."""

    def __init__(self, entity: Entity, behaviour: Behaviour) -> None:
        self.entity = entity
        self.rows: dict[Key, Row] = {}
        self.readers: dict[str, Reader] = {
            field.name: reader(entity, field, behaviour) for field in entity.fields.values()
        }
        self.folders = {field.name: folder(field) for field in entity.fields.values()}
        self._key_parts = [(name, self.folders[name]) for name in entity.key]
        self._sorted: list[Key] = []
        self._appended: list[Key] = []
        self._indexes: dict[str, dict[Any, set[Key]]] = {}

    @property
    def keys(self) -> list[Key]:
        """Keys in order: as the database compares them, so without letter case."""
        if self._appended:
            self._sorted = sorted(chain(self._sorted, self._appended))
            self._appended = []
        return self._sorted

    def key_of(self, values: Mapping[str, Any]) -> Key:
        """The key of a row with these stored values."""
        return tuple([folded(values[name]) for name, folded in self._key_parts])

    def loose_key(self, values: Mapping[str, Any]) -> Key | None:
        """The key that a caller in this process means; None if no row can have it."""
        if set(values) != set(self.entity.key):
            raise KeyError(f"the key of {self.entity.name} is {', '.join(self.entity.key)}")
        try:
            return self.key_of({name: self._loose(name, value) for name, value in values.items()})
        except KeyError:
            return None

    def row_at(self, key: Mapping[str, Any]) -> Row | None:
        """The row with a key given by a caller in this process."""
        found = self.loose_key(key)
        return self.rows.get(found) if found is not None else None

    def swap(self, before: Row | None, after: Row | None, *, bulk: bool = False) -> None:
        """Puts one version of a row in the place of another; None stands for no row."""
        if before is not None:
            self._forget(before)
            if after is None or after.key != before.key:
                del self.rows[before.key]
                keys = self.keys
                del keys[bisect_left(keys, before.key)]
        if after is None:
            return
        if after.key not in self.rows:
            if bulk:
                self._appended.append(after.key)
            else:
                insort(self.keys, after.key)
        self.rows[after.key] = after
        for name, index in self._indexes.items():
            index.setdefault(self.folders[name](after.values[name]), set()).add(after.key)

    def index(self, name: str) -> Mapping[Any, set[Key]]:
        """Keys by folded value of a field, built when first asked for."""
        found = self._indexes.get(name)
        if found is None:
            found = self._indexes[name] = {}
            folded = self.folders[name]
            for row in self.rows.values():
                found.setdefault(folded(row.values[name]), set()).add(row.key)
        return found

    def _forget(self, row: Row) -> None:
        for name, index in self._indexes.items():
            index[self.folders[name](row.values[name])].discard(row.key)

    def _loose(self, name: str, value: Any) -> Any:
        field = self.entity.fields[name]
        if field.type == "decimal":
            return Decimal(str(value))
        if field.type == "guid":
            return str(value or NO_GUID).lower()
        return str(value) if field.type in TEXTS else value
