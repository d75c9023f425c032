"""Couplings by hand: couple, uncouple, clear a tombstone, erase a person's data, undo an initial load, rebuild.

What deletes says first what it would delete: without "confirm": true in the body nothing happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import azure.functions as func

from functions.http import BadRequest, answer, check_members, json_body, new_blueprint, refusals
from functions.operations.flows import chosen, chosen_one, demand_leave_for_one, until_at_work
from functions.operations.records import identity_of, side_of
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import (
    LIVE,
    House,
    clear,
    couple,
    demand_not_forgetting,
    erase,
    flow_in,
    job,
    start_job,
    state_of,
    uncouple,
)
from shared.errors import Refused
from shared.mapping import DATAVERSE, ERP

blueprint = new_blueprint()

_END: Final[Mapping[str, type]] = {"side": object, "identity": object}
MEMBERS: Final[Mapping[str, Mapping[str, type]]] = {
    "couple": {"erp": object, "dataverse": object},
    "uncouple": _END,
    "clear": _END,
    "erase": {**_END, "confirm": bool},
    "undo": {"job": str, "confirm": bool},
    "rebuild": {"confirm": bool},
}
"""What the body of an action may hold. What names a record is checked where it is read."""
STAYS: Final = (
    "the records in both systems, and their own history of changes",
    "the coupling: both identities, and fingerprints of what was agreed",
    "undecided conflicts of a pair in sync: decide them, and erase again",
    "what other records say of this one, such as the code of a contact person in an account's journal",
    "errors of jobs that name the record, until JOURNAL_DAYS have passed",
    "what suites kept that are turned off",
    "logs and request telemetry, until the retention of the workspace has passed",
    "backups and restored copies of the ledger",
)
"""What an erasure does not reach."""


@blueprint.function_name("operations_couplings")
@blueprint.route(
    route="operations/couplings/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """One action on one flow.

    couple: {"erp": [...], "dataverse": "id"}, refused where nothing may be written. uncouple, clear, erase:
    {"side": ..., "identity": [...]}; erase needs "confirm". Both of the following start a job, which only counts
    without "confirm": undo {"job": "id"}, rebuild {}.
    """
    here, body, action = await house(), json_body(req), req.route_params.get("action", "")
    suite, flow = (req.route_params.get(part, "") for part in ("suite", "flow"))
    if action not in MEMBERS:
        raise BadRequest(f"{action!r} is not an action; actions: {', '.join(MEMBERS)}")
    check_members(body, **MEMBERS[action])
    confirmed = body.get("confirm") is True
    if action in {"undo", "rebuild"}:
        return answer({"job": await _start(here, chosen(here, suite, flow), action, body, confirmed=confirmed)}, 202)
    name = chosen_one(here, suite, flow)
    if action == "couple":
        await demand_leave_for_one(here, name)
        (row_id,) = identity_of(here, name, DATAVERSE, [body.get("dataverse")])
        flow = flow_in(here, name, await state_of(here, name))
        outcome = await couple(flow, identity_of(here, name, ERP, body.get("erp")), row_id)
        return answer({"outcome": outcome.kind, "reasons": outcome.codes})
    side = side_of(body.get("side"))
    identity = identity_of(here, name, side, body.get("identity"))
    if action == "erase":
        rows = await erase(here, name, side, identity, confirmed=confirmed)
        return answer({"erased" if confirmed else "would erase": rows, "stays": [*_unread(here), *STAYS]})
    told = await (uncouple if action == "uncouple" else clear)(here.flow(name), side, identity)
    waits = await until_at_work(here, [name]) if action == "clear" else {}
    return answer({"done": action, "what": told, **waits})


def _unread(here: House) -> list[str]:
    """Flows in which nobody can look, for their maps cannot be used."""
    sound = {each.name for each in here.maps()}
    return [f"what {name} has kept: its map cannot be read" for name in here.catalogue.names if name not in sound]


async def _start(here: House, names: list[str], action: str, body: Mapping[str, Any], *, confirmed: bool) -> str:
    if action == "rebuild":
        await _demand_quiet(here, names if confirmed else [])
        return str((await start_job(here, "rebuild", names, dry=not confirmed))["id"])
    if not body.get("job"):
        raise BadRequest('name the first synchronisation: {"job": ...}, as the list of jobs does')
    undone = await job(here, str(body["job"]))
    if undone["kind"] != "sync":
        raise BadRequest(f"{undone['id']} is no first synchronisation: only that can be undone")
    chosen_names = [name for name in undone["flows"] if name in names]
    if not chosen_names:
        raise BadRequest(f"{undone['id']} was not about that flow, but about {', '.join(undone['flows'])}")
    await _demand_quiet(here, chosen_names if confirmed else [])
    return str((await start_job(here, "undo", chosen_names, undo=undone["id"], dry=not confirmed))["id"])


async def _demand_quiet(here: House, names: list[str]) -> None:
    """Raises Refused if one of these flows is at work: what is taken back would only come again. So it is while another
    job takes something back.
    """
    await demand_not_forgetting(here, names)
    live = [name for name in names if (await state_of(here, name))["state"] in LIVE]
    if live:
        raise Refused(f"{', '.join(live)}: still at work, so nothing was done; pause or stop it first, and ask again")
