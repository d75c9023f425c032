"""Lookups by coupling: what the flow that keeps the target equal has in its ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.engine._by_print import ByPrint
from shared.engine._for_all import for_all
from shared.engine.lookups._answers import Once
from shared.engine.lookups._targets import Target, Targets
from shared.ledger import COUPLING, PAIRED, FlowLedger, after, erp_end, read_identity
from shared.mapping import DATAVERSE, Entity, Line, Side, fold
from shared.systems import System

PRELOADED: Final = 1000
"""This many couplings of a target are read at once, in one request: enough for most reference data."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A coupling that lookups may go by. aside: something is parked about it, maybe because one of its ends is gone."""

    row_id: str
    identity: tuple[str, ...]
    aside: bool = False


@dataclass(slots=True)
class _Table:
    """The first couplings of a flow, all of them if they are few, by both ends. bare: there is none, nor was any."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    bare: bool = True


class Pairs:
    """Couplings by either end, and whether the records of a pair are there."""

    def __init__(self, dataverse: System, erp: System, targets: Targets, once: Once) -> None:
        self.dataverse, self.erp, self.targets, self.once = dataverse, erp, targets, once
        self.by_print = ByPrint(dataverse)
        self._kept: dict[str, asyncio.Future[bool]] = {}
        self._tables: dict[str, asyncio.Future[_Table]] = {}

    def by_flows(self, line: Line) -> list[Target]:
        """The flows by whose couplings a line is looked up."""
        found = map(self.targets.by_flow, line.lookup.via if line.lookup else ())
        return [each for each in found if each is not None]

    async def keeps(self, flow: str) -> bool:
        if flow not in self._kept:
            self._kept[flow] = for_all(self.targets.keeps(flow))
        return await asyncio.shield(self._kept[flow])

    async def couples(self, flow: str) -> bool:
        """Whether a flow may get couplings while the slice is at work."""
        return self.targets.rehearsed or await self.keeps(flow)

    def targets_of(self, line: Line) -> list[Target]:
        """The flows that keep equal what a lookup may point to."""
        assert line.lookup is not None
        found = [self.targets.target(path.table, path.key) for path in line.lookup.paths if not path.hops]
        return [*(each for each in found if each is not None), *self.by_flows(line)]

    async def pair(self, target: Target, end: str) -> Pair | None:
        """The living coupling of an end, if it has one."""
        table = await self._table(target.ledger)
        if end in table.pairs:
            return table.pairs[end]
        if table.bare and not await self.couples(target.ledger.flow):
            return None  # nothing is to be found in it
        found = await target.ledger.coupling(end)
        if found is None or found.erp is None or not found.is_pair:
            return None
        return Pair(found.dataverse, found.erp, "p" in found.troubles)

    async def row_of(self, line: Line, agreed: bytes) -> str | None:
        """The row whose id has that fingerprint, of all that were ever coupled; None if it is none of them."""
        return await self.by_print.coupled([each.ledger for each in self.targets_of(line)], agreed)

    async def serves(self, target: Target, pair: Pair, side: Side) -> bool:
        """False if the record of a pair on a side, to which something is to point, is known to be gone."""
        return not pair.aside or not await self.is_gone(target, pair, side)

    async def is_gone(self, target: Target, pair: Pair, side: Side) -> bool:
        """True if the record of a pair is not there on a side."""
        if side == DATAVERSE:
            return await self.has_gone(target.table, (pair.row_id,))
        return await self.has_gone(target.entity, pair.identity)

    async def has_gone(self, where: Entity, identity: Sequence[str]) -> bool:
        """True if a system has no such record. That it has one is asked anew each time."""
        system = self.dataverse if where.system == DATAVERSE else self.erp

        async def ask() -> str | None:
            return None if await system.read(where, tuple(identity), where.key) else "gone"

        return await self.once(("gone", where.name, *map(fold, identity)), ask) is not None

    async def bare(self, ledger: FlowLedger) -> bool:
        """True if a flow has no coupling, nor had any."""
        return (await self._table(ledger)).bare

    async def _table(self, ledger: FlowLedger) -> _Table:
        if ledger.flow not in self._tables:
            self._tables[ledger.flow] = for_all(_load(ledger))
        return await asyncio.shield(self._tables[ledger.flow])


async def _load(ledger: FlowLedger) -> _Table:
    table = _Table()
    async for page in ledger.commits.range(ledger.flow, COUPLING, after(COUPLING), ("erp", "state", "troubles")):
        table.bare = table.bare and not page
        for row in page:
            identity, row_id = read_identity(row.cells), row.key.removeprefix(COUPLING)
            if identity and row.cells["state"] in PAIRED:
                pair = Pair(row_id, identity, "p" in str(row.cells.get("troubles", "")))
                table.pairs[erp_end(identity)] = table.pairs[row.key] = pair
        if len(table.pairs) >= 2 * PRELOADED:
            break
    return table
