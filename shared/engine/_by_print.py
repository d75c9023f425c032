"""Rows of Dataverse by the fingerprints of their ids: all that a coupling keeps of a row that a lookup once meant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from shared.engine._for_all import for_all
from shared.ledger import COUPLING, FORMER, FlowLedger, after, unescape
from shared.mapping import DATAVERSE, Entity, Line, Printer, entity, known_entities
from shared.systems import Reading, System

_PAGE: Final = 5000

Prints = dict[bytes, str]


@dataclass(slots=True)
class ByPrint:
    """Reads all couplings of a flow, or a whole table, once a slice: it is seldom asked for either."""

    dataverse: System
    known: dict[str, asyncio.Future[Prints]] = field(default_factory=dict)

    async def coupled(self, ledgers: Iterable[FlowLedger], wanted: bytes) -> str | None:
        """The row with that fingerprint, of all that were ever coupled in these flows; None if it is none of them."""
        for ledger in ledgers:
            if found := (await self._once(ledger.flow, partial(_coupled, ledger))).get(wanted):
                return found
        return None

    async def there(self, line: Line, wanted: bytes) -> str | None:
        """The row with that fingerprint, of those that a lookup may point to; None if there is none."""
        for table in tables_of(line):
            read = partial(_standing, self.dataverse, table, line.printer)
            if found := (await self._once(table.name, read)).get(wanted):
                return found
        return None

    async def _once(self, name: str, read: Callable[[], Awaitable[Prints]]) -> Prints:
        if name not in self.known:
            self.known[name] = for_all(read())
        return await asyncio.shield(self.known[name])


def tables_of(line: Line) -> list[Entity]:
    """The tables in which a row may be that a lookup points to."""
    return [entity(DATAVERSE, name) for name in line.dataverse.targets if name in known_entities(DATAVERSE)]


async def _coupled(ledger: FlowLedger) -> Prints:
    """The rows that are or were coupled in a flow."""
    found: Prints = {}
    for prefix in (COUPLING, FORMER):
        async for page in ledger.commits.range(ledger.flow, prefix, after(prefix), ("state",)):
            for row in page:
                row_id = unescape(row.key.removeprefix(COUPLING).rpartition("~~")[2])
                found[ledger.commits.printer.fingerprint(row_id)] = row_id
    return found


async def _standing(dataverse: System, table: Entity, printer: Printer) -> Prints:
    """The rows of a table."""
    pages = dataverse.pages(table, Reading([table.id], page=_PAGE), None)
    ids = [str(each.row[table.id]).lower() async for page in pages for each in page.rows]
    return {printer.fingerprint(row_id): row_id for row_id in ids}
