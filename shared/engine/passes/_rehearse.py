"""The dry run: the same engine over systems and a ledger that keep every write in memory, and what came of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.engine._house import House
from shared.ledger import (
    CONFLICT,
    COUPLING,
    JOBS,
    JOURNAL,
    PARKED,
    WAITING,
    Commits,
    RehearsedTables,
    Stored,
    Write,
    read_conflict,
    read_identity,
    read_journal,
    read_trouble,
)
from shared.systems import RehearsedSystem

SAMPLES: Final = 20
"""Records shown per flow and kind of change."""
UNLIMITED: Final = 10**9
NEVER: Final = 2.0
"""A share that no records have: what looks turned back is shown like anything else."""


@dataclass(slots=True)
class Samples:
    """What would be done, a few records of each kind. Keys: flow, then what happens to a record."""

    shown: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=lambda: defaultdict(dict))

    def notice(self, partition: str, writes: Sequence[Write]) -> None:
        """Looks at a transaction of the rehearsed ledger."""
        couplings = {write.key: write for write in writes if write.key.startswith(COUPLING)}
        for write in writes:
            if write.kind != "delete" and (sample := _sample(write, couplings)):
                of_kind = self.shown[partition].setdefault(sample.pop("what"), [])
                if len(of_kind) < SAMPLES:
                    of_kind.append(sample)


def _sample(write: Write, couplings: Mapping[str, Write]) -> dict[str, Any] | None:
    row = Stored(write.key, write.cells, "")
    if write.key.startswith(JOURNAL):
        entry = read_journal(row)
        return {"what": entry["what"], "record": _record(entry["record"], couplings), "lines": entry["lines"]}
    if write.key.startswith(CONFLICT):
        lost = read_conflict(row)
        line = {"line": lost.line, "side": lost.loser, "old": lost.shown[0], "new": lost.shown[1], "reason": "conflict"}
        what = "undecided conflict" if lost.open else "overruled"
        return {"what": what, "record": _record(lost.dataverse, couplings), "lines": [line]}
    if write.key.startswith((PARKED, WAITING)):
        aside = read_trouble(row)
        return {"what": aside.kind, "record": {aside.side: list(aside.identity)}, "items": list(aside.items)}
    return None


def _record(row_id: str, couplings: Mapping[str, Write]) -> dict[str, Any]:
    coupling = couplings.get(COUPLING + row_id)
    identity = read_identity(coupling.cells) if coupling else None
    return {"dataverse": row_id, "erp": list(identity or ())}


@dataclass(slots=True)
class Rehearsal:
    """One dry run: a house in which nothing is written, and what was seen in it."""

    house: House
    samples: Samples

    async def told(self, job_id: str, name: str) -> dict[str, Any]:
        """Counts and samples of one flow that has been run through."""
        job = (await self.house.documents.get(JOBS, job_id)).value
        tally = job.get("tallies", {}).get(name, {"counts": {}, "reasons": {}})
        rows: Counter[str] = Counter()
        for key, number in job.get("read", {}).get(name, {}).items():
            rows[key.partition(" ")[0]] += number
        strangers = await self.house.flow(name).approved.listed()
        return {"rows": rows, **tally, "strangers": strangers, "samples": self.samples.shown.get(name, {})}


def rehearsal(house: House) -> Rehearsal:
    """A house beside this one: it reads what this one reads, and writes into memory."""
    samples = Samples()
    tables = RehearsedTables(house.commits.tables, samples.notice)
    apart = replace(
        house,
        erp=RehearsedSystem(house.erp),
        dataverse=RehearsedSystem(house.dataverse),
        commits=Commits(tables, house.token),
        deletes=UNLIMITED,
        older=UNLIMITED,
        options=replace(house.options, journal_values=True, turned_back_share=NEVER),
        attempts=set(),
        lost=set(),
        rehearsals={},
        rehearsed=True,
    )
    return Rehearsal(apart, samples)
