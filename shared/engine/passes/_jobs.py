"""Jobs: work over whole flows, in slices that any instance may carry on; a lease keeps two from the same one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from shared.engine._blanked import blanks_compared, know_held
from shared.engine._flow import Flow
from shared.engine._house import LIVE, House
from shared.engine._reports import demand_known_companies, store_report
from shared.engine._states import (
    bring,
    brings_up,
    flow_in,
    is_loading,
    note_failing,
    passed,
    pause,
    state_checked,
    state_of,
)
from shared.engine._turned_back import compared
from shared.engine._watch import Watch
from shared.engine.passes._catch_up import CatchUp
from shared.engine.passes._compare import Compare
from shared.engine.passes._copy import copied
from shared.engine.passes._feed import feed_after, is_untracked
from shared.engine.passes._forget import Forget
from shared.engine.passes._kept import keep_told
from shared.engine.passes._orders import (
    COPY,
    FORGETTING,
    OPEN,
    PAIRING,
    RESTORE,
    UPGRADE,
    end_job,
    job,
    jobs,
    lease_of,
    note,
    notes,
    start_job,
    terms_in,
)
from shared.engine.passes._pairs import paired
from shared.engine.passes._permits import in_any_state, is_at_work, may_work, watched, while_live, why_not
from shared.engine.passes._put_off import goes_on, put_off
from shared.engine.passes._rehearse import begin_anew, rehearsal
from shared.engine.passes._restore import restored
from shared.engine.passes._rows import Judge
from shared.engine.passes._undo import Undo
from shared.engine.passes._waiting import look_at_waiting
from shared.engine.passes._waves import Tally, why_paused
from shared.engine.passes._woken import Woken
from shared.errors import (
    Busy,
    CursorLost,
    Failed,
    Halted,
    KoppelError,
    LedgerMoved,
    OtherVersion,
    Refused,
    SignedOut,
    TryLater,
)
from shared.ledger import JOBS, Lease, acting, checkpoint_all, moment, release_all, take_lease, take_leases
from shared.mapping import ERP
from shared.systems import nobodys

COMPARING: Final = frozenset({"sync", "compare"})
INTERRUPTIONS: Final = (TryLater, LedgerMoved, SignedOut)
"""What only interrupts a slice: it is met again from where it was."""
STUCK: Final = timedelta(hours=1)
"""So long the same page of changes may fail; then everything is read, for a feed cannot be read row by row."""
_UNTRACKED: Final = (
    "could not be read with change tracking: see that it is switched on for the table, and that no row of it fails; "
    "until then changes that no event tells of are found by compare passes alone"
)
ASIDE: Final = FORGETTING | PAIRING | {"plan", UPGRADE, COPY, RESTORE}
"""Jobs that leave the states of their flows alone."""


async def work_on(house: House, job_id: str, out_of_time: Callable[[], bool]) -> Mapping[str, Any]:
    """One slice of a job. Raises Busy if another instance is at it."""
    lease = await take_lease(house.documents, house.clock, house.token(), lease_of(job_id))
    try:
        value, tried = await job(house, job_id), set[str]()
        while True:
            if value["state"] != OPEN or value["at"] >= len(value["flows"]):
                return await _finish(house, value, out_of_time)
            name = value["flows"][value["at"]]
            if name in tried:
                return value
            tried.add(name)
            with acting(value.get("by", "")):
                through = await _one_flow(house, value, name, out_of_time)
            value = await _advance(house, job_id) if through else await job(house, job_id)
            if out_of_time():
                return value
    finally:
        await lease.release()


async def _one_flow(house: House, value: Mapping[str, Any], name: str, out_of_time: Callable[[], bool]) -> bool:
    """A slice of one flow. True when the flow is through, or cannot go on. One that cannot go on now is put off."""
    try:
        through = await _or_stops(house, value, name, _slice(house, value, name, out_of_time))
    except Busy:
        return False
    except (LedgerMoved, SignedOut) as problem:
        await note(house, value["id"], "errors", name, str(problem))
        return False
    except TryLater as problem:
        return await put_off(house, value, name, str(problem))
    except Halted as halted:
        await note(house, value["id"], "errors", name, f"{halted}: the rest was not done")
        return bool((await job(house, value["id"]))["state"] == OPEN)
    await goes_on(house, value, name)
    return through


async def _or_stops(house: House, value: Mapping[str, Any], name: str, work: Awaitable[bool]) -> bool:
    """Work on one flow of a job. What cannot be tried again pauses that flow, is noted, and counts as through.

    Raises TryLater, LedgerMoved, SignedOut or Halted.
    """
    try:
        return await work
    except (*INTERRUPTIONS, Halted):
        raise
    except KoppelError as problem:
        if value["kind"] not in ASIDE:
            await pause(house, name, why_paused(problem))
        await note(house, value["id"], "errors", name, str(problem))
        return True


async def _slice(house: House, value: Mapping[str, Any], name: str, out_of_time: Callable[[], bool]) -> bool:
    if value["kind"] == UPGRADE:
        if house.upgrade is None:
            raise Refused(f"nobody here knows how to upgrade {name}")
        return await house.upgrade(house, value, name, out_of_time)
    if value["kind"] in {COPY, RESTORE}:
        return await (copied if value["kind"] == COPY else restored)(house, value, name, out_of_time)
    began = house.clock()
    await house.know_columns()
    if value["kind"] in PAIRING:
        return await paired(house, value, name, out_of_time)
    if value["kind"] == "plan":
        return await _plan(house, value, name, out_of_time)
    found = await state_checked(house, name)
    if value["kind"] in FORGETTING:
        return await _forget(house, value, name, found["state"], out_of_time)
    if why := why_not(value, found):
        await note(house, value["id"], "errors", name, f"{why}: nothing was done")
        return True
    watch = watched(house, value, name, looked=began)
    if value["kind"] == "catch-up" and not is_loading(found):
        return await _catch_up(house, value, name, out_of_time, watch)
    return await compare(house, name, value, out_of_time, watch)


async def _plan(house: House, value: Mapping[str, Any], name: str, out_of_time: Callable[[], bool]) -> bool:
    """A slice of a dry run, which any instance may carry on."""
    job_id = value["id"]
    plan = await rehearsal(house, job_id, value["flows"])
    if plan.is_torn:
        if await begin_anew(plan, out_of_time):
            await house.documents.change(JOBS, job_id, lambda now: {**now, "at": 0, "tallies": {}, "read": {}})
        return False
    if plan.is_through(name):
        return True
    await plan.free(name)
    done = await compare(plan.house, name, value, out_of_time, watched(house, value, name, in_any_state), plan.keep)
    told = await plan.told(name)
    await notes(house, job_id, name, told)
    if not done:
        await plan.keep()
        return False
    strangers = await plan.house.flow(name).approved.listed()
    table = house.catalogue.map(name).dataverse.entity.name
    flows = [each.by(house.clock) for each in house.catalogue.of_table(table)]
    silent = {each.name for each in flows if house.suite_of(each).writer}
    nobody = (await nobodys(house.dataverse, flows, silent)).as_json()
    told = {**_reported(told, await plan.seen(name), strangers), "nobody": nobody}
    await store_report(house, name, job_id, told, *terms_in(value, name))
    await plan.finish(name)
    return True


def _reported(
    told: Mapping[str, Any], samples: Mapping[str, Any], strangers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What a report says about one flow: rows that were read, counts, strangers, and some records of each kind."""
    rows: Counter[str] = Counter()
    for key, number in told["read"].items():
        rows[key.partition(" ")[0]] += number
    return {"rows": rows, **told["tallies"], "strangers": strangers, "samples": samples}


