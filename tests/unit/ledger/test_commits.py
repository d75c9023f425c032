"""Commits: merged where many settle at once, each for itself all or nothing, and believed only when it is certain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Denied, KoppelError, LedgerMoved, Throttled, Unanswered
from shared.ledger import MAX_WRITES, Conflict, Write
from shared.ledger._tables import MAX_BYTES
from tests.emulator.tables import MemoryTables, TablesRefusal
from tests.unit.ledger.fakes import AFTER, BEFORE, ForgettingTables, ShakyTables, commits_on

FLOW = "dual_write.customers_v3_accounts"
LOST = [Unanswered("no answer"), Conflict(0), Conflict(1), Conflict(None)]
LOST_IDS = ["unanswered", "conflict at 0", "conflict at 1", "conflict somewhere"]


async def stored(tables: MemoryTables, *keys: str) -> dict[str, str]:
    """Rows that are there; their ETags."""
    etags = tables.apply(FLOW, [Write("insert", key, {"op": "earlier"}) for key in keys])
    return dict(zip(keys, etags, strict=True))


def held(tables: MemoryTables) -> list[str]:
    """The keys of all rows."""
    return sorted(tables.partitions.get(FLOW, {}))


# -- one commit


async def test_refused(tables: ShakyTables) -> None:
    """A row that is not as its write requires refuses the commit and is named; nothing is stored."""
    etags = await stored(tables, "a", "b")
    writes = [Write("insert", "c"), Write("replace", "a", {}, etags["a"]), Write("delete", "b", etag="W/stale")]
    with pytest.raises(LedgerMoved) as moved:
        await commits_on(tables).commit(FLOW, writes)
    assert moved.value.key == "b"
    assert held(tables) == ["a", "b"]


async def test_every_row_carries_its_operation(tables: ShakyTables) -> None:
    """Each commit stamps its rows with an id of its own, beside the caller's cells."""
    commits = commits_on(tables)
    await asyncio.gather(commits.commit(FLOW, [Write("insert", "a", {"n": 1}), Write("insert", "b")]),
                         commits.commit(FLOW, [Write("insert", "c", {"op": "mine"})]))  # fmt: skip
    rows = tables.partitions[FLOW]
    assert rows["a"].cells == {"n": 1, "op": "op1"}
    assert rows["b"].cells == {"op": "op1"}
    assert rows["c"].cells == {"op": "op2"}


async def test_etags_are_those_of_the_rows(tables: ShakyTables) -> None:
    """The answer has the new ETag of every row in order, empty for deletes."""
    etags = await stored(tables, "gone")
    answer = await commits_on(tables).commit(
        FLOW, [Write("insert", "a"), Write("delete", "gone", etag=etags["gone"]), Write("insert", "b")]
    )
    rows = tables.partitions[FLOW]
    assert list(answer) == [rows["a"].etag, "", rows["b"].etag]


# -- lost answers


@pytest.mark.parametrize("lost", LOST, ids=LOST_IDS)
@pytest.mark.parametrize("kinds", ["insert", "replace", "delete", "insert delete", "delete replace", "delete delete"])
async def test_carried_out_in_spite_of_the_answer(kinds: str, lost: Exception) -> None:
    """A transaction that was carried out counts, however its answer looked: the SDK may have sent it twice."""
    tables = ShakyTables()
    etags = await stored(tables, "k0", "k1")
    tables.troubles.append((AFTER, lost))
    writes = [
        Write("insert", f"new{place}") if kind == "insert"
        else Write("delete", f"k{place}", etag=etags[f"k{place}"]) if kind == "delete"
        else Write("replace", f"k{place}", {"n": 1}, etags[f"k{place}"])
        for place, kind in enumerate(kinds.split())
    ]  # fmt: skip
    answer = await commits_on(tables).commit(FLOW, writes)
    rows = tables.partitions[FLOW]
    assert list(answer) == ["" if write.kind == "delete" else rows[write.key].etag for write in writes]


