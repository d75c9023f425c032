"""Sync now: one record, what changed, or everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import azure.functions as func
from pydantic import Field

from functions.bodies import body_of
from functions.http import BadRequest, answer, new_blueprint, refusals
from functions.naming import Record, record_of
from functions.operations.flows import chosen, chosen_one, demand_leave_for_one
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import (
    LIVE,
    House,
    demand_approval,
    demand_needed,
    flow_in,
    send,
    start_job,
    state_checked,
    state_of,
    sync_now,
    waivable,
)
from shared.errors import Refused
from shared.mapping import Creates, Side, other

blueprint = new_blueprint()

KINDS: Final[Mapping[str, Literal["catch-up", "compare"]]] = {"changed": "catch-up", "everything": "compare"}
OF_ONE: Final = ("create", "waive")
OF_ALL: Final = ("creates",)


class Sync(Record):
    """What is to be synchronised. create, waive: of one record; creates: of a whole flow. master: whose
    values win: of one record whatever was agreed, of a whole flow where nothing was.
    """

    what: Literal["record", "changed", "everything"] | None = None
    create: bool = False
    waive: list[str] = Field(default_factory=list)
    master: Side | None = None
    creates: Creates | None = None

    @property
    def kind(self) -> str:
        """What is meant. Raises BadRequest where that is not said, or something is said that does not go with it."""
        if self.what is None and not self.names:
            raise BadRequest(
                'say what: "record" with the record, "changed" or "everything"; use record, changed or everything'
            )
        kind = self.what or "record"
        foreign = OF_ALL if kind == "record" else (*OF_ONE, *Record.model_fields)
        if found := [name for name in foreign if name in self.model_fields_set]:
            raise BadRequest(f'{", ".join(found)}: that cannot be said with "what": "{kind}"')
        return kind


@blueprint.function_name("operations_sync")
@blueprint.route(route="operations/sync/{suite}/{flow}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def sync(req: func.HttpRequest) -> func.HttpResponse:
    """Body: a record (`Record`), {"what": "changed"} or {"what": "everything"}.

    changed and everything leave out flows that do not run, and take "master" and "creates" too, which must have been
    approved. A record is synced in a flow that runs, and, as a pilot, in one that has not been run yet but might be;
    "create": true creates it where the map would leave it alone, "master" lets one side's values win on every line that
    goes both ways, whatever was agreed. What the flow of a pilot needs has to run, unless
    "waive" lists it.
    """
    here, body = await house(), body_of(req, Sync)
    suite, flow = (req.route_params.get(part, "") for part in ("suite", "flow"))
    if body.kind == "record":
        return answer({"outcome": await _record(here, chosen_one(here, suite, flow), body)})
    names = await _live(here, chosen(here, suite, flow))
    for name in names if body.master or body.creates else ():
        await demand_approval(here, name, body.master, body.creates)
    started = await start_job(here, KINDS[body.kind], names, master=body.master, creates=body.creates)
    return answer({"job": started["id"]}, 202)


async def _record(here: House, name: str, body: Sync) -> str:
    side, identity = await record_of(here, name, body)
    if (await state_of(here, name))["state"] == "not running":
        await demand_needed(here, [name], waivable(here, [name], body.waive))
    await demand_leave_for_one(here, name)
    creates: Creates | None = "both" if body.create else None
    target = other(side)
    if creates and target not in here.catalogue.map(name).targets:
        raise Refused(f"{name}: no line writes {target}: what is created there would be empty")
    flow = flow_in(here, name, await state_of(here, name), creates)
    if body.master is not None:
        return (await send(flow, side, identity, body.master)).kind
    return await sync_now(flow, side, identity)


async def _live(here: House, names: list[str]) -> list[str]:
    """Those flows that run. Raises Refused if none does."""
    live = [name for name in names if (await state_checked(here, name))["state"] in LIVE]
    if not live:
        raise Refused(f"{', '.join(names)}: none is running; run or resume it first")
    return live
