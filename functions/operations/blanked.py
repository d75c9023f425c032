"""Lines that read blank too often to be believed: which they are, and a person's word that people cleared them."""

from __future__ import annotations

import azure.functions as func
from pydantic import Field

from functions.bodies import Nothing, Sent, body_of, parameters_of
from functions.http import answer, new_blueprint, refusals
from functions.operations.flows import chosen, chosen_one, demand_leave_to_write
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import LIVE, blanked, confirm_blank, start_job, state_of

blueprint = new_blueprint()


class Cleared(Sent):
    """line: the one that people have cleared."""

    line: str = Field(description="name the line that people have cleared, as the list does")


@blueprint.function_name("operations_blanked")
@blueprint.route(route="operations/blanked/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def show(req: func.HttpRequest) -> func.HttpResponse:
    """Per flow (or for every flow of a suite): lines that are held, on which side they read blank, and why."""
    here = await house()
    parameters_of(req, Nothing)
    names = chosen(here, *_route(req))
    return answer({"flows": [{"flow": name, "lines": await blanked(here, name)} for name in names]})


@blueprint.function_name("operations_blanked_confirm")
@blueprint.route(
    route="operations/blanked/{suite}/{flow}/confirm", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def confirm(req: func.HttpRequest) -> func.HttpResponse:
    """Body {"line": "..."}: people have cleared it, so that is carried over, by a compare pass where the flow runs.

    Values that are only hidden need no word: once they are read again, the line goes on by itself.
    """
    here, body = await house(), body_of(req, Cleared)
    name = chosen_one(here, *_route(req))
    await demand_leave_to_write(here, [name], goes_on=True)
    await confirm_blank(here, name, body.line)
    live = (await state_of(here, name))["state"] in LIVE
    return answer({"flow": name, "job": (await start_job(here, "compare", [name]))["id"] if live else ""}, 202)


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
