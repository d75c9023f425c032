"""Records: an explanation for any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import azure.functions as func

from functions.bodies import Nothing, body_of, parameters_of
from functions.explained import plainly
from functions.http import answer, new_blueprint, refusals
from functions.labels import Labels
from functions.links import links_of
from functions.naming import Identity, Record, identity_of, record_of
from functions.operations.flows import chosen_one
from functions.operations.ways_on import way_on
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import LIVE, Flow, House, called_now, explain, flow_in, state_of
from shared.errors import Denied, Rejected, TryLater
from shared.mapping import DATAVERSE, ERP, SIDES, Side

blueprint = new_blueprint()


@blueprint.function_name("operations_record")
@blueprint.route(
    route="operations/records/{suite}/{flow}/dataverse/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def record(req: func.HttpRequest) -> func.HttpResponse:
    """Why a record is, or is not, in sync, by its id in Dataverse; first of all what it waits for, where its flow
    does not run.
    """
    here = await house()
    parameters_of(req, Nothing)
    suite, flow, row_id = (req.route_params.get(name, "") for name in ("suite", "flow", "id"))
    name = chosen_one(here, suite, flow)
    return await _explained(here, name, DATAVERSE, await identity_of(here, name, DATAVERSE, Record(identity=[row_id])))


@blueprint.function_name("operations_record_by_key")
@blueprint.route(route="operations/records/{suite}/{flow}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def record_by_key(req: func.HttpRequest) -> func.HttpResponse:
    """The same of a record that is named in the body (`Record`): what stands in an address also stands in the telemetry
    of requests, and a key may be a person's.
    """
    here, asked = await house(), body_of(req, Record)
    suite, flow = (req.route_params.get(name, "") for name in ("suite", "flow"))
    name = chosen_one(here, suite, flow)
    return await _explained(here, name, *await record_of(here, name, asked))


async def _explained(here: House, name: str, asked: Side, identity: Identity) -> func.HttpResponse:
    hidden = await _columns(here)
    found = await state_of(here, name)
    flow = flow_in(here, name, found)
    told = {**await explain(flow, asked, identity), **hidden}
    names = await _names(flow, asked, told)
    links = await links_of(here, [(name, side, each) for side, each in _ends(asked, told).items() if side in names])
    told["links"] = {side: link for (_, side, _), link in links.items()}
    explained = plainly(told, names, Labels(here, name))
    return answer(explained if found["state"] in LIVE else {"waits for": way_on(name, found), **explained})


async def _names(flow: Flow, asked: Side, told: Mapping[str, Any]) -> dict[Side, str]:
    """What the record that was asked for, and its partner, are called."""
    ends = _ends(asked, told)
    names = await asyncio.gather(*(called_now(flow, side, identity) for side, identity in ends.items()))
    return {side: name for side, name in zip(ends, names, strict=True) if name}


def _ends(asked: Side, told: Mapping[str, Any]) -> dict[Side, Identity]:
    """The record that was asked for, and its partner."""
    row_id = told.get(DATAVERSE)
    ends = {ERP: told.get(ERP), DATAVERSE: [row_id] if row_id else None, asked: told["identity"]}
    return {side: tuple(found) for side in SIDES if (found := ends[side])}


async def _columns(here: House) -> dict[str, str]:
    """Takes up which columns are secured. What the answer adds where that cannot be asked now."""
    try:
        await here.look_at_columns()
    except (Denied, Rejected, TryLater) as problem:
        return {"columns": f"which columns are secured cannot be asked now, and is taken as it was: {problem}"}
    return {}
