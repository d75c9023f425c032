"""The environment that the ledger speaks of: show it, and confirm it after a restore or a copy."""

from __future__ import annotations

import azure.functions as func

from functions.bodies import Sent, body_of
from functions.http import answer, new_blueprint, refusals
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import confirm_environment, environments

blueprint = new_blueprint()


class KeyLost(Sent):
    """A confirmation. key_lost: the key that the ledger was written with is gone, too."""

    key_lost: bool = False


@blueprint.function_name("operations_environment")
@blueprint.route(route="operations/environment", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def show(req: func.HttpRequest) -> func.HttpResponse:
    """Which organisation and ERP the couplings were made for, and which ones answer now."""
    return answer(await environments(await house()))


@blueprint.function_name("operations_environment_confirm")
@blueprint.route(route="operations/environment/confirm", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def confirm(req: func.HttpRequest) -> func.HttpResponse:
    """The couplings hold for the environment as it is now. The flows stay paused until they are resumed.

    {"key_lost": true} gives up what was agreed under a key of fingerprints that this instance does not have.
    """
    here, body = await house(), body_of(req, KeyLost)
    await confirm_environment(here, key_lost=body.key_lost)
    return answer(await environments(here))
