"""Conflicts: what lost or is undecided, with both values; accept the winner, decide, or restore what lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import azure.functions as func

from functions.http import BadRequest, answer, check_members, json_body, new_blueprint, refusals, told
from functions.operations.flows import chosen, demand_leave_for_one
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import Flow, House, accept, conflicts, decided_before, flow_in, restore, state_of
from shared.errors import KoppelError, LedgerMoved, NotFound, Refused, TryLater
from shared.mapping import SIDES, Side

blueprint = new_blueprint()

MEMBERS: Final[Mapping[str, Mapping[str, type]]] = {
    "accept": {"id": str, "cause": str, "winner": str},
    "restore": {"id": str, "cause": str},
}
"""What the body of an action may hold."""
SHOWN: Final = 5
"""How many refusals of a group an answer tells."""


@blueprint.function_name("operations_conflicts")
@blueprint.route(route="operations/conflicts/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def conflict_list(req: func.HttpRequest) -> func.HttpResponse:
    """Every conflict of a flow (or of all flows of a suite), and how many per cause."""
    here = await house()
    rows = [row for name in chosen(here, *_route(req)) async for row in conflicts(here.ledger(name))]
    return answer({"conflicts": rows, "causes": Counter(row["cause"] for row in rows)})


@blueprint.function_name("operations_conflict_action")
@blueprint.route(
    route="operations/conflicts/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """accept or restore. Body {"id": ...} for one conflict, {"cause": ...} for a group.

    accept gives the overruled value up; an undecided pair needs "winner": "erp" or "dataverse". restore writes the
    overruled value back where it stood, as an edit. What writes is refused where nothing may be written.
    """
    here, body, action = await house(), json_body(req), req.route_params.get("action", "")
    winner = body.get("winner")
    if action not in MEMBERS:
        raise BadRequest(f"{action!r} is not an action; actions: {', '.join(MEMBERS)}")
    check_members(body, **MEMBERS[action])
    if winner is not None and winner not in SIDES:
        raise BadRequest(f"winner is {told(winner)}; use erp or dataverse")
    wanted = {part: body[part] for part in ("id", "cause") if body.get(part) is not None}
    if not wanted:
        raise BadRequest('name the conflicts: {"id": ...} for one, {"cause": ...} for a group')
    found = {name: await _meant(here, name, wanted) for name in chosen(here, *_route(req))}
    if not any(found.values()):
        first = [await decided_before(here.ledger(name), str(body.get("id", ""))) for name in found]
        raise NotFound(
            f"there is no such conflict, or no more: list them, and name one as the list does{''.join(first)}"
        )
    for name in [name for name, keys in found.items() if keys and (action == "restore" or winner is not None)]:
        await demand_leave_for_one(here, name)
    problems: list[KoppelError] = []
    for name, keys in found.items():
        problems += await _decided(flow_in(here, name, await state_of(here, name)), keys, action, _side(winner))
    number = sum(map(len, found.values()))
    if number == len(problems) == 1:
        raise problems[0]
    if problems:
        why = "; ".join(map(str, problems[:SHOWN]))
        raise Refused(f"{action}: {number - len(problems)} done, {len(problems)} refused: {why}")
    return answer({action: number}, 202)


async def _decided(flow: Flow, keys: Sequence[str], action: str, winner: Side | None) -> list[KoppelError]:
    """Decides conflicts one by one. What was refused, or is just being written: it stops no other."""
    problems: list[KoppelError] = []
    for key in keys:
        try:
            await (restore(flow, key) if action == "restore" else accept(flow, key, winner))
        except (LedgerMoved, Refused, TryLater) as problem:
            problems.append(problem)
    return problems


async def _meant(here: House, name: str, wanted: Mapping[str, Any]) -> list[str]:
    """Ids of the conflicts of a flow that are wanted."""
    rows = [row async for row in conflicts(here.ledger(name))]
    return [row["id"] for row in rows if all(row[part] == value for part, value in wanted.items())]


def _side(winner: object) -> Side | None:
    return cast(Side | None, winner)


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
