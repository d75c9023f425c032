"""Made again: what comes of a record that was deleted and is back, under its own key or under another one."""

from __future__ import annotations

from typing import Final, NoReturn

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import unread
from shared.engine._turned_back import is_distrusted
from shared.engine.record._conclude import conclude, keep
from shared.engine.record._former import remembered
from shared.engine.record._landing import unlanded
from shared.engine.record._match import erp_identity
from shared.engine.record._source import Source
from shared.engine.record._troubles import standing, trouble, whole_record
from shared.engine.record._work import Again
from shared.errors import TryLater
from shared.ledger import BEGINS_ANEW, Coupling, erp_end, moment
from shared.mapping import DATAVERSE, ERP, other

BACK: Final = "back"
"""Source of a hint: a record may be back, or another in its place."""
_UNDEAD: Final = "undead"
"""Marks the row of a record that is back only because its side was put back."""


def begins_anew(flow: Flow, stone: Coupling) -> bool:
    """True if the policy lets a record begin anew whose coupling has ended."""
    return stone.state in BEGINS_ANEW and flow.map.policy.reborn == "sync"


async def meet_tombstone(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome:
    """A record whose coupling has ended. Alive again, it parks, unless the flow's policy lets it begin anew."""
    began = flow.now()
    there = await flow.read(wake.side, wake.identity)
    if there is None and wake.overtook(flow.options, "create"):
        raise TryLater(
            f"{unread(flow.map, wake.side, wake.identity)} cannot be seen yet, although it was created again"
        )
    if there is None:
        return await conclude(flow, wake, coupling, [], Outcome("gone"), await _seen_gone(flow, wake, coupling))
    now = await unlanded(flow, wake, coupling, {wake.side: there}, began)
    if isinstance(now, Outcome):
        return now
    if not flow.map.side(wake.side).scope.includes(there.row):
        return await conclude(flow, wake, coupling, [], Outcome("ignored"), now)
    if (anew := begins_anew(flow, coupling)) and now.may_land(began):
        return await keep(flow, wake)
    if anew and not await _is_undead(flow, wake, coupling):
        await _forgotten(flow, coupling)
    if coupling.state == "uncoupled":
        return await conclude(flow, wake, coupling, [], Outcome("ignored", codes=("uncoupled",)), now)
    was = "it was" if coupling.state == "deleted" else "its other half was"
    what = (
        "sync it"
        if other(wake.side) in flow.creates({wake.side: there.row})
        else "let it stay alone until something matches it"
    )
    message = (
        f"{was} deleted on {coupling.since[:10]} ({coupling.reason}) and it is back: clear the tombstone to {what}"
    )
    undead = {_UNDEAD: True} if anew else {}
    row = trouble(flow, "parked", wake, wake.end, [whole_record("reborn", message, **undead)])
    return await conclude(flow, wake, coupling, [row], Outcome("parked", codes=("reborn",)), now)


async def _seen_gone(flow: Flow, wake: Wake, stone: Coupling) -> Coupling:
    """The tombstone with the proof that its record was gone, where one may still land."""
    proved = stone.seen_gone([wake.side])
    if proved != stone:
        await flow.confirm_gone(wake.side, wake.identity)
    return proved


async def made_again(flow: Flow, wake: Wake, source: Source, blocker: Coupling) -> Outcome | None:
    """What comes of a row of Dataverse whose number another row had; None if that stands in its way.

    A tombstone gives way to it, unless one of the two that it is about is back itself: that one is looked at first. A
    pair whose row is gone is told, for this one may have been made in its place.
    """
    if source.side != DATAVERSE or blocker.erp is None:
        return None
    if not blocker.ended:
        if await is_orphan(flow, blocker):
            await flow.ledger.store_hint(DATAVERSE, (blocker.dataverse,), BACK)
        return None
    if not begins_anew(flow, blocker):
        return None
    if blocker.may_land(flow.now()):
        return await keep(flow, wake)
    for side in (ERP, DATAVERSE):
        if await flow.read(side, blocker.identity(side)) is not None:
            await flow.ledger.store_hint(side, blocker.identity(side), BACK)
            return None
    return await _forgotten(flow, blocker)


async def is_orphan(flow: Flow, pair: Coupling) -> bool:
    """True if the row of a pair in Dataverse is gone, and another may take its place."""
    is_quiet = pair.state == "coupled" and pair.intent is None
    return is_quiet and takes_up(flow) and await flow.read(DATAVERSE, (pair.dataverse,)) is None


def takes_up(flow: Flow) -> bool:
    """True if a record of the ERP whose row is gone goes on with a row that is made in its place."""
    policy = flow.map.on_delete(DATAVERSE)
    return policy in {"propagate", "restore"} or (policy == "park" and flow.map.policy.reborn == "sync")


async def number_taken(flow: Flow, source: Source) -> Coupling | None:
    """The coupling that stands where a record of Dataverse would be claimed; None if it may be made again."""
    identity = erp_identity(flow, source) if source.side == DATAVERSE else None
    found = await flow.ledger.coupling(erp_end(identity)) if identity else None
    return None if found is None or begins_anew(flow, found) else found


async def _forgotten(flow: Flow, stone: Coupling) -> NoReturn:
    """A tombstone goes, and the record is looked at as one that was never coupled."""
    await flow.ledger.commit([*stone.removal(), *await remembered(flow, stone)])
    raise Again


async def _is_undead(flow: Flow, wake: Wake, stone: Coupling) -> bool:
    """True if a record is back that was deleted lately, and a person has said that its side was put back.

    What he said then holds for this record as long as its row stands.
    """
    found = await standing(flow, [wake.end])
    if any(item.get(_UNDEAD) for row in found.values() for item in row.items):
        return True
    lately = stone.since >= moment(flow.clock() - flow.options.lately)
    return lately and await is_distrusted(flow, wake, stone, wake.side, "is back")
