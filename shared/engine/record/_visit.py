"""One visit to one record: the steps of the protocol, from the hint to the transaction that settles it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, NoReturn

from shared.engine._flow import DELETES, UNFINISHED, Flow, Outcome, Wake
from shared.engine._named import pair_on, pair_told_as
from shared.engine.record._again import is_to_pass, over, over_at
from shared.engine.record._alike import swallowed
from shared.engine.record._brought import includes
from shared.engine.record._conclude import keep, park_whole
from shared.engine.record._create import uncoupled
from shared.engine.record._delete import both_gone, leave, number_used_again, one_gone, recover_delete
from shared.engine.record._dependants import First, look_at_first
from shared.engine.record._landing import recover_landed, unlanded
from shared.engine.record._leave import doubted, heir_of, left, left_by_itself, wakes_up
from shared.engine.record._merged import is_merged
from shared.engine.record._merged_away import merged_away
from shared.engine.record._moved import moved_away
from shared.engine.record._observe import company_of, observed
from shared.engine.record._pointing import tell_pointing
from shared.engine.record._reborn import meet_tombstone
from shared.engine.record._recover import recover_update, take_over
from shared.engine.record._recover_action import recover_action
from shared.engine.record._recover_create import recover_create
from shared.engine.record._troubles import Item, whole_record
from shared.engine.record._update import coupled
from shared.engine.record._work import Again, Past
from shared.errors import Halted, LedgerMoved, Stale, TryLater, Unanswered, Unsettled
from shared.ledger import COMES_BACK, TO_BE_DRAWN_IN, Coupling, Hint, acting, who
from shared.mapping import DATAVERSE, ERP, SIDES, Row, Side, fold, other
from shared.reconcile import Tries
from shared.systems import Observation

_PUT_BACK: Final = "put it back, or uncouple the two to leave both as they are"
MOST_TRIES = 32
"""Rounds that a visit may spend on finding out what a side refuses; what is left then is the next visit's."""
AFTERWARDS: Final = 2
"""Rounds of a visit to a record of which the one before failed."""


async def visit(flow: Flow, wake: Wake) -> Outcome:
    """Brings one record into agreement, or says why it cannot be.

    Whatever happens, nothing is lost: a visit that cannot finish leaves the hint, and a pass leaves one behind. Raises
    TryLater, Denied and Rejected when it can be brought to no end now; the hint stays then, too. A record that failed
    before has two rounds, one to settle what is under way, and one to go on; one that had no time to find out what a
    side refuses tries less at once. What a person asked for is done in that person's name, whoever carries it out.
    """
    with acting(who() or (wake.hint.by if wake.hint else "")):
        began: list[Coupling | None] = []
        outcome = await _visited(flow, wake, began)
        await tell_pointing(flow, began, outcome)
        return outcome


async def _visited(flow: Flow, wake: Wake, began: list[Coupling | None]) -> Outcome:
    past, so_far = Past(tries=Tries(cut=_cut(wake))), None
    rounds = flow.options.rounds if _is_new(wake) else AFTERWARDS
    trouble: str | Unanswered = ""
    while rounds:
        rounds -= 1
        try:
            outcome = _joined(so_far, await _round(flow, wake, past, began))
            newer = await _newer_hint(flow, wake) if rounds else None
            if newer is None:
                return outcome
            so_far, wake = outcome if outcome.sides else None, replace(wake, hint=newer)
        except Again as again:
            trouble = again.moved
            rounds += again.tries is not None and again.tries.rounds < MOST_TRIES
            past = Past(past.bounced | again.bounced, past.along | again.along, again.tries or past.tries)
            so_far = _joined(so_far, again.so_far) if again.so_far else so_far
        except First as first:
            wake = await look_at_first(flow, wake, first, visit)
        except (LedgerMoved, Stale) as problem:
            trouble = str(problem)
        except Halted:
            if so_far is None:
                raise
            await keep(flow, wake)
            return so_far  # what is left of it is the next visit's
        except Unanswered as lost:
            trouble = lost
            if not await _may_recover_at_once(flow, wake, has_time=rounds > 0 and _is_new(wake)):
                raise
        wake = replace(wake, seen=None, new=False, coupling=None)
    return _joined(so_far or _came_to_nothing(trouble), await keep(flow, wake))


def _cut(wake: Wake) -> int:
    """How many visits to the record in a row came to no end."""
    unsettled = wake.hint is not None and wake.hint.why.get("code") == Unsettled.cause
    return wake.hint.failed if wake.hint and unsettled else 0


def _is_new(wake: Wake) -> bool:
    """Whether no visit to the record has failed lately."""
    return wake.hint is None or not wake.hint.failed


def _came_to_nothing(trouble: str | Unanswered) -> NoReturn:
    """trouble: what had moved when it was begun for the last time, or the answer that did not come then."""
    if isinstance(trouble, Unanswered):
        raise trouble
    raise Unsettled(f"it was begun anew again and again, and each time something had moved: {trouble}")


