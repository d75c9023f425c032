"""Health: alive, for the platform. Ready: everything a flow needs, for operators."""

from __future__ import annotations

import azure.functions as func

from functions.http import answer, new_blueprint, refusals
from functions.operations.checks import PUMP, checked, pump_check, states_of
from functions.operators import operators_only
from functions.runtime import house

blueprint = new_blueprint()


@blueprint.function_name("operations_health")
@blueprint.route(route="operations/health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Alive: the process answers. Asks nobody else."""
    return answer({"status": "alive"})


@blueprint.function_name("operations_ready")
@blueprint.route(route="operations/ready", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def ready(req: func.HttpRequest) -> func.HttpResponse:
    """Ready: what the alerts listen to is well, and the pump ran lately. Else 503."""
    here = await house()
    pump = (await here.documents.get("flows", PUMP)).value
    states = await states_of(here)
    checks = [*await checked(here, pump, states), pump_check(here, pump)]
    fine = all(check.ok for check in checks)
    flows = {name: {part: state[part] for part in ("state", "reason", "passed")} for name, state in states.items()}
    calls = {"dataverse": here.dataverse.calls, **{name: erp.calls for name, erp in here.erps.items()}}
    body = {
        "status": "ready" if fine else "not ready",
        "checks": [check.as_json() for check in checks],
        "flows": flows,
        "pump": pump,
        "calls": calls,
    }
    return answer(body, 200 if fine else 503)
