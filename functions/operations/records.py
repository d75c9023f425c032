"""Records: an explanation for any of them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import azure.functions as func

from functions.http import BadRequest, answer, check_key, check_members, json_body, new_blueprint, refusals, told
from functions.operations.flows import chosen_one
from functions.operations.ways_on import way_on
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import LIVE, House, explain, flow_in, state_of
from shared.mapping import DATAVERSE, ERP, SIDES, Side

blueprint = new_blueprint()

ID: Final = "the id of the row"


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
    suite, flow, row_id = (req.route_params.get(name, "") for name in ("suite", "flow", "id"))
    return await _explained(here, chosen_one(here, suite, flow), DATAVERSE, [row_id])


@blueprint.function_name("operations_record_by_key")
@blueprint.route(route="operations/records/{suite}/{flow}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def record_by_key(req: func.HttpRequest) -> func.HttpResponse:
    """The same of a record of either side. Body {"side": ..., "identity": [...]}: what stands in an address also stands
    in the telemetry of requests, and a key may be a person's.
    """
    here, body = await house(), json_body(req)
    check_members(body, side=str, identity=list)
    suite, flow = (req.route_params.get(name, "") for name in ("suite", "flow"))
    return await _explained(here, chosen_one(here, suite, flow), side_of(body.get("side")), body.get("identity"))


async def _explained(here: House, name: str, asked: Side, given: object) -> func.HttpResponse:
    identity = identity_of(here, name, asked, given)
    await here.look_at_columns()
    found = await state_of(here, name)
    explained = await explain(flow_in(here, name, found), asked, identity)
    return answer(explained if found["state"] in LIVE else {"waits for": way_on(name, found), **explained})


def side_of(given: object) -> Side:
    """A side, as a request names it. Raises BadRequest."""
    for side in SIDES:
        if given == side:
            return side
    raise BadRequest(f"side is {told(given)}; use erp or dataverse")


def identity_of(here: House, name: str, side: Side, given: object) -> tuple[str, ...]:
    """The identity of a flow's record, as a request gives it: a list of texts. Raises BadRequest."""
    parts = [ID] if side == DATAVERSE else here.catalogue.map(name).identity
    texts = isinstance(given, list) and all(isinstance(part, str) and part for part in given)
    if not isinstance(given, list) or not texts or len(given) != len(parts):
        wanted = f"a list of {len(parts)} texts is needed, none of them empty: {', '.join(parts)}"
        raise BadRequest(f"the identity in {side} is {told(given)}; {wanted}")
    if side == ERP:
        check_key(side, given)
        return tuple(given)
    try:
        return (str(UUID(given[0])),)
    except ValueError as problem:
        raise BadRequest(f"{told(given[0])} is not the id of a row in Dataverse") from problem
