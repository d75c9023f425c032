"""Update: the steps of the protocol for a coupled record, from reconcile to settle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from shared.engine._blanked import filled
from shared.engine._emptied import points_to_nobody
from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._act import act, due
from shared.engine.record._echo import heard, sent
from shared.engine.record._encode import body_of, constant_body, lines_of, values_of
from shared.engine.record._observe import Observed, answered
from shared.engine.record._refusals import (
    Refusal,
    answered_otherwise,
    choose,
    left_over,
    standing_attempts,
    still_said,
    traced,
    undecided,
)
from shared.engine.record._troubles import (
    as_tried,
    changes,
    marks_of,
    parked_items,
    place,
    refused_before,
    shortened,
    standing,
    trouble,
    waiting_items,
)
from shared.engine.record._turned import planned
from shared.engine.record._undone import answered_by
from shared.engine.record._work import Again, Past, Work, constant_line
from shared.errors import Denied, Exists, Gone, KoppelError, LedgerMoved, Rejected, Stale, TryLater, Unanswered
from shared.ledger import HINT, Coupling, Trouble, Write, open_conflict_key
from shared.mapping import ABSENT, DATAVERSE, ERP, SIDES, Agreed, Side, Values, prints
from shared.reconcile import LineWrite, Plan, Problem, coerced, is_left_out, parts_of, settled
from shared.systems import Observation


@dataclass(slots=True)
class Written:
    """What the writes came to. values: what both sides hold now, as we know it. later: raised when it is settled.

    rejecting: sides that refused a write, whatever of it they meant. moved: what a side said that refused a write for
    its version. untaken: lines that a side has left as they were, although it took the write. made: the versions that
    were made. left: a write has taken its record out of the scope.
    """

    values: tuple[Values, Values]
    done: list[Side] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    rejecting: set[Side] = field(default_factory=set)
    untaken: frozenset[int] = frozenset()
    attempts: dict[int, str] = field(default_factory=dict)
    again: bool = False
    moved: str = ""
    later: KoppelError | None = None
    made: dict[Side, str] = field(default_factory=dict)
    left: bool = False


async def coupled(
    flow: Flow, wake: Wake, coupling: Coupling, seen: Observed, past: Past, outside: frozenset[Side]
) -> Outcome:
    """Brings both sides of a coupling into agreement. Raises Again if something moved under the visit.

    outside: sides that are still to be brought into the scope.
    """
    troubles = await standing(flow, [coupling.key], coupling.troubles)
    before = frozenset[str]() if wake.by_hand else refused_before(flow, wake, troubles, coupling)
    is_first = not past.tries.rounds
    coupling, plan = await planned(flow, wake, coupling, seen, before, is_first=is_first)
    work = Work(
        flow,
        wake,
        coupling,
        seen,
        plan,
        troubles,
        bounced=past.bounced,
        along=past.along,
        outside=outside,
        tries=past.tries,
    )
    work.before = before - past.tries.second
    return await carry_out(work)


async def carry_out(work: Work) -> Outcome:
    """Steps 5 to 8 for a plan that is ready."""
    if work.plan.confirm:
        await _confirm(work)
    choose(work)
    if not work.sides():
        return await _at_rest(work)
    rows, values = work.seen.rows, work.seen.values
    if fills := filled(work.flow.map, work.plan, rows[DATAVERSE], values[SIDES.index(DATAVERSE)]):
        await work.flow.sure_of_columns(fills)
    if work.stored:
        await work.flow.go_on()  # a match has been asked before it counted as begun
    await work.intend()
    return await settle(work, await write(work))


async def _at_rest(work: Work) -> Outcome:
    """Both sides stand as they should: now is the time of what hangs on that. A match is stored before."""
    if work.stored:
        await act(work)
    outcome = await settle(work, Written(work.seen.values))
    if not work.did:
        return outcome
    kind = "updated" if outcome.kind == "equal" else outcome.kind
    return replace(outcome, kind=kind, sides=(DATAVERSE,))


async def _confirm(work: Work) -> None:
    """Both sides came to the same value by two reads at different times: the first is read again (step 5)."""
    identity = work.coupling.erp
    assert identity is not None
    now = await work.flow.read(ERP, identity)
    if now is None or now.version != work.seen.erp.version:
        raise Again


# -- step 7


async def write(work: Work) -> Written:
    """One side after the other, each conditional on the version seen."""
    written = Written((list(work.seen.values[0]), list(work.seen.values[1])))
    for side in work.sides():
        try:
            answer = await _write_side(work, side)
        except (Stale, Gone) as moved:
            written.again, written.moved = True, str(moved)
            break
        except Unanswered:
            raise
        except (Rejected, Exists) as refusal:
            if await points_to_nobody(work.flow, side, refusal, work.plan.on(side)):
                written.again = True
                break
            _refused(work, side, refusal, written)
        except (TryLater, Denied) as problem:
            written.later = problem
            break
        else:
            await _take(work, side, answer, written)
    return written


async def _write_side(work: Work, side: Side) -> Observation:
    flow = work.flow
    body = body_of(flow, side, lines_of(flow, work.plan.on(side)), work.seen.codes)
    body.update(constant_body(flow, side, values_of(work.constants.get(side, ()))))
    identity = work.coupling.erp if side == ERP else (work.coupling.dataverse,)
    assert identity is not None
    part = flow.map.side(side)
    version = work.seen.of(side).version
    return await flow.system(side).update(part.entity, identity, body, version, part.columns)


async def _take(work: Work, side: Side, answer: Observation, written: Written) -> None:
    """The side is done: what it holds is what its own answer says, never a later read."""
    erp, dataverse = written.values
    if side == ERP:
        sent = {write.index: write.new for write in work.plan.on(ERP)}
        before = [sent.get(index, value) for index, value in enumerate(erp)]
        written.values = (await answered(work.flow, answer, work.seen.company, before, work.seen.codes), dataverse)
    else:
        written.values = (erp, work.flow.map.dataverse.read(answer.row))
    written.done.append(side)
    written.made[side] = answer.version
    scope = work.flow.map.side(side).scope
    written.left |= scope.includes(work.seen.of(side).row) and not scope.includes(answer.row)
    _note(written, answered_otherwise(work, side, answer.row))


def _refused(work: Work, side: Side, refusal: KoppelError, written: Written) -> None:
    """The system does not take these values: the other side goes on, and what it is about parks with its words."""
    written.rejecting.add(side)
    _note(written, traced(work, side, refusal))


def _note(written: Written, refusals: Iterable[Refusal]) -> None:
    for problem, attempt in refusals:
        written.attempts[len(written.refused)] = attempt
        written.refused.append(problem)


async def _not_taken(work: Work, written: Written, lines: Collection[int]) -> None:
    """The system answered with success and kept what it held: that is no agreement, nor anybody's edit."""
    for side in written.done:
        plan = Plan(tuple(write for write in work.plan.on(side) if write.index in lines))
        for part in parts_of(work.flow.map, plan, side):
            work.tries = replace(work.tries, refused=work.tries.refused | {part.digest})
            for write in part.writes:
                written.attempts[len(written.refused)] = part.digest
                written.refused.append(await _left_as_it_was(work, write))
    written.untaken = frozenset(lines)