@pytest.mark.parametrize("lost", LOST, ids=LOST_IDS)
async def test_merged_commits_carried_out_in_spite_of_the_answer(lost: Exception) -> None:
    """An answer lost by a merged transaction is lost by each of its commits, and each finds out for itself."""
    tables = ShakyTables((AFTER, lost))
    commits = commits_on(tables)
    answers = await asyncio.gather(*(commits.commit(FLOW, [Write("insert", f"k{number}")]) for number in range(5)))
    rows = tables.partitions[FLOW]
    assert [list(answer) for answer in answers] == [[rows[f"k{number}"].etag] for number in range(5)]


async def test_not_carried_out() -> None:
    """Without an answer and without a trace nobody can tell yet; the same commit may be tried again."""
    tables = ShakyTables((BEFORE, Unanswered("no answer")))
    commits = commits_on(tables)
    with pytest.raises(Unanswered):
        await commits.commit(FLOW, [Write("insert", "a"), Write("insert", "b")])
    assert held(tables) == []
    await commits.commit(FLOW, [Write("insert", "a"), Write("insert", "b")])


async def test_deletes_without_an_answer_and_without_effect() -> None:
    """Deletes that lost their answer and whose rows still stand were not carried out."""
    tables = ShakyTables()
    etags = await stored(tables, "a", "b")
    tables.troubles.append((BEFORE, Unanswered("no answer")))
    with pytest.raises(Unanswered):
        await commits_on(tables).commit(FLOW, [Write("delete", key, etag=etag) for key, etag in etags.items()])
    assert held(tables) == ["a", "b"]


async def test_somebody_elses_row_is_not_our_success(tables: ShakyTables) -> None:
    """A row that somebody else inserted first is a refusal, even if it looks the same."""
    await commits_on(tables).commit(FLOW, [Write("insert", "a", {"n": 1})])
    other = commits_on(tables)
    other.operation = lambda: "another"
    with pytest.raises(LedgerMoved):
        await other.commit(FLOW, [Write("insert", "a", {"n": 1})])


async def test_rows_gone_already_count_as_deleted(tables: ShakyTables) -> None:
    """A commit of nothing but deletes is done when none of the rows is there, whoever deleted them."""
    etags = await stored(tables, "a")
    tables.apply(FLOW, [Write("delete", "a", etag="*")])
    assert list(await commits_on(tables).commit(FLOW, [Write("delete", "a", etag=etags["a"])])) == [""]


async def test_row_deleted_by_another_is_no_success_for_other_writes(tables: ShakyTables) -> None:
    """A delete that came too late refuses the rows that were to be written with it."""
    etags = await stored(tables, "a")
    tables.apply(FLOW, [Write("delete", "a", etag="*")])
    with pytest.raises(LedgerMoved) as moved:
        await commits_on(tables).commit(FLOW, [Write("insert", "b"), Write("delete", "a", etag=etags["a"])])
    assert moved.value.key == "a"
    assert held(tables) == []


async def test_row_that_moved_on_after_a_lost_answer() -> None:
    """Our commit was carried out and somebody changed a row since: whoever goes on from here must meet a refusal."""
    tables = _OvertakenTables("coupling")
    commits = commits_on(tables)
    answer = await commits.commit(FLOW, [Write("insert", "coupling"), Write("insert", "journal")])
    with pytest.raises(LedgerMoved):
        await commits.commit(FLOW, [Write("replace", "coupling", {"n": 1}, answer[0])])


class _OvertakenTables(ShakyTables):
    """Carries out the first transaction, loses its answer, and lets somebody be faster on one row."""

    def __init__(self, key: str) -> None:
        super().__init__((AFTER, Unanswered("no answer")))
        self.key = key

    async def get(self, partition: str, key: str) -> object:  # type: ignore[override]
        row = self.partitions[partition][self.key]
        if row.cells.get("op") == "op1":
            self.apply(partition, [Write("replace", self.key, {"op": "another"}, row.etag)])
        return await super().get(partition, key)


