"""The review of a suite's full synchronisation: what is advised for each flow, what is chosen, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import azure.functions as func
from pydantic import Field

from functions.bodies import Confirmed, Nothing, Sent, action_of, body_of, parameters_of
from functions.http import BadRequest, answer, new_blueprint, refusals
from functions.operations.flows import chosen, chosen_one, demand_leave_to_start
from functions.operations.reviewed import told
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import Choice, House, Review, Stays, choose, open_review, restart, start_review, stored_review
from shared.errors import Refused
from shared.mapping import Side

blueprint = new_blueprint()

WARNING: Final = (
    "a full synchronisation creates on the other side whatever nothing matches: look at the report before you approve "
    'it, and say "confirm": true if that is meant'
)


class Open(Sent):
    """anew: what was chosen and done is forgotten."""

    anew: bool = False


class Chosen(Confirmed):
    """flows: with their suite or without; left out: all. master: whose values win where two match and differ.

    choice and master stay as they were chosen where they are left out; `advised` and `map` take them back.
    """

    flows: list[str] | None = None
    choice: Literal["full", "couple", "skip", "advised"] | None = None
    master: Literal["erp", "dataverse", "map"] | None = None

    @property
    def how(self) -> Choice | Stays | None:
        return None if self.choice == "advised" else self.choice or "stays"

    @property
    def side(self) -> Side | Stays | None:
        return None if self.master == "map" else self.master or "stays"


class Restart(Sent):
    """flow: the one that is to be done again."""

    flow: str = Field(description="the flow that is to be done again")


class Start(Sent):
    """product_off: the ERP's own integration is switched off, where nobody can see that."""

    product_off: bool = False


BODIES: Final[Mapping[str, type[Open | Chosen | Start | Restart]]] = {
    "open": Open,
    "choose": Chosen,
    "start": Start,
    "restart": Restart,
}


@blueprint.function_name("operations_review")
@blueprint.route(route="operations/review/{suite}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def look(req: func.HttpRequest) -> func.HttpResponse:
    """The last review of a suite: one row a flow, in the order in which they need each other."""
    here, suite = await house(), req.route_params.get("suite", "")
    parameters_of(req, Nothing)
    chosen(here, suite, "all")
    return answer(await told(here, await stored_review(here, suite)))


@blueprint.function_name("operations_review_action")
@blueprint.route(route="operations/review/{suite}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """open: counts both sides of every flow that was not started, and advises; {"anew": true} begins from nothing.

    choose: {"flows": [...], "choice": "full"|"couple"|"skip"|"advised", "master": "erp"|"dataverse"|"map"}, each
    optional; a full synchronisation where another one is advised takes "confirm": true. start: the pump does every
    flow that was not started, each after those that it needs; what needs a report is planned, and waits until that is
    approved ("product_off" as for the first run). restart: {"flow": ...}, one that is done or broken off.
    """
    here, action, suite = await house(), action_of(req, BODIES), req.route_params.get("suite", "")
    body = body_of(req, BODIES[action])
    chosen(here, suite, "all")
    more: dict[str, Any] = {}
    if isinstance(body, Open):
        return answer(await told(here, await open_review(here, suite, anew=body.anew)))
    found = await stored_review(here, suite)
    if isinstance(body, Chosen):
        more = await _choose(here, found, body)
    elif isinstance(body, Restart):
        name = _one(here, suite, body.flow)
        await demand_leave_to_start(here, [name])
        await restart(here, suite, name)
    else:
        new = [each.flow for each in found.entries.values() if each.is_new and each.choice != "skip"]
        await demand_leave_to_start(here, new, said=body.product_off)
        more = {"left": _listed(await start_review(here, suite))}
    return answer({**await told(here, await stored_review(here, suite)), **more}, 202)


async def _choose(here: House, found: Review, body: Chosen) -> dict[str, Any]:
    """What is said beside the review. A choice that creates more than is advised is only warned of first."""
    if body.choice is None and body.master is None:
        raise BadRequest('say what is chosen: "choice", "master", or both')
    if body.flows == []:
        raise BadRequest('"flows" is empty: name those that are meant, or leave it out for all that have not begun')
    names = [_one(here, found.suite, each) for each in body.flows or ()]
    names = names or [name for name, each in found.entries.items() if each.is_new]
    if not names:
        raise Refused(f"{found.suite}: every flow has been started: name those that are meant, if they have not begun")
    bold = [name for name in names if name in found.entries and found.entries[name].advised != "full"]
    if body.how == "full" and bold and not body.confirm:
        return {"warning": f"{', '.join(bold)}: {WARNING}", "left": []}
    left = await choose(here, found.suite, names, body.how, body.side)
    if left and len(left) == len(names):
        raise Refused("\n".join(f"{name}: {why}" for name, why in left.items()))
    return {"left": _listed(left)}


def _one(here: House, suite: str, word: str) -> str:
    """The flow that is named, with its suite or without. Raises NotFound or BadRequest."""
    if word == "all":
        raise BadRequest("all is no flow: name each by its own name; to choose for all, leave flows out")
    return chosen_one(here, suite, word.removeprefix(f"{suite}."))


def _listed(left: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"flow": name, "why": why} for name, why in left.items()]