async def _left_as_it_was(work: Work, write: LineWrite) -> Problem:
    line, side = work.flow.map.lines[write.index], write.side
    name = (line.erp if side == ERP else line.dataverse).name
    held, sent = await work.called(write.index, write.old), await work.called(write.index, write.new)
    message = f"{place(side)} took the write and left {name} at {held!r}, instead of {sent!r}: set it there by hand"
    return Problem(write.index, side, "not-taken", message, sent)


# -- step 8


async def settle(work: Work, written: Written) -> Outcome:
    """One transaction: the new agreement, the intent gone, journal, troubles; the hint goes if all is done."""
    plan, flow = work.plan, work.flow
    reached = {*written.done, *(problem.side for problem in written.refused)}
    missed = [side for side in work.sides() if side not in reached]
    result = settled(
        flow.map, work.coupling.agreed, plan, work.seen.values, written.values, written.done, missed, written.rejecting
    )
    await _not_taken(work, written, result.kept_old)
    bouncing = [index for index in result.coerced if index in work.bounced]
    agreed = _as_stored(work, result.agreed, written.values, bouncing)
    standing_differences = coerced(flow.map, agreed, written.values, work.seen.context(flow))
    taken = [part for side in written.done for part in work.tried.get(side, ())]
    work.tries = work.tries.followed(written.done, taken)
    searching = undecided(work, written.done)
    _note(written, () if searching else left_over(work))
    wanted = _wanted(work, written, standing_differences)
    along = _changed_along(work, written) - work.along
    flows_back = along or any(index not in bouncing for index in result.coerced)
    acted = {**work.coupling.acted, **work.acted}
    left = due(flow, acted, written.values[1])
    anew = written.again or written.left
    again = bool(anew or searching or plan.more or flows_back or (left and not work.acting))
    aside = plan.missing or plan.problems or written.refused or standing_attempts(work, written.done) or left
    clean = not (aside or work.refusals or again or written.later)
    coupling = replace(_after(work, written, agreed, wanted, clean=clean), acted=acted)
    changed = work.coupling != coupling or changes(wanted, work.troubles)
    if changed or plan.kept or written.done or not work.stored:
        await _store(work, coupling, written, wanted, again)
    elif work.wake.hint is not None and not again:
        await _touch(work)
    if written.later is not None:
        raise written.later
    outcome = _outcome(work, written, wanted, coupling)
    if again:
        found_out = work.tries if (searching and not written.moved) or written.refused else None
        raise Again(frozenset(result.coerced), outcome if written.done else None, found_out, along, written.moved)
    return outcome