@pytest.mark.parametrize("trouble", [Throttled("busy", 1.0), Denied("no access")], ids=["throttled", "denied"])
async def test_trouble_while_finding_out(trouble: Exception) -> None:
    """While it cannot be found out what became of a commit, it is unanswered: Throttled would mean it was not done."""
    tables = ShakyTables((AFTER, Unanswered("no answer")))
    tables.reads.append(trouble)
    with pytest.raises(Unanswered):
        await commits_on(tables).commit(FLOW, [Write("insert", "a")])


@pytest.mark.parametrize("problem", [Throttled("busy", 3.0), Denied("no access")], ids=["throttled", "denied"])
async def test_trouble_that_is_certain(problem: KoppelError) -> None:
    """A transaction refused unread is reported as it is, to every commit in it, and nothing is stored."""
    tables = ShakyTables((BEFORE, problem))
    commits = commits_on(tables)
    found = await asyncio.gather(
        *(commits.commit(FLOW, [Write("insert", f"k{number}")]) for number in range(3)), return_exceptions=True
    )
    assert [type(each) for each in found] == [type(problem)] * 3
    assert held(tables) == []


# -- many commits at once


@pytest.mark.parametrize(("commits", "size", "transactions"), [(1, 1, 1), (100, 1, 1), (250, 1, 3), (70, 3, 3),
                                                               (3, 60, 3), (2, 100, 2), (0, 1, 0)])  # fmt: skip
async def test_shared_transactions(tables: ShakyTables, commits: int, size: int, transactions: int) -> None:
    """Commits made in the same turn share as few transactions as their sizes allow, none above a hundred writes."""
    merging = commits_on(tables)
    await asyncio.gather(
        *(merging.commit(FLOW, [Write("insert", f"k{number}-{at}") for at in range(size)]) for number in range(commits))
    )
    assert len(tables.sent) == transactions
    assert all(len(writes) <= MAX_WRITES for _, writes in tables.sent)
    assert len(held(tables)) == commits * size


async def test_a_commit_stays_together(tables: ShakyTables) -> None:
    """The writes of one commit are never spread over transactions."""
    commits = commits_on(tables)
    await asyncio.gather(
        *(commits.commit(FLOW, [Write("insert", f"k{number}-{at}") for at in range(7)]) for number in range(60))
    )
    for _, writes in tables.sent:
        operations = [write.cells["op"] for write in writes]
        assert all(operations.count(each) == 7 for each in operations)


async def test_large_rows_share_less(tables: ShakyTables) -> None:
    """Transactions stay below four megabytes, however few writes that makes."""
    commits = commits_on(tables)
    cells = {f"part{number}": b"x" * 60_000 for number in range(10)}
    await asyncio.gather(*(commits.commit(FLOW, [Write("insert", f"k{number}", cells)]) for number in range(12)))
    sizes = [
        sum(len(cell) for write in writes for cell in write.cells.values() if isinstance(cell, bytes))
        for _, writes in tables.sent
    ]
    assert max(sizes) * 4 / 3 < MAX_BYTES
    assert len(held(tables)) == 12


async def test_next_turn_is_another_transaction(tables: ShakyTables) -> None:
    """Commits made one after another wait for nobody."""
    commits = commits_on(tables)
    for number in range(3):
        await commits.commit(FLOW, [Write("insert", f"k{number}")])
    assert len(tables.sent) == 3


