"""Rows that only one worker may move at a time, and the small states around flows.

A feed's lease and its cursor are the same row, so the row's ETag fences a worker that lost its lease. The same holds
for jobs. Flow states, budgets and the environment fingerprint are single rows changed under their ETag.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from shared.errors import Busy, LedgerMoved
from shared.ledger._commit import Commits
from shared.ledger._intent import pack_text, unpack_text
from shared.ledger._keys import after
from shared.ledger._rows import moment
from shared.ledger._tables import Stored, Write

FEEDS: Final = "feeds"
FLOWS: Final = "flows"
JOBS: Final = "jobs"
RESCOPED: Final = "rescoped"
"""In a flow's state: since when it runs with another map, until a compare pass has come to its end."""


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value under its key, at the version it was read."""

    partition: str
    key: str
    value: Mapping[str, Any]
    etag: str = ""

    def write(self, value: Mapping[str, Any] | None = None) -> Write:
        text = json.dumps(value if value is not None else self.value, ensure_ascii=False, separators=(",", ":"))
        cells = pack_text("value", text)
        return Write("replace" if self.etag else "insert", self.key, cells, self.etag)


def read_document(partition: str, row: Stored) -> Document:
    return Document(partition, row.key, json.loads(unpack_text("value", row.cells) or "{}"), row.etag)


@dataclass(frozen=True, slots=True)
class Documents:
    """Single rows holding JSON, each changed only under its ETag."""

    commits: Commits

    async def get(self, partition: str, key: str) -> Document:
        """The row; an empty value and no ETag if there is none yet."""
        row = await self.commits.get(partition, key)
        return read_document(partition, row) if row else Document(partition, key, {})

    async def put(self, document: Document, value: Mapping[str, Any]) -> Document:
        """Stores a new value over the version that was read. Raises LedgerMoved."""
        (etag,) = await self.commits.commit(document.partition, [document.write(value)])
        return replace(document, value=value, etag=etag)

    async def change(
        self, partition: str, key: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Document:
        """Reads, changes and stores, again and again until nobody was faster. `change` must be pure.

        What is as it should be is not stored again.
        """
        async with self.commits.turn(partition, key):
            for _ in range(16):
                document = await self.get(partition, key)
                if (value := change(document.value)) == document.value:
                    return document
                try:
                    return await self.put(document, value)
                except LedgerMoved:
                    continue
        raise Busy(f"{partition}/{key} is being changed by many at once")

    async def drop(self, document: Document) -> None:
        """Takes a row away at the version it was read. Raises LedgerMoved."""
        await self.commits.commit(document.partition, [Write("delete", document.key, etag=document.etag)])

    async def all(self, partition: str, prefix: str = "") -> AsyncIterator[Document]:
        """Every row of a partition, in key order."""
        async for page in self.commits.range(partition, prefix or " ", after(prefix) if prefix else "~"):
            for row in page:
                yield read_document(partition, row)


@dataclass(slots=True)
class Lease:
    """A row held by one worker. Every checkpoint moves the lease with the cursor; a zombie's checkpoint is refused."""

    documents: Documents
    clock: Callable[[], datetime]
    owner: str
    length: timedelta
    document: Document

    @property
    def cursor(self) -> Mapping[str, Any]:
        cursor: Mapping[str, Any] = self.document.value.get("cursor", {})
        return cursor

    async def checkpoint(self, cursor: Mapping[str, Any], beside: Sequence[Write] = ()) -> None:
        """Stores the cursor and keeps the lease. Raises LedgerMoved if the lease was lost.

        A release stores it again as it was here, whatever its owner has made of it since. beside: rows of the same
        partition that only the lease's holder may write.
        """
        await checkpoint_all((self, cursor), beside=beside)

    def turn_to(self, cursor: Mapping[str, Any]) -> None:
        """Goes on from another cursor; it is stored with the next checkpoint, or when the lease is given back."""
        self.document = replace(self.document, value={**self.document.value, "cursor": {**cursor}})

    def moved(self, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row as it is to be stored: with this cursor, and held from now on."""
        expires = moment(self.clock() + self.length)
        return {**self.document.value, "owner": self.owner, "expires": expires, "cursor": dict(cursor)}

    async def release(self) -> None:
        """Gives the lease back. Losing it meanwhile is no harm."""
        try:
            self.document = await self.documents.put(self.document, self.given_back())
        except LedgerMoved:
            return

    def given_back(self) -> Mapping[str, Any]:
        """The row as it is to be stored when nobody holds it any more."""
        return {**self.document.value, "owner": "", "expires": ""}


async def release_all(leases: Sequence[Lease]) -> None:
    """Gives several leases back at once. If one was lost meanwhile, that is no harm to the others."""
    writes = [lease.document.write(lease.given_back()) for lease in leases]
    try:
        await leases[0].documents.commits.commit(FEEDS, writes)
    except LedgerMoved:
        for lease in leases:
            await lease.release()


async def checkpoint_all(*moves: tuple[Lease, Mapping[str, Any]], beside: Sequence[Write] = ()) -> None:
    """Stores the cursors of several leases and keeps all of them, or none. Raises LedgerMoved if one was lost.

    beside: other rows of their partition, stored with them.
    """
    values = [lease.moved(cursor) for lease, cursor in moves]
    writes = [lease.document.write(value) for (lease, _), value in zip(moves, values, strict=True)]
    etags = await moves[0][0].documents.commits.commit(FEEDS, [*writes, *beside])
    for (lease, _), value, etag in zip(moves, values, etags, strict=False):
        lease.document = replace(lease.document, value=value, etag=etag)


async def take_lease(
    documents: Documents, clock: Callable[[], datetime], owner: str, key: str, length: timedelta = timedelta(minutes=2)
) -> Lease:
    """Takes the lease of a feed. Raises Busy while somebody else holds it."""
    (lease,) = await take_leases(documents, clock, owner, key, length=length)
    return lease


async def take_leases(
    documents: Documents,
    clock: Callable[[], datetime],
    owner: str,
    *keys: str,
    length: timedelta = timedelta(minutes=2),
) -> Sequence[Lease]:
    """Takes the leases of several feeds, or none. Raises Busy while somebody else holds one of them.

    A lease is over when our clock says so, or when its row has stood as it is for its whole length as we saw it: a
    clock that is ahead would hold it for ever.
    """
    found = await asyncio.gather(*(documents.get(FEEDS, key) for key in keys))
    for document in found:
        held = document.value.get("expires", "")
        ours = document.value.get("owner") == owner
        if held > moment(clock()) and not ours and not documents.commits.has_stood(document.key, document.etag, length):
            raise Busy(f"{document.key} is being read by another worker until {held}")
    leases = [Lease(documents, clock, owner, length, document) for document in found]
    try:
        await checkpoint_all(*((lease, lease.cursor) for lease in leases))
    except LedgerMoved as lost:
        raise Busy(f"{' or '.join(keys)} was taken by another worker") from lost
    return leases