def _after(work: Work, written: Written, agreed: Agreed, wanted: list[Trouble], *, clean: bool) -> Coupling:
    """The coupling as the visit leaves it. clean: nothing is left to do, so a look at its digests will do."""
    return replace(
        _moved_on(work, written),
        state="coupled",
        agreed=agreed,
        intent=None,
        troubles=marks_of(wanted),
        reason=work.coupling.reason if work.outside - (work.forced & {*written.done}) else "",
        digests=_digests(work, agreed, written.values) if clean else {},
        since=work.coupling.since or work.flow.now(),
    )


def _changed_along(work: Work, written: Written) -> frozenset[int]:
    """Lines that the answers to our writes show otherwise than they were seen, although they were not written."""
    found: set[int] = set()
    for side in written.done:
        sent = {write.index for write in work.plan.on(side)}
        held = zip(
            work.flow.map.lines, work.seen.values[SIDES.index(side)], written.values[SIDES.index(side)], strict=True
        )
        found |= {
            line.index
            for line, before, now in held
            if line.update and line.index not in sent and line.comparable(before) != line.comparable(now)
        }
    return frozenset(found)


def _moved_on(work: Work, written: Written) -> Coupling:
    """The coupling with what the lines written have left behind: what was agreed, or as seen where nothing was."""
    writes = [each for side in written.done for each in work.plan.on(side)]
    constants = [each for side in written.done for each in work.constants.get(side, ())]
    before = answered_by(work.flow, work.coupling, writes, constants, by_hand=work.wake.by_hand)
    lines = [work.flow.map.lines[each.index] for each in writes]
    base, (erp, dataverse) = work.coupling.agreed.base, work.seen.values
    left = {each.definition: base(each) or prints(each, erp[each.index], dataverse[each.index])
            for each in lines}  # fmt: skip
    if not left:
        return before
    moved = heard(before, work.wake).moved_on(left, work.flow.clock(), work.flow.options.lately)
    return sent(work.flow, moved) if ERP in written.done else moved


async def _store(work: Work, coupling: Coupling, written: Written, wanted: list[Trouble], again: bool) -> None:
    writes = work.store(coupling) + changes(wanted, work.troubles) + _closed(work, coupling)
    intent = work.coupling.intent
    if intent is None:
        operation = work.flow.token()
        writes += [await work.conflict_write(kept, operation) for kept in work.plan.kept]
    else:
        operation = intent.operation
        writes += _not_done(work, written)
    planned = [write for side in written.done for write in work.plan.on(side)]
    lines = [work.journal_line(write) for write in planned if write.index not in written.untaken]
    lines += [constant_line(each) for side in written.done for each in work.constants.get(side, ())]
    if lines:
        writes.append(work.journal(operation, "updated " + " and ".join(written.done), lines, written.made))
    hint = work.wake.hint
    finished = hint is not None and not again and written.later is None
    try:
        await work.flow.ledger.commit([*writes, hint.drop()] if hint and finished else writes)
    except LedgerMoved as moved:
        if not moved.key.startswith(HINT):
            raise
        await work.flow.ledger.commit(writes)
        work.flow.overtaken.add(work.wake.end)


