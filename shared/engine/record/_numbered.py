"""Records that the ERP numbers: nobody knows what they are called before they are created, nor if the answer was lost.

A claim for such a record says what it is going to create. Whoever has an ERP record without a partner, and finds none
in Dataverse, looks through these claims first: the record may be what one of them has just created, and then it must
not be created in Dataverse a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.engine._flow import Flow, Outcome
from shared.engine._named import told_anew
from shared.engine.record._claim import Claim, inherited
from shared.engine.record._conclude import keep
from shared.engine.record._source import Source, source_at
from shared.engine.record._troubles import Item, changes, whole_record
from shared.engine.record._work import Again
from shared.errors import LedgerMoved
from shared.ledger import Coupling, IntendedLine, end_of
from shared.mapping import DATAVERSE, ERP, Line
from shared.reconcile import holds_sent


def numbers(flow: Flow) -> bool:
    """True if the ERP may number the records of a flow, or gives them an id that no line is about."""
    return flow.map.is_numbered


def was_numbered(claim: Coupling) -> bool:
    """True if a claim was made before its record had a number, and knows it by now: the record was there."""
    intended = claim.intent.on(ERP) if claim.intent else None
    return claim.erp is not None and intended is not None and bool(intended.lines)


@dataclass(frozen=True, slots=True)
class Origin:
    """The claim that an ERP record seems to have come out of. sure: it holds, or held, just what was to be created."""

    claim: Coupling
    sure: bool

    def is_under_way(self, flow: Flow) -> bool:
        """True while somebody is at work on the claim: nobody can tell yet what comes of it."""
        assert self.claim.intent is not None
        return self.claim.intent.expires > flow.now()


async def origin_of(flow: Flow, source: Source) -> Origin | None:
    """Where an ERP record without a partner came from, if there is a claim that it resembles in a text at least."""
    if source.side != ERP or not numbers(flow) or flow.numberless is False:
        return None
    alike: Origin | None = None
    for key, seen in (await flow.ledger.numberless()).items():
        claim = await flow.ledger.coupling(key)
        if claim is None or not claim.numberless:
            continue
        lines = _intended(flow, claim, source)
        if seen == end_of(ERP, source.identity) or (not seen and lines and all(_holds(each, source) for each in lines)):
            return Origin(claim, sure=True)
        if any(_is_telling(each) and _holds(each, source) for each in lines):
            alike = Origin(claim, sure=False)
    return alike


async def came_out_of(flow: Flow, claim: Coupling, identity: tuple[str, ...]) -> bool:
    """True if an ERP record holds just what was to be created under a claim."""
    source = await source_at(flow, ERP, identity)
    lines = _intended(flow, claim, source) if source else []
    return source is not None and bool(lines) and all(_holds(each, source) for each in lines)


async def may_have_origin(flow: Flow, source: Source) -> bool:
    """True if an ERP record that has no partner yet came out of a claim, for all that can be seen."""
    origin = await origin_of(flow, source)
    return origin is not None and origin.sure


async def looks_like(flow: Flow, origin: Origin) -> Item:
    """Why an ERP record is not created in Dataverse: it may have been made for a record there that is known by now."""
    row_id = origin.claim.dataverse
    whom = await told_anew(flow, DATAVERSE, (row_id,))
    message = f"it looks like what was created for {whom} when no answer came: couple them, or retry if it is another"
    return whole_record("maybe-created", message, value=row_id)


def _intended(flow: Flow, claim: Coupling, source: Source) -> list[tuple[Line, IntendedLine]]:
    """What was to be created, without lines that the map no longer has; nothing if it was for another company."""
    intended = claim.intent.on(ERP) if claim.intent else None
    company = flow.map.company
    if intended is None or (company and intended.constants.get(company.erp.name) != source.company):
        return []
    found = ((flow.map.line(bytes.fromhex(each.definition), each.name), each) for each in intended.lines)
    return [(line, each) for line, each in found if line is not None]


def _holds(intended: tuple[Line, IntendedLine], source: Source) -> bool:
    line, each = intended
    return holds_sent(line, ERP, each, source.values[line.index])


def _is_telling(intended: tuple[Line, IntendedLine]) -> bool:
    """A text that somebody typed tells one record from another, as codes and choices do not."""
    line, each = intended
    return bool(each.new) and line.lookup is None and line.erp.type in {"text", "memo"}


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
        await flow.ledger.note_seen(origin.key, source.identity)
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
