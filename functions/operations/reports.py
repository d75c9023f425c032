"""Match reports: plan a flow without writing anything, look at what it would do, and approve it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import azure.functions as func

from functions.http import BadRequest, answer, check_members, new_blueprint, optional_body, refusals
from functions.operations.flows import chosen, creates_of, master_of
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import House, approve, demand_current, report, start_job, terms_of
from shared.errors import NotFound

blueprint = new_blueprint()


@blueprint.function_name("operations_reports")
@blueprint.route(route="operations/reports/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def reports(req: func.HttpRequest) -> func.HttpResponse:
    """The last report of a flow (or of every flow of a suite that has one): counts, samples with old and new values,
    strangers.
    """
    here = await house()
    names = chosen(here, *_route(req))
    found = [told for name in names if (told := await _report(here, name)) is not None]
    if not found:
        raise NotFound(f"{'.'.join(_route(req))} has no report yet: plan it first")
    return answer({"reports": found})


async def _report(here: House, name: str) -> Mapping[str, Any] | None:
    try:
        return await report(here, name)
    except NotFound:
        return None


@blueprint.function_name("operations_report_action")
@blueprint.route(
    route="operations/reports/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """plan: a job that makes the reports; body {"master": "erp"|"dataverse",
    "creates": "both"|"erp"|"dataverse"|"none"}, both optional. approve: lets the flows run.
    """
    here, body, action = await house(), optional_body(req), req.route_params.get("action", "")
    names = chosen(here, *_route(req))
    if action == "plan":
        check_members(body, master=str, creates=str)
        master, creates = master_of(body), creates_of(body)
        for name in names:
            await terms_of(here, name, master, creates)
        started = await start_job(here, "plan", names, master=master, creates=creates)
        return answer({"job": started["id"]}, 202)
    if action != "approve":
        raise BadRequest(f"{action!r} is not an action; actions: plan, approve")
    check_members(body)
    for name in names:  # all of them or none
        await demand_current(here, name)
    for name in names:
        await approve(here, name)
    return answer({"approved": names})


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
