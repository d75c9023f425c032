"""Health: alive, for the platform. Ready: everything a flow needs, for operators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import azure.functions as func

from functions.http import answer, new_blueprint, refusals
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import LIVE, House, blanked, ledger_trouble, longest_standing, other_map, state_of
from shared.errors import KoppelError, MapError
from shared.ledger import moment
from shared.mapping import Unseen

blueprint = new_blueprint()

PUMP: Final = "operations_pump"
PUMP_PAUSE: Final = timedelta(minutes=15)
"""The pump runs every minute, and for a slice at most; longer ago means that its timer stands."""
STILL: Final = timedelta(hours=1)
"""A record that stands longer than this holds something up, or nobody works."""
PASS_PAUSE: Final = timedelta(days=2)
"""Compare passes are daily: one may be missed."""
HELD: Final = timedelta(hours=1)
"""A pass that cannot go on for a shorter time is no trouble: a system may be busy."""

Check = dict[str, Any]


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
    """Ready: ledger, both sign-ins, every map, the pump, and a good compare pass of every flow that runs. Else 503."""
    here = await house()
    pump = (await here.documents.get("flows", PUMP)).value
    states = {name: await state_of(here, name) for name in here.catalogue.names}
    dataverse = await _check("dataverse", here.dataverse.ping)
    columns = [await _check("columns", here.look_at_columns)] if dataverse["ok"] else []
    checks = [
        *([await _check("ledger", lambda: _ledger(here))] if dataverse["ok"] else [{"check": "ledger", "ok": True}]),
        dataverse,
        *[await _check(name, erp.ping) for name, erp in here.erps.items()],
        *(each for each in columns if not each["ok"]),
        *(_map(here, name, states[name]) for name in here.catalogue.names),
        *(_columns(name, found) for name, found in here.unseen.items()),
        *[check for name in here.catalogue.names for check in await _blanks(here, name)],
        _recent(here, "pump", pump.get("at", ""), PUMP_PAUSE),
        *(_passed(here, name, state) for name, state in states.items() if state["state"] == "running"),
        await _standing(here, [name for name, state in states.items() if state["state"] in LIVE]),
    ]
    fine = all(check["ok"] for check in checks)
    flows = {name: {part: state[part] for part in ("state", "reason", "passed")} for name, state in states.items()}
    calls = {"dataverse": here.dataverse.calls, **{name: erp.calls for name, erp in here.erps.items()}}
    body = {"status": "ready" if fine else "not ready", "checks": checks, "flows": flows, "pump": pump, "calls": calls}
    return answer(body, 200 if fine else 503)


async def _check(name: str, ask: Callable[[], Awaitable[Any]]) -> Check:
    try:
        await ask()
    except KoppelError as problem:
        return {"check": name, "ok": False, "detail": str(problem)}
    return {"check": name, "ok": True}


async def _ledger(here: House) -> None:
    """Raises what keeps everything from working: a ledger that is lost, or was never set up."""
    if (trouble := await ledger_trouble(here)) is not None:
        raise trouble


def _map(here: House, name: str, state: Mapping[str, Any]) -> Check:
    try:
        why = other_map(here, name, state) if state["state"] in LIVE else ""
    except MapError as problem:
        why = str(problem)
    return {"check": f"map {name}", "ok": False, "detail": why} if why else {"check": f"map {name}", "ok": True}


def _columns(name: str, found: Unseen) -> Check:
    """Which lines of a flow column security keeps from flowing, and whether it stops the flow."""
    said = [found.stops, *(f"the line {line} does not flow: {why}" for line, why in found.lines.items())]
    return {"check": f"columns {name}", "ok": False, "detail": "; ".join(filter(None, dict.fromkeys(said)))}


async def _blanks(here: House, name: str) -> list[Check]:
    """Lines of a flow that read blank too often to be believed."""
    return [{"check": f"blanks {name} {held['line']}", "ok": False, "detail": held["reason"]}
            for held in await blanked(here, name)]  # fmt: skip


def _passed(here: House, name: str, state: Mapping[str, Any]) -> Check:
    """A flow counts as new until its first compare pass is overdue. What holds a pass is told by itself."""
    for kind, held in state.get("failing", {}).items():
        if held["since"] < moment(here.clock() - HELD):
            detail = f"its {kind} cannot go on since {held['since']}: {held['why']}"
            return {"check": f"passes {name}", "ok": False, "detail": detail}
    return _recent(here, f"passes {name}", state["passed"].get("compare") or state["since"], PASS_PAUSE)


async def _standing(here: House, names: Sequence[str]) -> Check:
    """The record of a live flow that has stood still longest."""
    found = await longest_standing(here, names)
    if found is None:
        return {"check": "oldest", "ok": True}
    return {"check": "oldest", "ok": found.since >= moment(here.clock() - STILL), "detail": found.words}


def _recent(here: House, name: str, last: str, pause: timedelta) -> Check:
    """Whether something came to its end lately."""
    if last >= moment(here.clock() - pause):
        return {"check": name, "ok": True, "last": last}
    return {"check": name, "ok": False, "detail": f"last at {last or 'no time'}: look at its timer and its schedule"}