async def _forget(
    house: House, value: Mapping[str, Any], name: str, state: str, out_of_time: Callable[[], bool]
) -> bool:
    """A slice of an undo or a rebuild: the flow must not write meanwhile."""
    if why := is_at_work(value, {"state": state}):
        await note(house, value["id"], "errors", name, why)
        return True
    undo = _undo(house, value) if value["kind"] == "undo" else None
    before = Tally.from_json(value["tallies"].get(name, {}))
    flow = house.flow(name, job=value["id"])
    flow.watch = watched(house, value, name, is_at_work)
    run = Forget(flow, out_of_time, undo, value["dry"], before)
    run.place = value.get("places", {}).get(name, run.place)
    try:
        return await _noted(house, value, name, run)
    finally:
        await keep_told(house.documents, value["id"], name, run.kept)


def _undo(house: House, value: Mapping[str, Any]) -> Undo:
    return Undo(value["undo"], value["flows"], house.catalogue.sound(), lambda name: house.flow(name, job=value["id"]))


async def compare(
    house: House,
    name: str,
    value: Mapping[str, Any],
    out_of_time: Callable[[], bool],
    watch: Watch,
    keep: Callable[[], Awaitable[None]] | None = None,
) -> bool:
    """A slice of a compare pass under a job. Raises Busy while another job is at a pass over the flow.

    keep: of a dry run, sets down what it has done so far.
    """
    async with _held(house, f"{name}~compare", f"{name}~dataverse") as (lease, feed):
        await _take_place(house, name, value, lease)
        found, companies = await asyncio.gather(_begun(house, name, value), house.synced_companies(name))
        flow = _flow_of(house, name, value, found)
        flow.watch = watch
        if value["kind"] != "plan":
            await demand_known_companies(house, name, found, companies)
        run = Compare(flow, lease, feed, companies, out_of_time, keep)
        done = await _noted(house, value, name, run)
        if done:
            await checkpoint_all((feed, run.mark or feed_after(feed.cursor, house.clock())), (lease, {}))
            await _told_at_the_end(house, value, name, run)
        if done and value["kind"] != "plan":
            await _compared(house, name, value, run)
        return done


