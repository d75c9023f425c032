"""Match reports: plan a flow without writing anything, look at what it would do, and approve it."""

from __future__ import annotations

import azure.functions as func

from functions.http import BadRequest, answer, check_members, new_blueprint, optional_body, refusals
from functions.operations.flows import chosen, master_of
from functions.runtime import house
from shared.engine import approve, report, start_job

blueprint = new_blueprint()


@blueprint.function_name("operations_reports")
@blueprint.route(route="operations/reports/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@refusals
async def reports(req: func.HttpRequest) -> func.HttpResponse:
    """The last report of a flow (or of every flow of a suite): counts, samples with old and new values, strangers."""
    here = await house()
    return answer({"reports": [await report(here, name) for name in chosen(here, *_route(req))]})


@blueprint.function_name("operations_report_action")
@blueprint.route(
    route="operations/reports/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.FUNCTION
)
@refusals
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """plan: a job that makes the reports; body {"master": "erp"|"dataverse"}, optional. approve: lets the flows run."""
    here, body, action = await house(), optional_body(req), req.route_params.get("action", "")
    names = chosen(here, *_route(req))
    if action == "plan":
        check_members(body, master=str)
        started = await start_job(here, "plan", names, master=master_of(body))
        return answer({"job": started["id"]}, 202)
    if action != "approve":
        raise BadRequest(f"{action!r} is not an action; actions: plan, approve")
    check_members(body)
    for name in names:
        await approve(here, name)
    return answer({"approved": names})


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
