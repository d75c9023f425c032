"""Copies of the ledger: made by a schedule, listed, put back. What is put back says first what that would be."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

import azure.functions as func

from functions.bodies import Confirmed, Nothing, action_of, body_of, parameters_of
from functions.http import answer, new_blueprint, refusals
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import drop_copy, list_copies, start_copy, start_restore
from shared.errors import KoppelError

blueprint = new_blueprint()
log: Final = logging.getLogger("koppel.copies")


class Restore(Confirmed):
    """into: the name of the ledger, if that is not empty."""

    into: str = ""


BODIES: Final[Mapping[str, type[Restore | Nothing]]] = {"restore": Restore, "drop": Nothing}
_COUNTS: Final = (
    "nothing is put back: the job {job} only counts. Look at GET /api/operations/jobs/{job}; then send the same with "
    '"confirm": true'
)


@blueprint.function_name("operations_copy")
@blueprint.timer_trigger(schedule="%LEDGER_COPY_SCHEDULE%", arg_name="timer")
async def operations_copy(timer: func.TimerRequest) -> None:
    """Begins a copy, which the pump carries out; not where none are wanted."""
    here = await house()
    if here.copies is None:
        return
    try:
        await start_copy(here)
    except KoppelError as problem:
        log.error("no copy of the ledger was begun: %s", problem)  # noqa: TRY400 - it was raised on purpose


@blueprint.function_name("operations_copies")
@blueprint.route(route="operations/copies", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def look(req: func.HttpRequest) -> func.HttpResponse:
    """The copies, newest first. own: of the ledger that is in use."""
    parameters_of(req, Nothing)
    shown = ("id", "state", "began", "ended", "ledger", "own", "environments", "flows")
    found = [{name: each[name] for name in shown if name in each} for each in await list_copies(await house())]
    return answer({"copies": found})


@blueprint.function_name("operations_copies_begin")
@blueprint.route(route="operations/copies", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def begin(req: func.HttpRequest) -> func.HttpResponse:
    """Makes one now: a job."""
    body_of(req, Nothing)
    return answer({"job": (await start_copy(await house()))["id"]}, 202)


@blueprint.function_name("operations_copy_action")
@blueprint.route(route="operations/copies/{copy}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """restore: body {"confirm": true, "into": "ledger"}; a job, which only counts without "confirm". drop: {}."""
    here, action = await house(), action_of(req, BODIES)
    body, copy = body_of(req, BODIES[action]), req.route_params.get("copy", "")
    if not isinstance(body, Restore):
        await drop_copy(here, copy)
        return answer({"copy": copy, "note": "it counts no more; its rows go away when the next copy is made"})
    started = await start_restore(here, copy, confirmed=body.confirm, into=body.into)
    dry = {} if body.confirm else {"note": _COUNTS.format(job=started["id"])}
    return answer({"job": started["id"], **dry}, 202)
