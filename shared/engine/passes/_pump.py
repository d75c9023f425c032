"""The pump: works off hints, looks at waiting records again, and carries jobs on. Safe to run anywhere, any number."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.engine._environment import OtherEnvironment, check_environment
from shared.engine._flow import DELETES, WOKEN, Flow, Wake
from shared.engine._house import LIVE, House
from shared.engine._states import LISTENING, flow_in, pause, state_checked, state_of
from shared.engine._turned_back import EVENTS, note_heard
from shared.engine.passes._due import catch_up_due, due_flows
from shared.engine.passes._jobs import work_on
from shared.engine.passes._orders import open_jobs, pause_orphan
from shared.engine.passes._permits import while_live
from shared.engine.passes._rehearse import sweep_plans
from shared.engine.passes._retention import keep_retention
from shared.engine.passes._reviews import conduct
from shared.engine.passes._waiting import look_at_waiting
from shared.engine.passes._waves import STOPPERS, Tally, visit_all, why_paused
from shared.engine.record._echo import is_echo
from shared.engine.record._visit import visit
from shared.errors import Busy, Denied, Halted, LedgerMoved, MapError, SignedOut, TryLater, trace_of
from shared.ledger import FLOWS, Document, Hint, moment
from shared.mapping import Side

log: Final = logging.getLogger("koppel.engine")
WAVE: Final = 200
"""Hints of one flow that are worked off together."""
QUEUE: Final = 2000
"""Hints of one flow that are worked off before it is the next flow's turn."""
PLACE: Final = "operations_pump_place"
"""Where it is kept which flow is the next run's first, among the states of flows."""
BEHIND: Final = timedelta(minutes=5)
"""So long the echo of our own writes may stand behind what people do."""


@dataclass(slots=True)
class Pumped:
    """What one run of the pump did. problems: what stopped a flow, by flow, or a job. due: orders to catch flows up, as
    they stood when it began with the flows.
    """

    tallies: dict[str, Tally] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    jobs: list[str] = field(default_factory=list)
    unfinished: set[str] = field(default_factory=set)
    due: dict[str, Document] = field(default_factory=dict)

    def tally(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())

    def as_json(self) -> dict[str, Any]:
        tallies = {name: tally.as_json() for name, tally in self.tallies.items() if tally.counts}
        return {"flows": tallies, "problems": self.problems, "jobs": self.jobs}


async def pump(
    house: House, out_of_time: Callable[[], bool], no_more_jobs: Callable[[], bool] = lambda: False
) -> Pumped:
    """One run: jobs first, then what is due in every live flow, flows in dependency order, so that each has its turn.

    no_more_jobs: when the part of the time that jobs may have is over, so that something is left for the flows. What
    fails unexpectedly is logged, and stops nothing else.
    """
    pumped = Pumped()
    try:
        await check_environment(house)
    except (OtherEnvironment, SignedOut, TryLater) as problem:
        pumped.problems["environment"] = str(problem)
        return pumped
    except Denied:
        pass  # every flow is about to be refused in the same way, and pauses with the reason
    await _work_off(house, lambda: out_of_time() or no_more_jobs(), pumped)
    if not await _pump_flows(house, out_of_time, pumped):
        return pumped
    await _guarded("what dry runs have left", sweep_plans(house, out_of_time), pumped)
    await _guarded("retention", keep_retention(house, out_of_time), pumped)
    return pumped


async def _pump_flows(house: House, out_of_time: Callable[[], bool], pumped: Pumped) -> bool:
    """What is due in every live flow; the first is the one that the last run had no time for. False if time ran out."""
    stored = (await house.documents.get(FLOWS, PLACE)).value.get("next", "")
    names = house.catalogue.order()
    at = names.index(stored) if stored in names else 0
    names = [*names[at:], *names[:at]]
    pumped.due = await due_flows(house)
    while names:
        for name in names:
            if out_of_time():
                await _begin_with(house, name)
                return False
            await _guarded(name, pump_flow(house, name, out_of_time, pumped), pumped)
        names = [name for name in names if name in pumped.unfinished]
    if stored:
        await _begin_with(house, "")
    return True


async def _begin_with(house: House, name: str) -> None:
    """Stores which flow is the next run's first; empty: the first in order."""
    await house.documents.change(FLOWS, PLACE, lambda _value: {"next": name})


async def _work_off(house: House, out_of_time: Callable[[], bool], pumped: Pumped) -> None:
    """Jobs, and what reviews order when those have come to their end, as far as time allows."""
    await _conducted(house, pumped)
    await _pump_jobs(house, out_of_time, pumped)
    while pumped.jobs and not out_of_time() and await _conducted(house, pumped):
        await _pump_jobs(house, out_of_time, pumped)


