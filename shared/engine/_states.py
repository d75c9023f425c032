"""Flow states and the actions between them, as operators of the product know them.

not running: enabled by nobody, keeps no queue. initializing: the first synchronisation runs. running: live. paused:
hints are kept, one row per record, without limit of time or size. resuming: what was kept is being caught up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

from shared.engine._flow import Flow
from shared.engine._house import LIVE, House
from shared.engine._narrowed import came_back, leave_out
from shared.errors import OtherVersion, Refused
from shared.ledger import FLOWS, RESCOPED, moment, who
from shared.mapping import Creates, Side, fold

FlowState = Literal["not running", "initializing", "running", "paused", "resuming"]
Action = Literal["run", "pause", "resume", "stop"]

ALLOWED: Final[Mapping[Action, tuple[FlowState, ...]]] = {
    "run": ("not running",),
    "pause": ("running",),
    "resume": ("paused",),
    "stop": ("running", "paused", "initializing", "resuming"),
}
COMING_UP: Final = frozenset({"initializing", "resuming"})
"""States in which a flow belongs to the job that brings it up."""
LISTENING: Final = LIVE | {"paused"}
"""States in which hints are stored."""
_FIRST: Final = frozenset({"first", "first_creates"})
"""What is known of a first synchronisation that has not come to its end; who stops the flow gives it up."""
NOT_CHOSEN: Final = "not_chosen"
"""Who has said, and when, that a flow is not synchronised."""
_UNKNOWN: Final[Mapping[str, Any]] = {"state": "not running", "reason": "", "since": "", "job": "", "passed": {}}


async def state_of(house: House, name: str) -> Mapping[str, Any]:
    """State, reason, since when, the job that set it, and when passes last came to their end."""
    return {**_UNKNOWN, **(await house.documents.get(FLOWS, name)).value}


async def state_checked(house: House, name: str) -> Mapping[str, Any]:
    """The state, before work is done: a flow without a company that is to be synced by now pauses; so does one that
    cannot see what it stands on. Raises MapError, and OtherVersion where another map was approved than this app has.
    """
    found, flow_map = await state_of(house, name), house.catalogue.map(name)
    if flow_map.company:
        found = await leave_out(house, name, found)
    if found["state"] not in LIVE:
        return found
    if why := other_map(house, name, found):
        raise OtherVersion(why)
    if (hidden := house.unseen.get(name)) and hidden.stops:
        return await pause(house, name, hidden.stops)
    if new := not_let_in(found, house.chosen_companies(flow_map)) or came_back(house, found):
        return await pause(house, name, f"{new} was not approved with it: plan it, look at the report, and approve it")
    return found


def other_map(house: House, name: str, found: Mapping[str, Any]) -> str:
    """Why a flow in this state is not this app's to work on, if another map was approved; empty if it is."""
    own = house.catalogue.map(name).fingerprint
    approved = found.get("map", own)
    if approved == own:
        return ""
    return (
        f"{name}: {house.version} has another map ({own[:8]}) than was approved ({approved[:8]}, by "
        f"{found.get('version') or 'an earlier version'}), and leaves the flow alone: if it is to take over, plan the "
        "flow there, look at the report, and approve it"
    )


def not_let_in(found: Mapping[str, Any], companies: Iterable[str]) -> str:
    """Those of these companies that a flow in this state was not let run with; empty if there are none."""
    let = found.get("companies")
    return ", ".join(sorted({fold(each) for each in companies} - set(let))) if let is not None else ""


def is_chosen(found: Mapping[str, Any]) -> bool:
    """Whether the flow that is in this state is synchronised, or may be; it is unless a person has said otherwise."""
    return NOT_CHOSEN not in found


async def leave(house: House, name: str, reason: str) -> None:
    """Stops a flow that is not synchronised any more, in one step with that word: nobody begins it in between."""
    said = {"by": who(), "at": moment(house.clock())}
    await _move(house, name, is_chosen, "not running", reason, more={NOT_CHOSEN: said})


async def set_state(house: House, name: str, state: FlowState, reason: str = "", job: str = "") -> Mapping[str, Any]:
    """Moves a flow to a state, whatever it was in."""
    return await _move(house, name, lambda _found: True, state, reason, job)


async def begin_load(house: House, name: str, job: str, master: Side | None, creates: Creates | None = None) -> None:
    """A flow comes to its first synchronisation. Whose values win in it, and where it may create if not where the map
    says, is known until that has come to its end.
    """
    first = {"first": master or house.catalogue.map(name).policy.master, "first_creates": creates}
    await house.documents.change(
        FLOWS, name, lambda value: {**value, **first} if _comes_up(job, {**_UNKNOWN, **value}) else value
    )
    await begin_to(house, name, "initializing", job)


async def begin_to(house: House, name: str, state: FlowState, job: str) -> Mapping[str, Any]:
    """A flow comes to a state with a job, once: whoever orders that job again, and late, changes nothing, and neither
    does one of a flow that a person has left out meanwhile. The state it is in then.
    """
    return await _move(house, name, lambda found: _comes_up(job, found), state, "", job)


def _comes_up(job: str, found: Mapping[str, Any]) -> bool:
    return is_chosen(found) and not was_brought(job, found)


