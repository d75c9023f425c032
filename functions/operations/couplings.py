"""Couplings by hand: couple, uncouple, clear a tombstone, erase a person's data, undo an initial load, rebuild.

What deletes says first what it would delete: without "confirm": true in the body nothing happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import azure.functions as func
from pydantic import Field

from functions.bodies import Confirmed, Sent, action_of, body_of
from functions.http import BadRequest, answer, new_blueprint, refusals, told
from functions.naming import Identity, Record, identity_of, read_record, record_of
from functions.operations.flows import chosen, chosen_one, demand_leave_for_one, until_at_work
from functions.operators import operators_only
from functions.runtime import house
from shared.engine import (
    OPEN,
    House,
    JobKind,
    called_now,
    clear,
    couple,
    decide_survivor,
    demand_at_rest,
    demand_not_forgetting,
    demand_remade,
    erase,
    flow_in,
    is_id,
    job,
    lost_side,
    start_job,
    state_of,
    uncouple,
)
from shared.errors import Refused
from shared.mapping import DATAVERSE, ERP, DeletePolicy, First, Side, other

blueprint = new_blueprint()


class Couple(Sent):
    """The two records, each by its identity ([...], or the id alone), by a key (a text), or as a `Record`. first: whose
    values are wanted where the two differ; left out: as the map says.
    """

    erp: Any = None
    dataverse: Any = None
    first: First | None = None


class Survivor(Record, Confirmed):
    """A record of a pair of which one side was deleted, and what becomes of it."""

    do: Literal["restore", "uncouple", "delete"] = Field(description="restore, uncouple or delete")


class Erase(Record, Confirmed):
    """The record about which everything is erased."""


class Undo(Confirmed):
    """The first synchronisation that is taken back, as the list of jobs names it."""

    job: str | None = None


BODIES: Final[Mapping[str, type[Sent]]] = {
    "couple": Couple,
    "uncouple": Record,
    "clear": Record,
    "survivor": Survivor,
    "erase": Erase,
    "undo": Undo,
    "rebuild": Confirmed,
}
STAYS: Final = (
    "the records in both systems, and their own history of changes",
    "a coupling that lives: both identities, and fingerprints of what was agreed; uncouple the two if it is to go",
    "of a pair that has ended, digests of both identities, by which the two are still kept apart",
    "undecided conflicts of a pair in sync: decide them, and erase again",
    "what other records say of this one, such as the code of a contact person in an account's journal",
    "errors of jobs, and rows of lists given to them, that name the record, until JOURNAL_DAYS have passed",
    "what suites kept that are turned off",
    "logs and request telemetry, until the retention of the workspace has passed",
    "copies of the ledger, until they go: erase again if one is put back",
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

    couple: {"erp": [...], "dataverse": "id", "first": "erp"}, refused where nothing may be written. uncouple, clear,
    erase: a record (`Record`); erase needs "confirm". survivor: what becomes ("do") of a record whose partner was
    deleted; it only tells without "confirm". Both of the following start a job, which only counts without "confirm":
    undo {"job": "id"}, rebuild {}.
    """
    here, action = await house(), action_of(req, BODIES)
    suite, flow = (req.route_params.get(part, "") for part in ("suite", "flow"))
    body = body_of(req, BODIES[action])
    if not isinstance(body, (Couple, Record)):
        return await _forgetting(here, chosen(here, suite, flow), body)
    name = chosen_one(here, suite, flow)
    if isinstance(body, Couple):
        return await _couple(here, name, body)
    side, identity = await record_of(here, name, body)
    if isinstance(body, Survivor):
        return await _survivor(here, name, side, identity, body)
    if isinstance(body, Erase):
        rows = await erase(here, name, side, identity, confirmed=body.confirm)
        stays = [*_unread(here), *STAYS]
        if body.confirm:
            return answer({"erased": rows, "stays": stays})
        return answer({"note": _NOTHING.format("erased", "erase it"), "would erase": rows, "stays": stays})
    done = await (uncouple if action == "uncouple" else clear)(here.flow(name), side, identity)
    waits = await until_at_work(here, [name]) if action == "clear" else {}
    return answer({"done": action, "side": side, "identity": list(identity), "what": done, **waits})


_NOTHING: Final = 'nothing was {}: send the same with "confirm": true to {}'


