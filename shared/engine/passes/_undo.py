"""What an undo takes back: records that a load created, that nobody has touched since, and on which nothing hangs.

What hangs on a record may go first, if the same undo takes it back; then nothing hangs on the record any more. Whatever
else hangs on it keeps it. All is found out from what stands, so a dry run finds out the same as the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.engine._flow import Flow
from shared.engine._for_all import for_all
from shared.engine.passes._since import Entry, created_by, made_along, touched
from shared.engine.record._hanging import Hanging, Lookups, row_id_of
from shared.engine.record._long_dead import at_rest_if_dead
from shared.errors import Denied, Refused, Rejected
from shared.ledger import Coupling, end_of, read_journal
from shared.mapping import DATAVERSE, FlowMap, Side

_Name = tuple[str, str]
"""Flow and row key of a coupling."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record stays. what: how it is counted; why: in words, empty where there was nothing to take back."""

    what: str
    why: str = ""
    stays_coupled: bool = False


@dataclass(frozen=True, slots=True)
class Goes:
    """A record may go, from the version that was seen. first: what hangs on it and goes before it, in the same flow."""

    side: Side
    version: str
    first: Sequence[Coupling] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What can be said about one record without looking at others. kept: why it stays anyway."""

    flow: Flow
    coupling: Coupling
    side: Side | None = None
    version: str = ""
    kept: Kept | None = None
    hanging: Sequence[Hanging] = ()

    @property
    def name(self) -> _Name:
        return self.flow.map.name, self.coupling.key


_Graph = dict[_Name, list[tuple[Hanging, _Facts | None]]]
"""Records that may go, and what hangs on each; None for what this undo does not take back."""


@dataclass(slots=True)
class Undo:
    """An undo of one job. job: its id. flows: those that it takes back, those whose records go first before the others.

    maps: every map there is. flow_named: a flow at work, for this slice.
    """

    job: str
    flows: Sequence[str]
    maps: Sequence[FlowMap]
    flow_named: Callable[[str], Flow]
    _facts: dict[tuple[str, str], asyncio.Future[_Facts]] = field(default_factory=dict)
    _rows: dict[tuple[str, ...], asyncio.Future[_Facts | None]] = field(default_factory=dict)
    _lookups: dict[str, Lookups] = field(default_factory=dict)
    _others: dict[str, Flow] = field(default_factory=dict)

    def meant(self, coupling: Coupling) -> bool:
        """True if the job made a coupling: what came in by an event meanwhile, or by hand, is none of its work."""
        return coupling.job == self.job

    async def verdict(self, flow: Flow, coupling: Coupling) -> Kept | Goes:
        """Whether a record goes: it, and everything that hangs on it, and on that, is the load's and nobody else's."""
        facts = await self._known(flow, coupling)
        if facts.kept is not None or facts.side is None:
            return facts.kept or Kept("uncoupled")
        graph: _Graph = {}
        level = {facts.name: facts}
        while level:
            for name, hanging in zip(level, await asyncio.gather(*map(self._below, level.values())), strict=True):
                graph[name] = hanging
            behind = (each for name in level for _, each in graph[name] if each is not None and each.kept is None)
            level = {each.name: each for each in behind if each.name not in graph}
        goes = _going(graph)
        if facts.name in goes:
            first = [each.coupling for _, each in graph[facts.name] if each and each.flow.map.name == flow.map.name]
            return Goes(facts.side, facts.version, tuple(first))
        keeping = next(row for row, each in graph[facts.name] if each is None or each.name not in goes)
        return Kept("in use, uncoupled", f"{keeping} hangs on it")

    async def _below(self, facts: _Facts) -> list[tuple[Hanging, _Facts | None]]:
        """What hangs on a record, and what is known about it."""
        behind = await asyncio.gather(*(self._behind(facts.flow, row) for row in facts.hanging))
        return list(zip(facts.hanging, behind, strict=True))

    # -- what is known about one record

    async def _known(self, flow: Flow, coupling: Coupling) -> _Facts:
        key = (flow.map.name, coupling.key)
        if key not in self._facts:
            self._facts[key] = for_all(self._find_out(flow, coupling))
        return await asyncio.shield(self._facts[key])

    async def _find_out(self, flow: Flow, coupling: Coupling) -> _Facts:
        entries: list[Entry] = [read_journal(row) async for row in flow.ledger.journal(coupling.dataverse)]
        side = created_by(entries, self.job)
        row = await flow.read(side, coupling.identity(side)) if side else None
        if side is None or row is None:
            gone = f"deleted {side}" if side and _was_to_go(coupling, flow.job) else "uncoupled"
            return _Facts(flow, coupling, kept=Kept(gone))
        if why := await touched(flow, coupling, entries, side, row):
            return _Facts(flow, coupling, side, kept=Kept("edited since, uncoupled", why))
        if not flow.enforces_versions(side):
            why = "this side does not enforce versions: an edit might be deleted unseen; delete it by hand"
            return _Facts(flow, coupling, side, kept=Kept(f"cannot be deleted {side}", why, stays_coupled=True))
        try:
            found = await self._lookups_of(flow).hanging(side, coupling.identity(side))
            hanging = [each for each in found if not await made_along(flow, coupling, each)]
        except (Rejected, Refused, Denied) as problem:
            why = f"nobody can tell what hangs on it: {problem}"
            return _Facts(flow, coupling, side, kept=Kept("in use, uncoupled", why))
        return _Facts(flow, coupling, side, row.version, hanging=hanging)

    def _lookups_of(self, flow: Flow) -> Lookups:
        return self._lookups.setdefault(flow.map.name, Lookups(flow, self.maps))

    # -- what is behind a row that hangs on another

    async def _behind(self, current: Flow, row: Hanging) -> _Facts | None:
        """The same answer for the whole slice, whatever goes meanwhile."""
        key = (current.map.name, row.entity.name, *row.key)
        if key not in self._rows:
            self._rows[key] = for_all(self._look_behind(current, row))
        return await asyncio.shield(self._rows[key])

    async def _look_behind(self, current: Flow, row: Hanging) -> _Facts | None:
        """What is known about a row that hangs on a record; None if this undo does not take it back by then.

        Flows that come later in the undo have not been taken back when the record is to go.
        """
        for name in self.flows[: self.flows.index(current.map.name) + 1]:
            flow = current if name == current.map.name else self._other(name)
            part = flow.map.side(row.side)
            if part.entity.name != row.entity.name:
                continue
            identity = (row_id_of(row),) if row.side == DATAVERSE else flow.map.erp_identity(row.row.row)
            coupling = await flow.ledger.coupling(end_of(row.side, identity))
            if coupling is not None and self.meant(coupling) and coupling.state != "claimed":
                coupling = await at_rest_if_dead(flow, coupling)
            if coupling is None or coupling.ended or not self.meant(coupling):
                continue
            if coupling.intent is not None and coupling.intent.job != current.job:
                continue
            facts = await self._known(flow, coupling)
            if facts.kept is not None or facts.side == row.side:
                return facts
        return None

    def _other(self, name: str) -> Flow:
        if name not in self._others:
            self._others[name] = self.flow_named(name)
        return self._others[name]


def _was_to_go(coupling: Coupling, job: str) -> bool:
    """True if an earlier slice of this undo was about to delete the record, and did not live to say so."""
    return coupling.intent is not None and (coupling.intent.kind, coupling.intent.job) == ("delete", job)


def _going(graph: _Graph) -> set[_Name]:
    """The records on which nothing hangs but what goes before them. What hangs on itself never comes to that."""
    goes: set[_Name] = set()
    left = dict(graph)
    while ready := [name for name, hanging in left.items() if all(each and each.name in goes for _, each in hanging)]:
        goes |= set(ready)
        for name in ready:
            del left[name]
    return goes
