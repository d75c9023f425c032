"""What a scope asks of the row behind a lookup, as it stood at each moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.mapping import Entity, entity
from shared.mapping._scope_paths import Behind, behind
from shared.mapping._scopes import Scope

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Parents:
    """The columns of other rows that a scope asks for. held: by table, row and column, what stands there."""

    columns: tuple[Behind, ...]
    held: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope, table: Entity) -> Parents:
        dotted = (name.split(".") for name in scope.fields if "." in name)
        return cls(tuple(behind(tuple(steps), table) for steps in dotted))

    def learn(self, table: str, row_id: str, values: Mapping[str, Any]) -> bool:
        """Takes a change of any row; true if something changed that is asked for."""
        news = [each for each in self.columns if each.path.table == table and _column(each) in values]
        for each in news:
            self.held[table, row_id, each.path.key] = values[_column(each)]
        return bool(news)

    def seen_from(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """What a row shows of those that it points to, by dotted names."""
        for each in self.columns:
            row_id = str(row.get(each.lookup.wire_name) or "")
            yield each.field.wire_name, self.held.get((each.path.table, row_id, each.path.key))


def _column(found: Behind) -> str:
    return entity("dataverse", found.path.table).fields[found.path.key].wire_name
