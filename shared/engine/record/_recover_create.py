"""Claims whose owner is gone: what he may have created is found, and the claim goes on, or ends."""

from __future__ import annotations

from dataclasses import replace

from shared.engine._flow import DELETES, Flow, Outcome, Wake
from shared.engine.record._aside import kept_aside, set_down
from shared.engine.record._claim import Claim, couple_with_gone, given_up
from shared.engine.record._conclude import keep
from shared.engine.record._create import Creation
from shared.engine.record._landing import holds_what_was_sent
from shared.engine.record._match import has_another_key
from shared.engine.record._numbered import may_have_origin, was_numbered
from shared.engine.record._recover import take_over
from shared.engine.record._source import Source, source_at
from shared.engine.record._strangers import stranger
from shared.engine.record._troubles import standing, told
from shared.ledger import Coupling
from shared.mapping import DATAVERSE, ERP, Side, other


async def recover_create(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome:
    """A claim whose owner is gone: taken over, then resolved by what is found on the other side.

    A claim that was kept and set aside is first looked at only: nothing is written while nothing has changed for it.
    Where it would have to be ended or given to another, it is left to its owner until that one has long been dead: his
    request may still be carried out.
    """
    assert coupling.intent is not None and coupling.intent.source is not None  # noqa: PT018 - one fact
    side: Side = coupling.intent.source
    identity = coupling.identity(side)
    wake = replace(wake, side=side, identity=identity)
    troubles = await standing(flow, [wake.end])
    if troubles and (aside := await kept_aside(flow, wake, coupling)):
        return await set_down(flow, wake, told(aside), [aside])
    source = await source_at(flow, side, identity)
    if source is None and coupling.numberless:
        return await _orphaned(flow, wake, coupling)
    alone = flow.is_long_dead(coupling.intent)
    if not alone and await _has_to_wait(flow, wake, coupling, source):
        return await keep(flow, wake)
    mine = await take_over(flow, coupling)
    source = await source_at(flow, side, identity)
    if source is None:
        return await (_orphaned(flow, wake, mine) if mine.numberless else _abandon(flow, wake, mine, alone=alone))
    if side == ERP and await _was_deleted(flow, mine):
        await couple_with_gone(flow, mine)
    troubles = await standing(flow, [wake.end])
    held = Claim(flow, wake, source, mine, recovering=True, alone=alone, troubles=troubles)
    return await Creation(held).resume()


async def _was_deleted(flow: Flow, claim: Coupling) -> bool:
    """True if an event has told that a row with the id that a claim minted was deleted: so it had been created."""
    hint = await flow.ledger.hint(claim.key)
    gone = hint is not None and hint.source in DELETES
    return gone and await flow.read(DATAVERSE, (claim.dataverse,)) is None


async def _has_to_wait(flow: Flow, wake: Wake, coupling: Coupling, source: Source | None) -> bool:
    """True if the claim would end, with nothing to show for the request that may be under way."""
    if source is not None and wake.side == ERP:
        return await may_have_origin(flow, source)
    if source is not None and (coupling.erp is None or not has_another_key(flow, source, coupling.erp)):
        return False
    target = other(wake.side)
    there = await flow.read(target, coupling.identity(target))
    if there is None or source is None or was_numbered(coupling):
        return there is None
    return await stranger(flow, source, there) is not None


async def _orphaned(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome:
    """The source is gone. What the ERP may have numbered for it is to find its claim for some days."""
    if flow.is_orphan(coupling):
        await flow.ledger.commit([*coupling.removal(), given_up(flow, coupling)])
    return await set_down(flow, wake, Outcome("gone"))


async def _abandon(flow: Flow, wake: Wake, mine: Coupling, *, alone: bool) -> Outcome:
    """The source of a claim is gone. What was created for it is coupled, and then treated as a delete.

    What has the number in the ERP and holds something else may be anybody's, unless the ERP gave the number to this
    claim: it is left to itself. alone: nothing can be created for it any more.
    """
    target = other(wake.side)
    found = await flow.read(target, mine.identity(target))
    is_ours = target == DATAVERSE or was_numbered(mine)
    if found is not None and (is_ours or await holds_what_was_sent(flow, mine, target, found)):
        await couple_with_gone(flow, mine)
    if not alone:
        return await keep(flow, wake)
    await flow.ledger.commit([*mine.removal(), given_up(flow, mine)])
    return await set_down(flow, wake, Outcome("gone"))
