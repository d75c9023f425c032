"""Conflicts: what lost or is undecided, with both values; accept the winner, decide, or restore what lost."""

from __future__ import annotations

from collections import Counter
from typing import cast

import azure.functions as func

from functions.http import BadRequest, answer, json_body, new_blueprint, refusals
from functions.operations.flows import chosen
from functions.runtime import house
from shared.engine import accept, conflicts, restore
from shared.mapping import SIDES, Side

blueprint = new_blueprint()


@blueprint.function_name("operations_conflicts")
@blueprint.route(route="operations/conflicts/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@refusals
async def conflict_list(req: func.HttpRequest) -> func.HttpResponse:
    """Every conflict of a flow (or of all flows of a suite), and how many per cause."""
    here = await house()
    rows = [row for name in chosen(here, *_route(req)) async for row in conflicts(here.ledger(name))]
    return answer({"conflicts": rows, "causes": Counter(row["cause"] for row in rows)})


@blueprint.function_name("operations_conflict_action")
@blueprint.route(
    route="operations/conflicts/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.FUNCTION
)
@refusals
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """accept or restore. Body {"id": ...} for one conflict, {"cause": ...} for a group.

    accept gives the overruled value up; an undecided pair needs "winner": "erp" or "dataverse". restore writes the
    overruled value back where it stood, as an edit.
    """
    here, body, action = await house(), json_body(req), req.route_params.get("action", "")
    winner = body.get("winner")
    if action not in {"accept", "restore"}:
        raise BadRequest(f"{action!r} is not an action; actions: accept, restore")
    if winner is not None and winner not in SIDES:
        raise BadRequest(f"winner is {winner!r}; use erp or dataverse")
    if not body.keys() & {"id", "cause"}:
        raise BadRequest('name the conflicts: {"id": ...} for one, {"cause": ...} for a group')
    done = 0
    for name in chosen(here, *_route(req)):
        flow = here.flow(name)
        found = [row async for row in conflicts(flow.ledger)]
        for row in found:
            if body.get("id", row["id"]) == row["id"] and body.get("cause", row["cause"]) == row["cause"]:
                await (restore(flow, row["id"]) if action == "restore" else accept(flow, row["id"], _side(winner)))
                done += 1
    return answer({action: done}, 202)


def _side(winner: object) -> Side | None:
    return cast(Side | None, winner)


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
