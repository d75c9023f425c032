"""A review as an operator reads it: one row a flow, and for each number where its records are listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.engine import OPEN, Entry, House, Review, chosen_flows, held_until, left_out, why_not_to_start
from shared.errors import KoppelError
from shared.ledger import JOBS
from shared.mapping import DATAVERSE, SIDES, FlowMap

OPERATIONS: Final = "/api/operations"
STATUS: Final = {"planning": "planning", "approval": "to approve", "flows": "waits", "refused": "waits", "": "ordered"}
"""The status of an ordered flow that has not begun, by what it stands before."""
ADVICE: Final = {
    "full": "only one side holds rows: what has no partner is created on the other",
    "couple": "both sides hold rows: what matches is coupled, and nothing is created",
    "nothing": "there is nothing to synchronise now: the flow only begins to run",
    "": "",
}
WRITTEN: Final = ("created", "updated")
LATER: Final = "what finds no partner is created by the next compare pass, for the map says so"


async def told(here: House, found: Review) -> dict[str, Any]:
    """The whole review. `start`: why it cannot be started now; empty if it can."""
    order = [name for name in here.catalogue.order() if name in found.entries]
    names = [*order, *(name for name in found.entries if name not in order)]
    rows = [await _row(here, found, found.entries[name]) for name in names]
    return {
        "suite": found.suite,
        "opened": found.opened,
        "started": found.started,
        "start": await why_not_to_start(here, found),
        "flows": rows,
        "left out": {**left_out(here, found.suite), **await _not_chosen(here, found.suite)},
    }


async def _not_chosen(here: House, suite: str) -> dict[str, str]:
    """The flows that nobody has chosen to synchronise."""
    names = [name for name in here.catalogue.names if name.startswith(f"{suite}.")]
    chosen = await chosen_flows(here, names)
    return {name: "it is not chosen to be synchronised" for name in names if name not in chosen}


async def _row(here: House, found: Review, entry: Entry) -> dict[str, Any]:
    flow_map, job = _map(here, entry.flow), (await _job(here, entry.job))
    needs = here.catalogue.needed_by(entry.flow) if flow_map else []
    counts = (entry.outcome or job.get("tallies", {}).get(entry.flow, {})).get("counts", {})
    return {
        "flow": entry.flow,
        "needs": needs,
        "counts": {side: _counted(side, entry, flow_map) for side in entry.counts},
        "advised": entry.advised,
        "advice": ADVICE[entry.advised],
        "choice": entry.choice,
        "master": entry.master,
        "status": status(entry),
        "why": entry.why or entry.outcome.get("errors", ""),
        "waits for": found.lacks(needs) if entry.is_open and not entry.job else [],
        "directions": {side: _direction(side, entry, counts) for side in sorted(flow_map.targets if flow_map else ())},
        "done": counts,
        "progress": _progress(entry, job),
        "plan": entry.plan,
        "job": entry.job,
        "active": await held_until(here, entry.job) if job.get("state") == OPEN else "",
        "ended": entry.outcome.get("ended", ""),
        "later": LATER if flow_map and _creates_later(flow_map, entry) else "",
        "links": links(entry),
    }


def status(entry: Entry) -> str:
    """Where a flow stands, in a word or two; empty: nobody has ordered it."""
    if entry.outcome:
        return str(entry.outcome["state"])
    if entry.job:
        return "in process"
    return STATUS[entry.stands] if entry.ordered else "skipped" if entry.choice == "skip" else ""


def _counted(side: str, entry: Entry, found: FlowMap | None) -> dict[str, Any]:
    """Rows of a side, and what was counted, as it is looked for there."""
    if found is None:
        return {**entry.counts[side]}
    part = found.dataverse if side == DATAVERSE else found.erp
    return {**entry.counts[side], "entity": part.entity.name, "filter": part.scope.text if side == DATAVERSE else ""}


def _direction(side: str, entry: Entry, done: Mapping[str, int]) -> dict[str, Any]:
    """What goes to a side. An error as soon as one record does not get there."""
    failed = entry.outcome.get("failed", {}).get(side, 0)
    counts = {what: done.get(f"{what} {side}", 0) for what in WRITTEN}
    state = "" if not entry.job else "in process" if not entry.outcome else "success"
    is_error = entry.outcome and (failed or entry.outcome["state"] != "finished")
    return {"status": "error" if is_error and entry.job else state, **counts, "failed": failed}


def _progress(entry: Entry, job: Mapping[str, Any]) -> dict[str, Any]:
    """Rows that the run has read of each side, of those that were counted."""
    read = entry.outcome.get("read", job.get("read", {}).get(entry.flow, {}))
    sums = {side: sum(number for key, number in read.items() if key.partition(" ")[0] == side) for side in SIDES}
    return {side: {"read": sums[side], "of": entry.counts.get(side, {}).get("rows", 0)} for side in SIDES}


def _creates_later(found: FlowMap, entry: Entry) -> bool:
    return entry.choice == "couple" and bool(found.creates)


def links(entry: Entry) -> dict[str, str]:
    """Where the numbers of a flow lead to."""
    place = entry.flow.replace(".", "/")
    aside = {f"failed {side}": f"{OPERATIONS}/parked/{place}?kind=parked&to={side}" for side in SIDES}
    lists = {"waiting": f"{OPERATIONS}/parked/{place}?kind=waiting", "conflict": f"{OPERATIONS}/conflicts/{place}"}
    report = {"report": f"{OPERATIONS}/reports/{place}", "plan": f"{OPERATIONS}/jobs/{entry.plan}"}
    records = f"{OPERATIONS}/jobs/{entry.job}/records?flow={entry.flow}"
    written = {f"{what} {side}": f"{records}&what={what}&side={side}" for what in WRITTEN for side in SIDES}
    run = {"job": f"{OPERATIONS}/jobs/{entry.job}", "coupled": f"{records}&what=coupled", **written}
    return {**(report if entry.plan else {}), **({**run, **aside, **lists} if entry.job else {})}


def _map(here: House, name: str) -> FlowMap | None:
    try:
        return here.catalogue.map(name)
    except KoppelError:
        return None


async def _job(here: House, job_id: str) -> Mapping[str, Any]:
    return (await here.documents.get(JOBS, job_id)).value if job_id else {}
