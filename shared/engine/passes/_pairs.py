"""Pairs that people name, many in one job, each with what came of it.

In a flow that does not run, a pair is set down and nothing is looked at: its first synchronisation does the rest. A dry
run does the same over a ledger and systems that set every write down elsewhere, and looks at each pair at once.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypedDict, Unpack

from shared.engine._flow import Flow
from shared.engine._house import LIVE, House
from shared.engine._states import LISTENING, flow_in, state_checked, state_of
from shared.engine.passes._given import Given, drop_given, given, keep_given
from shared.engine.passes._kept import keep_told
from shared.engine.passes._one_pair import Wave
from shared.engine.passes._orders import COUPLE, new_job_id, note, notes, order
from shared.engine.passes._permits import is_held, watched
from shared.engine.passes._rehearse import Rehearsal, begin_anew, rehearsal
from shared.errors import Refused
from shared.ledger import COUPLING, JOBS, Coupling, Write, after, erp_end, read_coupling
from shared.mapping import DATAVERSE, DeletePolicy, First, Side, fitting, fold
from shared.systems import Reading

ALL: Final = "all"
"""Where the pairs of a job come from: every pair of the flow, or every record of the ERP that has none."""
PAGE: Final = 5_000
"""Records of the ERP in one request: they are gathered in one slice, which has to end well before its deadline."""
ROOM: Final = 4_000
"""Bytes that the lines of one pair have in what a dry run tells."""


class How(TypedDict, total=False):
    """What else a job over pairs is told.

    first: whose values are wanted where two differ. creates: a record that matches nothing gets a partner. under: what
    belongs to a pair is uncoupled with it. source: where the pairs of these flows are to be read. send_from: whose
    values are sent. do: what becomes of what is left of a pair. company: of all pairs of a flow only those of this one.
    """

    first: First | None
    creates: bool
    under: bool
    source: str
    send_from: Side | None
    do: DeletePolicy | None
    company: str


_STORED: Final = {"creates": "create", "send_from": "from"}
"""What is called otherwise in the row of the job."""
_UNSAID: Final[Mapping[str, Any]] = {
    "first": None, "create": False, "under": False, "source": "", "from": None, "do": None, "company": "",
}  # fmt: skip


async def start_pairs(
    house: House,
    kind: str,
    rows: Mapping[str, Sequence[Given]],
    refused: Sequence[Mapping[str, Any]] = (),
    *,
    confirmed: bool,
    **how: Unpack[How],
) -> Mapping[str, Any]:
    """Stores a job of this kind over what these rows name, flow by flow; unless it is confirmed, it only tells.

    refused: rows that name nothing, as they are to be told. Raises MapError for a flow whose map cannot be used.
    """
    for name in rows:
        house.catalogue.map(name)
    job_id = new_job_id(house)
    for name, each in rows.items():
        await keep_given(house.documents, job_id, name, each)
    await keep_told(house.documents, job_id, "", refused)
    pilots = [name for name in rows if (await state_of(house, name))["state"] == "not running"]
    more = {"pilots": pilots, **_UNSAID, **{_STORED.get(name, name): value for name, value in how.items()}}
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
    if value["kind"] == COUPLE:
        return _without_partner(house, name)
    return _every_pair(house, name, value.get("company", ""))


async def _couplings(house: House, name: str) -> AsyncIterator[Sequence[Coupling]]:
    async for page in house.commits.range(name, COUPLING, after(COUPLING), ("state", "erp")):
        yield [read_coupling(row) for row in page]


async def _every_pair(house: House, name: str, company: str) -> AsyncIterator[Sequence[Given]]:
    """The pairs of a flow that stand; of one company, unless that is empty."""
    flow = house.flow(name)
    async for page in _couplings(house, name):
        found = (each for each in page if each.is_pair)
        yield [Given(0, "", each.dataverse) for each in found if not company or _is_of(flow, each, company)]


async def paired_companies(house: House, names: Sequence[str]) -> AsyncIterator[str]:
    """The companies that pairs of these flows are of, each once, by their codes in the ERP."""
    told = set[str]()
    for name in names:
        flow = house.flow(name)
        async for page in _couplings(house, name):
            for code in {flow.company_in(each) for each in page if each.is_pair} - told - {""}:
                told.add(code)
                yield code


def _is_of(flow: Flow, pair: Coupling, company: str) -> bool:
    return fold(flow.company_in(pair)) == fold(company)


async def _without_partner(house: House, name: str) -> AsyncIterator[Sequence[Given]]:
    """The records of the ERP inside the scope that have no partner, and that nobody has parted from one."""
    flow, companies = house.flow(name), await house.synced_companies(name)
    part = flow.map.erp
    known = {each.index_key async for page in _couplings(house, name) for each in page}
    reading = Reading(part.columns, part.scope.pushed, companies, PAGE)
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
        watch = watched(self.real, self.value, self.name, partial(is_held, self.name))
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
        is_pilot = state == "not running" and self.name in self.value.get("pilots", ())
        looks, asks = state in {*LIVE, "live"}, state in {*LISTENING, "live"}
        companies = await self.real.synced_companies(self.name) if flow.map.company else []
        work = Wave(flow, self.value, companies, looks=looks, asks=asks, makes=looks or is_pilot)
        ends = await asyncio.gather(*(work.one(row) for row in rows), return_exceptions=True)
        for each in ends:
            if isinstance(each, BaseException):
                raise each
        return [self._with_lines(each) for each in ends if isinstance(each, dict)]

    def _with_lines(self, told: dict[str, Any]) -> dict[str, Any]:
        lines = self.lines.pop(told["record"].get(DATAVERSE, ""), None)
        return {**told, "lines": fitting(lines, ROOM)} if lines else told
