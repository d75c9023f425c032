"""Delete: one side of a coupling is gone. Confirmed, budgeted, and never against an edit that nobody has seen."""

from __future__ import annotations

from typing import Final

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._named import pair_on
from shared.engine._turned_back import is_distrusted
from shared.engine.record._brought import includes
from shared.engine.record._edited import code_of, edits, in_words
from shared.engine.record._encode import body_of
from shared.engine.record._ending import End, either
from shared.engine.record._lost import LEFT
from shared.engine.record._recover import take_over
from shared.engine.record._rename import goes_on_as
from shared.engine.record._troubles import Item, is_whole, place, standing, whole_record
from shared.engine.record._used_again import used_again
from shared.errors import Gone, Stale
from shared.ledger import Coupling
from shared.mapping import ABSENT, ERP, Side, other
from shared.systems import Observation

_DELETING: Final = frozenset({"propagate", "park"})
"""Policies under which somebody may delete the survivor."""


async def both_gone(flow: Flow, wake: Wake, coupling: Coupling) -> Outcome:
    """Nothing is left to keep equal: a tombstone remains."""
    return await End(flow, wake, coupling).tombstone("deleted", "gone on both sides", "deleted")


async def one_gone(flow: Flow, wake: Wake, coupling: Coupling, gone: Side, left: Observation) -> Outcome:
    """What the flow's delete policy says, unless a survivor that would go was edited, or the record was only renamed.

    What is out of scope, or was when both were last looked at, is never deleted: it may come back as a record of its
    own. And what waits for a person is his to decide: where the record is set aside as a whole, the delete is one more
    of its reasons.
    """
    end = End(flow, wake, coupling, await standing(flow, [coupling.key], coupling.troubles))
    is_outside = is_out(flow, coupling, other(gone), left)
    renamed = await goes_on_as(flow, coupling, left) if gone == ERP else None
    if renamed and (renamed.identity or not is_outside):
        return await end.renamed(renamed)
    if is_outside:
        return await end.while_out(gone, left)
    policy = flow.map.on_delete(gone)
    is_new = not is_whole(end.troubles or {}) and policy != "park" and not flow.just_coupled(coupling)
    if is_new and await is_distrusted(flow, wake, coupling, gone, "is gone"):
        return await end.start_over(other(gone))
    if (ended := await end.otherwise(gone, policy, left)) is not None:
        return ended
    was_deleted = f"{pair_on(flow.map, coupling, gone, {other(gone): left.row})} was deleted"
    if policy in _DELETING and (unseen := await edits(flow, coupling, other(gone), left)):
        message = f"{was_deleted}, but {in_words(flow, coupling, unseen, other(gone))}"
        code = code_of(unseen, "deleted-edited")
        return await end.park(whole_record(code, f"{message}: {either(flow, gone)}", gone=gone))
    if policy == "park" or (policy == "propagate" and not flow.enforces_versions(other(gone))):
        return await end.park(whole_record("deleted", f"{was_deleted}: {either(flow, gone)}", gone=gone))
    if end.is_left_to_people():
        message = f"{was_deleted}: {either(flow, gone)}{end.or_retry()}"
        return await end.park(whole_record("deleted", message, gone=gone))
    if policy == "uncouple":
        return await end.tombstone("uncoupled", f"deleted in {place(gone)}", "uncoupled")
    if policy == "restore":
        return await end.start_over(other(gone))
    return await end.propagate(gone, left)


async def number_used_again(
    flow: Flow, wake: Wake, coupling: Coupling, erp: Observation, dataverse: Observation
) -> Outcome | None:
    """How the visit ends where another ERP record has the key of a pair by now; None if it is the pair's own.

    The pair goes on under the key that its record has, or is set aside.
    """
    item = await used_again(flow, coupling, erp, dataverse)
    if item is None:
        return None
    end = End(flow, wake, coupling, await standing(flow, [coupling.key], coupling.troubles))
    new = await goes_on_as(flow, coupling, dataverse)
    return await (end.renamed(new) if new and new.identity and not new.doubt else end.park(item))