async def _conducted(house: House, pumped: Pumped) -> bool:
    """Whether reviews that were started have ordered anything."""
    ordered = list[int]()

    async def carried_on() -> None:
        ordered.append(await conduct(house))

    await _guarded("reviews", carried_on(), pumped)
    return sum(ordered) > 0


async def _pump_jobs(house: House, out_of_time: Callable[[], bool], pumped: Pumped) -> None:
    """A slice of every open job, the oldest first, as far as time allows."""
    for job_id in [value["id"] for value in await open_jobs(house)]:
        if out_of_time():
            return
        if await _guarded(f"job {job_id}", work_on(house, job_id, out_of_time), pumped):
            pumped.jobs.append(job_id)


async def _guarded(what: str, work: Awaitable[object], pumped: Pumped) -> bool:
    """Whether a piece of work was done. It is tried again by the next run; a mistake of ours is logged and told."""
    try:
        await work
    except (Busy, LedgerMoved, SignedOut, TryLater):
        return False
    except Exception as problem:  # noqa: BLE001 - it is logged and told
        log.error("%s failed: %s", what, trace_of(problem))  # noqa: TRY400 - a trace without the error's own words, which may hold values
        pumped.problems[what] = f"it failed with {type(problem).__name__}: look at the log"
        return False
    return True


async def pump_flow(house: House, name: str, out_of_time: Callable[[], bool], pumped: Pumped) -> None:
    """Hints and waiting records of one flow, if it is live, and what changed if somebody has ordered that. What stops
    the flow pauses it, with the reason.

    Of very many hints it works off so many that the other flows have their turn, too; then it is in `unfinished`.
    """
    pumped.unfinished.discard(name)
    try:
        found = await pause_orphan(house, name, await state_checked(house, name))
        order = pumped.due.pop(name, None)
        if found["state"] not in LIVE:
            await _forget(house, order, found)
            return
        flow = flow_in(house, name, found)
        flow.watch = while_live(house, name)
        if not await work_off_hints(flow, out_of_time, pumped.tally(name)):
            pumped.unfinished.add(name)
        elif not out_of_time():
            await look_at_waiting(flow, out_of_time, pumped.tally(name))
            if order is not None and not out_of_time():
                await catch_up_due(house, name, order, found, out_of_time, pumped.tally(name))
    except (SignedOut, TryLater) as problem:
        pumped.problems[name] = str(problem)
    except (*STOPPERS, MapError) as problem:
        pumped.problems[name] = str(problem)
        await pause(house, name, why_paused(problem))
    except Halted:
        return  # somebody has paused it: its hints stand as they were


async def _forget(house: House, order: Document | None, found: Mapping[str, Any]) -> None:
    """A flow that has been stopped owes nothing any more; one that is paused does."""
    if order is not None and found["state"] == "not running":
        await house.documents.drop(order)


async def work_off_hints(flow: Flow, out_of_time: Callable[[], bool], tally: Tally) -> bool:
    """Visits records whose hint is due, in waves, those first that wait longest. True if none was left for later.

    What is most likely our own write coming back stands behind what people have done meanwhile, but not for ever.
    """
    queue = await _queue(flow)
    for at in range(0, len(queue), WAVE):
        await visit_all(flow, [_wake(each) for each in queue[at : at + WAVE]], tally)
        if out_of_time():
            return at + WAVE >= len(queue)
    return len(queue) < QUEUE


async def _queue(flow: Flow) -> list[Hint]:
    """The hints whose turn it is; of very many, the first."""
    found: list[Hint] = []
    async for hint in flow.ledger.hints():
        found.append(hint)
        if len(found) >= 2 * QUEUE:
            found = sorted(found, key=_turn)[:QUEUE]
    return sorted(found, key=_turn)[:QUEUE]


def _turn(hint: Hint) -> tuple[str, str]:
    """Since when a hint is due; an echo, as if it had come later."""
    return moment(datetime.fromisoformat(hint.due) + BEHIND) if hint.echo else hint.due, hint.end


async def take_hint(house: House, name: str, side: Side, identity: tuple[str, ...], source: str) -> Hint | None:
    """Stores a hint for a flow that listens; None if the flow keeps no queue."""
    if (await state_of(house, name))["state"] not in LISTENING:
        return None
    if source in EVENTS:
        await note_heard(house, name, side)
    ledger = house.ledger(name)
    echo = source in EVENTS and source not in DELETES and await is_echo(ledger, side, identity, house.clock())
    return await ledger.store_hint(side, identity, source, echo=echo, beside=source == WOKEN)


def _wake(hint: Hint) -> Wake:
    return Wake(hint.side, hint.identity, hint)


async def sync_now(flow: Flow, side: Side, identity: tuple[str, ...]) -> str:
    """Visits one record at once, as a person asked. How it ended."""
    hint = await flow.ledger.ask(side, identity)
    return (await visit(flow, Wake(side, identity, hint))).kind
