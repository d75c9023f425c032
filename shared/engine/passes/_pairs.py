"""Pairs that people name, many in one job: coupled or uncoupled, each with what came of it.

In a flow that does not run, a pair is set down and nothing is looked at: its first synchronisation does the rest. A dry
run does the same over a ledger and systems that set every write down elsewhere, and looks at each pair at once.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.engine._flow import Flow, Outcome, Wake
from shared.engine._house import LIVE, House
from shared.engine._states import LISTENING, flow_in, state_checked
from shared.engine.passes._given import CHUNK, Given, drop_given, given, keep_given
from shared.engine.passes._kept import keep_told
from shared.engine.passes._orders import COUPLE, new_job_id, note, notes, order
from shared.engine.passes._permits import in_any_state, watched
from shared.engine.passes._rehearse import Rehearsal, begin_anew, rehearsal
from shared.engine.passes._waves import Tally, visit_all
from shared.engine.record._aside import doubt_about_match, several_match
from shared.engine.record._by_hand import join, uncouple
from shared.engine.record._called import erp_called, row_called
from shared.engine.record._match import matches, source_at
from shared.engine.record._under import pairs_under
from shared.errors import LedgerMoved, NotFound, Refused, Rejected
from shared.ledger import COUPLING, JOBS, Coupling, Write, after, end_of, erp_end, read_coupling
from shared.mapping import DATAVERSE, ERP, First, Side, fitting
from shared.systems import Reading

REFUSED: Final = "refused"
ALL: Final = "all"
"""Where the pairs of a job come from: every pair of the flow, or every record of the ERP that has none."""
TRIES: Final = 3
ROOM: Final = 4_000
"""Bytes that the lines of one pair have in what a dry run tells."""
_ENDS: Final[Mapping[str, str]] = {"updated": "written", "dormant": "asleep", "conflict": "in conflict"}


async def start_pairs(
    house: House,
    kind: str,
    rows: Mapping[str, Sequence[Given]],
    refused: Sequence[Mapping[str, Any]] = (),
    *,
    confirmed: bool,
    first: First | None = None,
    creates: bool = False,
    under: bool = False,
    source: str = "",
) -> Mapping[str, Any]:
    """Stores a job that couples or uncouples what these rows name, flow by flow; unless it is confirmed, it only tells.

    refused: rows that name nothing, as they are to be told. first: whose values are wanted where two differ. creates:
    a record that matches nothing gets a partner. under: what belongs to a pair is uncoupled with it. source: where the
    pairs of these flows are to be read. Raises MapError for a flow whose map cannot be used.
    """
    for name in rows:
        house.catalogue.map(name)
    job_id = new_job_id(house)
    for name, each in rows.items():
        await keep_given(house.documents, job_id, name, each)
    await keep_told(house.documents, job_id, "", refused)
    more = {"first": first, "create": creates, "under": under, "source": source}
    return await order(house, kind, house.catalogue.order(rows), dry=not confirmed, job_id=job_id, **more)


async def paired(house: House, value: Mapping[str, Any], name: str, out_of_time: Callable[[], bool]) -> bool:
    """A slice of such a job over one flow. True when every pair of it has come to its end."""
    if value["source"] and not value.get("read", {}).get(name):
        await _gather(house, value, name)
    if not value["dry"]:
        return await _Pairs(house, house, value, name, _nothing).run(out_of_time)
    plan = await rehearsal(house, value["id"], value["flows"])
    if plan.is_torn:
        if await begin_anew(plan, out_of_time):
            await house.documents.change(JOBS, value["id"], lambda now: {**now, "at": 0, "tallies": {}, "places": {}})
        return False
    pairs = _Pairs(house, plan.house, value, name, plan.keep)
    pairs.listen(plan)
    return await pairs.run(out_of_time)


async def _nothing() -> None:
    """What is written stands."""


async def _gather(house: House, value: Mapping[str, Any], name: str) -> None:
    """Reads the pairs of a flow from where they stand. Whoever dies begins anew."""
    at = number = 0
    async for page in _pages(house, value, name):
        rows = [replace(each, at=at + place) for place, each in enumerate(page, 1)]
        at += len(rows)
        number = await keep_given(house.documents, value["id"], name, rows, number)
    await note(house, value["id"], "read", name, at or "nothing")


def _pages(house: House, value: Mapping[str, Any], name: str) -> AsyncIterator[Sequence[Given]]:
    if value["source"] != ALL:
        if house.pairs is None:
            raise Refused(f"nobody here knows how to read the pairs of {name} from {value['source']}")
        return house.pairs(house, name)
    return _without_partner(house, name) if value["kind"] == COUPLE else _every_pair(house, name)


async def _couplings(house: House, name: str) -> AsyncIterator[Sequence[Coupling]]:
    async for page in house.commits.range(name, COUPLING, after(COUPLING), ("state", "erp")):
        yield [read_coupling(row) for row in page]


async def _every_pair(house: House, name: str) -> AsyncIterator[Sequence[Given]]:
    """The pairs of a flow that stand."""
    async for page in _couplings(house, name):
        yield [Given(0, "", each.dataverse) for each in page if not each.ended and each.state != "claimed"]


async def _without_partner(house: House, name: str) -> AsyncIterator[Sequence[Given]]:
    """The records of the ERP inside the scope that have no partner, and that nobody has parted from one."""
    flow, companies = house.flow(name), await house.synced_companies(name)
    part = flow.map.erp
    known = {each.index_key async for page in _couplings(house, name) for each in page}
    reading = Reading(part.columns, part.scope.pushed, companies, CHUNK)
    async for page in flow.erp.pages(part.entity, reading, None):
        inside = [flow.map.erp_identity(each.row) for each in page.rows if part.scope.includes(each.row)]
        yield [Given(0, json.dumps(each), "") for each in inside if erp_end(each) not in known]


@dataclass(slots=True)
class _Pairs:
    """One slice over a flow. real: the house of the job; here: the one in which pairs are made, another in a dry run.
    keep: sets down what a dry run has done. lines: by row of Dataverse, what a dry run would write or ask about.
    """

    real: House
    here: House
    value: Mapping[str, Any]
    name: str
    keep: Callable[[], Awaitable[None]]
    lines: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def listen(self, plan: Rehearsal) -> None:
        """Takes up what a dry run would write."""
        samples = plan.samples.notice

        def notice(partition: str, writes: Sequence[Write]) -> None:
            samples(partition, writes)
            for each in plan.samples.seen_in(partition, writes) if partition == self.name else ():
                if each["what"] != "overruled":  # which is told with what is written in its place
                    self.lines[each["record"][DATAVERSE]] += each["lines"]

        plan.tables.notice = notice

    async def run(self, out_of_time: Callable[[], bool]) -> bool:
        documents, job = self.real.documents, self.value["id"]
        number = self.value.get("places", {}).get(self.name, 0)
        counts = Counter[str](self.value["tallies"].get(self.name, {}))
        watch = watched(self.real, self.value, self.name, in_any_state)
        while rows := await given(documents, job, self.name, number):
            await watch.look()
            told = await self._wave(rows)
            await self.keep()
            number += 1
            counts.update(each["what"] for each in told)
            await keep_told(documents, job, self.name, told)
            await notes(self.real, job, self.name, {"tallies": counts, "places": number})
            if out_of_time():
                return False
        if self.name == self.value["flows"][-1]:
            await drop_given(documents, job)
        return True

    async def _wave(self, rows: Sequence[Given]) -> list[dict[str, Any]]:
        """Every pair comes to its end before anything is raised: nobody is at work when the slice is over."""
        found = await state_checked(self.real, self.name)
        flow = flow_in(self.here, self.name, found, job=self.value["id"])
        state = "live" if self.value["dry"] else found["state"]
        companies = await self.real.synced_companies(self.name) if flow.map.company else []
        work = _Wave(flow, self.value, companies, looks=state in {*LIVE, "live"}, asks=state in {*LISTENING, "live"})
        ends = await asyncio.gather(*(work.one(row) for row in rows), return_exceptions=True)
        for each in ends:
            if isinstance(each, BaseException):
                raise each
        return [self._with_lines(each) for each in ends if isinstance(each, dict)]

    def _with_lines(self, told: dict[str, Any]) -> dict[str, Any]:
        lines = self.lines.pop(told["record"].get(DATAVERSE, ""), None)
        return {**told, "lines": fitting(lines, ROOM)} if lines else told


@dataclass(slots=True)
class _Wave:
    """Some pairs of a flow. looks: whether they are visited now; asks: whether a hint stands for them."""

    flow: Flow
    value: Mapping[str, Any]
    companies: Sequence[str]
    looks: bool
    asks: bool

    async def one(self, row: Given) -> dict[str, Any]:
        """One row to its end, with what came of it. Raises TryLater or Denied, upon which it is met again."""
        carry_out = self._coupled if self.value["kind"] == COUPLE else self._uncoupled
        for _ in range(TRIES):
            try:
                return await carry_out(row)
            except (Refused, NotFound, Rejected) as problem:
                return self._told(row, REFUSED, str(problem), {})
            except LedgerMoved:
                continue
        return self._told(row, REFUSED, "somebody else is at work on it: send it again later", {})

    def _told(self, row: Given, what: str, why: str, record: Mapping[str, Any]) -> dict[str, Any]:
        words = {"erp": row.erp, "dataverse": row.dataverse, "company": row.company}
        named = {name: word for name, word in words.items() if word}
        why = "; ".join(filter(None, (why, row.told)))
        return {"at": row.at, "given": named, "record": record, "what": what, "why": why}

    # -- couple

    async def _coupled(self, row: Given) -> dict[str, Any]:
        flow = self.flow
        erp = await erp_called(flow, row.erp, row.company, self.companies) if row.erp else None
        row_id = await row_called(flow, row.dataverse, row.company) if row.dataverse else ""
        if erp is None or not row_id:
            return await self._matched(row, erp, row_id)
        return await self._joined(row, erp, row_id, asleep=True)

    async def _joined(self, row: Given, erp: tuple[str, ...], row_id: str, *, asleep: bool = False) -> dict[str, Any]:
        flow, job = self.flow, self.value["id"]
        stands = await flow.ledger.coupling(end_of(DATAVERSE, (row_id,)))
        if stands is None or not _are(stands, erp):
            erp = await join(flow, erp, row_id, self.value["first"], asleep=asleep)
        elif stands.job != job:
            return self._told(row, "already coupled", "", {ERP: list(erp), DATAVERSE: row_id})
        outcome = await self._looked_at(DATAVERSE, (row_id,))
        return self._told(row, *_came_to(outcome), {ERP: list(erp), DATAVERSE: row_id})

    async def _matched(self, row: Given, erp: tuple[str, ...] | None, row_id: str) -> dict[str, Any]:
        """The partner of a record is looked for by the match keys."""
        flow = self.flow
        side: Side = ERP if erp is not None else DATAVERSE
        identity = erp or (row_id,)
        source = await source_at(flow, side, identity)
        if source is None:
            raise Refused(f"{row.erp or row.dataverse} is not there, or of a company that is not synchronised")
        stands = await flow.ledger.coupling(end_of(side, identity))
        if stands is not None and not stands.ended and stands.state != "claimed" and stands.job != self.value["id"]:
            return self._told(row, "already coupled", "", _record(stands))
        found = await matches(flow, source)
        if not found:
            return await self._alone(row, side, identity)
        if len(found) > 1:
            raise Refused(str(several_match(flow, source, found)["message"]))
        if (doubt := await doubt_about_match(flow, source, found[0])) is not None:
            raise Refused(str(doubt["message"]))
        partner = flow.map.identity_of(source.target, found[0].row)
        ends = (identity, partner[0]) if side == ERP else (partner, row_id)
        return await self._joined(row, *ends)

    async def _alone(self, row: Given, side: Side, identity: tuple[str, ...]) -> dict[str, Any]:
        """Nothing matches: it gets a partner if the job says so."""
        record = {ERP: list(identity)} if side == ERP else {DATAVERSE: identity[0]}
        if not self.value["create"]:
            return self._told(row, "left alone", "nothing matches it", record)
        outcome = await self._looked_at(side, identity, replace(self.flow, chosen="both"))
        made = {ERP: list(outcome.erp or ()), DATAVERSE: outcome.dataverse} if outcome and outcome.dataverse else record
        return self._told(row, outcome.kind if outcome else "left alone", _came_to(outcome)[1], made)

    async def _looked_at(self, side: Side, identity: tuple[str, ...], flow: Flow | None = None) -> Outcome | None:
        flow = flow or self.flow
        hint = await flow.ledger.ask(side, identity) if self.asks else None
        if not self.looks:
            return None
        (outcome,) = await visit_all(flow, [Wake(side, identity, hint)], Tally())
        return outcome

    # -- uncouple

    async def _uncoupled(self, row: Given) -> dict[str, Any]:
        flow = self.flow
        side: Side = ERP if row.erp else DATAVERSE
        identity = (
            await erp_called(flow, row.erp, row.company, self.companies)
            if row.erp
            else (await row_called(flow, row.dataverse, row.company),)
        )
        stands = await flow.ledger.coupling(end_of(side, identity))
        under = await pairs_under(flow, stands) if self.value["under"] and stands and not stands.ended else []
        why = await uncouple(flow, side, identity)
        for keeper, each in under:
            await uncouple(keeper, DATAVERSE, (each.dataverse,))
        what = "uncoupled, with what is under it" if under else "uncoupled"
        return self._told(row, what, _told_under(why, under), _record(stands) if stands else {})


def _are(pair: Coupling, erp: Sequence[str]) -> bool:
    """True of a pair that stands, and is of this record of the ERP."""
    stands = not pair.ended and pair.state != "claimed"
    return stands and pair.erp is not None and erp_end(pair.erp) == erp_end(tuple(erp))


def _record(pair: Coupling) -> dict[str, Any]:
    return {ERP: list(pair.erp or ()), DATAVERSE: pair.dataverse}


def _came_to(outcome: Outcome | None) -> tuple[str, str]:
    """What became of a pair, and why it is not equal."""
    if outcome is None:
        return "coupled", ""
    end = _ENDS.get(outcome.kind, outcome.kind)
    return f"coupled, {end}", ", ".join(outcome.codes)


def _told_under(why: str, under: Collection[tuple[Flow, Coupling]]) -> str:
    by_flow = Counter(keeper.map.name for keeper, _ in under)
    return ", ".join([why, *(f"{number} of {name}" for name, number in sorted(by_flow.items()))])
