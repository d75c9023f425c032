"""Columns of documents: whether all their products are maintained outside, on the header and copied to its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.columns._rule import Due, by_ids, pointing
from shared.columns._rules import differing, is_open, only_external
from shared.mapping import Entity, entity
from shared.systems import Dataverse, Observation

PRODUCT: Final = "_productid_value"


@dataclass(frozen=True, slots=True)
class Products:
    """Whether a document has products of the ERP only.

    headers, lines: tables. parent: the column by which a line names its header. only, copy: the columns of header and
    line. external: the column by which a product says that it is the ERP's.
    """

    flow: str
    headers: str
    lines: str
    parent: str
    only: str
    copy: str
    external: str

    @property
    def table(self) -> Entity:
        return entity("dataverse", self.headers)

    @property
    def feeds(self) -> Mapping[str, Sequence[str]]:
        return {self.lines: (self._parent, PRODUCT, self.copy), self.headers: ("statecode", self.only)}

    @property
    def own(self) -> Mapping[str, Sequence[str]]:
        lines, products = entity("dataverse", self.lines), entity("dataverse", "products")
        return {self.table.type: (self.only,), lines.type: (self.copy,), products.type: (self.external,)}

    @property
    def _parent(self) -> str:
        return f"_{self.parent}_value"

    def woken(self, table: str, row: Mapping[str, Any]) -> Iterable[str]:
        """A line's header, and a header for itself while it can be edited."""
        if table == self.lines:
            return [str(row[self._parent]).lower()] if row.get(self._parent) else []
        return [str(row[self.table.id]).lower()] if table == self.headers and is_open(row) else []

    async def doubtful(self, dataverse: Dataverse, table: str) -> Iterable[str]:
        """Of a line that is gone nobody tells whose it was. It can only turn a No into a Yes: all that say No."""
        if table != self.lines:
            return ()
        found = await dataverse.query(self.table, f"statecode eq 0 and {self.only} ne true", (self.table.id,))
        return [str(each.row[self.table.id]).lower() for each in found]

    async def found(self, dataverse: Dataverse, ids: Sequence[str]) -> Sequence[Due]:
        headers = await by_ids(dataverse, self.table, ids, ("statecode", self.only))
        editable = {each: row for each, row in headers.items() if is_open(row.row)}
        lines = entity("dataverse", self.lines)
        below = await pointing(dataverse, lines, self.parent, list(editable), (PRODUCT, self.copy))
        external = await self._external(dataverse, [line for each in below.values() for line in each])
        return [due for each, row in editable.items() for due in self._dues(each, row, below[each], external)]

    def _dues(
        self, about: str, header: Observation, lines: Sequence[Observation], external: Mapping[str, object]
    ) -> Iterable[Due]:
        only = only_external(external.get(_product(line)) for line in lines)
        for table, row, name in (
            (self.table, header, self.only),
            *((entity("dataverse", self.lines), line, self.copy) for line in lines),
        ):
            if wanted := differing(row.row, {name: only}):
                yield Due(table, row, wanted, about)

    async def _external(self, dataverse: Dataverse, lines: Sequence[Observation]) -> dict[str, object]:
        """What products say of themselves, by their ids."""
        ids = sorted({_product(line) for line in lines} - {""})
        found = await by_ids(dataverse, entity("dataverse", "products"), ids, (self.external,))
        return {each: row.row.get(self.external) for each, row in found.items()}


def _product(line: Observation) -> str:
    return str(line.row.get(PRODUCT) or "").lower()