async def leave(
    flow: Flow, wake: Wake, coupling: Coupling, out: Side, left: Observation, unfit: Item | None, *, counts: bool
) -> Outcome:
    """The record left the scope on one side, and the flow's policy is to delete it on the other.

    unfit: why the pair is to be set aside anyway. counts: it left by itself, and so might many that were turned back.
    """
    end = End(flow, wake, coupling, await standing(flow, [coupling.key], coupling.troubles), unfit, LEFT)
    way_out = f"delete it in {place(other(out))}, bring it back, or uncouple the two to keep both"
    has_left = f"{pair_on(flow.map, coupling, out, {other(out): left.row})} left the scope"
    if unseen := await edits(flow, coupling, other(out), left):
        message = f"{has_left}, but {in_words(flow, coupling, unseen, other(out))}"
        return await end.park(whole_record(code_of(unseen, "left-edited"), f"{message}: {way_out}"))
    message = f"{has_left}: {way_out}"
    is_new = counts and unfit is None and not is_whole(end.troubles or {})
    if is_new and await is_distrusted(flow, wake, coupling, out, "left the scope"):
        return await end.park(whole_record("left", message))
    if not flow.enforces_versions(other(out)):
        return await end.park(whole_record("left", message))
    if end.is_left_to_people():
        return await end.park(whole_record("left", message + end.or_retry()))
    return await end.propagate(out, left)


async def recover_delete(flow: Flow, wake: Wake, coupling: Coupling, *, again: bool = True) -> Outcome:
    """A delete whose fate is unknown, by the recovery table.

    again: it is sent again, or the record rewritten. Without that the request must have been dead for long.
    """
    mine = await take_over(flow, coupling)
    assert mine.intent is not None
    (intended,) = mine.intent.writes
    end = End(flow, wake, mine, await standing(flow, [mine.key], mine.troubles))
    target, source = await flow.read(intended.side, mine.identity(intended.side)), other(intended.side)
    if target is None:
        await flow.confirm_gone(intended.side, mine.identity(intended.side))
        end.coupling = mine.seen_gone((intended.side,))
        left = flow.map.deletes_left(source) and await flow.read(source, mine.identity(source)) is not None
        end.how = LEFT if left else "deleted"
        return await end.tombstone("deleted", end.reason(source), "deleted")
    if target.version != intended.version:
        return await end.give_up("what was to be deleted has changed, or was deleted and made again")
    if not again:
        return await end.give_up("it was not deleted")
    found = await flow.read(source, mine.identity(source))
    if found is None:
        await flow.confirm_gone(source, mine.identity(source))
    is_back = found is not None and flow.map.side(source).scope.includes(found.row)
    if not is_back and _is_still_meant(flow, source, found):
        return await end.delete(intended.side, intended.version)
    await _touch(flow, mine, intended.side, target)
    why = "what it was to be deleted with is back" if is_back else "the map does not delete it any more"
    return await end.give_up(f"rewritten as it is: {why}")


def _is_still_meant(flow: Flow, gone: Side, source: Observation | None) -> bool:
    """True if the map still deletes what is left, whose other half is gone, or has left the scope: it may have changed
    since that was decided.
    """
    return flow.map.on_delete(gone) == "propagate" if source is None else flow.map.deletes_left(gone)


def is_out(flow: Flow, coupling: Coupling, side: Side, row: Observation) -> bool:
    """True if a record is outside the flow's scope, or was when it was last looked at."""
    return coupling.state == "dormant" or not includes(flow, side, row.row, coupling)


async def _touch(flow: Flow, coupling: Coupling, side: Side, target: Observation) -> None:
    """Rewrites the row as it is, if it is still at its version, so that a late delete can no longer hit it."""
    part = flow.map.side(side)
    values = part.read(target.row)
    line = next(
        each for each in flow.map.lines
        if each.lookup is None and not each.key and not each.fixed and values[each.index] is not ABSENT
    )  # fmt: skip
    body = body_of(flow, side, [(line, values[line.index])], {})
    try:
        await flow.system(side).update(part.entity, coupling.identity(side), body, target.version, part.columns)
    except (Stale, Gone):
        return
