"""Columns of contacts: whether somebody was sold to, and whether the company is an account."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.columns._rule import Due, by_ids, pointing
from shared.columns._rules import differing, is_account, ratchet
from shared.mapping import Entity, entity
from shared.systems import Dataverse, Observation

CUSTOMER: Final = "customerid"
COMPANY: Final = "_parentcustomerid_value"


@dataclass(frozen=True, slots=True)
class Customers:
    """A contact that is named as customer of a document says so from then on, whatever becomes of the document.

    said: the column. documents: tables. account: the column that says whether the company is an account, if that is
    kept. fills: whether a blank becomes a No, too.
    """

    flow: str
    said: str
    documents: Sequence[str]
    account: str = ""
    fills: bool = False

    @property
    def table(self) -> Entity:
        return entity("dataverse", "contacts")

    @property
    def feeds(self) -> Mapping[str, Sequence[str]]:
        return {**{name: (_wire(CUSTOMER),) for name in self.documents}, self.table.name: self._columns}

    @property
    def own(self) -> Mapping[str, Sequence[str]]:
        return {self.table.type: tuple(filter(None, (self.said, self.account)))}

    @property
    def _columns(self) -> tuple[str, ...]:
        return (self.said, self.account, COMPANY) if self.account else (self.said,)

    def woken(self, table: str, row: Mapping[str, Any]) -> Iterable[str]:
        """A document's customer, who may be an account; a contact for itself, unless there is nothing left to say."""
        if table != self.table.name:
            customer = row.get(_wire(CUSTOMER))
            return [str(customer).lower()] if customer else []
        done = row.get(self.said) is True and not self.account
        return [] if done else [str(row[self.table.id]).lower()]

    async def doubtful(self, dataverse: Dataverse, table: str) -> Iterable[str]:
        """Nobody: what was said stays, also of a document that is deleted again."""
        return ()

    async def found(self, dataverse: Dataverse, ids: Sequence[str]) -> Sequence[Due]:
        rows = await by_ids(dataverse, self.table, ids, self._columns)
        named = await self._named(dataverse, [each for each, row in rows.items() if row.row.get(self.said) is not True])
        dues = [Due(self.table, row, self._wanted(row, named=each in named), each) for each, row in rows.items()]
        return [due for due in dues if due.wanted]

    def _wanted(self, row: Observation, *, named: bool) -> dict[str, bool]:
        says = ratchet(row.row.get(self.said), named=named)
        wanted = {self.said: says} if says or self.fills else {}
        if self.account:
            wanted[self.account] = is_account(row.row, COMPANY)
        return differing(row.row, wanted)

    async def _named(self, dataverse: Dataverse, ids: Sequence[str]) -> set[str]:
        """Those that a document names as its customer."""
        tables = [entity("dataverse", name) for name in self.documents]
        pages = await asyncio.gather(*(pointing(dataverse, table, CUSTOMER, ids, ()) for table in tables))
        return {each for page in pages for each, found in page.items() if found}


def _wire(lookup: str) -> str:
    return f"_{lookup}_value"
