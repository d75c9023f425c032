"""Forgetting couplings, many at once: undo an initial load, or drop them all so that matching builds them anew.

Both are jobs in slices over a flow that is not running; each coupling is one transaction, so they may stop anywhere and
be run again. A dry run finds out the same, and touches nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.engine._flow import Flow
from shared.engine.passes._rebuild import left_by_undo, left_coupled
from shared.engine.passes._undo import Kept, Undo
from shared.engine.passes._waves import Tally
from shared.engine.record._former import remembered
from shared.engine.record._long_dead import at_rest_if_dead
from shared.engine.record._troubles import changes, standing
from shared.engine.record._under_intent import intend_delete, send_delete, without_intent
from shared.errors import LedgerMoved
from shared.ledger import COUPLING, Coupling, Write, after, read_conflict, read_coupling
from shared.mapping import Side, other

WAVE: Final = 100


@dataclass(slots=True)
class Forget:
    """One slice over a flow's couplings. undo: what to take back of a load, or None to forget every coupling that the
    next pass finds again.

    place: the key up to which the couplings have been looked at. What a load created, nobody has touched since and
    nothing hangs on is deleted, dependants first. Everything else stays, and is told: kept. Tombstones are people's
    decisions, and stay too.
    """

    flow: Flow
    out_of_time: Callable[[], bool]
    undo: Undo | None
    dry: bool
    tally: Tally = field(default_factory=Tally)
    place: str = COUPLING
    kept: list[Mapping[str, Any]] = field(default_factory=list)
    undecided: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[str, asyncio.Future[str]] = field(default_factory=dict)

    async def run(self) -> bool:
        """True when every coupling has been looked at."""
        await self._prepare()
        wave: list[Coupling] = []
        async for coupling in self._couplings():
            wave.append(coupling)
            if len(wave) == WAVE:
                await self._wave(wave)
                self.place = wave[-1].key
                wave = []
                if self.out_of_time():
                    return False
        await self._wave(wave)
        return True

    def told(self) -> Mapping[str, Any]:
        """How far it came, for its job."""
        return {"tallies": self.tally.as_json(), "places": self.place}

    async def _prepare(self) -> None:
        async for row in self.flow.ledger.conflicts():
            found = read_conflict(row)
            if found.open:
                self.undecided[found.dataverse].append(row.key)

    async def _couplings(self) -> AsyncIterator[Coupling]:
        ledger, place = self.flow.ledger, self.place
        async for page in ledger.commits.range(ledger.flow, place, after(COUPLING)):
            for row in page:
                coupling = read_coupling(row)
                if row.key > place and not coupling.ended and (self.undo is None or self.undo.meant(coupling)):
                    yield coupling

    async def _wave(self, wave: list[Coupling]) -> None:
        """Everybody comes to an end before anything is raised: nobody is at work when the slice is over."""
        await self.flow.go_on()
        wave = [each for each in await asyncio.gather(*map(self._at_rest, wave)) if each is not None]
        if self.undo is not None:
            await asyncio.gather(*(self.undo.verdict(self.flow, each) for each in wave))  # before anything goes
        ends = await asyncio.gather(*map(self._end, wave), return_exceptions=True)
        for each in ends:
            if isinstance(each, BaseException):
                raise each

    async def _at_rest(self, coupling: Coupling) -> Coupling | None:
        """A coupling that may be looked at; None for one that was over before. What the long dead left is
        settled. What an earlier slice of this job was about to delete is its own business.
        """
        if coupling.intent is None or coupling.intent.job == self.flow.job:
            return coupling
        found = await at_rest_if_dead(self.flow, coupling)
        return None if found is None or found.ended else found

    # -- one coupling

    async def _end(self, coupling: Coupling) -> str:
        """What becomes of a coupling, once, however many wait for it."""
        if coupling.key not in self.ends:
            self.ends[coupling.key] = asyncio.ensure_future(self._one(coupling))
        return await self.ends[coupling.key]

    async def _one(self, coupling: Coupling) -> str:
        busy = coupling.intent is not None and coupling.intent.job != self.flow.job
        busy = busy or bool(coupling.may_land(self.flow.now()))
        try:
            what = "being written" if busy else await self._forgotten(replace(coupling, intent=None))
        except LedgerMoved:
            what = "being written"
        self.tally.counts[what] += 1
        return what

    async def _forgotten(self, coupling: Coupling) -> str:
        if self.undo is None:
            undecided = coupling.dataverse in self.undecided
            kept = await left_coupled(self.flow, coupling, undecided=undecided)
            return await self._keep(coupling, kept or Kept("uncoupled"))
        goes = await self.undo.verdict(self.flow, coupling)
        if isinstance(goes, Kept):
            return await self._keep(coupling, await left_by_undo(self.flow, coupling, goes))
        if self.dry:
            return f"deleted {goes.side}"
        for each in goes.first:
            if (what := await self._end(each)) != f"deleted {goes.side}":
                return await self._keep(coupling, Kept("in use, uncoupled", f"{each.dataverse} hangs on it: {what}"))
        return await self._deleted(coupling, goes.side, goes.version)

    async def _keep(self, coupling: Coupling, kept: Kept) -> str:
        """The record stays. It is uncoupled, unless it has to be looked at once more."""
        if kept.why:
            record = {"erp": list(coupling.erp or ()), "dataverse": coupling.dataverse}
            self.kept.append({"record": record, "what": kept.what, "why": kept.why})
        return kept.what if kept.stays_coupled else await self._forget(coupling, kept.what, kept.why)

    async def _deleted(self, coupling: Coupling, side: Side, version: str) -> str:
        """Under an intent, so that a delete whose answer is lost is recovered like any other."""
        mine = await intend_delete(self.flow, coupling, side, version, source=other(side))
        refusal = await send_delete(self.flow, mine)
        if refusal is not None:
            await without_intent(self.flow, mine)
            return await self._keep(coupling, Kept(f"cannot be deleted {side}", str(refusal), stays_coupled=True))
        return await self._forget(replace(mine, intent=None), f"deleted {side}")

    async def _forget(self, coupling: Coupling, what: str, why: str = "") -> str:
        if self.dry:
            return what
        flow, reason = self.flow, f"undo of {self.undo.job}" if self.undo else "couplings are rebuilt"
        note = f"{reason}: {why}" if why else reason
        entry = flow.journal(coupling.dataverse, flow.token(), what, (), note)
        writes = [*coupling.removal(), *await remembered(flow, coupling)]
        writes += [*changes([], await standing(flow, [coupling.key], coupling.troubles))]
        writes += [Write("delete", key, etag="*") for key in self.undecided[coupling.dataverse]]
        await flow.ledger.commit([*writes, entry])
        return what
