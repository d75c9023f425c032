"""Health: alive, for the platform. Ready: everything a flow needs, for operators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import azure.functions as func

from functions.http import answer, new_blueprint, refusals
from functions.runtime import house
from shared.engine import House, state_of
from shared.errors import KoppelError, MapError

blueprint = new_blueprint()

PUMP: Final = "operations_pump"


@blueprint.function_name("operations_health")
@blueprint.route(route="operations/health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Alive: the process answers. Asks nobody else."""
    return answer({"status": "alive"})


@blueprint.function_name("operations_ready")
@blueprint.route(route="operations/ready", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@refusals
async def ready(req: func.HttpRequest) -> func.HttpResponse:
    """Ready: ledger, both sign-ins, every map, and when the pump last ran. 503 if anything is wrong."""
    here = await house()
    checks = [
        await _check("ledger", lambda: here.documents.get("flows", PUMP)),
        await _check("dataverse", here.dataverse.ping),
        await _check("erp", here.erp.ping),
        *(_map(here, name) for name in here.catalogue.names),
    ]
    pump = (await here.documents.get("flows", PUMP)).value if checks[0]["ok"] else {}
    flows = {name: (await state_of(here, name))["state"] for name in here.catalogue.names} if checks[0]["ok"] else {}
    fine = all(check["ok"] for check in checks)
    calls = {"dataverse": here.dataverse.calls, "erp": here.erp.calls}
    body = {"status": "ready" if fine else "not ready", "checks": checks, "flows": flows, "pump": pump, "calls": calls}
    return answer(body, 200 if fine else 503)


async def _check(name: str, ask: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    try:
        await ask()
    except KoppelError as problem:
        return {"check": name, "ok": False, "detail": str(problem)}
    return {"check": name, "ok": True}


def _map(here: House, name: str) -> dict[str, Any]:
    try:
        here.catalogue.map(name)
    except MapError as problem:
        return {"check": f"map {name}", "ok": False, "detail": str(problem)}
    return {"check": f"map {name}", "ok": True}
