"""Sync now: one record, what changed, or everything."""

from __future__ import annotations

from typing import cast

import azure.functions as func

from functions.http import BadRequest, answer, json_body, new_blueprint, refusals
from functions.operations.flows import chosen, master_of
from functions.runtime import house
from shared.engine import start_job, sync_now
from shared.mapping import SIDES, Side

blueprint = new_blueprint()


@blueprint.function_name("operations_sync")
@blueprint.route(route="operations/sync/{suite}/{flow}", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@refusals
async def sync(req: func.HttpRequest) -> func.HttpResponse:
    """Body {"what": "record", "side": ..., "identity": [...]}, {"what": "changed"} or {"what": "everything"}."""
    here = await house()
    names = chosen(here, req.route_params.get("suite", ""), req.route_params.get("flow", ""))
    body = json_body(req)
    what = body.get("what")
    if what == "record":
        side, identity = body.get("side"), body.get("identity")
        if side not in SIDES or not isinstance(identity, list) or len(names) != 1:
            raise BadRequest('a record needs one flow, "side": "erp" or "dataverse", and "identity": a list of texts')
        outcome = await sync_now(here.flow(names[0]), cast(Side, side), tuple(str(part) for part in identity))
        return answer({"outcome": outcome})
    if what not in {"changed", "everything"}:
        raise BadRequest(f"what is {what!r}; use record, changed or everything")
    kind = "catch-up" if what == "changed" else "compare"
    started = await start_job(here, "catch-up" if kind == "catch-up" else "compare", names, master=master_of(body))
    return answer({"job": started["id"]}, 202)
