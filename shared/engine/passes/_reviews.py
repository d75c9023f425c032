"""Reviews that were started, carried on: a dry run where a report is needed, then each flow after those it needs.

The id of a job is stored in the review before the job is: whoever dies in between leaves an id that the next one orders
the job under, and nobody orders a second one. A lease keeps two instances from the same review.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.engine._chosen import demand_chosen
from shared.engine._house import House
from shared.engine._needed import demand_needed
from shared.engine._reports import demand_approval, is_approved, report_on, why_unapproved
from shared.engine._review import BROKEN, FINISHED, REVIEWS, Entry, Review, Stands, change_review, review_from
from shared.engine._states import FlowState, state_of
from shared.engine._turned_back import look_again
from shared.engine.passes._aims import failed
from shared.engine.passes._orders import OPEN, JobKind, demand_free, new_job_id, start_job
from shared.errors import Busy, KoppelError, LedgerMoved, MapError, NotFound, Refused
from shared.ledger import JOBS, Lease, acting, take_lease

Way = tuple[JobKind, FlowState | None]
"""The kind of the job of a flow, and the state that the flow comes to with it."""
WAYS: Final[Mapping[str, Way]] = {"not running": ("sync", "initializing"), "running": ("compare", None)}


async def conduct(house: House) -> int:
    """Carries on every review that was started, as far as it can be now. How many jobs it has ordered."""
    found = [review_from(each.key, each.value) async for each in house.documents.all(REVIEWS)]
    ordered = 0
    for each in found:
        if each.open:
            with contextlib.suppress(Busy, LedgerMoved):  # another instance is at it
                ordered += await _carried_on(house, each.suite)
    return ordered


async def _carried_on(house: House, suite: str) -> int:
    lease = await take_lease(house.documents, house.clock, house.token(), f"review~{suite}")
    try:
        found = review_from(suite, (await house.documents.get(REVIEWS, suite)).value)
        return await Conductor(house, found, lease).go_on()
    finally:
        await lease.release()


@dataclass(slots=True)
class Conductor:
    """One instance at one review. stored: as it stands in the ledger; review: as it is to stand there.

    ordered: how many jobs it has ordered.
    """

    house: House
    stored: Review
    lease: Lease
    ordered: int = 0
    review: Review = field(init=False)

    def __post_init__(self) -> None:
        self.review = self.stored

    async def go_on(self) -> int:
        """Ends what is done, then orders what is due."""
        for each in self.review.open:
            if each.job:
                await self._look_at_job(each)
        for each in self.review.open:
            if not each.job:
                await self._look_ahead(each)
        await self._plan()
        for name in list(self.review.entries):
            entry = self.review.entries.get(name)  # as it is by now: a person may have changed it meanwhile
            if entry and entry.is_open and entry.stands == "flows":
                await self._begin(entry)
        await self._store()
        return self.ordered

    # -- what is under way

    async def _look_at_job(self, entry: Entry) -> None:
        """A job that was never stored is ordered under its id; one that is over ends its entry."""
        job = (await self.house.documents.get(JOBS, entry.job)).value
        if not job:
            await self._order(entry)
        elif job["state"] != OPEN:
            self._end(entry, await outcome(self.house, entry.flow, job))

    async def _look_ahead(self, entry: Entry) -> None:
        """What an entry stands before, if it is not under way."""
        try:
            await self._look_at_report(entry)
        except KoppelError as problem:
            self._note(entry, "refused", str(problem))

    async def _look_at_report(self, entry: Entry) -> None:
        """Whether a person has to look at a report first, and where that stands: `planning` if there is none yet."""
        house, name = self.house, entry.flow
        terms = entry.terms(house.catalogue.map(name))
        if await is_approved(house, name, *terms):
            return self._note(entry, "flows")
        if not entry.plan:
            is_free = entry.stands == "flows" or not await why_unapproved(house, name, *terms)
            return self._note(entry, "flows" if is_free else "planning")
        plan = (await house.documents.get(JOBS, entry.plan)).value
        if not plan or plan["state"] == OPEN:
            return self._note(entry, "planning")
        if report := await report_on(house, name, *terms):
            return self._note(entry, "approval", f"look at the report {report}, and approve it")
        if why := plan["errors"].get(name):
            why = f"the dry run {entry.plan} made no report of it: {why}"
        else:
            why = (
                f"the report {entry.plan} does not hold any more: its map has changed since, or somebody has planned "
                "it on other terms; restart it"
            )
        return self._end(entry, {"state": BROKEN, "errors": why})

    # -- what is due

    async def _plan(self) -> None:
        """One dry run for all that need a report. One that was never stored is ordered under its id."""
        planning = [each for each in self.review.open if each.stands == "planning"]
        if new := [each for each in planning if not each.plan]:
            await self._claim(*(replace(each, plan=job_id) for job_id in [new_job_id(self.house)] for each in new))
        for job_id in {each.plan: None for each in self.review.open if each.stands == "planning" and each.plan}:
            if not (await self.house.documents.get(JOBS, job_id)).value:
                about = [each for each in self.review.open if each.plan == job_id and not each.job]
                await self._order_plan(job_id, about)

    async def _order_plan(self, job_id: str, about: Sequence[Entry]) -> None:
        terms = {each.flow: each.terms(self.house.catalogue.map(each.flow)) for each in about}
        with acting(about[0].by), contextlib.suppress(LedgerMoved):  # another instance has stored it
            await start_job(self.house, "plan", [*terms], terms=terms, job_id=job_id)
            self.ordered += 1

    async def _begin(self, entry: Entry) -> None:
        """Orders the run of a flow, unless it has to wait for others, or something stands in its way."""
        if waits := self.review.lacks(self.house.catalogue.needed_by(entry.flow)):
            return self._note(entry, "flows", f"waits for {', '.join(waits)}")
        try:
            await self._demand(entry)
        except KoppelError as problem:
            return self._note(entry, "refused", str(problem))
        await self._claim(replace(entry, job=new_job_id(self.house), stands="", why=""))
        if (claimed := self.review.entries[entry.flow]).job:
            await self._order(claimed)
        return None

    async def _demand(self, entry: Entry) -> None:
        """Raises what stands in the way of a run, as for whoever lets a flow run."""
        house, name = self.house, entry.flow
        _way(entry, await state_of(house, name))
        await demand_chosen(house, name)
        await demand_free(house, name)
        await demand_needed(house, [name])
        await demand_approval(house, name, *entry.terms(house.catalogue.map(name)))

    async def _order(self, entry: Entry) -> None:
        """Stores the job whose id an entry has. If something stands in its way by now, the entry ends with that."""
        house, name = self.house, entry.flow
        try:
            kind, begin = _way(entry, await state_of(house, name))
            master, creates = entry.terms(house.catalogue.map(name))
        except (Refused, NotFound, MapError) as problem:
            return self._end(entry, {"state": BROKEN, "errors": str(problem)})
        with acting(entry.by), contextlib.suppress(LedgerMoved):  # another instance has stored it
            await look_again(house, name)
            await start_job(house, kind, [name], master=master, creates=creates, begin=begin, job_id=entry.job)
            self.ordered += 1
        return None

    # -- the review

    def _note(self, entry: Entry, stands: Stands, why: str = "") -> None:
        self.review = self.review.having(replace(entry, stands=stands, why=why))

    def _end(self, entry: Entry, told: Mapping[str, Any]) -> None:
        self.review = self.review.having(replace(entry, outcome=told, stands="", why=""))

    async def _claim(self, *entries: Entry) -> None:
        """Stores the ids of jobs, while nobody else is at this review, before the jobs are stored."""
        await self.lease.checkpoint({})
        self.review = self.review.having(*entries)
        await self._store()

    async def _store(self) -> None:
        """Stores what is new, but for entries that a person has changed meanwhile: those are as he wants them."""
        before = self.stored.entries
        new = [each for each in self.review.entries.values() if each != before[each.flow]]

        def change(found: Review) -> Review:
            return found.having(*(each for each in new if found.entries.get(each.flow) == before[each.flow]))

        self.stored = self.review = await change_review(self.house, self.stored.suite, change)


def _way(entry: Entry, found: Mapping[str, Any]) -> Way:
    """How a flow in this state is run. Raises Refused if it is somebody else's word first."""
    state = found["state"]
    if entry.job and found["job"] == entry.job and state in {"initializing", "resuming"}:
        return ("sync", "initializing") if state == "initializing" else ("compare", "resuming")
    if state == "paused" and entry.resumes:
        return "compare", "resuming"
    if state in WAYS:
        return WAYS[state]
    if state == "paused":
        raise Refused(f"{entry.flow} is paused ({found['reason']}): resume it, or stop it, first")
    raise Refused(f"{entry.flow} is {state} by the job {found['job']}: wait until that is done")


async def outcome(house: House, name: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """How the run of a flow ended, as it stays readable when its job is forgotten.

    It is broken off if it did not come to its end. Records that could not be carried over do not break it off.
    """
    errors = job["errors"].get(name, "") or ("its job was stopped" if job["state"] == "stopped" else "")
    return {
        "state": BROKEN if errors else FINISHED,
        "errors": errors,
        "ended": job.get("ended", ""),
        "counts": job["tallies"].get(name, {}).get("counts", {}),
        "read": job.get("read", {}).get(name, {}),
        "failed": await failed(house, name),
    }