async def test_never_the_same_row_twice_in_one(tables: ShakyTables) -> None:
    """Commits that touch the same row go apart; the row decides who was first, the others are refused with its key."""
    etags = await stored(tables, "hint")
    commits = commits_on(tables)
    found = await asyncio.gather(
        *(
            commits.commit(
                FLOW, [Write("insert", f"own{number}"), Write("replace", "hint", {"n": number}, etags["hint"])]
            )
            for number in range(6)
        ),
        return_exceptions=True,
    )
    assert all(len({write.key for write in writes}) == len(writes) for _, writes in tables.sent)
    refused = [each for each in found if isinstance(each, LedgerMoved)]
    assert [each.key for each in refused] == ["hint"] * 5
    assert len(held(tables)) == 2


async def test_refused_commits_do_not_hurt_the_others(tables: ShakyTables) -> None:
    """Every refused commit learns its own row; every other one of the same transaction is carried out."""
    await stored(tables, *(f"k{number}-1" for number in range(0, 20, 4)))
    commits = commits_on(tables)
    found = await asyncio.gather(
        *(commits.commit(FLOW, [Write("insert", f"k{number}-{at}") for at in range(3)]) for number in range(20)),
        return_exceptions=True,
    )
    for number, each in enumerate(found):
        if number % 4 == 0:
            assert isinstance(each, LedgerMoved)
            assert each.key == f"k{number}-1"
        else:
            assert each == [tables.partitions[FLOW][f"k{number}-{at}"].etag for at in range(3)]
    assert len(held(tables)) == 5 + 15 * 3


async def test_refusals_that_name_no_row() -> None:
    """If the service does not say which write it refuses, every commit is tried alone."""
    tables = ForgettingTables()
    await stored(tables, "k2")
    commits = commits_on(tables)
    found = await asyncio.gather(
        *(commits.commit(FLOW, [Write("insert", f"k{number}")]) for number in range(5)), return_exceptions=True
    )
    assert [isinstance(each, LedgerMoved) for each in found] == [False, False, True, False, False]


async def test_refusals_that_name_no_row_of_ours() -> None:
    """A refusal of a write that is not there ends like one that names none."""
    tables = ShakyTables(*[(BEFORE, Conflict(7))] * 20)
    with pytest.raises(LedgerMoved):
        await commits_on(tables).commit(FLOW, [Write("insert", "a")])
    assert len(tables.sent) <= 2


async def test_an_impossible_row_hurts_only_its_own_commit(tables: ShakyTables) -> None:
    """A write that no service takes fails its own commit; those that only travelled with it are carried out."""
    commits = commits_on(tables)
    found = await asyncio.gather(
        commits.commit(FLOW, [Write("insert", "a")]),
        commits.commit(FLOW, [Write("insert", "b", {"note": "x" * 40_000})]),
        commits.commit(FLOW, [Write("insert", "c")]),
        return_exceptions=True,
    )
    assert isinstance(found[1], (KoppelError, TablesRefusal))
    assert held(tables) == ["a", "c"]


async def test_partitions_go_in_parallel() -> None:
    """Transactions of different partitions are under way at the same time."""
    tables = _MeetingTables(3)
    commits = commits_on(tables)
    async with asyncio.timeout(1):
        await asyncio.gather(*(commits.commit(f"flow{number}", [Write("insert", "a")]) for number in range(3)))


@pytest.mark.parametrize(("later", "sizes"), [(1, [1, 1]), (60, [1, 60]), (MAX_WRITES, [1, MAX_WRITES])])
async def test_what_is_committed_while_the_partition_is_busy_gathers(later: int, sizes: list[int]) -> None:
    """However many turns of the loop it comes in: one transaction more, not one for each turn."""
    tables = _SlowTables()
    commits = commits_on(tables)
    waiting = [asyncio.create_task(commits.commit(FLOW, [Write("insert", "first")]))]
    for number in range(later):
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(commits.commit(FLOW, [Write("insert", f"k{number}")])))
    await asyncio.sleep(0)
    tables.free.set()
    await asyncio.gather(*waiting)
    assert tables.sizes == sizes