async def _newer_hint(flow: Flow, wake: Wake) -> Hint | None:
    """The hint that somebody has stored since, if the visit has met it: whoever did so found the record busy."""
    if wake.end not in flow.overtaken:
        return None
    flow.overtaken.discard(wake.end)
    return await flow.ledger.hint(wake.end)


def _joined(so_far: Outcome | None, last: Outcome) -> Outcome:
    """Several rounds of one visit, told as one: a record that was created and then filled was created.

    What it was to wait for, or was parked for, before the last round is over.
    """
    if so_far is None:
        return last
    done = "updated" if so_far.kind in UNFINISHED else so_far.kind
    kind = done if last.kind in {"equal", "updated"} else last.kind
    both = tuple(dict.fromkeys((*so_far.sides, *last.sides)))
    sides = so_far.sides if so_far.kind == "created" else both
    return replace(last, kind=kind, sides=sides, made=so_far.made or so_far.kind == "created")


async def _round(flow: Flow, wake: Wake, past: Past, began: list[Coupling | None]) -> Outcome:
    """began: takes up what stands for the record."""
    coupling = wake.coupling or (None if wake.new else await flow.ledger.coupling(wake.end))
    began.append(coupling)
    outcome = await (_of_pair(flow, wake, coupling, past) if coupling else uncoupled(flow, wake))
    if outcome.kind == "kept" or is_to_pass(outcome):
        return outcome
    if coupling is None and wake.hint is None:
        await over_at(flow, wake, wake.end)
    elif coupling is not None and coupling.put_off:
        await over(flow, coupling)
    return outcome


async def _of_pair(flow: Flow, wake: Wake, coupling: Coupling, past: Past) -> Outcome:
    """The round of a record that has a coupling, or a claim."""
    if (aside := await _not_meant(flow, wake, coupling)) is not None:
        return aside
    if coupling.intent is not None:
        return await _meet_intent(flow, wake, coupling)
    if coupling.ended:
        return await meet_tombstone(flow, wake, coupling)
    assert coupling.erp is not None, f"{coupling.key} is coupled without an ERP identity"
    began = flow.now()
    erp = await flow.read(ERP, coupling.erp)
    dataverse = await flow.read(DATAVERSE, (coupling.dataverse,))
    if erp is not None and dataverse is not None:
        left = await unlanded(flow, wake, coupling, {ERP: erp, DATAVERSE: dataverse}, began)
        if isinstance(left, Outcome):
            return left
        return await _both_there(flow, wake, left, erp, dataverse, past)
    gone = [side for side in SIDES if (erp if side == ERP else dataverse) is None]
    for side in gone:
        if not _is_believed(flow, wake, coupling, side):
            there = erp or dataverse
            name = pair_on(flow.map, coupling, side, {other(side): there.row} if there else {})
            raise TryLater(f"{name} cannot be seen, although it was written a moment ago")
        await flow.confirm_gone(side, coupling.identity(side))
    coupling = await _proved(flow, coupling, gone)
    survivor = erp or dataverse
    if survivor is None:
        return await both_gone(flow, wake, coupling)
    left = await unlanded(flow, wake, coupling, {other(gone[0]): survivor}, began)
    return left if isinstance(left, Outcome) else await one_gone(flow, wake, left, gone[0], survivor)