async def _touch(work: Work) -> None:
    """An empty visit drops its hint together with a touch of the coupling it read (step 4)."""
    hint = work.wake.hint
    assert hint is not None
    try:
        await work.flow.ledger.commit([heard(work.coupling, work.wake).replace(), hint.drop()])
    except LedgerMoved as moved:
        if not moved.key.startswith(HINT):
            raise Again from moved
        work.flow.overtaken.add(work.wake.end)


def _not_done(work: Work, written: Written) -> list[Write]:
    """Conflict rows of this operation whose winner was not written are taken back."""
    intent = work.coupling.intent
    assert intent is not None
    done = [write.index for side in written.done for write in work.plan.on(side) if write.index not in written.untaken]
    kept = [each for each in work.plan.kept if not each.open and each.index not in done]
    definitions = {work.flow.map.lines[each.index].definition.hex() for each in kept}
    left = [side for side in work.constants if side not in written.done]
    definitions |= {each.constant.definition.hex() for side in left for each in work.constants[side]}
    return [Write("delete", key, etag="*") for key in intent.conflicts if key.split("~")[2] in definitions]


def _closed(work: Work, after: Coupling) -> list[Write]:
    """Open conflict rows whose pair is settled now."""
    settled = [key for key in work.coupling.agreed.parked if key not in after.agreed.parked]
    return [Write("delete", open_conflict_key(after.dataverse, key), etag="*") for key in settled]


def _as_stored(work: Work, agreed: Agreed, values: tuple[Values, Values], bouncing: Iterable[int]) -> Agreed:
    """A line that both servers keep changing is agreed as it stands; its difference is parked, so it stays visible."""
    lines = [work.flow.map.lines[index] for index in bouncing]
    bases = {line.definition: prints(line, values[0][line.index], values[1][line.index]) for line in lines}
    return agreed.changed(work.flow.map, bases)


def _wanted(work: Work, written: Written, differences: Sequence[Problem]) -> list[Trouble]:
    """The waiting and parked rows that should stand after this visit."""
    flow, plan = work.flow, work.plan
    items = parked_items(flow, [*plan.problems, *written.refused, *differences])
    for index, digest in written.attempts.items():
        at = len(plan.problems) + index
        items[at] = as_tried(flow, items[at], digest)
    old = work.troubles.get("p~" + work.coupling.key)
    standing = still_said(work, written.done) - {*written.attempts.values()}
    items += [item for item in (old.items if old else ()) if item.get("attempt") in standing]
    items += work.refusals
    wake = Wake(DATAVERSE, (work.coupling.dataverse,))
    wanted: list[Trouble] = []
    if waits := [*waiting_items(flow, plan.missing), *work.waits]:
        wanted.append(trouble(flow, "waiting", wake, work.coupling.key, waits))
    if items:
        wanted.append(trouble(flow, "parked", wake, work.coupling.key, items))
    return wanted


def _digests(work: Work, agreed: Agreed, values: tuple[Values, Values]) -> dict[Side, bytes]:
    """Digests of both sides, if every line of the map is agreed at just these values."""
    flow_map = work.flow.map
    for line in flow_map.lines:
        held = values[0][line.index], values[1][line.index]
        if not line.update or ABSENT in held:
            continue
        if agreed.bases.get(line.definition) != prints(line, *held) or is_left_out(line, agreed):
            return {}
    return {ERP: flow_map.digest(values[0]), DATAVERSE: flow_map.digest(values[1])}


def _outcome(work: Work, written: Written, wanted: list[Trouble], coupling: Coupling) -> Outcome:
    codes = tuple(str(item["code"]) for each in wanted for item in each.items)
    row_id = coupling.dataverse
    if any(each.kind == "parked" for each in wanted):
        return Outcome("parked", tuple(written.done), codes, row_id)
    if any(each.kind == "waiting" for each in wanted):
        return Outcome("waiting", tuple(written.done), codes, row_id)
    if any(kept.open for kept in work.plan.kept) or coupling.agreed.parked:
        return Outcome("conflict", tuple(written.done), ("conflict",), row_id)
    touched = {*work.plan.agree, *(each.index for side in written.done for each in work.plan.on(side))}
    codes = shortened(work.flow, written.values, touched)
    if written.done:
        return Outcome("updated", tuple(written.done), codes, row_id, coupling.digests, coupling.erp or ())
    return Outcome("equal", (), codes, row_id, coupling.digests, coupling.erp or ())