async def test_a_full_transaction_waits_for_nobody() -> None:
    """Though one is under way; what does not fill another gathers."""
    tables = _SlowTables()
    commits = commits_on(tables)
    waiting = [asyncio.create_task(commits.commit(FLOW, [Write("insert", "first")]))]
    for _ in range(3):
        await asyncio.sleep(0)
    more = MAX_WRITES + 5
    waiting += [asyncio.create_task(commits.commit(FLOW, [Write("insert", f"k{number}")])) for number in range(more)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert tables.sizes == [1, MAX_WRITES]
    tables.free.set()
    await asyncio.gather(*waiting)
    assert tables.sizes == [1, MAX_WRITES, 5]


class _SlowTables(MemoryTables):
    """Transactions arrive, and are answered when they may be; `sizes` tells of how many writes each was."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()
        self.sizes: list[int] = []

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        self.sizes.append(len(writes))
        await self.free.wait()
        return self.apply(partition, writes)


class _MeetingTables(MemoryTables):
    """Nobody is answered before so many transactions have arrived."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.barrier = asyncio.Barrier(parties)

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        await self.barrier.wait()
        return self.apply(partition, writes)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_cancellation_of_one(tables: ShakyTables, turns: int) -> None:
    """Whoever stops waiting, early or late, takes nothing away from those who share the transaction."""
    commits = commits_on(tables)
    tasks = [asyncio.create_task(commits.commit(FLOW, [Write("insert", f"k{number}")])) for number in range(4)]
    for _ in range(turns):
        await asyncio.sleep(0)
    tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    rows = tables.partitions[FLOW]
    assert [found[place] for place in (0, 2, 3)] == [[rows[f"k{place}"].etag] for place in (0, 2, 3)]


async def test_the_end_of_the_process() -> None:
    """A transaction that is cut off leaves its commits unanswered, not waiting."""
    tables = _MeetingTables(2)
    commits = commits_on(tables)
    waiting = asyncio.create_task(commits.commit(FLOW, [Write("insert", "a")]))
    for _ in range(5):
        await asyncio.sleep(0)
    (running,) = commits._queues[FLOW].running
    running.cancel()
    with pytest.raises(Unanswered):
        await waiting


@settings(max_examples=60, deadline=None)
@given(groups=st.lists(st.lists(st.booleans(), min_size=1, max_size=40), min_size=1, max_size=30))
async def test_merging_changes_nothing(groups: list[list[bool]]) -> None:
    """Commits over rows of their own succeed together exactly as each would alone: all of it, or nothing."""
    tables = ShakyTables()
    for number, group in enumerate(groups):
        for at, free in enumerate(group):
            if not free:
                tables.apply(FLOW, [Write("insert", f"{number}-{at}", {"op": "earlier"})])
    commits = commits_on(tables)
    found = await asyncio.gather(
        *(
            commits.commit(FLOW, [Write("insert", f"{number}-{at}", {"n": at}) for at in range(len(group))])
            for number, group in enumerate(groups)
        ),
        return_exceptions=True,
    )
    for number, (group, each) in enumerate(zip(groups, found, strict=True)):
        ours = [
            key for key, row in tables.partitions[FLOW].items() if key.startswith(f"{number}-") and "n" in row.cells
        ]
        if all(group):
            assert isinstance(each, list)
            assert len(ours) == len(group)
        else:
            assert isinstance(each, LedgerMoved)
            assert each.key == f"{number}-{group.index(False)}"
            assert ours == []


async def test_a_row_changes_hands_one_by_one(tables: ShakyTables) -> None:
    """Commits that build on each other's ETags go through in order."""
    commits = commits_on(tables)
    seen = list(await commits.commit(FLOW, [Write("insert", "a")]))
    for number in range(5):
        seen += await commits.commit(FLOW, [Write("replace", "a", {"n": number}, seen[-1])])
    assert all(before != after for before, after in pairwise(seen))


@pytest.fixture
def tables() -> ShakyTables:
    """Tables that do as they are told."""
    return ShakyTables()
