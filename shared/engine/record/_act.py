"""Actions: what is done for a record beside its lines, once these are written.

The coupling remembers for which values each was carried out: whatever dies on the way leaves it due. An action is
decided by what stands now, and its requests go under an intent like any write, so that recovery knows them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.engine._actions import RecordAction
from shared.engine._flow import Flow, Outcome
from shared.engine.record._encode import reference
from shared.engine.record._troubles import Item, as_tried
from shared.engine.record._under_intent import without_intent
from shared.engine.record._work import Again, Work
from shared.errors import Denied, Exists, Gone, Rejected, Stale, TryLater, Unanswered
from shared.ledger import PARKED, Coupling, IntendedLine, IntendedStep, Intent, Write
from shared.mapping import DATAVERSE, Entity, Side, Values, entity, writer
from shared.reconcile import Change, Decision, Step, stands_for
from shared.systems import Observation


@dataclass(frozen=True, slots=True)
class Sent:
    """A step that was, or may have been, carried out: the version it made, if known. reason: in place of the action."""

    step: IntendedStep
    made: str = ""
    reason: str = ""


def due(flow: Flow, acted: Mapping[str, tuple[str, str]], dataverse: Values) -> list[tuple[RecordAction, str]]:
    """The actions that are yet to be carried out for these values, and what stands for them."""
    wanted = [(each, stands_for(_inputs(flow, each, dataverse), flow.map.printer)) for each in flow.actions]
    return [(each, values) for each, values in wanted if acted.get(each.name, ("", ""))[0] != values]


def _inputs(flow: Flow, action: RecordAction, dataverse: Values) -> Values:
    return [dataverse[line.index] for line in flow.map.lines if line.dataverse.name in action.inputs]


async def act(work: Work) -> None:
    """Carries out what is due, one action after the other; what cannot be done now is set aside with its reason."""
    work.acting = True
    for action, values in due(work.flow, work.coupling.acted, work.seen.values[1]):
        decision = await _decision(work.flow, work.coupling, action)
        if item := _standing_refusal(work, action, decision):
            work.refusals.append(item)
        elif decision.waits or decision.parks:
            _set_aside(work, action, decision)
        elif not decision.steps:
            work.acted[action.name] = (values, decision.row)
        elif refusal := await _carry_out(work, action, decision, values):
            await _believe(work, action, decision, refusal)


async def foretold(flow: Flow, coupling: Coupling, dataverse: Values) -> list[Mapping[str, Any]]:
    """What the actions of a record have come to, and what each would do now. Looks only."""
    wanted = [action for action, _ in due(flow, coupling.acted, dataverse)]
    return [
        {"action": each.name, "done": each not in wanted, "next": await _next(flow, coupling, each, each in wanted)}
        for each in flow.actions
    ]


async def _next(flow: Flow, coupling: Coupling, action: RecordAction, due: bool) -> str:
    if not due:
        return ""
    decision = await _decision(flow, coupling, action)
    return decision.waits or decision.parks or "; ".join(step.what for step in decision.steps)


async def _decision(flow: Flow, coupling: Coupling, action: RecordAction) -> Decision:
    kept = coupling.acted.get(action.name, ("", ""))[1]
    return await action.decide(flow.dataverse, coupling.dataverse, kept, flow.clock())


def _standing_refusal(work: Work, action: RecordAction, decision: Decision) -> Item | None:
    """What the system said when it refused these very steps, unless they are to be tried again."""
    attempt = decision.attempt(action.name, work.flow.map.printer)
    if not decision.steps or attempt not in work.before:
        return None
    parked = work.troubles.get(PARKED + work.coupling.key)
    return next((item for item in (parked.items if parked else ()) if item.get("attempt") == attempt), None)


def _set_aside(work: Work, action: RecordAction, decision: Decision) -> None:
    item: Item = {"line": action.name, "code": "action", "message": decision.waits or decision.parks, "value": "",
                  "side": DATAVERSE}  # fmt: skip
    (work.waits if decision.waits else work.refusals).append(item)


async def _believe(work: Work, action: RecordAction, decision: Decision, refusal: Rejected | Exists) -> None:
    """Somebody may just have done the same: what is still to be done at a second look is refused. Else raises Again."""
    attempt = decision.attempt(action.name, work.flow.map.printer)
    if (await _decision(work.flow, work.coupling, action)).attempt(action.name, work.flow.map.printer) != attempt:
        raise _again(work)
    code = refusal.cause if isinstance(refusal, Rejected) else "exists"
    item: Item = {"line": action.name, "code": code, "message": str(refusal), "value": "", "side": DATAVERSE}
    work.refusals.append(as_tried(work.flow, item, attempt))


def _again(work: Work) -> Again:
    """Begins again; what was carried out before is told in the end."""
    return Again(so_far=Outcome("updated", (DATAVERSE,), (), work.coupling.dataverse) if work.did else None)


# -- under an intent


async def _carry_out(work: Work, action: RecordAction, decision: Decision, values: str) -> Rejected | Exists | None:
    """Sends the steps in their order. Why one was refused; None if the action is done."""
    flow = work.flow
    await flow.go_on()
    mine = await _intend(work, action, decision)
    assert mine.intent is not None
    done: list[Sent] = []
    try:
        for step in mine.intent.steps:
            answer = await send(flow, step)
            done.append(Sent(step, answer.version if answer else ""))
    except Unanswered:
        raise
    except (Rejected, Exists) as refusal:
        work.coupling = await without_intent(flow, mine, *told(flow, mine, done))
        return refusal
    except (Stale, Gone) as moved:
        await without_intent(flow, mine, *told(flow, mine, done))
        raise _again(work) from moved
    except (TryLater, Denied):
        await without_intent(flow, mine, *told(flow, mine, done))
        raise
    made = decision.row or next((each.step.row for each in done if not each.step.version), "")
    after = replace(mine, acted={**mine.acted, action.name: (values, made)})
    work.coupling = await without_intent(flow, after, *told(flow, mine, done))
    work.did = True
    return None


async def _intend(work: Work, action: RecordAction, decision: Decision) -> Coupling:
    flow = work.flow
    intent = Intent(
        operation=flow.token(),
        attempt=flow.attempt(),
        expires=flow.expiry(),
        kind="action",
        job=flow.job,
        action=action.name,
        steps=tuple(_intended(flow, action, step) for step in decision.steps),
    )
    intended = replace(work.coupling, intent=intent)
    (etag,) = await flow.ledger.commit([intended.replace()])
    return intended.with_etag(etag)


def _intended(flow: Flow, action: RecordAction, step: Step) -> IntendedStep:
    table = entity(DATAVERSE, step.table)
    body = dict(_member(table, each) for each in step.changes)
    row = step.row or flow.guid()
    lines = tuple(
        IntendedLine(definition="", name=f"{step.table}.{each.column}", old=each.old, new=each.told or each.new,
                     source="", reason=action.name)
        for each in step.changes
    )  # fmt: skip
    new = {} if step.version else {table.id: json.dumps(row)}
    return IntendedStep(
        what=step.what, table=step.table, row=row, version=step.version, body={**new, **body}, lines=lines
    )


def _member(table: Entity, change: Change) -> tuple[str, str]:
    column = table.fields[change.column]
    if column.type == "lookup":
        return reference(column, change.new)
    return column.name, writer(table.system, column)(change.new)


async def send(flow: Flow, step: IntendedStep) -> Observation | None:
    """The one request of a step. Sent again it changes nothing that is changed: its id and its version fence it."""
    table = entity(DATAVERSE, step.table)
    if not step.version:
        return await flow.dataverse.create(table, step.body, [table.id])
    return await flow.dataverse.update(table, (step.row,), step.body, step.version, [table.id])


def told(flow: Flow, mine: Coupling, done: Sequence[Sent]) -> list[Write]:
    """The journal row of the steps that were carried out, if any was."""
    intent = mine.intent
    assert intent is not None
    lines = [
        {"line": each.name, "side": DATAVERSE, "old": each.old, "new": each.new, "reason": sent.reason or each.reason}
        for sent in done
        for each in sent.step.lines
    ]
    own = [(sent.step.version, sent.made) for sent in done if sent.step.row == mine.dataverse and sent.made]
    versions: dict[Side, tuple[str, str]] = {DATAVERSE: (own[0][0], own[-1][1])} if own else {}
    note = "; ".join(sent.step.what for sent in done)
    entry = flow.journal(mine.dataverse, intent.operation, intent.action, lines, note, versions, intent.job)
    return [entry] if done else []
