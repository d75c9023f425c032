"""The dry run: the same engine over systems and a ledger that set every write down elsewhere, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from shared.engine._blanked import BLANKED
from shared.engine._budget import BUDGET
from shared.engine._discreet import journaled
from shared.engine._house import House
from shared.engine._owners import OWNERS
from shared.engine._strangers import REPORTS
from shared.engine.passes._snapshot import is_settled
from shared.ledger import (
    CONFLICT,
    COUPLING,
    FEEDS,
    JOBS,
    JOURNAL,
    PARKED,
    REHEARSED,
    WAITING,
    Cell,
    Cells,
    Commits,
    Document,
    RehearsedTables,
    Stored,
    Trouble,
    Write,
    after,
    escape,
    moment,
    pack_text,
    read_conflict,
    read_identity,
    read_journal,
    read_trouble,
    sweep,
    unpack_text,
)
from shared.mapping import DATAVERSE, ERP, ROOM, SIDES, FlowMap, Side, fitting
from shared.systems import Observation, RecordKey, RehearsedSystem, record_key

SAMPLES: Final = 20
"""Records shown per flow and kind of change."""
SAMPLE: Final = 20_000
"""Bytes of one record that is shown, where its texts are long."""
UNLIMITED: Final = 10**9
PLAN: Final = "plan~"
AT_REST: Final = timedelta(minutes=5)
"""So long after its end a dry run may still have a worker that has not noticed."""
SHARED: Final = (BLANKED, BUDGET, FEEDS, OWNERS, REPORTS)
"""Partitions in which a dry run remembers something, beside those of its flows."""
NEVER: Final = 2.0
"""A share that no records have: what looks turned back is shown like anything else."""


@dataclass(slots=True)
class Samples:
    """What would be done, a few records of each kind. Keys: flow, then what happens to a record. kept: what a sample
    keeps of a line of a flow.
    """

    shown: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=lambda: defaultdict(dict))
    kept: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = lambda _flow, line: line

    def notice(self, partition: str, writes: Sequence[Write]) -> None:
        """Looks at a transaction of the rehearsed ledger."""
        for sample in self.seen_in(partition, writes):
            of_kind = self.shown[partition].setdefault(sample.pop("what"), [])
            if len(of_kind) < SAMPLES and len(json.dumps(self.shown[partition])) < ROOM // 2:
                of_kind.append(sample)

    def seen_in(self, partition: str, writes: Sequence[Write]) -> Iterator[dict[str, Any]]:
        """What a transaction says of records: what was done, and their lines with old and new values."""
        couplings = {write.key: write for write in writes if write.key.startswith(COUPLING)}
        for write in writes:
            if write.kind != "delete" and (sample := self._sample(partition, write, couplings)):
                yield sample

    def _sample(self, flow: str, write: Write, couplings: Mapping[str, Write]) -> dict[str, Any] | None:
        row = Stored(write.key, write.cells, "")
        if write.key.startswith(JOURNAL):
            entry = read_journal(row)
            lines = fitting(entry["lines"], SAMPLE)
            return {"what": entry["what"], "record": _record(entry["record"], couplings), "lines": lines}
        if write.key.startswith(CONFLICT):
            lost = read_conflict(row)
            old, new = lost.shown
            line = {"line": lost.line, "side": lost.loser, "old": old, "new": new, "reason": "conflict"}
            lines, what = fitting([self.kept(flow, line)], SAMPLE), "undecided conflict" if lost.open else "overruled"
            return {"what": what, "record": _record(lost.dataverse, couplings), "lines": lines}
        return None


def _shown_aside(row: Trouble) -> Mapping[str, Any]:
    return {"record": {row.side: list(row.identity)}, "items": fitting(row.items, SAMPLE)}


def _record(row_id: str, couplings: Mapping[str, Write]) -> dict[str, Any]:
    coupling = couplings.get(COUPLING + row_id)
    identity = read_identity(coupling.cells) if coupling else None
    return {"dataverse": row_id, "erp": list(identity or ())}


@dataclass(slots=True)
class KeptRecords:
    """Records of one side as the rehearsal has left them, where a later slice may have to look at them again."""

    commits: Commits
    partition: str
    keys: set[str] = field(default_factory=set)

    async def load(self) -> None:
        async for page in self.commits.range(self.partition, "!", "~", (REHEARSED,)):
            self.keys.update(row.key for row in page)

    async def find(self, key: RecordKey) -> tuple[bool, Observation | None]:
        name = _name(key)
        row = await self.commits.get(self.partition, name) if name in self.keys else None
        if row is None:
            return False, None
        found = unpack_text("row", row.cells)
        return True, Observation(json.loads(found), str(row.cells["version"])) if found else None

    async def keep(self, key: RecordKey, record: Observation | None) -> None:
        name = _name(key)
        cells: dict[str, Cell] = {REHEARSED: 0}
        if record is not None:
            cells |= {**pack_text("row", json.dumps(fitting(record.row, most=ROOM))), "version": record.version}
        standing = await self.commits.get(self.partition, name) if name in self.keys else None
        self.keys.add(name)
        write = Write("replace" if standing else "insert", name, cells, standing.etag if standing else "")
        await self.commits.commit(self.partition, [write])


def _name(key: RecordKey) -> str:
    return "~".join(map(escape, key))


@dataclass(slots=True)
class Rehearsal:
    """One slice of a dry run: a house in which nothing is written, and what was seen in it.

    What it would write is kept under its job, so that any instance can go on where it stood. note: how far it came; its
    version fences whoever was replaced. Each time it is begun it has partitions of its own (`runs`): what is set down
    late, when it has been begun anew, is no part of it.
    """

    house: House
    real: House
    note: Document
    tables: RehearsedTables
    samples: Samples
    records: Mapping[Side, KeptRecords]

    @property
    def is_torn(self) -> bool:
        """True if somebody died while he set down what he had done, and nobody knows what is missing, or if the map has
        changed since it was begun.
        """
        maps = _maps(self.house, self.note.value["flows"])
        return bool(self.note.value["keeping"]) or bool(self.note.value.get("maps", maps) != maps)

    @property
    def partitions(self) -> list[str]:
        """Everything that is kept for it, however often it was begun."""
        names = (*self.note.value["flows"], *SHARED, *SIDES)
        return [f"{place}~{name}" for place in _places(self.note) for name in names]

    async def seen(self, name: str) -> Mapping[str, Any]:
        """Some records of one flow for its report. Whatever was set aside on the way and is so no more is left out."""
        shown: dict[str, list[Any]] = dict(self.samples.shown.get(name, {}))
        for prefix in (WAITING, PARKED):
            rows = [row async for row in self._set_aside(name, prefix)]
            shown |= {rows[0].kind: [_shown_aside(row) for row in rows[:SAMPLES]]} if rows else {}
        return shown

    async def _set_aside(self, name: str, prefix: str) -> AsyncIterator[Trouble]:
        """The rows that would be stored."""
        async for page in self.house.commits.range(name, prefix, after(prefix)):
            for row in page:
                if REHEARSED in row.cells:
                    yield read_trouble(row)

    async def free(self, name: str) -> None:
        """A dry run moves no feed: whoever holds one, now or in a slice that broke off, is not in its way."""
        for key in (f"{name}~compare", f"{name}~dataverse"):
            feed = await self.house.documents.get(FEEDS, key)
            if feed.value.get("owner"):
                await self.house.documents.put(feed, {**feed.value, "owner": "", "expires": ""})

    def is_through(self, name: str) -> bool:
        """True if the report of a flow has been stored."""
        return name in self.note.value["through"]

    async def finish(self, name: str) -> None:
        """Sets down that a flow is through."""
        self.samples.shown.pop(name, None)
        await self.keep([name])

    async def told(self, name: str) -> dict[str, Any]:
        """Counts of one flow so far, for the job and the report."""
        value = (await self.house.documents.get(JOBS, self.note.value["job"])).value
        return {part: value.get(part, {}).get(name, {}) for part in ("tallies", "read")}

    async def keep(self, through: Collection[str] = ()) -> None:
        """Sets down what this slice has done since the last time, and forgets it. Raises LedgerMoved."""
        await self._note(keeping=True)
        unfinished = self._unfinished()
        for name, system in self._systems():
            side: Side = DATAVERSE if name == DATAVERSE else ERP
            rows = {key: row for key, row in system.rows.items() if row is None or key in unfinished}
            await asyncio.gather(*(self.records[side].keep(key, row) for key, row in rows.items()))
            system.rows.clear()
        await self.tables.keep(self.real.commits, {*self.note.value["flows"], *SHARED}, _compact)
        await self._note(keeping=False, through=sorted({*self.note.value["through"], *through}))

    async def _note(self, **changed: Any) -> None:
        versions = {name: system.versions for name, system in self._systems()}
        now = {"step": self.tables.step, "versions": versions, "shown": self.samples.shown}
        value = {**self.note.value, **now, **changed}
        self.note = await self.real.documents.put(self.note, value)

    def _systems(self) -> Iterator[tuple[str, RehearsedSystem]]:
        for name, system in {DATAVERSE: self.house.dataverse, **self.house.erps}.items():
            assert isinstance(system, RehearsedSystem)
            yield name, system

    def _unfinished(self) -> set[RecordKey]:
        """Records of couplings that something is still to be done about: a later slice looks at them again."""
        found: set[RecordKey] = set()
        for name in self.note.value["flows"]:
            for key, row in self.tables.rows.get(name, {}).items():
                if key.startswith(COUPLING) and row is not None and not is_settled(row.cells):
                    found |= _records_of(self.house.catalogue.map(name), row)
        return found


def _records_of(flow: FlowMap, row: Stored) -> set[RecordKey]:
    identity = read_identity(row.cells)
    found = {record_key(flow.dataverse.entity, [row.key.removeprefix(COUPLING)])}
    return found | ({record_key(flow.erp.entity, identity)} if identity else set())


def _compact(_partition: str, key: str, cells: Cells) -> Cells:
    """What later slices need to know of a coupling that is settled: who belongs together."""
    if key.startswith(COUPLING) and is_settled(cells):
        return {name: cell for name, cell in cells.items() if name not in {"agreed", "marks", "roots"}}
    return cells


async def rehearsal(house: House, job_id: str, flows: Sequence[str]) -> Rehearsal:
    """A house beside this one: it reads what this one reads, and writes elsewhere. It goes on where it stood."""
    note = await house.documents.get(FEEDS, PLAN + job_id)
    if not note.etag:
        note = await house.documents.put(note, _begun(house, job_id, flows, ()))
    *_, place = _places(note)
    samples = Samples(defaultdict(dict, note.value["shown"]), partial(_kept, house))
    tables = RehearsedTables(house.commits.tables, samples.notice, place, note.value["step"])
    records = {side: KeptRecords(house.commits, f"{place}~{side}") for side in SIDES}
    for each in records.values():
        await each.load()
    versions = note.value["versions"]
    apart = replace(
        house,
        erps={
            name: RehearsedSystem(erp, records[ERP].find, versions=versions.get(name, 0))
            for name, erp in house.erps.items()
        },
        dataverse=RehearsedSystem(house.dataverse, records[DATAVERSE].find, versions=versions.get(DATAVERSE, 0)),
        commits=house.commits.over(tables, house.token),
        older=UNLIMITED,
        options=replace(house.options, turned_back_share=NEVER),
        attempts=set(),
        unsent=set(),
        lost=set(),
        rehearsed=True,
    )
    return Rehearsal(apart, house, note, tables, samples, records)


def _kept(house: House, flow: str, line: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a sample keeps of a line."""
    return journaled(line, house.catalogue.map(flow).private, values=house.options.journal_values)


