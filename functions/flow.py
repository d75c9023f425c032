"""The two functions of a flow: events of its systems, and a timer that catches up.

The factory needs only names: no map is read while functions are indexed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import azure.functions as func

from functions.events import READERS, Event
from functions.http import BadRequest, answer, json_body, new_blueprint, refusals
from functions.runtime import deadline, runtime
from shared.engine import Flow, House, Wake, catch_up, check_environment, state_checked, take_hint, visit
from shared.errors import Busy, KoppelError
from shared.ledger import Hint

log: Final = logging.getLogger("koppel.flow")
_at_work: Final[set[asyncio.Task[str]]] = set()


def flow_blueprint(module: str) -> func.Blueprint:
    """The functions of the flow that lives in a module `functions.<suite>.<flow>`."""
    _, suite, name = module.split(".")
    blueprint = new_blueprint()
    flow = f"{suite}.{name}"

    @blueprint.function_name(f"{suite}_{name}")
    @blueprint.route(route=f"{suite}/{name}/{{source}}", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @refusals
    async def receive(req: func.HttpRequest) -> func.HttpResponse:
        return await _receive(flow, req)

    @blueprint.function_name(f"{suite}_{name}_catch_up")
    @blueprint.timer_trigger(schedule=f"%{suite.upper()}_SCHEDULE%", arg_name="timer")
    async def on_schedule(timer: func.TimerRequest) -> None:
        await _catch_up(flow)

    return blueprint


async def _receive(name: str, req: func.HttpRequest) -> func.HttpResponse:
    """Stores the hint, works on it for a moment, and answers 202: whatever is left is the pump's."""
    source = req.route_params.get("source", "")
    read = READERS.get(source)
    if read is None:
        raise BadRequest(f"{source!r} is not a source; sources: {', '.join(READERS)}")
    body = json_body(req)
    here = await runtime().house()
    event = read(body, here.catalogue.map(name))
    if event.ours:
        return answer({"outcome": "ours"}, 202)
    hint = await take_hint(here, name, event.side, event.identity, event.what)
    if hint is None:
        return answer({"outcome": "not running"}, 202)
    return answer({"outcome": await _work_briefly(here, name, event, hint)}, 202)


async def _work_briefly(here: House, name: str, event: Event, hint: Hint) -> str:
    """Visits the record now if the flow is live. A visit that takes longer goes on by itself."""
    if (await state_checked(here, name))["state"] == "paused":
        return "paused"
    wake = Wake(event.side, event.identity, hint)
    task = asyncio.ensure_future(_visited(here, here.flow(name), wake))
    _at_work.add(task)
    task.add_done_callback(_at_work.discard)
    done, _ = await asyncio.wait({task}, timeout=runtime().settings.answer_seconds)
    return task.result() if done else "later"


async def _visited(here: House, flow: Flow, wake: Wake) -> str:
    try:
        if not here.environment_checked:
            await check_environment(here)
        return (await visit(flow, wake)).kind
    except KoppelError as problem:
        log.warning("%s: %s is left to the pump: %s", flow.map.name, wake.end, problem)
        return "later"


async def _catch_up(name: str) -> None:
    here = await runtime().house()
    try:
        await check_environment(here)
        if (await state_checked(here, name))["state"] != "running":
            return
        await catch_up(here, name, deadline(runtime().settings.slice_seconds))
    except Busy:
        log.info("%s is being caught up by another instance", name)
    except KoppelError as problem:
        log.warning("%s could not catch up: %s", name, problem)