async def _not_meant(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome | None:
    """How the visit ends where the company is not synced, or the coupling only looks like the record's own."""
    if not flow.syncs(flow.company_in(coupling)):
        return await _let_be(flow, wake)
    return await swallowed(flow, wake, coupling)


async def _proved(flow: Flow, coupling: Coupling, gone: Collection[Side]) -> Coupling:
    """That a record was gone is kept at once where one may still land: whatever the visit comes to."""
    proved = coupling.seen_gone(gone)
    if proved == coupling:
        return coupling
    (etag,) = await flow.ledger.commit([proved.replace()])
    return proved.with_etag(etag)


async def _let_be(flow: Flow, wake: Wake) -> Outcome:
    """A coupling of a company that is not synced stays just as it is, whatever has become of its records."""
    if wake.hint is not None:
        await flow.ledger.drop(wake.hint)
    return Outcome("ignored", codes=("company",))


def _is_believed(flow: Flow, wake: Wake, coupling: Coupling, gone: Side) -> bool:
    """False if a read that finds nothing may be late: the record was just created, or an event told of it."""
    if _is_told(wake, gone):
        return True
    if wake.side == gone and wake.overtook(flow.options, "create", "update"):
        return False
    return not flow.just_coupled(coupling)


def _is_told(wake: Wake, gone: Side) -> bool:
    """True if the system itself has told that the record was deleted."""
    by_event = wake.hint is not None and wake.hint.source in DELETES
    return wake.side == gone and (by_event or wake.told == "delete")


async def _both_there(
    flow: Flow, wake: Wake, coupling: Coupling, erp: Observation, dataverse: Observation, past: Past
) -> Outcome:
    rows: dict[Side, Row] = {ERP: erp.row, DATAVERSE: dataverse.row}
    outside = [side for side in SIDES if not includes(flow, side, rows[side], coupling)]
    if DATAVERSE in outside:
        await flow.sure_of_columns()
    elif (ended := await number_used_again(flow, wake, coupling, erp, dataverse)) is not None:
        return ended
    drawn = frozenset(outside) if coupling.reason in {TO_BE_DRAWN_IN, COMES_BACK} else frozenset[Side]()
    leaves = not drawn and len(outside) == 1 and flow.map.deletes_left(outside[0])
    if leaves and await heir_of(flow, coupling) is None:
        survivor, out = (dataverse if outside == [ERP] else erp), outside[0]
        problem = await _unfit(flow, coupling, dataverse, await company_of(flow, ERP, erp.row) or "")
        counts = await left_by_itself(flow, coupling, out, rows[out])
        return await leave(flow, wake, coupling, out, survivor, problem, counts=counts)
    if outside and not drawn:
        lost = await _merged_alone(flow, coupling, dataverse, outside)
        if (item := lost or await doubted(flow, wake, coupling, outside, rows)) is not None:
            return await park_whole(flow, wake, coupling, item)
        return await left(flow, wake, coupling, "left the scope in " + " and ".join(outside))
    company = await company_of(flow, ERP, erp.row)
    problem = await _unfit(flow, coupling, dataverse, company or "")
    if problem is not None:
        return await park_whole(flow, wake, coupling, problem)
    if coupling.state == "dormant" and flow.owners is not None:
        asleep = await wakes_up(flow, wake, coupling)
        if asleep is not None:
            return asleep
    seen = await observed(flow, erp, dataverse, company or "")
    if (moved := moved_away(flow, coupling, seen)) is not None:
        return await park_whole(flow, wake, coupling, moved)
    return await coupled(flow, wake, coupling, seen, past, drawn)


async def _merged_alone(flow: Flow, coupling: Coupling, dataverse: Observation, outside: Sequence[Side]) -> Item | None:
    """Why a pair does not just sleep: the row that left the scope was merged away, and will not come back by itself,
    while people go on to edit its partner. Where the map uncouples what leaves the scope, nothing is to be kept equal.
    """
    if outside != [DATAVERSE] or not is_merged(dataverse) or flow.map.policy.leaves != "keep":
        return None
    return await _told_merged(flow, coupling, dataverse)


async def _told_merged(flow: Flow, coupling: Coupling, dataverse: Observation) -> Item:
    return await merged_away(flow, pair_told_as(flow.map, coupling, {DATAVERSE: dataverse.row}), dataverse)


async def _unfit(flow: Flow, coupling: Coupling, dataverse: Observation, company: str) -> Item | None:
    """Why a Dataverse row cannot be kept equal as it is: merged into another, or moved to another company."""
    if is_merged(dataverse):
        return await _told_merged(flow, coupling, dataverse)
    if flow.map.company is None:
        return None
    now = await company_of(flow, DATAVERSE, dataverse.row)
    if now is None:
        return whole_record("company", f"the company was cleared in Dataverse: {_PUT_BACK}")
    if fold(now) != fold(company):
        message = f"the company was changed from {company} to {now} in Dataverse: {_PUT_BACK}"
        return whole_record("company", message, value=now)
    return None


async def _meet_intent(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome:
    """An intent that is alive belongs to somebody at work; an expired one is recovered."""
    intent = coupling.intent
    assert intent is not None
    if intent.expires > flow.now() and intent.attempt not in flow.lost:
        return await keep(flow, wake)
    flow.lost.discard(intent.attempt)
    if intent.kind == "create":
        return await recover_create(flow, wake, coupling)
    if intent.kind == "delete" and intent.source == intent.writes[0].side:
        return await recover_landed(flow, wake, await take_over(flow, coupling))
    if intent.kind == "delete":
        return await recover_delete(flow, wake, coupling)
    if intent.kind == "action":
        await recover_action(flow, coupling)
    else:
        await recover_update(flow, coupling, by_hand=wake.by_hand)
    raise Again


async def _may_recover_at_once(flow: Flow, wake: Wake, *, has_time: bool) -> bool:
    """After a request of our own without an answer: true if its intent may be recovered without waiting, and in this
    visit.

    Where the target does not enforce If-Match, or numbers its records, the request must be dead first.
    """
    try:
        coupling = await flow.ledger.coupling(wake.end)
    except LedgerMoved:
        return True
    intent = coupling.intent if coupling else None
    if intent is None:
        return coupling is not None
    safe = all(flow.enforces_versions(write.side) for write in intent.writes)
    numbered = intent.kind == "create" and coupling is not None and coupling.erp is None
    if safe and not numbered and intent.attempt in flow.attempts:
        flow.lost.add(intent.attempt)
        return has_time
    return False
