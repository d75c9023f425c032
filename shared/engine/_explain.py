"""Explain: why a record is, or is not, in sync. Looks, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from shared.engine._blanked import as_held, know_held
from shared.engine._discreet import HIDDEN, UNSAID, journaled
from shared.engine._emptied import reconciled
from shared.engine._flow import Flow
from shared.engine._outlook import not_synced, why_not_coupled
from shared.engine.record._act import foretold
from shared.engine.record._alike import alike
from shared.engine.record._aside import owner_of
from shared.engine.record._brought import includes
from shared.engine.record._delete import is_out
from shared.engine.record._ending import WHILE_OUT
from shared.engine.record._landing import came_back
from shared.engine.record._leave import heir_of
from shared.engine.record._moved import moved_away
from shared.engine.record._observe import Observed, called, company_of, observed
from shared.engine.record._troubles import place
from shared.engine.record._undone import UNDONE, given_still, held_still
from shared.engine.record._used_again import used_again
from shared.errors import Denied, LedgerMoved, Rejected, TryLater, in_one
from shared.ledger import (
    COMES_BACK,
    TO_BE_DRAWN_IN,
    Coupling,
    Hint,
    Intent,
    Trouble,
    end_of,
    read_conflict,
    read_journal,
    spelt_end,
)
from shared.mapping import (
    ABSENT,
    DATAVERSE,
    ERP,
    SIDES,
    Agreed,
    Failed,
    FlowMap,
    Line,
    Row,
    Side,
    other,
    prints,
    reader,
    shown,
)
from shared.reconcile import Given, LineWrite, Plan, causes_a_write, given, is_apart, is_left_out, is_unsent
from shared.systems import Observation

STORY = 20
"""Journal entries that are shown."""


_LOST: Final = (
    "its coupling is just being moved, or a row of the ledger was lost: ask again; the next compare pass mends that"
)


async def explain(flow: Flow, side: Side, identity: tuple[str, ...]) -> dict[str, Any]:
    """Everything Koppel knows about one record of a flow: partner, values line by line, what is open, and the story."""
    end = end_of(side, identity)
    try:
        coupling = await flow.ledger.coupling(end)
    except LedgerMoved:
        return {"flow": flow.map.name, "side": side, "identity": list(identity), "state": "unknown", "why": _LOST}
    result: dict[str, Any] = {"flow": flow.map.name, "side": side, "identity": list(identity)}
    item = await alike(flow, side, identity, coupling) if coupling else None
    ends = {end, coupling.key, coupling.source_end or end} if coupling else {end}
    ends = {spelt_end(identity)} if item else ends
    troubles = [row for each in sorted(ends) for row in await flow.ledger.troubles_of(each)]
    if item is not None:
        result.update(state="not coupled", why=f"it is not coupled: {item['message']}")
    else:
        result.update(await _looked(flow, side, identity, coupling, troubles))
    hint = await _hint(flow, ends)
    aside = hint.aside() if hint else None
    result["policies"] = _policies(flow.map)
    result["open"] = [
        {"kind": row.kind, "since": row.since, "items": row.items} for row in (*troubles, *filter(None, [aside]))
    ]
    result["hint"] = (
        {"source": hint.source, "at": hint.at, "due": hint.due, "tries": hint.tries, "by": hint.by} if hint else None
    )
    return result


async def _looked(
    flow: Flow, side: Side, identity: tuple[str, ...], coupling: Coupling | None, troubles: Sequence[Trouble]
) -> dict[str, Any]:
    """What a look at the record tells; if a system refuses that, or cannot be asked now, its words."""
    try:
        if coupling is None:
            return {"state": "not coupled", "why": await why_not_coupled(flow, side, identity, troubles)}
        return await _coupled(flow, coupling, troubles)
    except LedgerMoved:
        return {"state": "unknown", "why": _LOST}
    except (Denied, Rejected, TryLater) as problem:
        state = coupling.state if coupling else "not coupled"
        known = {"erp": list(coupling.erp or ()), "dataverse": coupling.dataverse} if coupling else {}
        return {"state": state, **known, "why": f"it cannot be looked at{_away(flow)}: {problem}"}


def _away(flow: Flow) -> str:
    """Which system does not answer as a whole; empty if both do."""
    away = [place(side) for side in SIDES if flow.system(side).away]
    return f", for {' and '.join(away)} does not answer" if away else ""


def _policies(flow_map: FlowMap) -> dict[str, Any]:
    """What the map says of a conflict, of a delete on each side, and of a record that leaves the scope."""
    delete = {side: flow_map.on_delete(side) for side in SIDES}
    return {"conflict": flow_map.policy.conflict, "delete": delete, "leaves": flow_map.policy.leaves}


async def _hint(flow: Flow, ends: Iterable[str]) -> Hint | None:
    """The hint of a record, under whichever of its ends; first one whose visits fail."""
    found = [hint for end in sorted(ends) if (hint := await flow.ledger.hint(end)) is not None]
    return next((each for each in found if each.why), next(iter(found), None))


async def _coupled(flow: Flow, coupling: Coupling, troubles: Sequence[Trouble]) -> dict[str, Any]:
    rows = [read_conflict(row) async for row in flow.ledger.conflicts(coupling.dataverse)]
    result: dict[str, Any] = {
        "state": coupling.state,
        "erp": list(coupling.erp or ()),
        "dataverse": coupling.dataverse,
        "since": coupling.since,
        "conflicts": [
            journaled({"line": row.line, "loser": row.loser, "value": row.shown[0], "winner": row.shown[1],
                       "open": row.open, "unsure": row.unsure, "at": row.at}, flow.map.private, values=True)
            for row in rows
        ],
        "journal": await _story(flow, coupling.dataverse),
    }  # fmt: skip
    if coupling.ended:
        result["dataverse"] = await _row_id(flow, coupling)
        result["why"] = f"{coupling.state}: {coupling.reason}" + _lapsed(coupling)
    elif not flow.syncs(company := flow.company_in(coupling)):
        result["why"] = not_synced(flow, company)
    elif coupling.intent is not None:
        result["why"] = _written(flow, coupling, coupling.intent, troubles)
    else:
        result.update(await _compared(flow, coupling, troubles))
    return result


async def _row_id(flow: Flow, ended: Coupling) -> str:
    """The row that an ended coupling names; empty where its id was drawn for a row that never came to be."""
    if ended.state != "uncoupled" or await flow.read(DATAVERSE, (ended.dataverse,)) is not None:
        return ended.dataverse
    return ""


def _lapsed(ended: Coupling) -> str:
    return ": nothing is deleted for that" if ended.state == "lapsed" else ""


def _written(flow: Flow, coupling: Coupling, intent: Intent, troubles: Sequence[Trouble]) -> str:
    """Who is at work on a record that has an intent, or what it waits for if nobody is any more."""
    if intent.expires > flow.now():
        return f"being written ({intent.kind}), until {intent.expires} at the latest"
    if coupling.state == "claimed" and troubles:
        return _set_aside(troubles)
    return f"it was being written ({intent.kind}), but whoever wrote it is gone: it is settled at the next look"


def _set_aside(troubles: Sequence[Trouble]) -> str:
    return "it is set aside: " + in_one(*(item["message"] for row in troubles for item in row.items))


def _of_the_whole(troubles: Sequence[Trouble]) -> str:
    """Why a record as a whole is set aside; empty if it is not."""
    items = [item for row in troubles for item in row.items if not item.get("line")]
    return "it is set aside: " + in_one(*(item["message"] for item in items)) if items else ""


async def _story(flow: Flow, row_id: str) -> list[dict[str, Any]]:
    story: list[dict[str, Any]] = []
    async for row in flow.ledger.journal(row_id):
        story.append(read_journal(row))
        if len(story) == STORY:
            break
    return story


async def _without(flow: Flow, coupling: Coupling, found: Mapping[Side, Observation]) -> str:
    """What becomes of a pair that is gone on one side, or on both. found: what is left."""
    gone = [side for side in SIDES if side not in found]
    if item := await came_back(flow, coupling, found):
        return str(item["message"])
    if any(is_out(flow, coupling, side, row) for side, row in found.items()):
        return f"deleted in {place(gone[0])} {WHILE_OUT}: nothing is deleted for that"
    return f"gone in {' and '.join(map(place, gone))}; the delete policy is {flow.map.on_delete(gone[0])}"


async def _compared(flow: Flow, coupling: Coupling, troubles: Sequence[Trouble]) -> dict[str, Any]:
    erp = await flow.read(ERP, coupling.erp) if coupling.erp else None
    dataverse = await flow.read(DATAVERSE, (coupling.dataverse,))
    if erp is None or dataverse is None:
        found = {side: row for side, row in zip(SIDES, (erp, dataverse), strict=True) if row is not None}
        return {"why": _set_aside(troubles) if troubles else await _without(flow, coupling, found)}
    whole = _of_the_whole(troubles)
    outside = [side for side, row in _pairs(erp, dataverse) if not includes(flow, side, row.row, coupling)]
    if DATAVERSE not in outside and not whole and (item := await used_again(flow, coupling, erp, dataverse)):
        return {"why": f"it is not written: {item['message']}"}
    if outside:
        return {"why": whole or await _outside(flow, coupling, outside)}
    if coupling.state == "dormant" and (keeper := await owner_of(flow, coupling.dataverse)):
        return {"why": f"it belongs to {keeper}: observed, not written"}
    if item := await came_back(flow, coupling, {ERP: erp, DATAVERSE: dataverse}):
        return {"why": item["message"]}
    seen = await observed(flow, erp, dataverse, await company_of(flow, ERP, erp.row) or "")
    if not whole and (item := moved_away(flow, coupling, seen)):
        return {"why": f"it is not written: {item['message']}"}
    coupling, plan = await reconciled(flow, coupling, seen)
    await know_held(flow)
    plan = as_held(flow, coupling, plan, {ERP: erp.row, DATAVERSE: dataverse.row}, seen.values)
    _, plan = held_still(flow, coupling, plan)
    holding = flow.map.at(seen.rows)
    constants = {side: given(holding, side, seen.company, seen.of(side).row) for side in SIDES}
    lines = [*await _lines(flow, coupling, seen, plan, troubles), *_constants(holding, seen, constants, troubles)]
    actions = await foretold(flow, coupling, seen.values[1])
    still = {side: given_still(flow, coupling, side, each)[0] for side, each in constants.items()}
    verdict = _verdict(plan, coupling, still, acted=all(each["done"] for each in actions))
    verdict += _receiving(holding, seen.rows) + _continued(holding)
    return {"why": whole or verdict + _but(flow), "lines": lines, **({"actions": actions} if actions else {})}


async def _outside(flow: Flow, coupling: Coupling, outside: Sequence[Side]) -> str:
    """What becomes of a pair that has left the scope."""
    where, out = f"outside the scope in {' and '.join(map(place, outside))}", outside[0]
    stays = coupling.reason in {TO_BE_DRAWN_IN, COMES_BACK} or await heir_of(flow, coupling) is not None
    if not stays and len(outside) == 1 and flow.map.deletes_left(out):
        return f"{where}: deleted in {place(other(out))} with the next look, as `leaves` says, unless edited there"
    if not stays and coupling.state == "coupled" and flow.map.policy.leaves == "uncouple":
        return f"{where}: uncoupled with the next look, as `leaves` says"
    return f"{where}: observed, not written"


def _continued(holding: FlowMap) -> str:
    """Which of two maps holds for the record as it stands, and what tells."""
    if (continued := holding.continued) is None:
        return ""
    inside = f"{continued.when.text} in {place(continued.side)}"
    if holding.phase == "after":
        return f"; {continued.name} holds for it: {inside}"
    return f"; {holding.name} holds for it, and {continued.name} from {inside} on"


def _receiving(holding: FlowMap, rows: Mapping[Side, Row]) -> str:
    """The sides on which the record only receives as it stands, and what would give it a say there."""
    found = [holding.side(side) for side in SIDES if not holding.side(side).rules(rows[side])]
    return "".join(f"; {place(each.side)} only receives: outside {each.authority.text}" for each in found)


def _but(flow: Flow) -> str:
    """What the verdict leaves out: lines that cannot be seen."""
    return f"; not seen, and left as they are: {', '.join(flow.unseen)}" if flow.unseen else ""


def _pairs(erp: Observation, dataverse: Observation) -> list[tuple[Side, Observation]]:
    return list(zip(SIDES, (erp, dataverse), strict=True))


def _constants(
    holding: FlowMap, seen: Observed, lacking: Mapping[Side, Sequence[Given]], troubles: Sequence[Trouble]
) -> list[dict[str, Any]]:
    """What the map itself gives either side, what stands there, and what comes of a difference."""
    aside = {(item["line"], item.get("side")): item for row in troubles for item in row.items
             if item.get("attempt") or item["code"] == UNDONE}  # fmt: skip
    result: list[dict[str, Any]] = []
    for side in SIDES:
        wanted = {each.name: each for each in lacking[side]}
        for constant in holding.side(side).constants:
            stored = reader(constant.target)(seen.of(side).row.get(constant.target.wire_name, ABSENT))
            lacks = wanted.get(constant.target.name)
            flows = f"to {side} (constant)" if lacks else ""
            if lacks and lacks.why == "blank":
                flows = f"to {side} (constant) with the next write there"
            if lacks and (item := aside.get((constant.line, side))):
                flows = f"set aside: {item['message']}"
            result.append({
                "line": constant.line,
                **dict.fromkeys(SIDES),
                side: None if stored is ABSENT else stored,
                "agreed": stored == constant.of(seen.company),
                "changed": [],
                "flows": flows,
            })  # fmt: skip
    return result


def _verdict(plan: Plan, coupling: Coupling, lacking: Mapping[Side, Sequence[Given]], *, acted: bool) -> str:
    if plan.problems or plan.missing or coupling.troubles:
        return "lines are set aside: see what is open"
    if coupling.agreed.parked:
        return "lines changed on both sides and wait for a decision: see conflicts"
    if any(map(causes_a_write, lacking.values())):
        return "something else stands where the map enforces a constant: it will be put back"
    if plan.empty and not acted:
        return "its lines are equal, and something is still to be done: see the actions"
    return "in sync" if plan.empty else "it changed and will be brought into agreement"


async def _lines(
    flow: Flow, coupling: Coupling, seen: Observed, plan: Plan, troubles: Sequence[Trouble]
) -> list[dict[str, Any]]:
    planned = {write.index: write for write in plan.writes}
    refused = {(item["line"], item["side"]): item for row in troubles for item in row.items if item.get("attempt")}
    result: list[dict[str, Any]] = []
    for line in flow.map.lines:
        erp, dataverse = seen.values[0][line.index], seen.values[1][line.index]
        base = coupling.agreed.base(line)
        now = prints(line, erp, dataverse)
        both = zip(SIDES, (erp, dataverse), base or now, now, strict=True)
        changed = [side for side, value, old, new in both if value is not ABSENT and old != new]
        write = planned.get(line.index)
        apart = is_apart(line, coupling.agreed, (erp, dataverse), seen.context(flow))
        result.append({
            "line": line.name,
            "erp": HIDDEN if line.private else await _shown(flow, seen, line, erp),
            "dataverse": HIDDEN if line.private else await _shown(flow, seen, line, dataverse),
            "agreed": base is not None,
            "changed": changed,
            "conflict": (line.conflict or flow.map.policy.conflict) if line.source is None and line.update else "",
            "flows": _flows(write, refused.get((line.name, write.side))) if write
            else _elsewhere(line, seen.company) or _another(line, flow.map.at(seen.rows)) or _stays(flow, line, plan)
            or _silent(line, apart) or _unsent(line, coupling.agreed, base == now)
            or _shorter(line, (erp, dataverse), base == now),
        })  # fmt: skip
    return result


def _flows(write: LineWrite, refused: Mapping[str, Any] | None) -> str:
    """Where a line is going, or why it does not arrive there."""
    if refused is None:
        return f"to {write.side} ({write.reason})"
    how = "not taken" if refused["code"] == "not-taken" else "refused"
    return f"{how} by {'the ERP' if write.side == ERP else 'Dataverse'}: {refused['message']}"


def _elsewhere(line: Line, company: str) -> str:
    """Why a line says nothing of a record whose company it is not about."""
    if line.holds(company):
        return ""
    return (
        f"it holds for {', '.join(sorted(line.companies))} only"
        if line.companies
        else f"the map has it otherwise in {company}"
    )


def _another(line: Line, holding: FlowMap) -> str:
    """Why a line says nothing of a record for which the other one of two maps holds."""
    return "it does not hold for the record as it stands" if line.phase not in {"", holding.phase} else ""


_LEFT: Final = frozenset({"blanked", UNDONE})
"""Codes of lines that could flow, and are kept from it."""


def _stays(flow: Flow, line: Line, plan: Plan) -> str:
    """Why a line does not flow that column security hides, that reads blank too often to be believed, or is undone."""
    if line.name in flow.unseen:
        return f"it does not flow: {flow.unseen[line.name]}"
    left = [each for each in plan.problems if each.index == line.index and each.code in _LEFT]
    held = (UNSAID if line.private else each.message for each in left)
    return next((f"set aside: {why}" for why in held), "")


def _silent(line: Line, apart: bool) -> str:
    """Why a one-way line does not flow although its two values differ."""
    if not apart:
        return ""
    where = "the ERP" if line.source == ERP else "Dataverse"
    return f"nothing yet: {where}, which it flows from, has said nothing; both keep what they hold"


def _unsent(line: Line, agreed: Agreed, stands: bool) -> str:
    """Why a reference that was left out, or a line for updates only, does not flow although its two values differ."""
    if stands and is_left_out(line, agreed):
        return f"nothing yet: what it points to is not in the ERP, and the line says missing {line.missing}"
    is_as_made = stands and is_unsent(line, agreed)
    return "nothing yet: it is for updates, and there was none since the record was made" if is_as_made else ""


def _shorter(line: Line, held: tuple[str, str], agreed: bool) -> str:
    """Why a line does not flow of which one side holds less than the other."""
    side = line.shorter(*held) if agreed else None
    if side is None:
        return ""
    return f"nothing: {place(side)} rounds it or cuts it off; both keep what they hold"


async def _shown(flow: Flow, seen: Observed, line: Line, value: str) -> str | None:
    return None if value is ABSENT else shown(await called(flow, seen, line, Failed.told(value)))
