"""Everything about one flow's records: one partition, so that one transaction covers what must change together."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.errors import Busy, LedgerMoved
from shared.ledger._commit import Commits
from shared.ledger._coupling import SUMMARY, Coupling, read_coupling, read_identity
from shared.ledger._keys import (
    CONFLICT,
    COUPLING,
    HINT,
    JOURNAL,
    NUMBERLESS,
    PARKED,
    WAITING,
    after,
    dataverse_end,
    erp_end,
)
from shared.ledger._rows import Hint, Trouble, moment, read_hint, read_trouble
from shared.ledger._tables import Stored, Write
from shared.ledger._who import who
from shared.mapping import DATAVERSE, Side


@dataclass(frozen=True, slots=True)
class FlowLedger:
    """The ledger of one flow. `clock` gives the time in UTC."""

    commits: Commits
    flow: str
    clock: Callable[[], datetime]

    # -- couplings

    async def coupling(self, end: str) -> Coupling | None:
        """The coupling that one end belongs to, or None. Raises LedgerMoved if it changes while it is read."""
        if end.startswith(COUPLING):
            row = await self.commits.get(self.flow, end)
            return read_coupling(row) if row else None
        index = await self.commits.get(self.flow, end)
        if index is None:
            return None
        row = await self.commits.get(self.flow, dataverse_end(str(index.cells["dv"])))
        found = read_coupling(row) if row else None
        if found is None or found.index_key != end:
            raise LedgerMoved(f"the coupling of {end} moved while it was read")
        return found

    async def partner(self, end: str) -> str | None:
        """The Dataverse id coupled with an ERP end (its index alone), or None."""
        index = await self.commits.get(self.flow, end)
        return str(index.cells["dv"]) if index else None

    async def summaries(self, start: str = COUPLING) -> AsyncIterator[Sequence[Stored]]:
        """The couplings from a key on, with the few cells that show whether a record changed, page by page."""
        async for page in self.commits.range(self.flow, start, after(COUPLING), SUMMARY):
            yield page

    async def numberless(self) -> dict[str, str]:
        """Row keys of the claims whose records the ERP is to number, each with the end of what came out of it."""
        rows = self.commits.range(self.flow, NUMBERLESS, after(NUMBERLESS))
        return {row.key.removeprefix(NUMBERLESS): str(row.cells.get("seen", "")) async for page in rows for row in page}

    async def note_seen(self, claim: str, identity: Sequence[str]) -> None:
        """Stores that an ERP record seems to have come out of a claim. Raises LedgerMoved if that has its number."""
        end = erp_end(identity)
        row = await self.commits.get(self.flow, NUMBERLESS + claim)
        if row is None:
            raise LedgerMoved(f"{claim} has its number by now")
        if row.cells.get("seen") != end:
            await self.commit([Write("replace", row.key, {"seen": end, "erp": json.dumps(identity)}, row.etag)])

    async def seen_of(self, claim: str) -> tuple[str, ...] | None:
        """The ERP record that seems to have come out of a claim without a number, if somebody has met it."""
        row = await self.commits.get(self.flow, NUMBERLESS + claim)
        return read_identity(row.cells) if row else None

    # -- hints

    async def store_hint(
        self,
        side: Side,
        identity: Sequence[str],
        source: str,
        due: datetime | None = None,
        *,
        echo: bool = False,
        beside: bool = False,
        failed: int = 0,
        asked: bool = False,
    ) -> Hint:
        """Stores a hint. A repeated hint merges with the one that stands, and always gets a new ETag. Raises Busy.

        echo: most likely it tells of our own write, unless it is repeated: then somebody else wrote, too. beside: it
        does not tell what became of the record itself, so that what a standing hint tells of that is kept. failed: so
        often the record was tried in vain before. asked: a person asked for the visit.
        """
        now = self.clock()
        end = end_of(side, identity)
        hint = Hint(end, side, tuple(identity), source, moment(now), moment(due or now), echo=echo, failed=failed,
                    asked=asked, by=who() if asked else "")  # fmt: skip
        async with self.commits.turn(self.flow, hint.key):
            return await self._merged(hint, beside=beside)

    async def ask(self, side: Side, identity: Sequence[str]) -> Hint:
        """Stores a hint as a person's word: what was refused, or set aside, is tried again. Raises Busy."""
        return await self.store_hint(side, identity, "retry", asked=True)

    async def _merged(self, hint: Hint, *, beside: bool) -> Hint:
        for _ in range(8):
            try:
                (etag,) = await self.commit([Write("insert", hint.key, hint.cells())])
                return replace(hint, etag=etag)
            except LedgerMoved:
                standing = await self.hint(hint.end)
            if standing is None:
                continue
            try:
                merged = _joined(standing, hint, beside=beside)
                write = Write("replace", hint.key, merged.cells(), standing.etag)
                (etag,) = await self.commit([write])
                return replace(merged, etag=etag)
            except LedgerMoved:
                continue
        raise Busy(f"the hint of {hint.end} is being stored by many at once")

    async def postpone(self, hint: Hint, due: datetime, why: Mapping[str, str]) -> None:
        """A hint is due later, for its visit failed. If somebody has repeated it meanwhile, it is due at once."""
        later = replace(hint, due=moment(due), tries=hint.tries + 1, failed=hint.failed + 1, why=why)
        with contextlib.suppress(LedgerMoved):  # repeated meanwhile, or dealt with
            await self.commit([Write("replace", hint.key, later.cells(), hint.etag)])

    async def failing(self) -> AsyncIterator[Trouble]:
        """What visits have failed to, as it is listed beside what is waiting and parked."""
        async for hint in self.all_hints():
            if (found := hint.aside()) is not None:
                yield found

    async def oldest(self) -> Hint | None:
        """The hint that has stood longest; the echo of a write of ours is none."""
        hints = [hint async for hint in self.all_hints() if not hint.echo]
        return min(hints, key=lambda hint: hint.at, default=None)

    async def hint(self, end: str) -> Hint | None:
        row = await self.commits.get(self.flow, HINT + end)
        return read_hint(row) if row else None

    async def hints(self) -> AsyncIterator[Hint]:
        """All hints that are due, in key order."""
        now = moment(self.clock())
        async for hint in self.all_hints():
            if hint.due <= now:
                yield hint

    async def all_hints(self) -> AsyncIterator[Hint]:
        """All hints, also those that are not due yet, in key order."""
        async for row in self._rows(HINT):
            yield read_hint(row)

    # -- troubles

    async def troubles(self, prefix: str) -> AsyncIterator[Trouble]:
        """All waiting (`w~`) or parked (`p~`) rows."""
        async for row in self._rows(prefix):
            yield read_trouble(row)

    async def aside(self) -> AsyncIterator[Trouble]:
        """All parked and waiting rows, in one walk: nothing stands between the two kinds."""
        async for row in self._rows(PARKED, WAITING):
            yield read_trouble(row)

    async def troubles_of(self, end: str) -> list[Trouble]:
        """The waiting and parked rows of one end."""
        rows = [await self.commits.get(self.flow, prefix + end) for prefix in (WAITING, PARKED)]
        return [read_trouble(row) for row in rows if row]

    # -- rows of one record

    async def conflicts(self, row_id: str = "") -> AsyncIterator[Stored]:
        """Conflict rows of one record, or of all."""
        async for row in self._rows(f"{CONFLICT}{row_id}~" if row_id else CONFLICT):
            yield row

    async def journal(self, row_id: str = "", since: str = "") -> AsyncIterator[Stored]:
        """Journal rows of one record, newest first, or of all records. since: the key of the row to begin with."""
        async for row in self._rows(f"{JOURNAL}{row_id}~" if row_id else JOURNAL, since=since):
            yield row

    async def _rows(self, prefix: str, last: str = "", since: str = "") -> AsyncIterator[Stored]:
        """All rows of one kind, or of those from the first to the last; of those from one key on."""
        async for page in self.commits.range(self.flow, max(prefix, since), after(last or prefix)):
            for row in page:
                yield row

    # -- transactions

    async def commit(self, writes: Sequence[Write]) -> Sequence[str]:
        """One transaction in this flow's partition; see `Commits.commit`."""
        return await self.commits.commit(self.flow, writes)

    async def drop(self, hint: Hint) -> None:
        """Removes a hint that was dealt with, unless somebody repeated it."""
        try:
            await self.commit([hint.drop()])
        except LedgerMoved:
            return


def _joined(standing: Hint, hint: Hint, *, beside: bool) -> Hint:
    """A hint that is repeated: due at once, and still known for what stood in the way of its record.

    What a person asked for outlasts the events of the record, until it was looked at.
    """
    source = standing.source if beside else hint.source
    failed = 0 if hint.asked else max(standing.failed, hint.failed)
    return replace(hint, source=source, at=standing.at, due=min(hint.due, standing.due), echo=False, failed=failed,
                   why=standing.why, asked=hint.asked or standing.asked, by=hint.by or standing.by)  # fmt: skip


def end_of(side: Side, identity: Sequence[str]) -> str:
    """The end that a record's identity is kept under."""
    return dataverse_end(identity[0]) if side == DATAVERSE else erp_end(identity)
