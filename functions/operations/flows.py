"""Flow states: run with or without a first synchronisation, pause, resume, stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

import azure.functions as func
from pydantic import Field

from functions.beside import refuse_beside
from functions.bodies import Nothing, Sent, action_of, body_of, meant, parameters_of
from functions.http import BadRequest, answer, new_blueprint, refusals
from functions.operations.sifting import Sifted
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import (
    LIVE,
    Action,
    House,
    allow,
    demand_approval,
    demand_chosen,
    demand_environment,
    demand_free,
    demand_needed,
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
from shared.ledger import by_whom
from shared.mapping import Creates, Side
from shared.setup import refuse_dual_write
from shared.systems import Dataverse

blueprint = new_blueprint()


class Run(Sent):
    """initial: with a first synchronisation, on the terms that were approved. waive: flows that need not run first.
    product_off: the ERP's own integration is switched off, where nobody can see that.
    """

    initial: bool = True
    master: Side | None = None
    creates: Creates | None = None
    waive: list[str] = Field(default_factory=list)
    product_off: bool = False


class Resume(Sent):
    """deletes, older: as many again as the budgets have."""

    deletes: bool = False
    older: bool = False


Order = Run | Resume | Nothing
BODIES: Final[Mapping[Action, type[Run | Resume | Nothing]]] = {
    "run": Run,
    "pause": Nothing,
    "resume": Resume,
    "stop": Nothing,
}


@blueprint.function_name("operations_flows")
@blueprint.route(route="operations/flows", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def flows(req: func.HttpRequest) -> func.HttpResponse:
    """Every flow with its state, in dependency order."""
    here = await house()
    parameters_of(req, Nothing)
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
    optional. Refused, as resume is, while dual-write or the ERP's own integration is running on the same tables; where
    that cannot be seen, "product_off" has to say so, once. And while a flow that is needed first is not running, unless
    "waive" lists it.
    """
    here = await house()
    suite, flow = (req.route_params.get(name, "") for name in ("suite", "flow"))
    action = action_of(req, BODIES)
    names, body = chosen(here, suite, flow), body_of(req, BODIES[action])
    flows = Sifted(names)
    await flows.sift(lambda name: allow(here, name, action))
    if not isinstance(body, Nothing):
        await _demand_starts(here, flows, body)
    flows.demand_some()
    result = await _carry_out(here, flows.able, action, body)
    told = [{"flow": name, **await state_of(here, name)} for name in flows.able]
    return answer(
        {"flows": told, "left": [{"flow": name, "why": why} for name, why in flows.left.items()], **result}, 202
    )


async def _demand_starts(here: House, flows: Sifted, body: Run | Resume) -> None:
    """Leaves out the flows that may not be started. Raises Refused for what stands in the way of all."""

    async def sound(name: str) -> None:
        here.catalogue.map(name)

    await flows.sift(partial(demand_chosen, here))
    await flows.sift(sound)
    flows.demand_some()
    waived = waivable(here, flows.able, body.waive if isinstance(body, Run) else [])
    its_own = waived if isinstance(body, Run) else None

    async def needed(name: str) -> None:
        await demand_needed(here, [name], its_own, flows.able)

    await flows.settle(needed)
    if isinstance(body, Resume) and body.older:
        here.budget.demand_older()
    terms = (body.master, body.creates) if isinstance(body, Run) and body.initial else (None, None)
    flows.demand_some()
    said = isinstance(body, Run) and body.product_off
    await demand_leave_to_start(here, flows.able, run=isinstance(body, Run), said=said)
    await flows.sift(partial(_demand_flow, here, isinstance(body, Resume), *terms))
    await flows.settle(needed)
    if isinstance(body, Run):
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
    for name in names:
        await demand_chosen(here, name)
    await demand_leave_to_start(here, names, run=False)
    for name in names:
        await _demand_flow(here, goes_on, master, creates, name)


async def demand_leave_to_start(here: House, names: list[str], *, run: bool = True, said: bool = False) -> None:
    """Raises Refused for what stands in the way of all of these flows. run, said: as for `refuse_beside`."""
    if isinstance(here.dataverse, Dataverse):
        await refuse_dual_write(here.dataverse, [each for each in here.catalogue.sound() if each.name in names])
    await demand_environment(here)
    await refuse_beside(here, names, run=run, said=said)


async def _demand_flow(here: House, goes_on: bool, master: Side | None, creates: Creates | None, name: str) -> None:
    """Raises Refused for what stands in the way of one flow."""
    await demand_free(here, name)
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
        asked, known = f"{suite}.{flow}", here.catalogue.names
        if suite not in {name.partition(".")[0] for name in known}:
            raise NotFound(f"the suite {suite} is not turned on here (SUITES); flows: {', '.join(known)}")
        raise NotFound(f"there is no flow {asked}{meant(asked, known)} flows: {', '.join(known)}")
    return names


def chosen_one(here: House, suite: str, flow: str) -> str:
    """The one flow that a route means. Raises NotFound, and BadRequest if it means several."""
    names = chosen(here, suite, flow)
    if len(names) != 1:
        raise BadRequest("name one flow: a record belongs to one")
    return names[0]


async def _carry_out(here: House, names: list[str], action: Action, body: Order) -> dict[str, Any]:
    if isinstance(body, Run):
        return await _run(here, names, body)
    if isinstance(body, Resume):
        for name in names:
            await _refilled(here, name, body)
        return {"job": (await start_job(here, "catch-up", names, begin="resuming"))["id"]}
    for name in names:
        if action == "pause":
            await set_state(here, name, "paused", f"paused by {by_whom()}")
        else:
            await set_state(here, name, "not running", f"stopped by {by_whom()}")
    return {}


async def _refilled(here: House, name: str, body: Resume) -> None:
    """What a person says who resumes a flow: its budgets begin anew if asked for."""
    if body.deletes:
        await here.budget.refill(name)
        await release_held(here, name)
    if body.older:
        await here.budget.refill_older(name)
    await look_again(here, name)


async def _run(here: House, names: list[str], body: Run) -> dict[str, Any]:
    """Without a first synchronisation the flows are live at once; old differences stay until a compare pass.

    What looked turned back before counts only if it still does, as for whoever resumes.
    """
    for name in names:
        await look_again(here, name)
    if not body.initial:
        for name in names:
            await set_state(here, name, "running")
        return {}
    started = await start_job(here, "sync", names, master=body.master, creates=body.creates, begin="initializing")
    return {"job": started["id"]}
