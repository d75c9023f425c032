"""Owner rows: which flow has a record of a Dataverse table that several flows of a suite share.

A flow first stores its claim in its own partition, and only then takes the owner row; whoever wants the row from
another flow looks for that flow's claim and coupling *after* reading the row, and moves it only from the version read.
So of two flows that want a record at the same time one gives way, whatever the order. A coupling that is alive always
has the owner row; it is looked at only when a record is coupled, wakes up again, or is handed over.
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.errors import Busy, LedgerMoved
from shared.ledger import (
    COUPLING,
    PARKED,
    WAITING,
    Document,
    Documents,
    FlowLedger,
    after,
    dataverse_end,
    read_coupling,
)
from shared.mapping import DATAVERSE, FlowMap

OWNERS: Final = "owners"
_TRIES: Final = 8


@dataclass(slots=True)
class Around:
    """What a pass has seen of a shared table before it couples many records of it.

    known: what stands for ends that may be another flow's, sorted; None until somebody has looked.
    """

    known: array[int] | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_free(self, end: str) -> bool:
        """True if nobody had a record when this was looked up."""
        if self.known is None:
            return False
        at = bisect_left(self.known, hash(end))
        return at == len(self.known) or self.known[at] != hash(end)


@dataclass(frozen=True, slots=True)
class Owners:
    """The owner rows of one flow's table. others: the flows it shares the table with. around: what is known of them."""

    documents: Documents
    ledger: FlowLedger
    table: str
    others: Sequence[FlowMap]
    heir: FlowMap | None
    around: Around = field(default_factory=Around)

    async def look_around(self) -> None:
        """Before many records are coupled: takes up which of them another flow may have, once a slice.

        Whoever comes later finds our row, or has stored one, so that ours is refused and everything is asked anew.
        """
        async with self.around.turn:
            if self.around.known is None:
                self.around.known = array("q", sorted([hash(end) async for end in self._ends_of_others()]))

    async def _ends_of_others(self) -> AsyncIterator[str]:
        """Ends of records that have an owner row, or about which another flow keeps a coupling of any kind."""
        rows, prefix = self.documents.commits, f"{self.table}~"
        async for page in rows.range(OWNERS, prefix, after(prefix), ("claim",)):
            for row in page:
                yield dataverse_end(row.key.removeprefix(prefix))
        for each in self.others:
            async for page in rows.range(each.name, COUPLING, after(COUPLING), ("state",)):
                for row in page:
                    yield row.key

    def hands_over_here(self, name: str) -> bool:
        """True if that flow leaves records to this one when they leave its scope."""
        return any(each.hands_over_to == self.ledger.flow for each in self.others if each.name == name)

    async def held_by(self, row_id: str) -> str:
        """The other flow that has a record; empty if it is free, or ours."""
        return await self._other(await self.row(row_id), row_id)

    async def take(self, row_id: str, claim: str, *, minted: bool = False) -> str:
        """Makes this flow the owner, on the strength of a claim that stands; the other flow that has it instead.

        claim: row key of the claim. minted: the id is new, so nobody else can know it.
        """
        free = minted or self.around.is_free(dataverse_end(row_id))
        for _ in range(_TRIES):
            row = Document(OWNERS, self._key(row_id), {}) if free else await self.row(row_id)
            if not free and (other := await self._other(row, row_id)):
                return other
            try:
                await self.documents.put(row, {"flow": self.ledger.flow, "claim": claim})
            except LedgerMoved:
                free = False
            else:
                return ""
        raise Busy(f"{self.table} {row_id} is wanted by several flows at once")

    async def row(self, row_id: str) -> Document:
        """The owner row as it stands."""
        return await self.documents.get(OWNERS, self._key(row_id))

    async def has_to_leave(self, row: Document, row_id: str) -> bool:
        """True if a record that is dormant here is not in the heir's hands yet."""
        assert self.heir is not None
        owner = row.value.get("flow", self.ledger.flow)
        if owner == self.heir.name:
            return not await self._in_hand(owner, dataverse_end(row_id))
        return bool(owner == self.ledger.flow)

    async def leave(self, row: Document, row_id: str) -> None:
        """Moves a record to the heir, from the version of the owner row that was read before it went dormant.

        Repeatable. Raises LedgerMoved if the record has come back to this flow meanwhile.
        """
        assert self.heir is not None
        if row.value.get("flow", self.ledger.flow) == self.ledger.flow:
            await self.documents.put(row, {"flow": self.heir.name, "claim": ""})
        await self.poke(self.heir.name, row_id)

    def handing_over(self) -> list[FlowMap]:
        """The flows that leave records to this one when they leave their scope."""
        return [each for each in self.others if each.hands_over_to == self.ledger.flow]

    async def give_back(self, row: Document, row_id: str, name: str) -> None:
        """Moves a record to the flow that it came from, from the version of the owner row that was read. Repeatable."""
        if row.value.get("flow") != name:
            await self.documents.put(row, {"flow": name, "claim": ""})
        await self.poke(name, row_id)

    async def forget(self, row_id: str) -> None:
        """Takes the owner row of a record away that is gone, unless another flow keeps something about it."""
        row = await self.row(row_id)
        if row.etag and not any([await self._in_hand(each.name, dataverse_end(row_id)) for each in self.others]):
            await self.documents.drop(row)

    async def poke(self, name: str, row_id: str) -> None:
        """Makes another flow look at a record that it may have to hand over."""
        await self._ledger(name).store_hint(DATAVERSE, (row_id,), "hand-over")

    async def _in_hand(self, name: str, end: str) -> bool:
        """True if a flow has coupled a record, or has set it aside: it looks at it again by itself."""
        keys = (end, PARKED + end, WAITING + end)
        return any([await self.documents.commits.get(name, key) is not None for key in keys])

    def _ledger(self, name: str) -> FlowLedger:
        return FlowLedger(self.documents.commits, name, self.ledger.clock)

    async def _other(self, row: Document, row_id: str) -> str:
        """The other flow that has the record, if it is alive there. Without a row, any of the others may."""
        owner = row.value.get("flow", "")
        if owner == self.ledger.flow:
            return ""
        for name in [owner] if owner else [each.name for each in self.others]:
            if await self._alive(name, (row.value.get("claim", ""), dataverse_end(row_id))):
                return name
        return ""

    async def _alive(self, name: str, keys: Sequence[str]) -> bool:
        """The claim first: it becomes the coupling in one transaction, so one of the two is seen."""
        for key in keys:
            stored = await self.documents.commits.get(name, key) if key else None
            if stored is not None and not read_coupling(stored).ended:
                return True
        return False

    def _key(self, row_id: str) -> str:
        return f"{self.table}~{row_id}"
