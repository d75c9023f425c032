"""Records: an explanation for any of them."""

from __future__ import annotations

from typing import cast

import azure.functions as func

from functions.http import BadRequest, answer, new_blueprint, refusals
from functions.operations.flows import chosen
from functions.runtime import house
from shared.engine import explain
from shared.mapping import SIDES, Side

blueprint = new_blueprint()


@blueprint.function_name("operations_record")
@blueprint.route(
    route="operations/records/{suite}/{flow}/{side}/{id}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION
)
@refusals
async def record(req: func.HttpRequest) -> func.HttpResponse:
    """Why a record is, or is not, in sync.

    id: the Dataverse id, or the parts of the ERP identity joined by commas. An identity with commas or slashes in it
    stands in the query instead, as `parts=usmf|A/1`, with a minus for the id in the path.
    """
    here = await house()
    suite, flow, side, text = (req.route_params.get(name, "") for name in ("suite", "flow", "side", "id"))
    names = chosen(here, suite, flow)
    if side not in SIDES or len(names) != 1:
        raise BadRequest(f"name one flow, and erp or dataverse as the side, not {side!r}")
    parts = req.params.get("parts")
    identity = tuple(parts.split("|")) if parts else tuple(text.split(","))
    expected = 1 if side == "dataverse" else len(here.catalogue.map(names[0]).identity)
    if len(identity) != expected:
        raise BadRequest(f"the identity has {len(identity)} parts, {expected} are needed: join them by commas")
    return answer(await explain(here.flow(names[0]), cast(Side, side), identity))
