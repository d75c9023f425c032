"""One flow's records in the ledger: couplings by either end, hints that merge, troubles, conflicts and the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from shared.errors import LedgerMoved
from shared.ledger import (
    PARKED,
    SUMMARY,
    WAITING,
    Commits,
    ConflictRow,
    Coupling,
    FlowLedger,
    Hint,
    JournalEntry,
    Tables,
    Trouble,
    Write,
    moment,
    read_conflict,
    read_journal,
)
from shared.mapping import Agreed
from tests.emulator.tables import MemoryTables

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ID = "b1f2c3d4-5e6f-ef11-a671-000d3a33cc10"
OTHER_ID = "c2e3d4f5-6a7b-ef11-a671-000d3a33cc20"


class Ledger(FlowLedger):
    """A flow's ledger on a clock that the test moves."""

    now = BEGIN

    @classmethod
    def over(cls, tables: Tables, flow: str = "dual_write.customers_v3_accounts") -> Ledger:
        numbers: Iterator[int] = count(1)
        ledger = cls(Commits(tables, lambda: f"op{next(numbers)}"), flow, lambda: cls.now)
        cls.now = BEGIN
        return ledger

    @classmethod
    def pass_time(cls, seconds: float) -> None:
        cls.now += timedelta(seconds=seconds)


@pytest.fixture
def ledger(tables: Tables) -> Ledger:
    return Ledger.over(tables)


def coupling(row_id: str = ID, number: str = "US-001") -> Coupling:
    return Coupling(row_id, ("usmf", number), "coupled", Agreed({b"12345678": (b"a" * 8, b"b" * 8)}), since="now")


# -- couplings


@pytest.mark.parametrize("end", [f"d~{ID}", "e~USMF~US-001"])
async def test_no_coupling(ledger: Ledger, end: str) -> None:
    """An end that nothing is coupled with has no coupling and no partner."""
    assert await ledger.coupling(end) is None
    assert await ledger.partner(end) is None


@pytest.mark.parametrize(
    ("second", "taken"),
    [(coupling(ID, "US-002"), f"d~{ID}"), (coupling(OTHER_ID, "us-001"), "e~USMF~US-001")],
    ids=["Dataverse", "ERP"],
)
async def test_each_end_is_coupled_once(ledger: Ledger, second: Coupling, taken: str) -> None:
    """Neither end can be coupled a second time, in whatever letter case; the end that is taken is named."""
    await ledger.commit(coupling().insert())
    with pytest.raises(LedgerMoved) as moved:
        await ledger.commit(second.insert())
    assert moved.value.key == taken
    assert [row.key async for page in ledger.summaries() for row in page] == [f"d~{ID}"]


async def test_claims_at_the_same_moment(ledger: Ledger) -> None:
    """Of many claims of one ERP record made in the same turn exactly one is granted."""
    claims = [ledger.commit(coupling(f"{number:08d}-0000-4000-8000-000000000000").insert()) for number in range(12)]
    found = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in found) == 1
    assert all(each.key == "e~USMF~US-001" for each in found if isinstance(each, LedgerMoved))


async def test_coupling_by_either_end(ledger: Ledger) -> None:
    """A coupling is found by the id of its row and by the identity of its ERP record."""
    etag, _ = await ledger.commit(coupling().insert())
    for end in (f"d~{ID}", "e~USMF~US-001"):
        assert await ledger.coupling(end) == coupling().with_etag(etag)
    assert await ledger.partner("e~USMF~US-001") == ID


async def test_coupling_that_moves_while_it_is_read(ledger: Ledger) -> None:
    """An index whose coupling is gone is not read as 'not coupled': somebody is at work."""
    await ledger.commit([coupling().insert_index()])
    with pytest.raises(LedgerMoved):
        await ledger.coupling("e~USMF~US-001")


@pytest.mark.parametrize("erp", [None, ("usmf", "US-002")])
async def test_coupling_that_gives_its_record_away_while_it_is_read(
    ledger: Ledger, erp: tuple[str, ...] | None
) -> None:
    """A row that was led to by an index, and has another ERP record or none by then, is not that of the end."""
    await ledger.commit([coupling().insert_index(), replace(coupling(), erp=erp, state="deleted").insert()[0]])
    with pytest.raises(LedgerMoved):
        await ledger.coupling("e~USMF~US-001")


async def test_summaries(ledger: Ledger) -> None:
    """A pass reads all couplings in order, with the few cells it needs and nothing else."""
    for number in range(3):
        await ledger.commit(coupling(f"{9 - number:08d}-0000-4000-8000-000000000000", f"US-{number}").insert())
    await ledger.store_hint("erp", ["usmf", "US-1"], "test")
    found = [row async for page in ledger.summaries() for row in page]
    assert [row.key for row in found] == [f"d~{number:08d}-0000-4000-8000-000000000000" for number in (7, 8, 9)]
    assert all(set(row.cells) <= set(SUMMARY) for row in found)