async def _told_at_the_end(house: House, value: Mapping[str, Any], name: str, run: Compare) -> None:
    """What a pass that has come to its end could not read, and whether changes can be followed from now on."""
    if run.unreadable:
        await note(house, value["id"], "errors", name, run.unreadable)
    table = run.flow.map.dataverse.entity
    if table.change_tracking and is_untracked(run.feed.cursor) and value["kind"] != "plan":
        await note_failing(house, name, "catch-up", f"{table.name} {_UNTRACKED}")


async def _begun(house: House, name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state of a flow as it is now that its feeds are held; that of none for a dry run."""
    if value["kind"] == "plan":
        return {}
    return await state_of(house, name)


def _flow_of(house: House, name: str, value: Mapping[str, Any], found: Mapping[str, Any]) -> Flow:
    """A flow in this state for a slice of a job: with the master that the job names, else as its first synchronisation
    was begun.
    """
    master, creates = terms_in(value, name)
    return flow_in(house, name, found, creates, master, value["id"])


async def _compared(house: House, name: str, value: Mapping[str, Any], run: Compare) -> None:
    """What is over with a compare pass that has come to its end; a dry run ends nothing."""
    over: list[Awaitable[None]] = [passed(house, name, "compare")]
    if not run.tally.counts["kept"]:
        over += [compared(house, name, value["started"]), blanks_compared(house, name, value["started"])]
    await asyncio.gather(*over)


async def _noted(house: House, value: Mapping[str, Any], name: str, run: Compare | Forget) -> bool:
    """Runs a slice and notes what came of it, also if somebody or something ends it."""
    try:
        done = await run.run()
    except INTERRUPTIONS:
        raise
    except KoppelError:
        await notes(house, value["id"], name, run.told())
        raise
    await notes(house, value["id"], name, run.told())
    return done


@asynccontextmanager
async def _held(house: House, *keys: str) -> AsyncIterator[Sequence[Lease]]:
    """The leases of feeds, given back at the end. Raises Busy while somebody else holds one of them."""
    leases = await take_leases(house.documents, house.clock, house.token(), *keys)
    try:
        yield leases
    finally:
        await release_all(leases)


async def _take_place(house: House, name: str, value: Mapping[str, Any], lease: Lease) -> None:
    """Begins a pass, unless this job has begun it. Raises Busy if another job has, and is still at this flow.

    A job that has gone on to another flow never comes back to this one. What a dry run writes is nobody else's.
    """
    holder = lease.cursor.get("job")
    if holder == value["id"]:
        return
    if holder and value["kind"] != "plan":
        other = (await house.documents.get(JOBS, holder)).value
        if other and other["state"] == OPEN and other["flows"][other["at"] :][:1] == [name]:
            raise Busy(f"{name} is being compared by the job {holder}")
    lease.turn_to({"job": value["id"]})


async def _catch_up(
    house: House, value: Mapping[str, Any], name: str, out_of_time: Callable[[], bool], watch: Watch
) -> bool:
    tally = Tally.from_json(value["tallies"].get(name, {}))
    try:
        done = await catch_up(house, name, out_of_time, tally, watch)
    except INTERRUPTIONS:
        raise
    except KoppelError:
        await note(house, value["id"], "tallies", name, tally.as_json())
        raise
    await note(house, value["id"], "tallies", name, tally.as_json())
    return done


async def catch_up(
    house: House, name: str, out_of_time: Callable[[], bool], tally: Tally | None = None, watch: Watch | None = None
) -> bool:
    """A slice of a catch-up pass. A cursor that is refused, or whose page fails for long, is dropped: a compare pass
    reads everything, and sets a new one.

    Raises Halted if somebody pauses the flow meanwhile.
    """
    async with _held(house, f"{name}~dataverse") as (lease,):
        judge, companies = await _judge(house, name)
        tracked = not is_untracked(lease.cursor)
        judge.flow.watch = watch or while_live(house, name)
        run = CatchUp(judge.flow, lease, judge, out_of_time, tally if tally is not None else Tally())
        try:
            done = await run.run() if tracked else True
        except CursorLost:
            return await _anew(house, name, lease)
        except Failed as problem:
            if not await _is_stuck(house, name, problem):
                raise
            return await _anew(house, name, lease)
        done = done and await _modified(house, judge, companies, out_of_time, run.tally)
        done = done and await _woken(house, judge.flow, out_of_time, run.tally)
        if done and tracked:
            await passed(house, name, "catch-up")
        return done


async def _is_stuck(house: House, name: str, problem: Failed) -> bool:
    """True if the feed of changes has failed for so long that it will not pass by itself."""
    found = await note_failing(house, name, "catch-up", str(problem))
    return bool(found["since"] <= moment(house.clock() - STUCK))


async def _anew(house: House, name: str, lease: Lease) -> bool:
    """A feed of changes begins anew, with the next compare pass; one is started unless it is on its way."""
    await lease.checkpoint({})
    if not await is_to_be_compared(house, name):
        await start_job(house, "compare", [name])
    return True


async def _modified(
    house: House, judge: Judge, companies: Sequence[str], out_of_time: Callable[[], bool], tally: Tally
) -> bool:
    """A slice over what was modified in the ERP, where that tells it."""
    flow = judge.flow
    if not flow.system(ERP).tells_changes(flow.map.erp.entity):
        return True
    async with _held(house, f"{flow.map.name}~erp") as (lease,):
        return await CatchUp(flow, lease, judge, out_of_time, tally, ERP, companies).run()


async def _woken(house: House, flow: Flow, out_of_time: Callable[[], bool], tally: Tally) -> bool:
    """A slice over the tables that wake a flow."""
    if not flow.map.woken_by:
        return True
    async with _held(house, f"{flow.map.name}~woken") as (lease,):
        return await Woken(flow, lease, out_of_time, tally).run()


async def is_to_be_compared(house: House, name: str) -> bool:
    """Whether an open job has a compare pass over a flow still before it."""
    found = await state_of(house, name)
    async for value in jobs(house):
        compares = value["state"] == OPEN and value["kind"] in COMPARING
        if compares and name in value["flows"][value["at"] :] and may_work(value, found):
            return True
    return False


async def _judge(house: House, name: str) -> tuple[Judge, Sequence[str]]:
    """The judge of a flow, and the companies that are synchronised."""
    state, companies = await asyncio.gather(state_of(house, name), house.synced_companies(name))
    found = Judge(flow_in(house, name, state))
    await asyncio.gather(found.know_companies(companies), know_held(found.flow))
    return found, companies


async def _advance(house: House, job_id: str) -> Mapping[str, Any]:
    return (await house.documents.change(JOBS, job_id, lambda value: {**value, "at": value["at"] + 1})).value


async def _finish(house: House, value: Mapping[str, Any], out_of_time: Callable[[], bool]) -> Mapping[str, Any]:
    """Ends a job: its flows come to the state it was started for, unless something stopped them meanwhile.

    If that takes longer than the slice, the job stays open, and the next slice goes on at its `ending`.
    """
    if value["state"] != OPEN:
        return value
    names = value["flows"] if value["kind"] not in ASIDE else []
    first, _ = value.get("ending", (0, ""))
    for number in range(first, len(names)):
        work = _finish_flow(house, value, number, out_of_time)
        try:
            through = await _or_stops(house, value, names[number], work)
        except Halted:
            through = False
        except OtherVersion:
            through = not value.get("begin")
        if not through:
            return await job(house, value["id"])
    return await end_job(house, value["id"], "done")


async def _finish_flow(house: House, value: Mapping[str, Any], number: int, out_of_time: Callable[[], bool]) -> bool:
    """A last look at what waits, and the flow is as it was ordered. False if time ran out before that."""
    name, job_id = value["flows"][number], value["id"]
    at, beyond = value.get("ending", (0, ""))
    found = await state_checked(house, name)
    if found["state"] in LIVE and value["kind"] != "catch-up" and may_work(value, found):
        flow = _flow_of(house, name, value, found)
        flow.watch = watched(house, value, name)
        beyond = beyond if at == number else ""
        if reached := await look_at_waiting(flow, out_of_time, Tally(), all_of_them=True, beyond=beyond):
            await house.documents.change(JOBS, job_id, lambda now: {**now, "ending": (number, reached)})
            return False
    if brings_up(job_id, found):
        await bring(house, name, job_id, value["then"])
    return True
