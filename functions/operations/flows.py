"""Flow states: run with or without a first synchronisation, pause, resume, stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final, cast, get_args

import azure.functions as func

from functions.http import BadRequest, answer, check_members, new_blueprint, optional_body, refusals, told
from functions.operations.sifting import Sifted
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import (
    LIVE,
    Action,
    House,
    allow,
    demand_alone,
    demand_approval,
    demand_environment,
    demand_needed,
    demand_not_forgetting,
    demand_sight,
    demand_to_go_on,
    look_again,
    release_held,
    set_state,
    start_job,
    state_checked,
    state_of,
    waivable,
    waive,
)
from shared.errors import NotFound, Refused
from shared.mapping import CREATES, SIDES, Creates, Side
from shared.setup import refuse_dual_write
from shared.systems import Dataverse

blueprint = new_blueprint()

MEMBERS: Final[Mapping[Action, Mapping[str, type]]] = {
    "run": {"initial": bool, "master": str, "creates": str, "waive": list},
    "resume": {"deletes": bool, "older": bool},
}
"""What the body of an action may hold."""


@blueprint.function_name("operations_flows")
@blueprint.route(route="operations/flows", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def flows(req: func.HttpRequest) -> func.HttpResponse:
    """Every flow with its state, in dependency order."""
    here = await house()
    names = [*here.catalogue.order(), *(name for name in here.catalogue.names if name not in here.catalogue.order())]
    return answer({"flows": [{"flow": name, **await state_of(here, name)} for name in names]})


@blueprint.function_name("operations_flow_action")
@blueprint.route(
    route="operations/flows/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """One action on one flow, or with `all` as the flow's name on every flow of a suite that can: `left` lists the
    others, each with why.

    resume: body {"deletes": true} releases the deletes that are held, {"older": true} allows as many older values
    again, for a flow that paused over them. What looked turned back counts no more, unless it still does.
    run: body {"initial": true|false, "master": "erp"|"dataverse", "creates": "both"|"erp"|"dataverse"|"none"}, all
    optional. Refused, as resume is, while dual-write is running on the same tables, and while a flow that is needed
    first is not running, unless "waive" lists it.
    """
    here = await house()
    suite, flow, action = (req.route_params.get(name, "") for name in ("suite", "flow", "action"))
    if action not in get_args(Action):
        raise BadRequest(f"{action!r} is not an action; actions: {', '.join(get_args(Action))}")
    names, body = chosen(here, suite, flow), optional_body(req)
    check_members(body, **MEMBERS.get(cast(Action, action), {}))
    flows = Sifted(names)
    await flows.sift(lambda name: allow(here, name, cast(Action, action)))
    if action in ("run", "resume"):
        await _demand_starts(here, flows, cast(Action, action), body)
    flows.demand_some()
    result = await _carry_out(here, flows.able, cast(Action, action), body)
    told = [{"flow": name, **await state_of(here, name)} for name in flows.able]
    return answer(
        {"flows": told, "left": [{"flow": name, "why": why} for name, why in flows.left.items()], **result}, 202
    )


async def _demand_starts(here: House, flows: Sifted, action: Action, body: Mapping[str, Any]) -> None:
    """Leaves out the flows that may not be started. Raises Refused for what stands in the way of all."""

    async def sound(name: str) -> None:
        here.catalogue.map(name)

    await flows.sift(sound)
    flows.demand_some()
    waived = waivable(here, flows.able, texts_of(body, "waive"))
    its_own = waived if action == "run" else None

    async def needed(name: str) -> None:
        await demand_needed(here, [name], its_own, flows.able)

    await flows.settle(needed)
    if body.get("older") is True:
        here.budget.demand_older()
    initial = body if body.get("initial", True) else {}
    flows.demand_some()
    await _demand_house(here, flows.able)
    await flows.sift(partial(_demand_flow, here, action == "resume", master_of(initial), creates_of(initial)))
    await flows.settle(needed)
    if action == "run":
        await waive(here, flows.able, waived)


async def demand_leave_to_write(
    here: House,
    names: list[str],
    master: Side | None = None,
    creates: Creates | None = None,
    *,
    goes_on: bool = False,
) -> None:
    """Raises Refused if another engine is at work on the same tables, or another suite, the environment is another one,
    a report is not approved (for a run with this master that creates there, or for a flow that goes on), or what was
    synchronised is just being taken back.
    """
    await _demand_house(here, names)
    for name in names:
        await _demand_flow(here, goes_on, master, creates, name)


async def _demand_house(here: House, names: list[str]) -> None:
    """Raises Refused for what stands in the way of all of these flows."""
    if isinstance(here.dataverse, Dataverse):
        await refuse_dual_write(here.dataverse, [each for each in here.catalogue.sound() if each.name in names])
    await demand_environment(here)


async def _demand_flow(here: House, goes_on: bool, master: Side | None, creates: Creates | None, name: str) -> None:
    """Raises Refused for what stands in the way of one flow."""
    await demand_not_forgetting(here, [name])
    demand_sight(here, name)
    await demand_alone(here, name)
    await (demand_to_go_on(here, name) if goes_on else demand_approval(here, name, master, creates))


async def demand_leave_for_one(here: House, name: str) -> None:
    """Raises Refused if not even a record that a person names may be written: its flow is paused, or could not be run.

    In a flow that has not been run yet, but might be, it may: as a pilot.
    """
    await here.look_at_columns()
    found = await state_checked(here, name)
    if found["state"] == "paused":
        raise Refused(f"{name} is paused ({found['reason']}): resume it first")
    if found["state"] == "not running":
        await demand_leave_to_write(here, [name])
    else:
        await demand_environment(here)


async def until_at_work(here: House, names: Iterable[str]) -> dict[str, str]:
    """What an answer adds whose work waits for flows that are not at work: until when. Nothing where all are."""
    states = {name: (await state_of(here, name))["state"] for name in names}
    waits = [f"{name} is {state}: nothing is tried until it is {'resumed' if state == 'paused' else 'run'}"
             for name, state in states.items() if state not in LIVE]  # fmt: skip
    return {"waits": "; ".join(waits)} if waits else {}


def chosen(here: House, suite: str, flow: str) -> list[str]:
    """The flows that a route means. Raises NotFound."""
    names = [
        name
        for name in here.catalogue.names
        if name.startswith(f"{suite}.") and flow in {"all", name.partition(".")[2]}
    ]
    if not names:
        raise NotFound(f"there is no flow {suite}.{flow}; flows: {', '.join(here.catalogue.names)}")
    return names


def chosen_one(here: House, suite: str, flow: str) -> str:
    """The one flow that a route means. Raises NotFound, and BadRequest if it means several."""
    names = chosen(here, suite, flow)
    if len(names) != 1:
        raise BadRequest("name one flow: a record belongs to one")
    return names[0]


async def _carry_out(here: House, names: list[str], action: Action, body: Mapping[str, Any]) -> dict[str, Any]:
    if action == "pause":
        for name in names:
            await set_state(here, name, "paused", "paused by an operator")
        return {}
    if action == "stop":
        for name in names:
            await set_state(here, name, "not running", "stopped by an operator")
        return {}
    if action == "resume":
        for name in names:
            await _refilled(here, name, body)
        return {"job": (await start_job(here, "catch-up", names, begin="resuming"))["id"]}
    return await _run(here, names, body)


async def _refilled(here: House, name: str, body: Mapping[str, Any]) -> None:
    """What a person says who resumes a flow: its budgets begin anew if asked for."""
    if body.get("deletes") is True:
        await here.budget.refill(name)
        await release_held(here, name)
    if body.get("older") is True:
        await here.budget.refill_older(name)
    await look_again(here, name)


async def _run(here: House, names: list[str], body: Mapping[str, Any]) -> dict[str, Any]:
    """Without a first synchronisation the flows are live at once; old differences stay until a compare pass."""
    if body.get("initial", True) is False:
        for name in names:
            await set_state(here, name, "running")
        return {}
    master, creates = master_of(body), creates_of(body)
    started = await start_job(here, "sync", names, master=master, creates=creates, begin="initializing")
    return {"job": started["id"]}


def texts_of(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of names in a request body. Raises BadRequest."""
    found = body.get(name, [])
    if not all(isinstance(each, str) for each in found):
        raise BadRequest(f"{name} is {told(found)}; list names of flows")
    return list(found)


def creates_of(body: Mapping[str, Any]) -> Creates | None:
    """The `creates` of a request body. Raises BadRequest."""
    word = body.get("creates")
    if word is not None and word not in CREATES:
        raise BadRequest(f"creates is {told(word)}; use {', '.join(CREATES)}, or leave it out to take each map's own")
    return cast(Creates | None, word)


def master_of(body: Mapping[str, Any]) -> Side | None:
    """The `master` of a request body. Raises BadRequest."""
    master = body.get("master")
    if master is not None and master not in SIDES:
        raise BadRequest(f"master is {told(master)}; use erp or dataverse, or leave it out to take each map's own")
    return cast(Side | None, master)
