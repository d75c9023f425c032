"""Records: an explanation for any of them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import azure.functions as func

from functions.http import BadRequest, answer, check_key, new_blueprint, refusals, told
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
    route="operations/records/{suite}/{flow}/{side}/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def record(req: func.HttpRequest) -> func.HttpResponse:
    """Why a record is, or is not, in sync; first of all what it waits for, where its flow does not run.

    id: the Dataverse id, or the parts of the ERP identity joined by commas. An identity with commas or slashes in it
    stands in the query instead, as `parts=usmf|A/1`, with a minus for the id in the path.
    """
    here = await house()
    suite, flow, side, text = (req.route_params.get(name, "") for name in ("suite", "flow", "side", "id"))
    name, asked = chosen_one(here, suite, flow), side_of(side)
    parts = req.params.get("parts")
    identity = identity_of(here, name, asked, parts.split("|") if parts else text.split(","))
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