async def _couple(here: House, name: str, body: Couple) -> func.HttpResponse:
    erp = await _end(here, name, ERP, body.erp)
    (row_id,) = await _end(here, name, DATAVERSE, body.dataverse)
    await demand_leave_for_one(here, name)
    outcome = await couple(flow_in(here, name, await state_of(here, name)), erp, row_id, body.first)
    return answer({"outcome": outcome.kind, "reasons": outcome.codes, "erp": list(erp), "dataverse": row_id})


_SURVIVES: Final = 'nothing was done: send the same with "confirm": true to {}'
_DOES: Final = {
    "restore": "make what is gone again from what is left",
    "uncouple": "uncouple the two, so that what is left stays as it is",
    "delete": "delete what is left, too",
}


async def _survivor(here: House, name: str, side: Side, identity: Identity, body: Survivor) -> func.HttpResponse:
    """What becomes of a record whose partner was deleted: said, and done if it is confirmed."""
    flow = flow_in(here, name, await state_of(here, name))
    how: DeletePolicy = "propagate" if body.do == "delete" else body.do
    pair, gone = await lost_side(flow, side, identity)
    demand_remade(flow, gone, how)
    left = await called_now(flow, other(gone), pair.identity(other(gone)))
    told = {"gone": gone, "left": left, "erp": list(pair.erp or ()), "dataverse": pair.dataverse}
    if not body.confirm:
        return answer({"note": _SURVIVES.format(_DOES[body.do]), **told})
    await demand_leave_for_one(here, name)
    outcome = await decide_survivor(flow, side, identity, how)
    return answer({"outcome": outcome.kind, "reasons": outcome.codes, **told})


async def _end(here: House, name: str, side: Side, given: Any) -> Identity:
    """One of two records that are to be coupled."""
    if isinstance(given, str) and (side == ERP or not is_id(given)):
        return await identity_of(here, name, side, Record(key=given))
    if isinstance(given, dict):
        named = read_record(given)
        if named.side not in {None, side}:
            raise BadRequest(f"{side} is {told(given)}; name a record of that side there")
        return await identity_of(here, name, side, named)
    return await identity_of(here, name, side, Record(identity=[given] if isinstance(given, str) else given))


def _unread(here: House) -> list[str]:
    """Flows in which nobody can look, for their maps cannot be used."""
    sound = {each.name for each in here.maps()}
    return [f"what {name} has kept: its map cannot be read" for name in here.catalogue.names if name not in sound]


async def _forgetting(here: House, names: list[str], body: Sent) -> func.HttpResponse:
    """Starts a job that takes back a first synchronisation, or drops the couplings that are found again."""
    assert isinstance(body, Confirmed)
    undone = await _undone(here, body) if isinstance(body, Undo) else None
    if undone is not None and not (about := [name for name in undone["flows"] if name in names]):
        raise BadRequest(f"{undone['id']} was not about that flow, but about {', '.join(undone['flows'])}")
    names = about if undone is not None else names
    await _demand_quiet(here, names if body.confirm else [])
    kind: JobKind = "rebuild" if undone is None else "undo"
    started = await start_job(here, kind, names, undo=undone["id"] if undone else "", dry=not body.confirm)
    dry = {} if body.confirm else {"note": _COUNTS.format(job=started["id"], kind=kind)}
    return answer({"job": started["id"], **dry}, 202)


_COUNTS: Final = (
    "nothing is changed: the job {job} only counts. Look at GET /api/operations/jobs/{job} and .../left; then send the "
    'same with "confirm": true to {kind}'
)


async def _undone(here: House, body: Undo) -> Mapping[str, Any]:
    """The first synchronisation that is to be undone. Raises BadRequest, NotFound or Refused."""
    if not body.job:
        raise BadRequest('name the first synchronisation: {"job": ...}, as the list of jobs does')
    found = await job(here, body.job)
    if found["kind"] != "sync":
        raise BadRequest(f"{found['id']} is no first synchronisation: only that can be undone")
    if found["state"] == OPEN:
        raise Refused(f"{found['id']} is still under way: wait until it is done, or stop that job first")
    return found


async def _demand_quiet(here: House, names: list[str]) -> None:
    """Raises Refused if one of these flows is at work: what is taken back would only come again. So it is while another
    job takes something back.
    """
    await demand_not_forgetting(here, names)
    await demand_at_rest(here, names)
