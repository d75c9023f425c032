"""Late landings: a create of ours that got no answer is carried out after all, when somebody has deleted its record.

What may still land is remembered by the coupling, and by its tombstone, until no request of that age can live. A record
that is back and holds just that is ours, or cannot be told from ours: an id that we minted proves it where the record
was seen to be gone; elsewhere a person decides. So he does about lines that stand as they were created, where somebody
may have edited others before we looked. Where both sides say the same there is nothing to decide.
`tests/model/landing.py` has every order of steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.engine._budget import BudgetSpent
from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._conclude import conclude, park_whole
from shared.engine.record._content import agreed_content, content_in, content_made, emptied, held_again
from shared.engine.record._observe import company_of, resolved
from shared.engine.record._outside import STAMPED
from shared.engine.record._troubles import Item, place, standing, trouble, whole_record
from shared.engine.record._under_intent import (
    attempt_of,
    delete_or_give_back,
    delete_refused_before,
    intend_delete,
    without_intent,
)
from shared.engine.record._work import Again
from shared.errors import Rejected, Stale
from shared.ledger import Coupling, Intent, Late, with_late
from shared.mapping import ABSENT, DATAVERSE, ERP, Line, Mark, Side, Values, ordered, other
from shared.systems import Observation

SUPERSEDED: Final = "what was to be created was there already"
"""Why an id that we drew is over before anybody has seen a row under it."""

# -- what is remembered


def left_behind(flow: Flow, coupling: Coupling, intent: Intent) -> tuple[Late, ...]:
    """What may land for a coupling, now that its intent is taken over: nothing is sent under it from now on."""
    late = tuple(each for each in coupling.late if _is_known(flow, each))
    if intent.attempt in flow.unsent:
        flow.unsent.discard(intent.attempt)
        return late
    until = flow.until_dead(intent)
    if intent.kind != "create" or coupling.numberless or until <= flow.now():
        return late
    (write,) = intent.writes
    return with_late(late, Late(write.side, until, (write.content,))) if write.content else late


def as_stored(flow: Flow, claim: Coupling, side: Side, stored: Values | None) -> tuple[Late, ...]:
    """What may land for a claim, known also by what the server has just made of what was sent: it will do so again.

    Of lines that another attempt has sent otherwise, nobody knows what it would make.
    """
    if stored is None:
        return claim.late
    sent = sent_for(claim, side)
    return tuple(_also(flow, each, stored, sent) if each.side == side else each for each in claim.late)


def _also(flow: Flow, late: Late, stored: Values, sent: Collection[str]) -> Late:
    made = (content_made(flow, each, sent, stored) for each in late.contents)
    return replace(late, contents=tuple(sorted({*late.contents, *made})))


def sent_for(claim: Coupling, side: Side) -> set[str]:
    """What requests of a claim were to create, all that is known of."""
    intended = claim.intent.on(side) if claim.intent else None
    sent = {text for each in claim.late if each.side == side for text in each.contents}
    return sent | ({intended.content} if intended and intended.content else set())


# -- what is back


async def unlanded(
    flow: Flow, wake: Wake, coupling: Coupling, found: Mapping[Side, Observation], began: str
) -> Coupling | Outcome:
    """The coupling to go on with, or how the visit ends if a record has landed late. began: before they were read.

    What a person lets stay is taken for his, and what could not land any more when it was looked for is forgotten.
    """
    if not coupling.late:
        return coupling
    if wake.by_hand and await _was_asked(flow, wake, coupling):
        return _let_stay(flow, coupling)
    for side, row in found.items():
        late = await _landed(flow, coupling, side, found)
        if late is not None:
            return await _put_away(flow, wake, coupling, side, late, row)
        if old := await _old_lines(flow, coupling, side, found):
            return await _ask(flow, wake, coupling, _revived_in(side, old))
    return coupling.looked_at(tuple(found), began)


def _let_stay(flow: Flow, coupling: Coupling) -> Coupling:
    """A person takes what is back for the pair's own: also if it has another second identity than it had before."""
    line = flow.map.second_line
    marks: dict[bytes, Mark] = {line.definition: ERP} if line and line.definition in coupling.agreed.bases else {}
    return replace(coupling.remembering(()), agreed=coupling.agreed.changed(flow.map, marks=marks))


