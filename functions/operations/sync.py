"""Sync now: one record, what changed, or everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import azure.functions as func

from functions.http import BadRequest, answer, check_members, json_body, new_blueprint, refusals, told
from functions.operations.flows import chosen, chosen_one, creates_of, demand_leave_for_one, master_of, texts_of
from functions.operations.records import identity_of, side_of
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import (
    LIVE,
    House,
    demand_approval,
    demand_needed,
    flow_in,
    start_job,
    state_checked,
    state_of,
    sync_now,
    waivable,
)
from shared.errors import Refused
from shared.mapping import Creates, other

blueprint = new_blueprint()

KINDS: Final[Mapping[str, Literal["catch-up", "compare"]]] = {"changed": "catch-up", "everything": "compare"}


@blueprint.function_name("operations_sync")
@blueprint.route(route="operations/sync/{suite}/{flow}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def sync(req: func.HttpRequest) -> func.HttpResponse:
    """Body {"what": "record", "side": ..., "identity": [...]}, {"what": "changed"} or {"what": "everything"}.

    changed and everything leave out flows that do not run, and take "master" and "creates" too, which must have been
    approved. A record is synced in a flow that runs, and, as a pilot, in one that has not been run yet but might be;
    "create": true creates it where the map would leave it alone. What the flow of a pilot needs has to run, unless
    "waive" lists it.
    """
    here, body = await house(), json_body(req)
    suite, flow = (req.route_params.get(part, "") for part in ("suite", "flow"))
    what = str(body.get("what"))
    if what == "record":
        check_members(body, what=str, side=str, identity=list, create=bool, waive=list)
        return answer({"outcome": await _record(here, chosen_one(here, suite, flow), body)})
    if what not in KINDS:
        raise BadRequest(f"what is {told(what)}; use record, {' or '.join(KINDS)}")
    check_members(body, what=str, master=str, creates=str)
    names, master, creates = await _live(here, chosen(here, suite, flow)), master_of(body), creates_of(body)
    for name in names if master or creates else ():
        await demand_approval(here, name, master, creates)
    started = await start_job(here, KINDS[what], names, master=master, creates=creates)
    return answer({"job": started["id"]}, 202)


async def _record(here: House, name: str, body: Mapping[str, Any]) -> str:
    side = side_of(body.get("side"))
    identity = identity_of(here, name, side, body.get("identity"))
    if (await state_of(here, name))["state"] == "not running":
        await demand_needed(here, [name], waivable(here, [name], texts_of(body, "waive")))
    await demand_leave_for_one(here, name)
    creates: Creates | None = "both" if body.get("create") is True else None
    target = other(side)
    if creates and target not in here.catalogue.map(name).targets:
        raise Refused(f"{name}: no line writes {target}: what is created there would be empty")
    return await sync_now(flow_in(here, name, await state_of(here, name), creates), side, identity)


async def _live(here: House, names: list[str]) -> list[str]:
    """Those flows that run. Raises Refused if none does."""
    live = [name for name in names if (await state_checked(here, name))["state"] in LIVE]
    if not live:
        raise Refused(f"{', '.join(names)}: none is running; run or resume it first")
    return live
