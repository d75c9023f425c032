"""Permits: whether a job may work on a flow, asked before it begins and again while it is at work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shared.engine._house import LIVE, House
from shared.engine._states import brings_up, other_map, state_of
from shared.engine._watch import Watch
from shared.engine.passes._orders import OPEN, SEND, SURVIVORS
from shared.ledger import JOBS


def why_not(value: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Why a job may not work on a flow; empty if it may."""
    if found["state"] in LIVE and may_work(value, found):
        return ""
    return f"the flow is {found['state']}" + (" without this job" if found["state"] in LIVE else "")


def may_work(value: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether a live flow is this job's to work on.

    One that brings flows up has no business in a flow that somebody has stopped and run again; and a first
    synchronisation, with the master that was named for it, is nobody's but its job's.
    """
    if value.get("begin"):
        return brings_up(value["id"], found)
    return bool(found["state"] != "initializing")


def is_at_work(value: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Why couplings of a flow may not be forgotten; empty if they may."""
    at_work = found["state"] in LIVE and not value["dry"]
    return f"the flow is {found['state']}: pause or stop it first" if at_work else ""


def in_any_state(_value: Mapping[str, Any], _found: Mapping[str, Any]) -> str:
    """A dry run does not ask what state a flow is in."""
    return ""


def is_held(name: str, value: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Why a job over pairs that a person names may not go on; empty if it may.

    Whatever writes to both systems at once stops when its flow is paused or stopped meanwhile. In one that did not run
    when it was ordered it is a pilot. What only sets pairs down, or is a dry run, asks for no state.
    """
    if value["dry"] or value["kind"] not in {SEND, SURVIVORS} or found["state"] in LIVE:
        return ""
    is_pilot = found["state"] == "not running" and name in value.get("pilots", ())
    return "" if is_pilot else f"the flow is {found['state']}"


def watched(
    house: House,
    value: Mapping[str, Any],
    name: str,
    asked: Callable[..., str] = why_not,
    looked: datetime | None = None,
) -> Watch:
    """Ends the work of a job on a flow when somebody stops one or the other. looked: when both were last looked up."""

    async def ask() -> str:
        now, found = await asyncio.gather(house.documents.get(JOBS, value["id"]), state_of(house, name))
        return "the job was stopped" if now.value.get("state") != OPEN else asked(value, found)

    return Watch(ask, house.clock, looked=looked)


def while_live(house: House, name: str, *, seen: bool = False) -> Watch:
    """Ends work on a flow when it is no longer live, or another app's. seen: somebody has just looked, and it was."""

    async def ask() -> str:
        found = await state_of(house, name)
        return other_map(house, name, found) if found["state"] in LIVE else f"the flow is {found['state']}"

    return Watch(ask, house.clock, looked=house.clock() if seen else None)
