"""Records that the ERP numbers: nobody knows what they are called before they are created, nor if the answer was lost.

A claim for such a record says what it is going to create. Whoever has an ERP record without a partner, and finds none
in Dataverse, looks through these claims first: the record may be what one of them has just created, and then it must
not be created in Dataverse a second time.
"""

from __future__ import annotations

from dataclasses import replace

from shared.engine._flow import Flow, Outcome
from shared.engine.record._claim import Claim, inherited
from shared.engine.record._conclude import keep
from shared.engine.record._match import Source, source_of
from shared.engine.record._troubles import changes
from shared.engine.record._work import Again
from shared.errors import LedgerMoved
from shared.ledger import Coupling, IntendedLine, end_of
from shared.mapping import DATAVERSE, ERP


def numbers(flow: Flow) -> bool:
    """True if the ERP may number the records of a flow."""
    return any(line.assigned for line in flow.map.lines)


async def origin_of(flow: Flow, source: Source) -> Coupling | None:
    """The claim that an ERP record without a partner came out of: it holds, or held, just what was to be created."""
    if source.side != ERP or not numbers(flow) or flow.numberless is False:
        return None
    for key, seen in (await flow.ledger.numberless()).items():
        claim = await flow.ledger.coupling(key)
        if claim is None or not claim.numberless:
            continue
        if seen == end_of(ERP, source.identity) or (not seen and _came_from(flow, claim, source)):
            return claim
    return None


async def may_have_origin(flow: Flow, identity: tuple[str, ...]) -> bool:
    """True if an ERP record that has no partner yet seems to have come out of a claim."""
    seen = await flow.read(ERP, identity) if numbers(flow) else None
    source = await source_of(flow, ERP, identity, seen) if seen else None
    return source is not None and await origin_of(flow, source) is not None


def _came_from(flow: Flow, claim: Coupling, source: Source) -> bool:
    intended = claim.intent.on(ERP) if claim.intent else None
    if intended is None or not intended.lines:
        return False
    company = flow.map.company
    same = company is None or intended.constants.get(company.erp.name) == source.company
    return same and all(_holds(flow, each, source) for each in intended.lines)


def _holds(flow: Flow, each: IntendedLine, source: Source) -> bool:
    index = flow.map.by_definition.get(bytes.fromhex(each.definition))
    if index is None:
        return True  # the map has changed since: the line tells nothing
    line, value = flow.map.lines[index], source.values[index]
    return line.comparable(value) == line.comparable(each.new) or line.same(value, each.source)


async def give_to(held: Claim, origin: Coupling) -> Outcome:
    """Our claim gives way to the one that created the record. That one goes on as soon as its owner is gone.

    Not while somebody from whom we have the claim may still create under it, nor while the other's owner is alive: he
    is about to couple the record himself. If he does not come to it, it is remembered whose it is.
    """
    flow, source, mine = held.flow, held.source, held.coupling
    assert origin.intent is not None
    if not held.alone:
        return await keep(flow, held.wake)
    if origin.intent.expires > flow.now():
        await held.release()
        await flow.ledger.note_seen(origin.key, end_of(ERP, source.identity))
        return await keep(flow, held.wake)
    known = replace(origin, erp=source.identity)
    moving = await inherited(flow, mine, known)
    await flow.ledger.store_hint(DATAVERSE, (origin.dataverse,), "numbered")
    writes = [known.replace(), *origin.numbered(), *moving, *changes([], held.troubles)]
    try:
        await held.settle(writes)
    except LedgerMoved:
        await held.release()
        raise Again from None
    return Outcome("kept", (), (), origin.dataverse)
