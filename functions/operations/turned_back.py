"""A side that looks turned back: what was seen, and a person's word on which side is right."""

from __future__ import annotations

from typing import Any

import azure.functions as func
from pydantic import Field

from functions.bodies import Nothing, Sent, body_of, parameters_of
from functions.http import answer, new_blueprint, refusals
from functions.links import with_links
from functions.naming import with_name
from functions.operations.flows import chosen, demand_leave_to_write
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import House, confirm_side, start_job, state_of, turned_back
from shared.errors import Refused
from shared.mapping import Side

blueprint = new_blueprint()


class Right(Sent):
    """side: the one that is right."""

    side: Side = Field(description="use erp or dataverse, whichever side is right")


@blueprint.function_name("operations_turned_back")
@blueprint.route(route="operations/turned_back/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def show(req: func.HttpRequest) -> func.HttpResponse:
    """Per side of a flow (or of every flow of a suite): why it was paused, which records, and when events last came."""
    here = await house()
    parameters_of(req, Nothing)
    return answer({"flows": [await _shown(here, name) for name in chosen(here, *_route(req))]})


async def _shown(here: House, name: str) -> dict[str, Any]:
    found = await turned_back(here, name)
    rows = {side: [with_name(row) for row in each["records"]] for side, each in found.items()}
    sides = {side: {**each, "records": await with_links(here, rows[side], name)} for side, each in found.items()}
    return {"flow": name, **sides}


@blueprint.function_name("operations_turned_back_confirm")
@blueprint.route(
    route="operations/turned_back/{suite}/{flow}/confirm", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def confirm(req: func.HttpRequest) -> func.HttpResponse:
    """Body {"side": "erp"|"dataverse"}: the side that is right. A paused flow goes on with a compare pass.

    Of all flows of a suite those are meant that wait for it.

    If that is the side that looks turned back, its older values and its gaps are carried over: people made them. If it
    is the other one, its values are written back, and what is gone is created again.
    """
    here, right = await house(), body_of(req, Right).side
    names = [name for name in chosen(here, *_route(req)) if await _waits(here, name)]
    if not names:
        raise Refused(f"{'.'.join(_route(req))}: neither side looks turned back, so nothing is to be confirmed")
    await demand_leave_to_write(here, names, goes_on=True)
    for name in names:
        await confirm_side(here, name, right)
    paused = [name for name in names if (await state_of(here, name))["state"] == "paused"]
    job = (await start_job(here, "compare", paused, begin="resuming"))["id"] if paused else ""
    return answer({"right": right, "flows": names, "job": job}, 202)


async def _waits(here: House, name: str) -> bool:
    """Whether a flow was paused because one of its sides looks turned back."""
    return any(each["reason"] for each in (await turned_back(here, name)).values())


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
