"""Single rows that many want to change, and leases that one worker holds at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from shared.errors import Busy, KoppelError, LedgerMoved
from shared.ledger import Commits, Document, Documents, Lease, Tables, Write, checkpoint_all, take_lease, take_leases
from tests.emulator.tables import MemoryTables

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
FEED = "dual_write.customers_v3_accounts~dataverse"
MINUTES = timedelta(minutes=2)


class Clock:
    """The time, moved by the test."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def documents(tables: Tables) -> Documents:
    numbers = count(1)
    return Documents(Commits(tables, lambda: f"op{next(numbers)}"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


# -- documents


async def test_no_document(documents: Documents) -> None:
    """A row that is not there yet is an empty document without a version."""
    assert await documents.get("flows", "a") == Document("flows", "a", {})


async def test_put(documents: Documents) -> None:
    """A document is stored and read as it was given, over any number of versions."""
    document = await documents.get("flows", "a")
    for value in ({"state": "running"}, {}, {"nested": {"list": [1, None, "ä💶", True]}}):
        document = await documents.put(document, value)
        assert await documents.get("flows", "a") == document
        assert document.value == value


async def test_put_over_another_version(documents: Documents) -> None:
    """A document that somebody changed or made meanwhile is not overwritten."""
    none_yet = await documents.get("flows", "a")
    first = await documents.put(none_yet, {"n": 1})
    await documents.put(first, {"n": 2})
    for stale in (none_yet, first):
        with pytest.raises(LedgerMoved):
            await documents.put(stale, {"n": 3})
    assert (await documents.get("flows", "a")).value == {"n": 2}


def more(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"n": value.get("n", 0) + 1}


@pytest.mark.parametrize("many", [2, 10])
async def test_change_under_contention(documents: Documents, many: int) -> None:
    """Changes made at the same moment are all made, one after another."""
    await asyncio.gather(*(documents.change("budget", "flow", more) for _ in range(many)))
    assert (await documents.get("budget", "flow")).value == {"n": many}


async def test_many_changes_at_once(memory: MemoryTables) -> None:
    """As many changes as records of one slice are all made."""
    numbers = count(1)
    documents = Documents(Commits(memory, lambda: f"op{next(numbers)}"))
    await asyncio.gather(*(documents.change("budget", "flow", more) for _ in range(100)))
    assert (await documents.get("budget", "flow")).value == {"n": 100}


async def test_change_without_end(memory: MemoryTables) -> None:
    """Who is never fast enough is told to come later, and what the faster ones stored stays."""
    documents = Documents(Commits(memory, lambda: "ours"))
    rival = {"op": "rival", **Document("budget", "flow", {"n": 7}).write().cells}
    memory.apply("budget", [Write("insert", "flow", rival)])

    def overtaken(_value: Mapping[str, Any]) -> Mapping[str, Any]:
        memory.apply("budget", [Write("replace", "flow", rival, memory.partitions["budget"]["flow"].etag)])
        return {"n": -1}

    with pytest.raises(Busy, match="budget/flow"):
        await documents.change("budget", "flow", overtaken)
    assert (await documents.get("budget", "flow")).value == {"n": 7}


async def test_change_that_refuses(documents: Documents) -> None:
    """A change that raises stores nothing, and its error arrives as it is."""

    class Spent(KoppelError):
        """The budget is spent."""

    def refuse(_value: Mapping[str, Any]) -> Mapping[str, Any]:
        raise Spent

    await documents.change("budget", "flow", more)
    with pytest.raises(Spent):
        await documents.change("budget", "flow", refuse)
    assert (await documents.get("budget", "flow")).value == {"n": 1}


async def test_change_that_changes_nothing(documents: Documents) -> None:
    """What is as it should be is not stored again."""
    await documents.change("budget", "flow", more)
    before = await documents.get("budget", "flow")
    assert await documents.change("budget", "flow", dict) == before
    assert await documents.get("budget", "flow") == before


async def test_all(documents: Documents) -> None:
    """All rows of a partition come in key order; a prefix narrows them; other partitions stay out."""
    for key in ("job~2", "job~1", "other", "0"):
        await documents.change("jobs", key, lambda _value, key=key: {"is": key})  # type: ignore[misc]
    await documents.change("flows", "job~3", more)
    assert [(row.key, row.value["is"]) async for row in documents.all("jobs")] == [
        ("0", "0"), ("job~1", "job~1"), ("job~2", "job~2"), ("other", "other"),
    ]  # fmt: skip
    assert [row.key async for row in documents.all("jobs", "job~")] == ["job~1", "job~2"]


async def test_large_documents(documents: Documents) -> None:
    """A document larger than a cell is kept whole."""
    value = {"seen": [f"{number * 7919:x}" for number in range(30_000)]}
    await documents.change("feeds", "a", lambda _value: value)
    assert (await documents.get("feeds", "a")).value == value


# -- leases


async def take(documents: Documents, clock: Clock, owner: str, length: timedelta = MINUTES) -> Lease:
    return await take_lease(documents, clock, owner, FEED, length)


async def test_held(documents: Documents, clock: Clock) -> None:
    """A lease that somebody holds is refused, saying until when."""
    await take(documents, clock, "one")
    clock.pass_time(seconds=119.999)
    with pytest.raises(Busy, match="2026-01-05T08:02:00"):
        await take(documents, clock, "two")


async def test_taken_at_the_same_moment(documents: Documents, clock: Clock) -> None:
    """Of many workers who want a lease at once exactly one gets it, the others are told that it is taken."""
    found = await asyncio.gather(*(take(documents, clock, f"w{number}") for number in range(8)), return_exceptions=True)
    assert sum(isinstance(each, Lease) for each in found) == 1
    assert all(isinstance(each, (Lease, Busy)) for each in found)


@pytest.mark.parametrize("seconds", [120, 121, 86_400])
async def test_expired(documents: Documents, clock: Clock, seconds: float) -> None:
    """A lease that ran out goes to the next who asks, with the cursor as it stands."""
    one = await take(documents, clock, "one")
    await one.checkpoint({"at": "page 7"})
    clock.pass_time(seconds=seconds)
    two = await take(documents, clock, "two")
    assert two.cursor == {"at": "page 7"}


async def test_zombie(documents: Documents, clock: Clock) -> None:
    """Who lost the lease cannot move the cursor any more, however often it tries."""
    one = await take(documents, clock, "one")
    clock.pass_time(minutes=3)
    two = await take(documents, clock, "two")
    await two.checkpoint({"at": "new"})
    for _ in range(3):
        with pytest.raises(LedgerMoved):
            await one.checkpoint({"at": "old"})
    assert (await documents.get("feeds", FEED)).value["cursor"] == {"at": "new"}


async def test_zombie_gives_back(documents: Documents, clock: Clock) -> None:
    """Giving back a lease that was lost is no harm: it stays with the one who has it."""
    one = await take(documents, clock, "one")
    clock.pass_time(minutes=3)
    await take(documents, clock, "two")
    await one.release()
    with pytest.raises(Busy):
        await take(documents, clock, "three")


async def test_expired_but_not_taken(documents: Documents, clock: Clock) -> None:
    """A worker that was only slow keeps its lease if nobody wanted it."""
    one = await take(documents, clock, "one")
    clock.pass_time(minutes=3)
    await one.checkpoint({"at": "page 8"})
    with pytest.raises(Busy):
        await take(documents, clock, "two")


async def test_checkpoint_keeps_the_lease(documents: Documents, clock: Clock) -> None:
    """Every checkpoint renews the lease for its full length."""
    one = await take(documents, clock, "one")
    for page in range(5):
        clock.pass_time(seconds=119)
        await one.checkpoint({"at": page})
        with pytest.raises(Busy):
            await take(documents, clock, "two")


async def test_release(documents: Documents, clock: Clock) -> None:
    """A lease that was given back is free at once, and its cursor stays."""
    one = await take(documents, clock, "one")
    await one.checkpoint({"at": "end"})
    await one.release()
    assert (await take(documents, clock, "two")).cursor == {"at": "end"}


async def test_a_release_stores_nothing_new(documents: Documents, clock: Clock) -> None:
    """What a worker has noted since its last checkpoint, and did not come to store, is not half stored by this."""
    lease, noted = await take(documents, clock, "a"), {"at": 1}
    await lease.checkpoint(noted)
    noted["at"] = 2
    await lease.release()
    assert (await take(documents, clock, "b")).cursor == {"at": 1}


async def test_no_work_after_release(documents: Documents, clock: Clock) -> None:
    """Who gave a lease back and lost it to another cannot go on with it."""
    one = await take(documents, clock, "one")
    await one.release()
    await take(documents, clock, "two")
    with pytest.raises(LedgerMoved):
        await one.checkpoint({"at": "old"})


async def test_feeds_are_apart(documents: Documents, clock: Clock) -> None:
    """One worker may hold the leases of several feeds, several workers those of different ones."""
    await take(documents, clock, "one")
    for owner, feed in (("one", "a~erp"), ("two", "a~dataverse")):
        await take_lease(documents, clock, owner, feed)


async def test_first_cursor_is_empty(documents: Documents, clock: Clock) -> None:
    """A feed that was never read begins without a cursor."""
    assert (await take(documents, clock, "one")).cursor == {}


async def test_several_at_once(documents: Documents, clock: Clock) -> None:
    """Leases that are taken together are taken all or none."""
    await take(documents, clock, "one")
    with pytest.raises(Busy, match=FEED):
        await take_leases(documents, clock, "two", "a~erp", FEED)
    await take_lease(documents, clock, "three", "a~erp")


async def test_several_cursors_at_once(documents: Documents, clock: Clock) -> None:
    """Cursors that move together move all or none: where one lease was lost, the other stands as it stood."""
    one, other = await take_leases(documents, clock, "one", FEED, "a~erp")
    await checkpoint_all((one, {"at": 1}), (other, {"at": 2}))
    clock.pass_time(minutes=3)
    await take(documents, clock, "two")
    with pytest.raises(LedgerMoved):
        await checkpoint_all((one, {"at": 3}), (other, {"at": 4}))
    assert [(await documents.get("feeds", key)).value["cursor"] for key in (FEED, "a~erp")] == [{"at": 1}, {"at": 2}]