def _maps(house: House, flows: Sequence[str]) -> dict[str, str]:
    """The fingerprints of maps, as far as they are sound."""
    return {found.name: found.fingerprint for found in house.catalogue.sound() if found.name in flows}


def _places(note: Document) -> list[str]:
    """Where the runs of a dry run keep what they do, the last one last. An earlier release knew one place only."""
    return [f"{note.key}~{run}" for run in note.value.get("runs", ())] or [note.key]


def _begun(house: House, job_id: str, flows: Sequence[str], earlier: Sequence[str]) -> dict[str, Any]:
    """The note of a dry run that begins. earlier: its runs before."""
    return {
        "job": job_id,
        "flows": list(flows),
        "runs": [*earlier, house.token()],
        "keeping": False,
        "step": 0,
        "versions": {},
        "shown": {},
        "through": [],
        "maps": _maps(house, flows),
    }


async def begin_anew(found: Rehearsal, out_of_time: Callable[[], bool]) -> bool:
    """Takes away what a dry run has kept, all of it, and begins it again. False if time ran out before."""
    if not await _swept(found, out_of_time):
        return False
    value = found.note.value
    await found.real.documents.put(found.note, _begun(found.real, value["job"], value["flows"], value.get("runs", ())))
    return True


async def _swept(found: Rehearsal, out_of_time: Callable[[], bool]) -> bool:
    for partition in found.partitions:
        if not await sweep(found.real.commits.tables, found.real.commits, partition, out_of_time):
            return False
    return True


async def sweep_plans(house: House, out_of_time: Callable[[], bool]) -> None:
    """Takes away what dry runs have kept that are over; as soon as nobody can be at work on them."""
    async for note in house.documents.all(FEEDS, PLAN):
        value = (await house.documents.get(JOBS, note.value["job"])).value
        if value.get("state") == "running" or value.get("ended", "") > moment(house.clock() - AT_REST):
            continue
        found = await rehearsal(house, note.value["job"], note.value["flows"])
        if not await _swept(found, out_of_time):
            return
        await house.documents.drop(found.note)