async def came_back(flow: Flow, coupling: Coupling, found: Mapping[Side, Observation]) -> Item | None:
    """What is to be said of a record that seems to have landed late, for whoever only wants to know."""
    for side in found if coupling.late else ():
        if await _landed(flow, coupling, side, found) is not None:
            return _revived(side)
        if old := await _old_lines(flow, coupling, side, found):
            return _revived_in(side, old)
    return None


async def _was_asked(flow: Flow, wake: Wake, coupling: Coupling) -> bool:
    rows = await standing(flow, {coupling.key, wake.end})
    return any(item["code"] == "revived" for row in rows.values() for item in row.items)


async def _landed(flow: Flow, coupling: Coupling, side: Side, found: Mapping[Side, Observation]) -> Late | None:
    """What a record has come of that is there again; None if it was never gone, or holds something else."""
    known = _known_on(flow, coupling, side)
    if not known or (coupling.ended and not any(each.gone for each in known)):
        return None
    values = await _values(flow, side, found[side])
    fitting = [each for each in known if any(content_in(flow, one, values) == one for one in each.contents)]
    if gone := next((each for each in fitting if each.gone), None):
        return gone
    news = next((each for each in fitting if _is_news(flow, coupling, each, values)), None)
    return news if news and await _unlike(flow, side, flow.map.lines, values, found) else None


async def _old_lines(flow: Flow, coupling: Coupling, side: Side, found: Mapping[Side, Observation]) -> list[Line]:
    """Lines of a coupled record that stand as they were created, where something else was agreed since, and that the
    other one does not hold.
    """
    known = [] if coupling.ended else _known_on(flow, coupling, side)
    contents = {text for each in known for text in each.contents}
    if not contents:
        return []
    values = await _values(flow, side, found[side])
    old = list(held_again(flow, contents, coupling.agreed, side, values))
    return await _unlike(flow, side, old, values, found) if old else []


async def _unlike(
    flow: Flow, side: Side, lines: Sequence[Line], values: Values, found: Mapping[Side, Observation]
) -> list[Line]:
    """Those of some lines that the other record does not hold alike: all of them where that is gone. Also lines that
    flow from there alone: they would bring the record up to date as if nobody had deleted it. What cannot be read is
    not known to be alike.
    """
    there = found.get(other(side))
    if there is None:
        return list(lines)
    across = await _values(flow, other(side), there)
    pairs = ((each, ordered(side, values[each.index], across[each.index])) for each in lines)
    return [each for each, pair in pairs if ABSENT in pair or not each.same(*pair)]


def _known_on(flow: Flow, coupling: Coupling, side: Side) -> list[Late]:
    return [each for each in coupling.late if each.side == side and _is_known(flow, each)]


async def holds_what_was_sent(flow: Flow, claim: Coupling, side: Side, found: Observation) -> bool:
    """True if a record holds just what a request of this claim was to create: nobody needs to ask whose it is."""
    sent = sent_for(claim, side)
    values = await _values(flow, side, found) if sent else []
    return any(content_in(flow, each, values) == each for each in sent)


async def _values(flow: Flow, side: Side, found: Observation) -> Values:
    values = flow.map.side(side).read(found.row)
    if side == DATAVERSE:
        return values
    return await resolved(flow, values, await company_of(flow, ERP, found.row) or "")


def _is_known(flow: Flow, late: Late) -> bool:
    return late.known_until(flow.options.orphaned) > flow.now()


def _is_news(flow: Flow, coupling: Coupling, late: Late, values: Values) -> bool:
    """True if a record holds what was created, and that is not what was agreed last."""
    agreed = [agreed_content(flow, one, coupling.agreed, late.side) for one in late.contents]
    if not all(agreed) or not late.contents:
        return False
    emptied_now = emptied(flow, late.contents[0], coupling.agreed, late.side, values)
    return emptied_now or not set(agreed) & {*late.contents}


def _revived(side: Side, since: str = "") -> Item:
    """Why a record that is back is left to a person. since: what is known of it beyond that."""
    message = (
        f"it holds just what Koppel was to create in {place(side)} when no answer came, and may have been carried out "
        f"late, after somebody had deleted it{since}: delete it in {place(side)}, or retry if it is to stay"
    )
    return whole_record("revived", message, side=side)


def _revived_in(side: Side, lines: Sequence[Line]) -> Item:
    """The same of one in which somebody may have edited other lines since."""
    names = "; ".join(line.name for line in lines)
    message = (
        f"it holds again what Koppel was to create in {place(side)} when no answer came, in {names}: that may have "
        f"been carried out late, after somebody had deleted it. Delete it in {place(side)}, or put these right there "
        "and retry if it is to stay"
    )
    return whole_record("revived", message, side=side)


