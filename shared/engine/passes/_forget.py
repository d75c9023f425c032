"""Forgetting couplings, many at once: undo an initial load, or drop them all so that matching builds them anew.

Both are jobs in slices over a flow that is not running; each coupling is one transaction, so they may stop anywhere and
be run again. A dry run counts and touches nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.engine._flow import Flow
from shared.engine.passes._waves import Tally
from shared.engine.record._delete import edited
from shared.engine.record._former import remembered
from shared.engine.record._troubles import changes, standing
from shared.errors import Gone, LedgerMoved, Rejected, Stale
from shared.ledger import (
    COUPLING,
    Coupling,
    IntendedWrite,
    Intent,
    Write,
    after,
    read_conflict,
    read_coupling,
    read_journal,
)
from shared.mapping import DATAVERSE, ERP, Side, other
from shared.systems import Observation

WAVE: Final = 100
CREATED: Final[Mapping[str, Side]] = {"created in erp": ERP, "created in dataverse": DATAVERSE}


@dataclass(slots=True)
class Forget:
    """One slice over a flow's couplings. loaded: the job to undo, or None to forget every coupling.

    place: the key up to which a dry run has counted; what is forgotten is gone, and is not met again.
    What a job created and nobody has edited since is deleted. Records that were matched, or edited, stay. Tombstones
    are people's decisions, and stay too.
    """

    flow: Flow
    out_of_time: Callable[[], bool]
    loaded: Mapping[str, Any] | None
    dry: bool
    tally: Tally = field(default_factory=Tally)
    place: str = COUPLING
    created: dict[str, Side] = field(default_factory=dict)
    undecided: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    async def run(self) -> bool:
        """True when every coupling has been looked at."""
        await self._prepare()
        wave: list[Coupling] = []
        async for coupling in self._couplings():
            wave.append(coupling)
            if len(wave) == WAVE:
                await self.flow.go_on()
                await asyncio.gather(*map(self._one, wave))
                if self.dry:
                    self.place = wave[-1].key
                wave = []
                if self.out_of_time():
                    return False
        await self.flow.go_on()
        await asyncio.gather(*map(self._one, wave))
        return True

    def told(self) -> Mapping[str, Any]:
        """How far it came, for its job."""
        return {"tallies": self.tally.as_json(), "places": self.place}

    async def _prepare(self) -> None:
        async for row in self.flow.ledger.conflicts():
            found = read_conflict(row)
            if found.open:
                self.undecided[found.dataverse].append(row.key)
        if self.loaded is None:
            return
        async for row in self.flow.ledger.journal():
            entry = read_journal(row)
            if entry["job"] == self.loaded["id"] and entry["what"] in CREATED:
                self.created[entry["record"]] = CREATED[entry["what"]]

    async def _couplings(self) -> AsyncIterator[Coupling]:
        ledger, place = self.flow.ledger, self.place
        async for page in ledger.commits.range(ledger.flow, place, after(COUPLING)):
            for row in page:
                coupling = read_coupling(row)
                if row.key > place and not coupling.ended and self._meant(coupling):
                    yield coupling

    def _meant(self, coupling: Coupling) -> bool:
        if self.loaded is None:
            return True
        return bool(self.loaded["started"] <= coupling.since <= self.loaded.get("ended", self.flow.now()))

    # -- one coupling

    async def _one(self, coupling: Coupling) -> None:
        busy = coupling.intent is not None and coupling.intent.job != self.flow.job
        busy = busy or bool(coupling.may_land(self.flow.now()))
        try:
            what = "being written" if busy else await self._forgotten(replace(coupling, intent=None))
        except LedgerMoved:
            what = "being written"
        self.tally.counts[what] += 1

    async def _forgotten(self, coupling: Coupling) -> str:
        side = self.created.get(coupling.dataverse)
        row = await self.flow.read(side, coupling.identity(side)) if side else None
        if side is None or row is None or await edited(self.flow, coupling, side, row):
            what = "uncoupled" if side is None or row is None else "edited since, uncoupled"
            await self._forget(coupling, what)
            return what
        if not self.flow.enforces_versions(side):
            return f"cannot be deleted {side}"
        return f"deleted {side}" if self.dry else await self._deleted(coupling, side, row)

    async def _deleted(self, coupling: Coupling, side: Side, row: Observation) -> str:
        """Under an intent, so that a delete whose answer is lost is recovered like any other."""
        flow = self.flow
        intended = replace(coupling, intent=self._intent(side, row.version))
        (etag,) = await flow.ledger.commit([intended.replace()])
        try:
            part = flow.map.side(side)
            await flow.system(side).delete(part.entity, coupling.identity(side), row.version)
        except Gone:
            pass  # somebody else deleted it too
        except (Stale, Rejected):
            await flow.ledger.commit([coupling.with_etag(etag).replace()])
            return f"cannot be deleted {side}"
        await self._forget(coupling.with_etag(etag), f"deleted {side}")
        return f"deleted {side}"

    def _intent(self, side: Side, version: str) -> Intent:
        write = IntendedWrite(side=side, action="delete", version=version)
        return Intent(operation=self.flow.token(), attempt=self.flow.attempt(), expires=self.flow.expiry(),
                      kind="delete", source=other(side), writes=(write,), job=self.flow.job)  # fmt: skip

    async def _forget(self, coupling: Coupling, what: str) -> None:
        if self.dry:
            return
        flow, reason = self.flow, f"undo of {self.loaded['id']}" if self.loaded else "couplings are rebuilt"
        entry = flow.journal(coupling.dataverse, flow.token(), what, (), reason)
        writes = [*coupling.removal(), *await remembered(flow, coupling)]
        writes += [*changes([], await standing(flow, [coupling.key], coupling.troubles))]
        writes += [Write("delete", key, etag="*") for key in self.undecided[coupling.dataverse]]
        await flow.ledger.commit([*writes, entry])
