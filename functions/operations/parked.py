"""Parked and waiting records: all of them, with their reasons; retry one, a group, or all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import azure.functions as func

from functions.http import answer, new_blueprint, optional_body, refusals
from functions.operations.flows import chosen
from functions.runtime import house
from shared.engine import House
from shared.ledger import PARKED, WAITING, Trouble

blueprint = new_blueprint()


@blueprint.function_name("operations_parked")
@blueprint.route(route="operations/parked/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@refusals
async def parked(req: func.HttpRequest) -> func.HttpResponse:
    """Every parked and waiting record of a flow (or of all flows of a suite), and how many per cause."""
    here = await house()
    rows = [shown(name, row) async for name, row in _rows(here, chosen(here, *_route(req)))]
    causes: dict[str, int] = {}
    for row in rows:
        causes[row["cause"]] = causes.get(row["cause"], 0) + 1
    return answer({"records": rows, "causes": causes})


@blueprint.function_name("operations_parked_retry")
@blueprint.route(route="operations/parked/{suite}/{flow}/retry", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@refusals
async def retry(req: func.HttpRequest) -> func.HttpResponse:
    """Body {"end": ...} for one record, {"cause": ...} for a group, nothing for all. Each gets a hint at once."""
    here, body = await house(), optional_body(req)
    retried = 0
    async for name, row in _rows(here, chosen(here, *_route(req))):
        if body.get("end", row.end) == row.end and body.get("cause", row.cause) == row.cause:
            await here.ledger(name).store_hint(row.side, row.identity, "retry")
            retried += 1
    return answer({"retried": retried}, 202)


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")


async def _rows(here: House, names: list[str]) -> AsyncIterator[tuple[str, Trouble]]:
    for name in names:
        for prefix in (PARKED, WAITING):
            async for row in here.ledger(name).troubles(prefix):
                yield name, row


def shown(name: str, row: Trouble) -> dict[str, Any]:
    """A parked or waiting record as an operator reads it."""
    return {
        "flow": name,
        "kind": row.kind,
        "end": row.end,
        "side": row.side,
        "identity": list(row.identity),
        "since": row.since,
        "due": row.due,
        "tries": row.tries,
        "cause": row.cause,
        "items": list(row.items),
    }
