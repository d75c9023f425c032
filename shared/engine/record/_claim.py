"""The claim: a coupling with an intent, inserted before anything is searched or created.

From then on no other worker can couple or create either end. A claim that comes to nothing is given back together with
the reason; one whose request may still be under way is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import told_now
from shared.engine.record._content import content_of
from shared.engine.record._landing import SUPERSEDED
from shared.engine.record._match import erp_identity, minted_id
from shared.engine.record._source import Source
from shared.engine.record._troubles import Item, changes, standing, told, trouble, whole_record
from shared.engine.record._work import Again, intended_line
from shared.errors import KoppelError, LedgerMoved
from shared.ledger import HINT, Coupling, IntendedWrite, Intent, Trouble, Write, end_of
from shared.mapping import ABSENT, DATAVERSE, ERP, Side, Unresolved, Values, other
from shared.reconcile import LineWrite, given_to_new

ENDED: Final = "ended"
"""Code of a record in whose way a tombstone stands; the value is the row that that one is about."""


class SetAside(KoppelError):
    """The record cannot be coupled for a reason that a person must see: another coupling stands in its way."""

    def __init__(self, item: Item, blocker: Coupling) -> None:
        super().__init__(str(item["message"]))
        self.item = item
        self.blocker = blocker


@dataclass(slots=True)
class Claim:
    """A claim in hand. recovering: it was another's, and a create may have been sent. alone: none can be under way."""

    flow: Flow
    wake: Wake
    source: Source
    coupling: Coupling
    index_etag: str = ""
    recovering: bool = False
    alone: bool = True
    troubles: dict[str, Trouble] = field(default_factory=dict)

    async def settle(self, writes: Sequence[Write], *, drop_hint: bool = True) -> None:
        """One transaction; the hint goes with it unless it was repeated meanwhile."""
        hint = self.wake.hint if drop_hint else None
        if hint is not None:
            try:
                await self.flow.ledger.commit([*writes, hint.drop()])
            except LedgerMoved as moved:
                if not moved.key.startswith(HINT):
                    raise
                self.flow.overtaken.add(self.wake.end)
            else:
                return
        if writes:
            await self.flow.ledger.commit(writes)

    async def look(self) -> None:
        """What is said about the record. Only now: whoever had the claim before may have set it aside until then.

        A claim is given back if that cannot be seen: nothing was sent under it.
        """
        try:
            self.troubles = await standing(self.flow, [self.wake.end])
        except KoppelError:
            await self.release()
            raise

    async def release(self) -> None:
        """Gives the claim back; the hint stays."""
        await self.flow.ledger.commit(self.ending())

    def ending(self) -> list[Write]:
        """Writes that end the claim. Where its create may still land, the id that it minted keeps a tombstone."""
        claim = self.coupling
        told = [given_up(self.flow, claim)] if self.recovering else []
        if self.source.target == ERP or not claim.may_land(self.flow.now()):
            return [*claim.removal(), *told]
        index = [Write("delete", claim.index_key, etag="*")] if claim.index_key else []
        return [self.stone().replace(), *index, *told]

    def stone(self) -> Coupling:
        """What becomes of the minted id: nobody has seen a record under it, and nobody but us can make one."""
        target: Side = self.source.target
        claim = self.coupling.seen_gone((target,))
        return replace(claim, erp=None, state="deleted", intent=None, reason=SUPERSEDED, since=self.flow.now())

    async def sends(self, writes: Sequence[LineWrite]) -> None:
        """What is about to be sent stands in the claim first: the source may have changed since it was claimed."""
        claim, content = self.coupling, content_of(self.flow, writes)
        assert claim.intent is not None
        (intended,) = claim.intent.writes
        if claim.numberless or intended.content == content:
            return
        changed = intended.model_copy(update={"content": content})
        claim = replace(claim, intent=claim.intent.model_copy(update={"writes": (changed,)}))
        (etag,) = await self.flow.ledger.commit([claim.replace()])
        self.coupling = claim.with_etag(etag)

    async def set_aside(self, rows: Sequence[Trouble], *, keep: bool) -> Outcome:
        """Stores why the record is set aside; gives the claim back unless its request may still be under way."""
        writes = changes(rows, self.troubles)
        await self.settle(writes if keep else [*self.ending(), *writes])
        (row,) = rows
        return told(row)

    async def park(self, items: Sequence[Item], *, keep: bool | None = None) -> Outcome:
        row = trouble(self.flow, "parked", self.wake, self.wake.end, items)
        return await self.set_aside([row], keep=self.recovering if keep is None else keep)

    async def storing(self) -> Callable[[Coupling], list[Write]]:
        """How a coupling found by match replaces the claim: in place, or under the id of the row that was found.

        Raises Again if the claim has ended.
        """
        claim, index_key, index_etag = self.coupling, self.coupling.index_key, self.index_etag
        now = self.flow.now()
        if index_key and not index_etag:
            stored = await self.flow.ledger.commits.get(self.flow.ledger.flow, index_key)
            if stored is None:
                raise Again
            index_etag = stored.etag

        def store(coupling: Coupling) -> list[Write]:
            assert coupling.index_key is not None
            writes: list[Write] = []
            if coupling.key == claim.key:
                writes.append(coupling.replace())
            else:
                left = self.stone().replace() if claim.may_land(now) else Write("delete", claim.key, etag=claim.etag)
                writes = [Write("insert", coupling.key, coupling.cells()), left]
            if index_key != coupling.index_key:
                writes.append(coupling.insert_index())
                writes += [Write("delete", index_key, etag=index_etag)] if index_key else claim.numbered()
            elif coupling.key != claim.key:
                writes.append(coupling.take_index(index_etag))
            return writes

        return store