async def _put_away(flow: Flow, wake: Wake, coupling: Coupling, side: Side, late: Late, found: Observation) -> Outcome:
    """What came back by our own hand is deleted again where that is certain; elsewhere a person is asked."""
    if not (late.gone and _is_certain(flow, side, late, found)):
        return await _ask(flow, wake, coupling, _revived(side))
    if await _was_edited(flow, coupling, found):
        return await _ask(flow, wake, coupling, _revived(side, ", and it was edited since"))
    if wake.hint is None and (refused := await _refused_before(flow, wake, coupling, side, found.version)):
        return await _ask(flow, wake, coupling, refused)
    try:
        await flow.budget.spend(flow.map.name)
    except BudgetSpent:
        return await _ask(flow, wake, coupling, _revived(side))
    mine = await intend_delete(flow, coupling, side, found.version, source=side)
    refusal = await delete_or_give_back(flow, mine)
    if refusal is None:
        return await _deleted(flow, wake, mine, side)
    await flow.budget.give_back(flow.map.name)
    bare = await without_intent(flow, mine)
    if isinstance(refusal, Stale):
        raise Again
    return await _ask(flow, wake, bare, _undeletable(side, found.version, refusal))


def _undeletable(side: Side, version: str, refusal: Rejected) -> Item:
    message = (
        f"Koppel created it late, after somebody had deleted it in {place(side)}, and it cannot be deleted again: "
        f"{refusal}. Delete it there, or retry if it is to stay"
    )
    return whole_record("revived", message, side=side, attempt=attempt_of(side, version))


async def _refused_before(flow: Flow, wake: Wake, coupling: Coupling, side: Side, version: str) -> Item | None:
    return delete_refused_before((await standing(flow, {coupling.key, wake.end})).values(), side, version)


async def _deleted(flow: Flow, wake: Wake, coupling: Coupling, side: Side) -> Outcome:
    assert coupling.intent is not None
    seen = "where another record had taken its place" if coupling.reason == SUPERSEDED else "after it was deleted there"
    note = f"Koppel had created it late in {place(side)}, {seen}"
    entry = flow.journal(coupling.dataverse, coupling.intent.operation, "deleted", (), note)
    bare = replace(coupling, intent=None)
    etags = await flow.ledger.commit([bare.replace(), entry])
    outcome = Outcome("deleted", (side,), (), coupling.dataverse)
    if not coupling.ended:
        raise Again(so_far=outcome)
    return await conclude(flow, wake, bare.with_etag(etags[0]), [], outcome)


async def recover_landed(flow: Flow, wake: Wake, mine: Coupling) -> Outcome:
    """Such a delete whose fate is unknown, taken over: what is still there is looked at afresh."""
    assert mine.intent is not None
    (intended,) = mine.intent.writes
    if await flow.read(intended.side, mine.identity(intended.side)) is None:
        return await _deleted(flow, wake, mine, intended.side)
    await without_intent(flow, mine)
    raise Again


async def _ask(flow: Flow, wake: Wake, coupling: Coupling, item: Item) -> Outcome:
    if not coupling.ended:
        return await park_whole(flow, wake, coupling, item)
    row = trouble(flow, "parked", wake, wake.end, [item])
    return await conclude(flow, wake, coupling, [row], Outcome("parked", codes=(str(item["code"]),)))


def _is_certain(flow: Flow, side: Side, late: Late, found: Observation) -> bool:
    """True if nobody but us can have made a record of that identity, for it has an id that we drew.

    Only a restore brings a deleted row back under its id: so nothing that was modified after all of ours had ended.
    """
    key, at = flow.map.dataverse.entity.id, found.row.get("modifiedon")
    limit = datetime.fromisoformat(late.until) + flow.options.skew
    drawn = side == DATAVERSE and all(line.dataverse.name != key for line in flow.map.lines)
    return drawn and flow.enforces_versions(side) and isinstance(at, str) and datetime.fromisoformat(at) <= limit


async def _was_edited(flow: Flow, coupling: Coupling, found: Observation) -> bool:
    """True if a row of Dataverse is not as it was created any more, in what was never sent or in columns of no map."""
    part = flow.map.dataverse
    row = await flow.dataverse.read(part.entity, (coupling.dataverse,), STAMPED)
    return row is None or row.version != found.version or row.row["createdon"] != row.row["modifiedon"]