async def test_flows_are_apart(tables: Tables) -> None:
    """The same record may be coupled in two flows; neither sees the other's rows."""
    one, two = Ledger.over(tables), Ledger.over(tables, "dual_write.other")
    await one.commit(coupling().insert())
    assert await two.coupling(f"d~{ID}") is None
    await two.commit(coupling().insert())


# -- hints


async def test_hint(ledger: Ledger) -> None:
    """A hint is kept under the record's end with the identity as the system spells it."""
    hint = await ledger.store_hint("erp", ["usmf", "us-001"], "business event")
    assert hint == Hint("e~USMF~US-001", "erp", ("usmf", "us-001"), "business event", moment(BEGIN), moment(BEGIN), 0,
                        hint.etag)  # fmt: skip
    assert await ledger.hint("e~USMF~US-001") == hint


@pytest.mark.parametrize("seconds", [0, 1, 3600])
async def test_a_repeated_hint_merges(ledger: Ledger, seconds: float) -> None:
    """A repeated hint is the same row with a new ETag, even at the same moment; it keeps its age and is due now."""
    first = await ledger.store_hint("dataverse", [ID], "webhook", BEGIN + timedelta(days=1))
    ledger.pass_time(seconds)
    second = await ledger.store_hint("dataverse", [ID.upper()], "webhook")
    assert second.etag != first.etag
    assert (second.key, second.at, second.due) == (first.key, first.at, moment(BEGIN + timedelta(seconds=seconds)))
    assert [hint async for hint in ledger.hints()] == [second]


async def test_a_repeated_hint_forgets_its_tries(ledger: Ledger) -> None:
    """A new event is a new reason to look: how often it failed before does not count."""
    first = await ledger.store_hint("erp", ["usmf", "1"], "event")
    await ledger.commit([Write("replace", first.key, replace(first, tries=7).cells(), first.etag)])
    assert (await ledger.store_hint("erp", ["usmf", "1"], "event")).tries == 0


async def test_a_hint_from_beside_keeps_what_was_said(ledger: Ledger) -> None:
    """That something beside a record has changed does not take the place of what became of the record, nor hide it."""
    await ledger.store_hint("erp", ["usmf", "1"], "delete")
    assert (await ledger.store_hint("erp", ["usmf", "1"], "woken", beside=True)).source == "delete"
    await ledger.store_hint("erp", ["usmf", "2"], "woken", beside=True)
    assert (await ledger.store_hint("erp", ["usmf", "2"], "delete")).source == "delete"


async def test_what_a_person_asked_for_outlasts_events(ledger: Ledger) -> None:
    """An event that comes before anybody has looked tells what it tells, and the retry stands."""
    await ledger.ask("erp", ["usmf", "1"])
    hint = await ledger.store_hint("erp", ["usmf", "1"], "update")
    assert (hint.source, hint.asked) == ("update", True)
    assert await ledger.hint(hint.end) == hint
    assert not (await ledger.store_hint("erp", ["usmf", "2"], "update")).asked


async def test_no_source_of_a_hint_is_a_persons_word(ledger: Ledger) -> None:
    """Whatever a message calls itself, only who asks as a person is taken for one."""
    hint = await ledger.store_hint("erp", ["usmf", "1"], "retry")
    assert not hint.asked
    assert await ledger.hint(hint.end) == hint


async def test_what_stands_in_the_way_is_known_until_the_hint_goes(ledger: Ledger) -> None:
    """A hint that is repeated is due at once, and a person's retry begins to count anew."""
    why = {"kind": "waiting", "code": "unanswered", "message": "An error.", "since": moment(BEGIN)}
    first = await ledger.store_hint("erp", ["usmf", "1"], "update")
    await ledger.postpone(first, BEGIN + timedelta(days=1), why)
    assert [hint async for hint in ledger.hints()] == []
    (listed,) = [each async for each in ledger.failing()]
    assert (listed.kind, listed.due, listed.tries) == ("waiting", moment(BEGIN + timedelta(days=1)), 1)
    again = await ledger.store_hint("erp", ["usmf", "1"], "update")
    assert (again.due, again.failed, again.why) == (moment(BEGIN), 1, why)
    assert (await ledger.ask("erp", ["usmf", "1"])).failed == 0
    await ledger.postpone(first, BEGIN + timedelta(days=2), why)
    assert len([hint async for hint in ledger.hints()]) == 1


async def test_hints_that_are_due(ledger: Ledger) -> None:
    """Only hints whose time has come are given out."""
    await ledger.store_hint("erp", ["usmf", "1"], "event")
    await ledger.store_hint("erp", ["usmf", "2"], "event", BEGIN + timedelta(seconds=60))
    await ledger.store_hint("dataverse", [ID], "event", BEGIN)
    assert [hint.end async for hint in ledger.hints()] == [f"d~{ID}", "e~USMF~1"]
    ledger.pass_time(60)
    assert [hint.end async for hint in ledger.hints()] == [f"d~{ID}", "e~USMF~1", "e~USMF~2"]