def was_brought(job: str, found: Mapping[str, Any]) -> bool:
    """Whether a job has brought a flow in this state up before, and is through with it."""
    return bool(job) and found["job"] == job and found["state"] not in COMING_UP


def is_loading(found: Mapping[str, Any]) -> bool:
    """Whether the first synchronisation of a flow in this state has been begun, and has not come to its end."""
    return "first" in found


def first_master(found: Mapping[str, Any]) -> Side | None:
    """Whose values win in the first synchronisation of a flow in this state; None if that is over."""
    master: Side | None = found.get("first")
    return master


def first_creates(found: Mapping[str, Any]) -> Creates | None:
    """Where the first synchronisation of a flow in this state may create; None if where the map says."""
    creates: Creates | None = found.get("first_creates")
    return creates


def flow_in(
    house: House,
    name: str,
    found: Mapping[str, Any],
    creates: Creates | None = None,
    master: Side | None = None,
    job: str = "",
) -> Flow:
    """A flow in this state for one slice: until its first synchronisation is over, whatever is visited, and whoever
    asked for it, goes by the master of that, unless a job names another. creates: where a person lets it create.
    """
    creates = creates or first_creates(found)
    return house.flow(name, job=job, master=master or first_master(found), creates=creates)


async def pause(house: House, name: str, reason: str) -> Mapping[str, Any]:
    """Pauses a flow that is live; what a person has said meanwhile stands. The state it is in then."""
    return await _move(house, name, lambda found: found["state"] in LIVE, "paused", reason)


async def bring(house: House, name: str, job: str, state: str, reason: str = "") -> Mapping[str, Any]:
    """Moves a flow on that a job is bringing up, unless it is no longer so. The state it is in then."""
    return await _move(house, name, lambda found: brings_up(job, found), state, reason)


def brings_up(job: str, found: Mapping[str, Any]) -> bool:
    """Whether a flow in this state is being brought up by this job."""
    return found["state"] in COMING_UP and found["job"] == job


async def _move(
    house: House,
    name: str,
    may: Callable[[Mapping[str, Any]], bool],
    state: str,
    reason: str,
    job: str = "",
    more: Mapping[str, Any] = {},
) -> Mapping[str, Any]:
    """Moves a flow if it may be moved, in one step with that question. more: what else is known of it then."""
    now = moment(house.clock())

    def change(value: Mapping[str, Any]) -> Mapping[str, Any]:
        found = {**_UNKNOWN, **value}
        if not may(found):
            return value
        kept = {part: what for part, what in value.items() if state != "not running" or part not in _FIRST}
        return {**kept, "state": state, "reason": reason, "since": now, "job": job or found["job"], "by": who(), **more}

    return {**_UNKNOWN, **(await house.documents.change(FLOWS, name, change)).value}


async def passed(house: House, name: str, kind: str) -> None:
    """Remembers when a pass over a flow, compare or catch-up, last came to its end: a first synchronisation with it."""
    now = moment(house.clock())

    def change(value: Mapping[str, Any]) -> Mapping[str, Any]:
        over = {*_FIRST, RESCOPED} if kind == "compare" else set[str]()
        kept = {part: what for part, what in value.items() if part not in over}
        return {**_failing(kept, kind), "passed": {**value.get("passed", {}), kind: now}}

    await house.documents.change(FLOWS, name, change)


async def note_failing(house: House, name: str, kind: str, why: str) -> Mapping[str, Any]:
    """Remembers since when a pass over a flow cannot go on, and why: both. An empty text: it goes on again."""
    now = moment(house.clock())
    found = await house.documents.change(FLOWS, name, lambda value: _failing(value, kind, why, now))
    held: Mapping[str, Any] = found.value.get("failing", {}).get(kind, {})
    return held


def _failing(value: Mapping[str, Any], kind: str, why: str = "", now: str = "") -> Mapping[str, Any]:
    failing = {each: what for each, what in value.get("failing", {}).items() if each != kind}
    if why:
        failing[kind] = {"since": value.get("failing", {}).get(kind, {}).get("since", now), "why": why}
    rest = {part: what for part, what in value.items() if part != "failing"}
    return {**rest, "failing": failing} if failing else rest


async def allow(house: House, name: str, action: Action) -> None:
    """Raises Refused if an action does not fit the flow's state, saying which do."""
    state = (await state_of(house, name))["state"]
    if state not in ALLOWED[action]:
        possible = [each for each, states in ALLOWED.items() if state in states]
        raise Refused(f"{name} is {state}: it cannot {action}; possible now: {', '.join(possible) or 'nothing'}")


def demand_sight(house: House, name: str) -> None:
    """Raises Refused if column security hides what the flow stands on."""
    if (hidden := house.unseen.get(name)) and hidden.stops:
        raise Refused(f"{name}: {hidden.stops}")


async def demand_at_rest(house: House, names: Iterable[str]) -> None:
    """Raises Refused if one of these flows is at work."""
    live = [name for name in names if (await state_of(house, name))["state"] in LIVE]
    if live:
        raise Refused(f"{', '.join(live)}: still at work, so nothing was done; pause or stop it first, and ask again")


async def pause_all(house: House, names: list[str], reason: str) -> None:
    """Stops flows from writing because something is wrong that only a person can judge."""
    for name in names:
        await set_state(house, name, "paused", reason)
