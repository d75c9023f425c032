"""Orders: jobs as they are stored, told about and stopped.

A job names its flows in dependency order and what to do with each. Its row holds progress and tallies; `failing`: flows
that it comes back to, since when and why; `errors`: what was not done.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypedDict, Unpack

from shared.engine._beside import demand_alone
from shared.engine._house import House
from shared.engine._states import COMING_UP, FlowState, begin_load, begin_to, bring, demand_sight
from shared.errors import LedgerMoved, NotFound, Refused
from shared.ledger import FEEDS, FLOWS, JOBS, Document, by_whom, moment, who
from shared.mapping import Creates, Side

JobKind = Literal["plan", "sync", "compare", "catch-up", "undo", "rebuild"]
Terms = tuple[Side | None, Creates | None]
"""The master of a flow in a job, and where it may create; None: as its map says."""
UPGRADE: Final = "upgrade"
"""The kind of jobs over a suite, and not over its flows: what they do is said by the house."""
COPY: Final = "copy"
RESTORE: Final = "restore"
"""Kinds of jobs that make a copy of the ledger, and put one back."""
COUPLE: Final = "couple"
UNCOUPLE: Final = "uncouple"
SEND: Final = "send"
SURVIVORS: Final = "survivors"
"""Kinds of jobs over pairs that a person names."""
PAIRING: Final = frozenset({COUPLE, UNCOUPLE, SEND, SURVIVORS})
OPEN: Final = "running"
OPEN_JOBS: Final = "open jobs"
"""Where those jobs stand that are not done: the others are kept for a year and more."""
FORGETTING: Final = frozenset({"undo", "rebuild"})
"""Kinds of jobs that take back what stands in the ledger."""
UNSETTLING: Final = FORGETTING | {RESTORE}
"""Kinds of jobs during which nobody may write by what stands in the ledger."""
_JOB_ID: Final = re.compile(r"[0-9]{10}-[0-9a-f]{8}")
ORPHANED: Final = timedelta(minutes=10)
"""So long a flow may be coming up before its job is stored: whoever orders it is dead by then."""


class How(TypedDict, total=False):
    """How a job over flows goes.

    begin: the state its flows come to before anybody can see the job. then: the one that they come to when they are
    done. creates: where records may be made, if not where the maps say. undo: the job that is to be undone, last flow
    first.
    """

    master: Side | None
    creates: Creates | None
    begin: FlowState | None
    then: str
    undo: str


_UNSAID: Final = How(master=None, creates=None, begin=None, then="running", undo="")


async def start_job(
    house: House,
    kind: JobKind,
    flows: Sequence[str],
    *,
    terms: Mapping[str, Terms] | None = None,
    dry: bool = False,
    job_id: str = "",
    **how: Unpack[How],
) -> Mapping[str, Any]:
    """Stores a job; the pump carries it out.

    terms: of flows that have a master and a `creates` of their own in it. dry: an undo or a rebuild only counts.
    job_id: an id that is kept elsewhere already (`new_job_id`); then LedgerMoved says that somebody has stored the job
    meanwhile.
    """
    names = house.catalogue.order(flows)
    said = {name: {"master": own[0], "creates": own[1]} for name, own in (terms or {}).items()}
    begun = _begun(house, kind, names[::-1] if kind == "undo" else names, job_id, dry=dry)
    value = {**begun, **_UNSAID, **how, **({"terms": said} if said else {})}
    for name in names:
        await _bring_to(house, name, value["begin"], value["id"], value["master"], value["creates"])
    await _store(house, value)
    return value


async def start_upgrade(house: House, suite: str, *, dry: bool) -> Mapping[str, Any]:
    """Stores a job that upgrades what a suite keeps. dry: it only counts."""
    return await order(house, UPGRADE, [suite], dry=dry)


async def order(
    house: House, kind: str, names: Sequence[str], *, dry: bool = False, job_id: str = "", **more: Any
) -> Mapping[str, Any]:
    """Stores a job of a kind that leaves the states of flows alone. dry: it only counts. more: what else it is told.
    job_id: drawn before (`new_job_id`), for what is stored ahead of it.
    """
    value = {**_begun(house, kind, names, job_id, dry=dry), **more}
    await _store(house, value)
    return value


def _begun(house: House, kind: str, names: Sequence[str], job_id: str, *, dry: bool) -> dict[str, Any]:
    """What every job says of itself when it is ordered."""
    return {"id": job_id or new_job_id(house), "kind": kind, "flows": list(names), "at": 0, "by": who(), "dry": dry,
            "state": OPEN, "started": moment(house.clock()), "tallies": {}, "errors": {}}  # fmt: skip


async def _store(house: House, value: Mapping[str, Any]) -> None:
    """A job that the pump is to find. Whoever dies in between leaves a row that says nothing, and that is taken up by
    who stores the job under the same id. Raises LedgerMoved if there is such a job.
    """
    with suppress(LedgerMoved):
        await house.documents.put(Document(OPEN_JOBS, str(value["id"]), {}), {})
    await house.documents.put(Document(JOBS, str(value["id"]), {}), value)


async def open_jobs(house: House) -> list[Mapping[str, Any]]:
    """The jobs that are not done, the oldest first. It costs nothing that others have ended."""
    documents, found = house.documents, list[Mapping[str, Any]]()
    today = moment(house.clock())[:10]
    if (await documents.get(FLOWS, OPEN_JOBS)).value.get("listed") != today:
        await _list_open(house, today)
    async for row in documents.all(OPEN_JOBS):
        value = (await documents.get(JOBS, row.key)).value
        if value.get("state") == OPEN:
            found.append(value)
        elif value or began(row.key) < house.clock() - ORPHANED:
            with suppress(LedgerMoved):  # another instance was faster
                await documents.drop(row)
    return found[::-1]


async def _list_open(house: House, today: str) -> None:
    """Lists what another version has left open, once a day."""
    async for value in jobs(house):
        if value["state"] == OPEN:
            await house.documents.change(OPEN_JOBS, value["id"], lambda _value: {"listed": today})
    await house.documents.change(FLOWS, OPEN_JOBS, lambda _value: {"listed": today})


def began(job_id: str) -> datetime:
    return datetime.fromtimestamp(9_999_999_999 - int(job_id.partition("-")[0]), UTC)


def new_job_id(house: House) -> str:
    """An id for a job that is ordered now. Ids of later jobs come first."""
    return f"{9_999_999_999 - int(house.clock().timestamp()):010d}-{house.token()[:8]}"


def terms_in(value: Mapping[str, Any], name: str) -> Terms:
    """Whose values win in a flow of a job, and where it may create: None, where the map says it."""
    own = value.get("terms", {}).get(name, value)
    return own.get("master"), own.get("creates")


async def _bring_to(
    house: House, name: str, state: FlowState | None, job_id: str, master: Side | None, creates: Creates | None
) -> None:
    """A flow comes to the state in which its job is to find it, if there is one."""
    if state == "initializing":
        await begin_load(house, name, job_id, master, creates)
    elif state is not None:
        await begin_to(house, name, state, job_id)


def is_job_id(text: str) -> bool:
    """Whether a job, or what it has made, may be called so: anything else is looked for under no key."""
    return _JOB_ID.fullmatch(text) is not None


async def job(house: House, job_id: str) -> Mapping[str, Any]:
    """One job. Raises NotFound."""
    found = await house.documents.get(JOBS, job_id) if is_job_id(job_id) else None
    if found is None or not found.value:
        raise NotFound(f"there is no job {job_id!r}")
    return found.value


async def jobs(house: House) -> AsyncIterator[Mapping[str, Any]]:
    """All jobs, newest first."""
    async for document in house.documents.all(JOBS):
        yield document.value


async def demand_not_forgetting(house: House, names: Collection[str]) -> None:
    """Raises Refused while a confirmed undo, rebuild or restore is under way over one of these flows: what has just
    gone, or is not back yet, would be made anew.
    """
    for value in await open_jobs(house):
        about = [name for name in value["flows"] if name in names]
        if value["kind"] in UNSETTLING and not value["dry"] and about:
            what = f"the {value['kind']} {value['id']} is under way"
            raise Refused(f"{', '.join(about)}: {what}: wait until it is done, or stop that job first")


async def demand_free(house: House, name: str) -> None:
    """Raises Refused for what stands in the way of a flow beside its approval: what is just being taken back, columns
    that nobody sees, another flow over the same records.
    """
    await demand_not_forgetting(house, [name])
    demand_sight(house, name)
    await demand_alone(house, name)


async def stop_job(house: House, job_id: str) -> Mapping[str, Any]:
    """Ends a job where it stands, and pauses the flows that it was bringing up. Raises NotFound, or Refused if it has
    ended already.
    """
    value = await job(house, job_id)
    if value["state"] != OPEN:
        raise Refused(f"the job {job_id} is {value['state']} already")
    stopped = await end_job(house, job_id, "stopped")
    for name in value["flows"]:
        await bring(house, name, job_id, "paused", f"its job was stopped by {by_whom()}")
    return stopped


async def held_until(house: House, job_id: str) -> str:
    """Until when an instance may be at work on a job; empty if none is. One that died counts until then."""
    held = (await house.documents.get(FEEDS, lease_of(job_id))).value
    expires = str(held.get("expires", "")) if held.get("owner") else ""
    return expires if expires > moment(house.clock()) else ""


def lease_of(job_id: str) -> str:
    """Where it is kept which instance is at work on a job."""
    return f"job~{job_id}"


async def end_job(house: House, job_id: str, state: str) -> Mapping[str, Any]:
    """Ends a job, unless it has ended already."""
    ended = moment(house.clock())

    def change(now: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**now, "state": state, "ended": ended} if now["state"] == OPEN else now

    return (await house.documents.change(JOBS, job_id, change)).value


async def pause_orphan(house: House, name: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Pauses a flow that is coming up, but whose job has ended or was never stored. The state it is in then."""
    if found["state"] not in COMING_UP or found["since"] > moment(house.clock() - ORPHANED):
        return found
    if (await house.documents.get(JOBS, found["job"])).value.get("state") == OPEN:
        return found
    gone = f"the job that was {found['state']} it is gone: resume it{' again' if found['state'] == 'resuming' else ''}"
    return await bring(house, name, found["job"], "paused", gone)


async def note(house: House, job_id: str, part: str, name: str, what: Any) -> None:
    await notes(house, job_id, name, {part: what})


async def notes(house: House, job_id: str, name: str, parts: Mapping[str, Any]) -> None:
    """Stores several things about a flow of a job, all or none."""

    def change(value: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**value, **{part: {**value.get(part, {}), name: what} for part, what in parts.items()}}

    await house.documents.change(JOBS, job_id, change)