async def test_drop(ledger: Ledger) -> None:
    """A hint that was dealt with is removed; removing it twice does no harm."""
    hint = await ledger.store_hint("erp", ["usmf", "1"], "event")
    await ledger.drop(hint)
    await ledger.drop(hint)
    assert await ledger.hint(hint.end) is None


async def test_drop_of_a_repeated_hint(ledger: Ledger) -> None:
    """A hint that was repeated while it was dealt with stays."""
    hint = await ledger.store_hint("erp", ["usmf", "1"], "event")
    repeated = await ledger.store_hint("erp", ["usmf", "1"], "event")
    await ledger.drop(hint)
    assert await ledger.hint(hint.end) == repeated


async def test_hint_that_came_back(ledger: Ledger) -> None:
    """A hint stored again after it was dropped is not removed by who dealt with the first."""
    hint = await ledger.store_hint("erp", ["usmf", "1"], "event")
    await ledger.drop(hint)
    again = await ledger.store_hint("erp", ["usmf", "1"], "event")
    await ledger.drop(hint)
    assert await ledger.hint(hint.end) == again


@pytest.mark.parametrize("events", [2, 5])
async def test_events_of_one_record(ledger: Ledger, events: int) -> None:
    """Events of one record that arrive together become one hint, and every sender is told that it was stored."""
    found = await asyncio.gather(*(ledger.store_hint("erp", ["usmf", "1"], "event") for _ in range(events)))
    assert len([hint async for hint in ledger.hints()]) == 1
    assert len({hint.etag for hint in found}) == events


async def test_many_events_of_one_record(memory: MemoryTables) -> None:
    """However many events of one record arrive at once, no sender is told that its event was not stored."""
    ledger = Ledger.over(memory)
    found = await asyncio.gather(*(ledger.store_hint("erp", ["usmf", "1"], "event") for _ in range(40)))
    assert len({hint.etag for hint in found}) == 40


async def test_hints_while_they_are_dropped(ledger: Ledger) -> None:
    """Storing and dropping at the same time never loses the hint that was stored last."""
    for _ in range(10):
        hint = await ledger.store_hint("erp", ["usmf", "1"], "event")
        last, _ = await asyncio.gather(ledger.store_hint("erp", ["usmf", "1"], "event"), ledger.drop(hint))
        assert await ledger.hint(last.end) == last
        await ledger.drop(last)


# -- troubles, conflicts, journal


async def test_troubles(ledger: Ledger) -> None:
    """Waiting and parked rows are listed by kind, and found by the record they belong to."""
    waiting = Trouble("waiting", "e~USMF~1", "erp", ("usmf", "1"), ({"code": "missing", "line": "A"},), moment(BEGIN))
    parked = replace(waiting, kind="parked", items=({"code": "too_long", "line": "B"},))
    other = replace(parked, end=f"d~{ID}", side="dataverse", identity=(ID,))
    etags = await ledger.commit([Write("insert", row.key, row.cells()) for row in (waiting, parked, other)])
    waiting, parked, other = (
        replace(row, etag=etag) for row, etag in zip((waiting, parked, other), etags, strict=True)
    )
    assert [row async for row in ledger.troubles(WAITING)] == [waiting]
    assert [row async for row in ledger.troubles(PARKED)] == [other, parked]
    assert await ledger.troubles_of("e~USMF~1") == [waiting, parked]
    assert await ledger.troubles_of("e~USMF~2") == []


async def test_conflicts(ledger: Ledger) -> None:
    """Conflicts are listed for one record or for all; an id that begins alike is another record."""
    rows = [
        ConflictRow(row_id, "00", operation, "Name", "erp", "x", "y", ("x", "y"), False, False, moment(BEGIN))
        for row_id, operation in ((ID, "op1"), (ID, "op2"), (ID + "0", "op3"), (OTHER_ID, "op4"))
    ]
    await ledger.commit([row.insert() for row in rows])
    assert [read_conflict(row).operation async for row in ledger.conflicts(ID)] == ["op1", "op2"]
    assert len([row async for row in ledger.conflicts()]) == 4


async def test_one_open_conflict_of_a_line(ledger: Ledger) -> None:
    """A line that already waits for a person cannot get a second open conflict."""
    row = ConflictRow(ID, "00", "op1", "Name", "erp", "x", "y", ("x", "y"), True, False, moment(BEGIN))
    await ledger.commit([row.insert()])
    with pytest.raises(LedgerMoved):
        await ledger.commit([replace(row, operation="op2").insert()])


async def test_journal(ledger: Ledger) -> None:
    """The journal of a record tells the newest first."""
    for hours in (2, 0, 1):
        at = BEGIN + timedelta(hours=hours)
        entries = [JournalEntry(row_id, f"{hours:016d}", at, "update") for row_id in (ID, OTHER_ID)]
        await ledger.commit([entry.insert() for entry in entries])
    told = [read_journal(row)["at"] async for row in ledger.journal(ID)]
    assert told == [moment(BEGIN + timedelta(hours=hours)) for hours in (2, 1, 0)]
    assert len([row async for row in ledger.journal()]) == 6
