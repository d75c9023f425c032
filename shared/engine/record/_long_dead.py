"""What an owner has left who has long been dead: settled from what stands, in flows that are not at work, too.

Nothing is sent again, for no request of his can be under way any more: what was not carried out is no longer meant, and
the next visit plans anew.
"""

from __future__ import annotations

from contextlib import suppress

from shared.engine._flow import Flow, Wake
from shared.engine.record._claim import Claim, couple_with_gone, given_up
from shared.engine.record._created import couple_found
from shared.engine.record._delete import recover_delete
from shared.engine.record._landing import holds_what_was_sent, recover_landed
from shared.engine.record._numbered import was_numbered
from shared.engine.record._recover import recover_update, take_over
from shared.engine.record._recover_action import recover_action
from shared.engine.record._source import source_at
from shared.engine.record._troubles import standing
from shared.engine.record._work import Again
from shared.errors import Busy, LedgerMoved, Refused
from shared.ledger import Coupling
from shared.mapping import DATAVERSE, Side, other


async def at_rest(flow: Flow, coupling: Coupling) -> Coupling | None:
    """A coupling under which nobody is at work; None for a claim that came to nothing.

    Raises Busy while its owner may be alive, and Refused for a claim to whose record the ERP was to give a number.
    """
    intent = coupling.intent
    if intent is None:
        return coupling
    if not flow.is_long_dead(intent):
        raise Busy(f"the record is being written until {flow.until_dead(intent)} at the latest")
    if coupling.numberless:
        raise Refused("nobody knows under which number the record may have been created: uncouple it first")
    wake = Wake(DATAVERSE, (coupling.dataverse,))
    await flow.ledger.store_hint(wake.side, wake.identity, "pass")
    with suppress(Again):
        if intent.kind == "create":
            await _claim(flow, coupling)
        elif intent.kind == "action":
            await recover_action(flow, coupling, again=False)
        elif intent.kind == "update":
            await recover_update(flow, coupling, again=False)
        elif intent.source == intent.writes[0].side:
            await recover_landed(flow, wake, await take_over(flow, coupling))
        else:
            await recover_delete(flow, wake, coupling, again=False)
    return await flow.ledger.coupling(coupling.key)


async def at_rest_if_dead(flow: Flow, coupling: Coupling) -> Coupling | None:
    """The same; as it stands where somebody may be at work."""
    try:
        return await at_rest(flow, coupling)
    except (Busy, LedgerMoved, Refused):
        return coupling


async def _claim(flow: Flow, coupling: Coupling) -> None:
    """What was created is coupled; a claim that came to nothing is given back."""
    assert coupling.intent is not None and coupling.intent.source is not None  # noqa: PT018 - one fact
    source_side: Side = coupling.intent.source
    target = other(source_side)
    mine, began = await take_over(flow, coupling), flow.now()
    found = await flow.read(target, mine.identity(target))
    ours = target == DATAVERSE or was_numbered(mine)
    if found is None or not (ours or await holds_what_was_sent(flow, mine, target, found)):
        await flow.ledger.commit([*mine.removal(), given_up(flow, mine)])
        return
    source = await source_at(flow, source_side, mine.identity(source_side))
    if source is None or target != DATAVERSE:
        await couple_with_gone(flow, mine)
    assert source is not None  # coupling with what is gone raises
    wake = Wake(source_side, source.identity)
    troubles = await standing(flow, [wake.end])
    await couple_found(Claim(flow, wake, source, mine, recovering=True, troubles=troubles), found, began)
