"""The two functions of a flow: events of its systems, and a timer that catches up.

The factory needs only names: no map is read while functions are indexed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import azure.functions as func

from functions.events import Event, reader_of
from functions.http import json_body, new_blueprint, receiver
from functions.runtime import deadline, for_a_moment, house, runtime
from functions.schedules import spread
from functions.suites import timers
from shared.engine import (
    House,
    Tally,
    Wake,
    catch_up,
    check_environment,
    demand_ledger,
    flow_in,
    recheck_environment,
    state_checked,
    take_hint,
    visit_all,
    while_live,
)
from shared.errors import Busy, Halted, KoppelError, OtherVersion, TryLater, cause_of

log: Final = logging.getLogger("koppel.flow")
LOOKS: Final = (0.25, 0.5, 1.0, 2.0)
"""Seconds between looks at a record that somebody else is just writing: together less than a webhook may take."""


def flow_blueprint(module: str) -> func.Blueprint:
    """The functions of the flow that lives in a module `functions.<suite>.<flow>`."""
    _, suite, name = module.split(".")
    blueprint = new_blueprint()
    flow = f"{suite}.{name}"

    @blueprint.function_name(f"{suite}_{name}")
    @blueprint.route(route=f"{suite}/{name}/{{source}}", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @receiver
    async def receive_event(req: func.HttpRequest) -> str:
        read = reader_of(req.route_params.get("source", ""))
        body = json_body(req)
        here = await house()
        events = read(body, here.catalogue.map(flow))
        seconds = runtime().settings.answer_seconds
        outcomes = await asyncio.gather(*(receive(here, flow, event, seconds) for event in events))
        return ", ".join(outcomes) or "nobody"

    @blueprint.function_name(f"{suite}_{name}_catch_up")
    @blueprint.timer_trigger(schedule=spread(suite, name, timers(suite)), arg_name="timer")
    async def on_schedule(timer: func.TimerRequest) -> None:
        await follow(await house(), flow, runtime().settings.slice_seconds)

    return blueprint


async def receive(here: House, name: str, event: Event, seconds: float) -> str:
    """Stores the hint of an event and works on it for a moment: whatever is left is the pump's. How far it came."""
    if event.ours and await here.is_itself(event.by):
        return "ours"
    await demand_ledger(here)
    hint = await take_hint(here, name, event.side, event.identity, event.what)
    if hint is None:
        await demand_ledger(here, is_empty=True)
        return "not running"
    try:
        found = await state_checked(here, name)
    except OtherVersion as other:
        log.info("%s", other)
        return "later"
    if found["state"] == "paused":
        return "paused"
    if hint.echo:
        return "later"
    wake = Wake(event.side, event.identity, hint)
    return await for_a_moment(visited(here, name, wake, found), seconds)


async def visited(here: House, name: str, wake: Wake, found: Mapping[str, Any]) -> str:
    """Visits a record of a flow in a live state, unless the environment is another one. How far it came."""
    watch = while_live(here, name, seen=True)
    try:
        await recheck_environment(here)
        flow = flow_in(here, name, found)
        flow.watch = watch
        (outcome,) = await visit_all(flow, [wake], Tally())
        for pause in LOOKS:
            if not outcome.is_in_other_hands:
                break
            await asyncio.sleep(pause)
            hint = await flow.ledger.hint(wake.end)
            if hint is None:
                break  # whoever had the record has looked again
            (outcome,) = await visit_all(flow, [replace(wake, hint=hint)], Tally())
    except KoppelError as problem:
        log.warning("%s: a record is left to the pump: %s", name, cause_of(problem))
        return "later"
    return outcome.kind


async def follow(here: House, name: str, seconds: float) -> None:
    """Catches a running flow up, for so long at most. What stops it is logged; the next run begins where it ended."""
    if here.catalogue.switched_off(name):
        return
    try:
        await check_environment(here)
        if (await state_checked(here, name))["state"] == "running":
            await catch_up(here, name, deadline(seconds))
    except Busy:
        log.info("%s is being caught up by another instance", name)
    except (Halted, TryLater) as problem:
        log.warning("%s is caught up later: %s", name, problem)
    except KoppelError as problem:
        log.error("%s could not catch up: %s", name, problem)  # noqa: TRY400 - it was raised on purpose, and says it all
