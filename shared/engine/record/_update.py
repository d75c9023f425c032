"""Update: the steps of the protocol for a coupled record, from reconcile to settle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine.record._encode import body_of, constant_body, constants_for, lines_of
from shared.engine.record._observe import Observed, answered
from shared.engine.record._troubles import (
    changes,
    marks_of,
    parked_items,
    refused_before,
    standing,
    trouble,
    waiting_items,
)
from shared.engine.record._work import Again, Work
from shared.errors import Denied, Exists, Gone, KoppelError, LedgerMoved, Rejected, Stale, TryLater, Unanswered
from shared.ledger import HINT, TO_BE_DRAWN_IN, Coupling, Trouble, Write, open_conflict_key
from shared.mapping import DATAVERSE, ERP, SIDES, Agreed, Side, Values, prints
from shared.reconcile import Plan, Problem, coerced, reconcile, settled
from shared.systems import Observation


@dataclass(slots=True)
class Written:
    """What the writes came to. values: what both sides hold now, as we know it. later: raised when it is settled.

    untaken: lines that a side has left as they were, although it took the write.
    """

    values: tuple[Values, Values]
    done: list[Side] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    untaken: frozenset[int] = frozenset()
    attempts: dict[int, str] = field(default_factory=dict)
    again: bool = False
    later: KoppelError | None = None


async def coupled(
    flow: Flow, wake: Wake, coupling: Coupling, seen: Observed, bounced: frozenset[int], outside: frozenset[Side]
) -> Outcome:
    """Brings both sides of a coupling into agreement. Raises Again if something moved under the visit.

    outside: sides that are still to be brought into the scope.
    """
    plan = reconcile(flow.map, coupling.agreed, *seen.values, seen.context(flow))
    troubles = await standing(flow, [coupling.key], coupling.troubles)
    before = set() if wake.by_hand else refused_before(troubles, coupling)
    plan = _without_refused(plan, before)
    work = Work(flow, wake, coupling, seen, plan, troubles, bounced=bounced, outside=outside)
    work.forced = frozenset(side for side in outside if attempt_digest(Plan(), side) not in before)
    return await carry_out(work)


async def carry_out(work: Work) -> Outcome:
    """Steps 5 to 8 for a plan that is ready."""
    flow, plan = work.flow, work.plan
    if plan.confirm:
        await _confirm(work)
    if not work.sides():
        return await settle(work, Written(work.seen.values))
    for side in work.sides():
        work.constants[side] = constants_for(flow, side, work.seen.company, work.seen.of(side).row)
    if work.stored:
        await flow.go_on()  # a match has been asked before it counted as begun
    await work.intend()
    return await settle(work, await write(work))


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
        except (Stale, Gone):
            written.again = True
            break
        except Unanswered:
            raise
        except (Rejected, Exists) as refusal:
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
    body.update(constant_body(flow, side, work.constants.get(side, {})))
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


def _refused(work: Work, side: Side, refusal: KoppelError, written: Written) -> None:
    """The system does not take these values: the other side goes on, this one is parked with the system's words."""
    index = _line_of(work, side, refusal)
    code = getattr(refusal, "code", "") or "refused"
    written.refused.append(Problem(index, side, str(code), str(refusal), ""))
    written.attempts[len(written.refused) - 1] = attempt_digest(work.plan, side)


def _not_taken(work: Work, written: Written, lines: Collection[int]) -> None:
    """The system answered with success and kept what it held: that is no agreement, nor anybody's edit."""
    for side in written.done:
        plan = Plan(tuple(write for write in work.plan.on(side) if write.index in lines))
        for write in plan.writes:
            line = work.flow.map.lines[write.index]
            name, system = (line.erp if side == ERP else line.dataverse).name, work.flow.map.side(side).system
            held, sent = work.shown(write.index, write.old), work.shown(write.index, write.new)
            message = f"{system} took the write and left {name} at {held!r}, instead of {sent!r}: set it there by hand"
            written.attempts[len(written.refused)] = attempt_digest(plan, side)
            written.refused.append(Problem(write.index, side, "not-taken", message, sent))
    written.untaken = frozenset(lines)


def _line_of(work: Work, side: Side, refusal: KoppelError) -> int:
    """The line that a system complains about, by its field or by the row that it means to point to; -1 if none."""
    field_name = getattr(refusal, "field", "").lower()
    for write in work.plan.on(side):
        points = work.flow.map.lines[write.index].lookup is not None and write.new
        if (field_name and field_name in _names(work, write.index)) or (points and write.new in str(refusal)):
            return write.index
    return -1


def _names(work: Work, index: int) -> set[str]:
    line = work.flow.map.lines[index]
    return {line.erp.name.lower(), line.dataverse.name.lower()}


