"""The upgrade of a suite's own columns: count first, then fill in what rows lack that are older than they."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import azure.functions as func

from functions.bodies import Nothing, action_of, body_of
from functions.http import answer, new_blueprint, refusals
from functions.operators import operators_only
from functions.runtime import house, kept, runtime
from shared.columns import Columns, Keeper
from shared.engine import UPGRADE, House, demand_environment, jobs, start_upgrade
from shared.errors import NotFound, Refused

blueprint = new_blueprint()

BODIES: Final[Mapping[str, type[Nothing]]] = {"plan": Nothing, "run": Nothing}


@blueprint.function_name("operations_upgrade")
@blueprint.route(route="operations/upgrade/{suite}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def look(req: func.HttpRequest) -> func.HttpResponse:
    """Why the columns are not kept now (empty if they are), and the last dry run and the last run, null if none was."""
    here, columns = await house(), _columns(req)
    report, run = await _last(here, columns.suite, dry=True), await _last(here, columns.suite, dry=False)
    return answer({"suite": columns.suite, "idle": await Keeper(here, columns).why_not(), "report": report, "run": run})


@blueprint.function_name("operations_upgrade_action")
@blueprint.route(route="operations/upgrade/{suite}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """plan: a job that counts, and writes nothing. run: a job that does it, once there is a report."""
    here, columns, action = await house(), _columns(req), action_of(req, BODIES)
    body_of(req, BODIES[action])
    await demand_environment(here)
    if why := await Keeper(here, columns).missing():
        raise Refused(f"there is nothing to upgrade: {why}")
    if action == "run":
        await _demand_report(here, columns.suite)
    return answer({"job": (await start_upgrade(here, columns.suite, dry=action == "plan"))["id"]}, 202)


def _columns(req: func.HttpRequest) -> Columns:
    suite, found = req.route_params.get("suite", ""), kept(runtime().configured)
    for each in found:
        if each.suite == suite:
            return each
    known = ", ".join(each.suite for each in found) or "none"
    raise NotFound(f"no suite {suite!r} that is on computes columns; those that do: {known}")


async def _demand_report(here: House, suite: str) -> None:
    """Raises Refused unless a person could look at what an upgrade would do."""
    report = await _last(here, suite, dry=True)
    if report is None or report["state"] != "done" or report["errors"]:
        raise Refused(f"{suite} has no report of its upgrade yet: plan it, and look at it first")


async def _last(here: House, suite: str, *, dry: bool) -> Mapping[str, Any] | None:
    async for value in jobs(here):
        if value["kind"] == UPGRADE and value["flows"] == [suite] and value["dry"] is dry:
            return value
    return None
