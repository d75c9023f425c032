"""Before a compare pass believes what it has read: records that look turned back are counted together, not one by one.

Rows that show older values, or are back, are held until a side has been read; records that were not met are looked at
before any of them is visited. So not even the first of many is carried over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from shared.engine._flow import Flow, Wake
from shared.engine._turned_back import Sign, TurnedBack, What, is_told, older_lines, oldest_minute, weigh
from shared.engine.passes._snapshot import ends_of, key_of
from shared.engine.record._brought import includes
from shared.engine.record._leave import left_by_itself
from shared.engine.record._troubles import is_whole, standing
from shared.errors import LedgerMoved
from shared.ledger import BEGINS_ANEW, Coupling, end_of, moment
from shared.mapping import Side, Values
from shared.systems import Observation

HELD: Final = 200
"""Rows that are held from one checkpoint to the next."""
LOOKED: Final = 2000
"""Missing records that are looked at beforehand; of more, these tell what is to be thought of the rest."""


@dataclass(slots=True)
class Suspects:
    """held: rows that show older values, or are back, with what was read of their couplings.

    deleted: keys of the ends of tombstones, where a record may come back.
    """

    flow: Flow
    deleted: Collection[int] = frozenset()
    held: list[Wake] = field(default_factory=list)

    @property
    def names(self) -> list[list[str]]:
        """What is kept with the checkpoint, so that another slice goes on holding it."""
        return [list(each.identity) for each in self.held]

    @property
    def too_many_to_keep(self) -> bool:
        return len(self.held) > HELD

    async def sift(self, side: Side, wakes: Sequence[Wake], values: Sequence[Values]) -> list[Wake]:
        """Rows of a page that may be visited at once; the others are held."""
        oldest, through = oldest_minute(self.flow), list[Wake]()
        for wake, each in zip(wakes, values, strict=True):
            if wake.coupling is None:
                through.append(wake)
            elif await self._has_left(wake) or await self._is_suspect(wake.coupling, side, each, oldest):
                self.held.append(replace(wake, new=False))
            else:
                through.append(wake)
        return through

    async def _has_left(self, wake: Wake) -> bool:
        """True if a record was read outside of the scope, where it was in it when both sides last agreed."""
        coupling, seen = _of(wake), wake.seen
        if coupling.state != "coupled" or coupling.intent is not None or seen is None:
            return False
        inside = includes(self.flow, wake.side, seen.row, coupling)
        return not inside and await self._counts_as_left(wake, seen)

    async def _counts_as_left(self, wake: Wake, seen: Observation) -> bool:
        coupling = _of(wake)
        if "p" in coupling.troubles and is_whole(await standing(self.flow, [coupling.key], coupling.troubles)):
            return False
        return await left_by_itself(self.flow, coupling, wake.side, seen.row)

    async def known(self, wakes: Sequence[Wake]) -> list[Wake]:
        """The same with what stands about their couplings."""
        couplings = await asyncio.gather(*map(self._coupling, wakes))
        return [replace(wake, coupling=coupling) for wake, coupling in zip(wakes, couplings, strict=True)]

    async def _is_suspect(self, coupling: Coupling, side: Side, values: Values, oldest: int) -> bool:
        """True if a record is back, or shows older values that were neither refused nor asked about before."""
        if coupling.state in BEGINS_ANEW:
            is_lately = coupling.since >= moment(self.flow.clock() - self.flow.options.lately)
            return is_lately and not await standing(self.flow, [end_of(side, coupling.identity(side))])
        if coupling.state != "coupled" or coupling.intent is not None:
            return False
        older = older_lines(self.flow.map, coupling, side, values, oldest) - set(coupling.agreed.parked)
        if not older or "p" not in coupling.troubles:
            return bool(older)
        found = await standing(self.flow, [coupling.key], coupling.troubles)
        refused = {item["line"] for row in found.values() for item in row.items if item.get("attempt")}
        lines, index = self.flow.map.lines, self.flow.map.by_definition
        return any(lines[index[each]].name not in refused for each in older)

    async def released(self, side: Side, unseen: Collection[int] = ()) -> list[Wake]:
        """The rows that were held, to be visited now. unseen: what the side's reading has not met, at its end.

        Raises TurnedBack if too many look turned back; each row that was held leaves a hint then.
        """
        held, self.held = self.held, []
        told = await asyncio.gather(*(is_told(self.flow, each, _of(each), side) for each in held))
        signs = [self._sign(each) for each, is_known in zip(held, told, strict=True) if not is_known]
        missing, looked = await self._look_for(side, unseen, len(signs))
        try:
            await weigh(self.flow, side, [*signs, *missing], len(unseen) / looked if looked else 1.0)
        except TurnedBack:
            await asyncio.gather(*(self.flow.ledger.store_hint(each.side, each.identity, "pass") for each in held))
            raise
        return held

    async def _look_for(self, side: Side, unseen: Collection[int], held: int) -> tuple[list[Sign], int]:
        """Records that are gone without a word, and how many were looked at for that."""
        signs, looked = list[Sign](), 0
        is_few = held + len(unseen) < self.flow.options.turned_back_from
        if is_few:
            return signs, looked
        async for page in self.flow.ledger.summaries():
            names = [identity for key, identity in ends_of(page, side) if key in unseen][: LOOKED - looked]
            looked += len(names)
            signs += [each for each in await asyncio.gather(*(self._missing(side, name) for name in names)) if each]
            if looked == LOOKED:
                break
        return signs, looked

    async def _missing(self, side: Side, identity: tuple[str, ...]) -> Sign | None:
        """A record that is gone or out of scope, and was neither set aside for that nor told of."""
        flow, wake = self.flow, Wake(side, identity)
        coupling = await self._coupling(wake)
        if coupling is None or coupling.state != "coupled" or coupling.intent:
            return None
        if is_whole(await standing(flow, [coupling.key], coupling.troubles)):
            return None
        if not flow.syncs(flow.company_in(coupling)) or flow.just_coupled(coupling):
            return None
        found = await flow.read(side, identity)
        if (found is None and flow.map.on_delete(side) == "park") or await is_told(flow, wake, coupling, side):
            return None
        if found is not None:
            met = replace(wake, coupling=coupling, seen=found)
            return self._sign(met) if await self._has_left(met) else None
        return Sign(coupling.key, coupling.moved or coupling.since, "is gone")

    def _sign(self, wake: Wake) -> Sign:
        coupling, seen = _of(wake), wake.seen
        what: What = "is back" if coupling.state in BEGINS_ANEW else "reads as before"
        if coupling.state == "coupled" and seen and not includes(self.flow, wake.side, seen.row, coupling):
            what = "left the scope"
        return Sign(coupling.key, coupling.moved or coupling.since, what)

    async def _coupling(self, wake: Wake) -> Coupling | None:
        """None for a row that has none, or whose coupling just moves: its visit will see."""
        try:
            is_new = wake.new and key_of(wake.end) not in self.deleted
            return None if is_new else await self.flow.ledger.coupling(end_of(wake.side, wake.identity))
        except LedgerMoved:
            return None


def _of(wake: Wake) -> Coupling:
    assert wake.coupling is not None
    return wake.coupling