def attempt_digest(plan: Plan, side: Side) -> str:
    """Stands for what was tried on a side, so that a refused write is not tried again until it would differ."""
    text = repr([(write.index, write.new) for write in plan.on(side)])
    return f"{side}:{blake2b(text.encode(), digest_size=8).hexdigest()}"


def _without_refused(plan: Plan, before: Collection[str]) -> Plan:
    """Leaves out what the system refused before, and keeps its problem standing."""
    out = [side for side in SIDES if plan.on(side) and attempt_digest(plan, side) in before]
    if not out:
        return plan
    kept = tuple(write for write in plan.writes if write.side not in out)
    conflicts = tuple(each for each in plan.kept if each.open or each.side not in out)
    return replace(plan, writes=kept, kept=conflicts, refused=tuple(out))


# -- step 8


async def settle(work: Work, written: Written) -> Outcome:
    """One transaction: the new agreement, the intent gone, journal, troubles; the hint goes if all is done."""
    plan, flow = work.plan, work.flow
    result = settled(flow.map, work.coupling.agreed, plan, work.seen.values, written.values, written.done)
    _not_taken(work, written, result.kept_old)
    bouncing = [index for index in result.coerced if index in work.bounced]
    agreed = _as_stored(work, result.agreed, written.values, bouncing)
    standing_differences = coerced(flow.map, agreed, written.values)
    wanted = _wanted(work, written, standing_differences)
    again = written.again or any(index not in bouncing for index in result.coerced)
    aside = plan.missing or plan.problems or written.refused
    clean = not (aside or again or written.later or plan.refused)
    coupling = replace(
        work.coupling,
        state="coupled",
        agreed=agreed,
        intent=None,
        troubles=marks_of(wanted),
        reason=TO_BE_DRAWN_IN if work.outside - {*written.done} else "",
        digests=_digests(work, agreed, written.values) if clean else {},
        since=work.coupling.since or flow.now(),
    )
    changed = work.coupling != coupling or changes(wanted, work.troubles)
    if changed or plan.kept or written.done or not work.stored:
        await _store(work, coupling, written, wanted, again)
    elif work.wake.hint is not None and not again:
        await _touch(work)
    if written.later is not None:
        raise written.later
    outcome = _outcome(work, written, wanted, coupling)
    if again:
        raise Again(frozenset(result.coerced), outcome if written.done else None)
    return outcome


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
    if lines:
        writes.append(work.journal(operation, "updated " + " and ".join(written.done), lines))
    hint = work.wake.hint
    finished = hint is not None and not again and written.later is None
    try:
        await work.flow.ledger.commit([*writes, hint.drop()] if hint and finished else writes)
    except LedgerMoved as moved:
        if not moved.key.startswith(HINT):
            raise
        await work.flow.ledger.commit(writes)


async def _touch(work: Work) -> None:
    """An empty visit drops its hint together with a touch of the coupling it read (step 4)."""
    hint = work.wake.hint
    assert hint is not None
    try:
        await work.flow.ledger.commit([work.coupling.replace(), hint.drop()])
    except LedgerMoved as moved:
        if not moved.key.startswith(HINT):
            raise Again from moved


def _not_done(work: Work, written: Written) -> list[Write]:
    """Conflict rows of this operation whose winner was not written are taken back."""
    intent = work.coupling.intent
    assert intent is not None
    done = [write.index for side in written.done for write in work.plan.on(side) if write.index not in written.untaken]
    kept = [each for each in work.plan.kept if not each.open and each.index not in done]
    definitions = {work.flow.map.lines[each.index].definition.hex() for each in kept}
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
        items[len(plan.problems) + index] = {**items[len(plan.problems) + index], "attempt": digest}
    old = work.troubles.get("p~" + work.coupling.key)
    if old is not None and plan.refused:
        items += [item for item in old.items if str(item.get("attempt", "")).split(":")[0] in plan.refused]
    wake = Wake(DATAVERSE, (work.coupling.dataverse,))
    wanted: list[Trouble] = []
    if plan.missing:
        wanted.append(trouble(flow, "waiting", wake, work.coupling.key, waiting_items(flow, plan.missing)))
    if items:
        wanted.append(trouble(flow, "parked", wake, work.coupling.key, items))
    return wanted


def _digests(work: Work, agreed: Agreed, values: tuple[Values, Values]) -> dict[Side, bytes]:
    """Digests of both sides, if every line of the map is agreed at just these values."""
    flow_map = work.flow.map
    for line in flow_map.lines:
        pair = prints(line, values[0][line.index], values[1][line.index])
        if line.update and agreed.bases.get(line.definition) != pair:
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
    if written.done:
        return Outcome("updated", tuple(written.done), (), row_id, coupling.digests, coupling.erp or ())
    return Outcome("equal", (), (), row_id, coupling.digests, coupling.erp or ())