async def claim(flow: Flow, wake: Wake, source: Source) -> Claim:
    """Inserts the claim. Raises Again if somebody is just coupling the record, SetAside if it cannot be coupled."""
    if source.side == ERP:
        row_id, identity = minted_id(flow, source), source.identity
    else:
        row_id, identity = source.identity[0], erp_identity(flow, source) or ()
    intent = Intent(
        operation=flow.token(),
        attempt=flow.attempt(),
        expires=flow.expiry(),
        kind="create",
        source=source.side,
        source_version=source.observation.version,
        writes=(_intended(flow, source, identity),),
        job=flow.job,
    )
    coupling = Coupling(row_id, identity or None, "claimed", intent=intent, since=flow.now(), job=flow.job)
    await flow.go_on()
    try:
        etags = await flow.ledger.commit(coupling.insert())
    except LedgerMoved as taken:
        await _blocked(flow, source, taken.key)
        raise AssertionError("a blocked claim always raises") from taken
    held = Claim(flow, wake, source, coupling.with_etag(etags[0]), etags[1] if identity else "")
    await held.look()
    return held


def _intended(flow: Flow, source: Source, identity: tuple[str, ...]) -> IntendedWrite:
    """What is to be created: with all that it will hold, if the ERP is to number it and nothing else will tell it."""
    content = content_of(flow, source.plan.writes)
    if source.target == DATAVERSE or identity:
        return IntendedWrite(side=source.target, action="create", content=content)
    company = flow.map.company
    constants = {company.erp.name: source.company} if company else {}
    lines = tuple(intended_line(flow, write) for write in source.plan.writes)
    return IntendedWrite(side=ERP, action="create", lines=lines, constants=constants)


async def _blocked(flow: Flow, source: Source, key: str) -> None:
    """Somebody stands where the claim would: an unfinished claim goes first, a finished coupling parks us.

    Unless that coupling is our own: somebody has matched the record from its other side meanwhile.
    """
    mine = end_of(source.side, source.identity)
    blocker = await flow.ledger.coupling(key) if key != mine else None
    if blocker is None or mine in {blocker.key, blocker.index_key}:
        raise Again
    item = await in_the_way(flow, blocker)
    raise SetAside(item, blocker) if item else Again


