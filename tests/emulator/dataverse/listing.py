"""The rows that point to a row, inside that row: a collection-valued navigation property in `$expand`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.emulator.dataverse import documents, options
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.filters import Filter, compiled
from tests.emulator.dataverse.ordering import Ordering, ordering, put_in_order
from tests.emulator.dataverse.refusal import left_out
from tests.emulator.dataverse.schema import Definition
from tests.emulator.dataverse.store import Row, Table

OPTIONS: Final = frozenset({"$select", "$filter", "$orderby", "$top"})


@dataclass(frozen=True)
class Pointing:
    """A table whose rows point to a row, the lookup by which they do, and the property that binds it."""

    table: Table
    wire: str
    navigation: str


@dataclass(frozen=True)
class Listed:
    """What is listed of them: those that a filter keeps, in an order, so many at most."""

    environment: Environment
    name: str
    pointing: Pointing
    keeps: Filter | None
    order: Sequence[Ordering]
    most: int | None

    def rows(self, row: Row) -> list[Row]:
        """The rows that point to this one, as plain reads see them. More than a page of them is left out."""
        table = self.pointing.table
        ids = sorted(table.index(self.pointing.wire).get(row.row_id, ()))
        seen = (self.environment.visible(table.rows[each]) for each in ids)
        found = [each for each in seen if each and (self.keeps is None or self.keeps.test(each.values))]
        put_in_order(found, self.order)
        if self.most is None and len(found) > self.environment.behaviour.max_page_size:
            raise left_out(f"an expanded {self.name} that is longer than a page")
        return found[: self.most]


def pointing(environment: Environment, definition: Definition, name: str) -> Pointing | None:
    """The rows that a collection-valued navigation property lists; None if there is no such property."""
    for found in documents.pointing_at(environment, definition):
        if found["ReferencedEntityNavigationPropertyName"] == name:
            table = environment.by_logical[found["ReferencingEntity"]]
            wire = table.definition.columns[found["ReferencingAttribute"]].wire
            return Pointing(table, wire, found["ReferencingEntityNavigationPropertyName"])
    return None


def listed(environment: Environment, name: str, found: Pointing, given: Mapping[str, str]) -> Listed:
    """Reads the options of such an expansion."""
    table = found.table
    keeps = compiled(environment, table, given["$filter"]) if "$filter" in given else None
    most = options.whole("$top", given["$top"]) if "$top" in given else None
    return Listed(environment, name, found, keeps, ordering(environment, table, given.get("$orderby")), most)