async def in_the_way(flow: Flow, blocker: Coupling) -> Item | None:
    """Why a record cannot have the partner that stands in a coupling; None while somebody is at work on that one.

    A claim that was kept and set aside waits for a person, and nobody is at work on it. What is said beside one that is
    alive may be older than the claim.
    """
    if blocker.intent is None:
        return await taken(flow, blocker)
    claimed = blocker.source_end
    if claimed is None or blocker.intent.expires > flow.now() or not await standing(flow, [claimed]):
        return None
    message = "its match may have been created for another record before: decide about that one first"
    return whole_record("claimed", message, value=claimed)


async def inherited(flow: Flow, claim: Coupling, heir: Coupling) -> list[Write]:
    """Writes that end a claim and let its index point to another coupling. Raises Again if the index has gone."""
    assert claim.index_key is not None
    index = await flow.ledger.commits.get(flow.ledger.flow, claim.index_key)
    if index is None:
        raise Again
    return [Write("delete", claim.key, etag=claim.etag), heir.take_index(index.etag)]


async def taken(flow: Flow, blocker: Coupling) -> Item:
    """Why a record cannot be coupled with one that has, or had, another partner."""
    row = await told_now(flow, DATAVERSE, (blocker.dataverse,))
    name = await told_now(flow, ERP, blocker.erp) if blocker.erp else row
    if blocker.ended:
        message = (
            f"{name} was {blocker.state} on {blocker.since[:10]} ({blocker.reason}); clear that to sync it again, "
            "or couple the two by hand"
        )
        return whole_record(ENDED, message, value=blocker.dataverse)
    message = (
        f"what matches it is coupled already ({name} in the ERP with {row} in Dataverse): uncouple those and "
        "couple this one with it by hand, or give one of the two another number"
    )
    return whole_record("taken", message, value=blocker.dataverse)


async def couple_with_gone(flow: Flow, claim: Coupling) -> NoReturn:
    """A claim under which a record was created becomes a coupling though one of the two is gone: that is a delete.

    What the claim was set aside for is over. Raises Again.
    """
    assert claim.source_end is not None, f"{claim.key} claims for nobody"
    entry = found_entry(flow, claim, claim.dataverse, [])
    over = changes([], await standing(flow, [claim.source_end]))
    await flow.ledger.commit([replace(claim, state="coupled", intent=None).replace(), entry, *over])
    raise Again


def _told(value: str) -> str:
    return value.code if isinstance(value, Unresolved) else str(value)


def found_entry(flow: Flow, claim: Coupling, row_id: str, values: Values, what: str = "found") -> Write:
    """The journal row of what recovery finds: created by us, for all that can be told. values: what stands there."""
    assert claim.intent is not None and claim.intent.source is not None  # noqa: PT018 - one fact
    side = other(claim.intent.source)
    lines = [
        {"line": line.name, "side": side, "old": "", "new": _told(value), "reason": "recovered: it stands there"}
        for line, value in zip(flow.map.lines, values, strict=False)
        if value and value is not ABSENT and line.source != side
    ]
    lines += [
        {"line": each.constant.line, "side": side, "old": "", "new": each.new, "reason": "recovered: constant"}
        for each in given_to_new(flow.map, side, flow.company_in(claim))
        if each.new
    ]
    note = "no answer came when it was created"
    return flow.journal(row_id, claim.intent.operation, f"{what} in {side}", lines, note, job=claim.intent.job)


def given_up(flow: Flow, claim: Coupling) -> Write:
    """The journal row of a claim that ends after a create may have been sent: what came of it is nobody's any more."""
    assert claim.intent is not None
    (intended,) = claim.intent.writes
    note = "it may have been created when no answer came: what comes of that is left to itself"
    return flow.journal(
        claim.dataverse, claim.intent.operation, f"create given up in {intended.side}", (), note, job=claim.intent.job
    )


def as_coupled(held: Claim, **changed: object) -> Coupling:
    """The claim turned into a coupling."""
    return replace(held.coupling, state="coupled", intent=None, **changed)  # type: ignore[arg-type] # fields of Coupling
