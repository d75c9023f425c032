"""The rows of the ledger: what is written into cells comes out of them, and every key says where it belongs."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import KoppelError
from shared.ledger import (
    SUMMARY,
    ConflictRow,
    Coupling,
    Hint,
    IntendedLine,
    IntendedWrite,
    Intent,
    JournalEntry,
    Late,
    Stored,
    Trouble,
    Write,
    dataverse_end,
    erp_end,
    moment,
    pack_text,
    read_conflict,
    read_coupling,
    read_hint,
    read_identity,
    read_journal,
    read_trouble,
    unpack_text,
    with_late,
)
from shared.mapping import Agreed, Parked, Side
from tests.emulator.tables import MemoryTables

ID = "b1f2c3d4-5e6f-ef11-a671-000d3a33cc10"
TEXT = st.text(max_size=40)
PRINT = st.binary(min_size=8, max_size=8)
SIDES: st.SearchStrategy[Side] = st.sampled_from(("erp", "dataverse"))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2080, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))  # noqa: DTZ001 - naive ones are what the strategy takes
LINES = st.builds(
    IntendedLine, definition=PRINT.map(bytes.hex), name=TEXT, old=TEXT, new=TEXT, source=TEXT, reason=TEXT
)
WRITES = st.builds(
    IntendedWrite,
    side=SIDES,
    action=st.sampled_from(("update", "create", "delete")),
    version=TEXT,
    lines=st.lists(LINES, max_size=3).map(tuple),
    constants=st.dictionaries(TEXT, TEXT, max_size=2),
)
INTENTS = st.builds(
    Intent,
    operation=TEXT,
    attempt=TEXT,
    expires=MOMENTS.map(moment),
    kind=st.sampled_from(("update", "create", "delete")),
    source=st.none() | SIDES,
    source_version=TEXT,
    writes=st.lists(WRITES, max_size=2).map(tuple),
    agree=st.dictionaries(PRINT.map(bytes.hex), st.tuples(PRINT.map(bytes.hex), PRINT.map(bytes.hex)), max_size=3),
    conflicts=st.lists(TEXT, max_size=3).map(tuple),
    job=TEXT,
)
AGREED = st.builds(
    Agreed,
    bases=st.dictionaries(PRINT, st.tuples(PRINT, PRINT), max_size=5),
    marks=st.dictionaries(PRINT, st.sampled_from(("erp", "dataverse", "policy")), max_size=3),
    parked=st.dictionaries(PRINT, st.builds(Parked, PRINT, PRINT), max_size=3),
)
COUPLINGS = st.builds(
    Coupling,
    dataverse=st.uuids().map(str),
    erp=st.none() | st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4).map(tuple),
    state=st.sampled_from(("claimed", "coupled", "dormant", "uncoupled", "deleted", "lapsed")),
    agreed=AGREED,
    digests=st.dictionaries(SIDES, PRINT),
    intent=st.none() | INTENTS,
    troubles=st.sampled_from(("", "w", "p", "wp")),
    reason=TEXT,
    since=st.just("") | MOMENTS.map(moment),
    job=TEXT,
)


def row_of(write: Write) -> Stored:
    """The row as the strict tables keep it."""
    tables = MemoryTables()
    tables.apply("flow", [Write("insert", write.key, write.cells)])
    return tables.partitions["flow"][write.key]


# -- couplings


@given(coupling=COUPLINGS)
def test_couplings_come_back(coupling: Coupling) -> None:
    """A coupling is read as it was written: identities, fingerprints, marks, parked pairs, intent."""
    row = row_of(coupling.insert()[0])
    assert read_coupling(row) == coupling.with_etag(row.etag)


@given(coupling=COUPLINGS)
def test_each_end_is_a_row(coupling: Coupling) -> None:
    """A new coupling inserts its row and the index of its ERP end, so that each end is unique.

    A claim whose record the ERP is to number has a row that says so instead.
    """
    writes = coupling.insert()
    if coupling.numberless:
        assert [write.key for write in writes] == [coupling.key, "n~" + coupling.key]
        return
    assert [write.kind for write in writes] == ["insert"] * len(writes)
    assert writes[0].key == dataverse_end(coupling.dataverse)
    assert [write.key for write in writes[1:]] == ([erp_end(coupling.erp)] if coupling.erp else [])
    assert [write.cells for write in writes[1:]] == ([{"dv": coupling.dataverse}] if coupling.erp else [])


@given(coupling=COUPLINGS)
def test_summary_is_enough_for_a_pass(coupling: Coupling) -> None:
    """The few cells a pass reads show identity, state, digests and whether somebody is at work."""
    cells = row_of(coupling.insert()[0]).cells
    narrow = {name: cells[name] for name in SUMMARY if name in cells}
    assert read_identity(narrow) == coupling.erp
    assert narrow["state"] == coupling.state
    assert narrow.get("busy", "") == (coupling.intent.expires if coupling.intent else "")
    assert (narrow.get("ke", b""), narrow.get("kd", b"")) == tuple(
        coupling.digests.get(side, b"") for side in ("erp", "dataverse")
    )


def test_replace_is_conditional() -> None:
    """A coupling is stored over the version it was read at, and never without one."""
    write = Coupling(ID, ("usmf", "1"), "coupled", etag='W/"7"').replace()
    assert (write.kind, write.key, write.etag) == ("replace", f"d~{ID}", 'W/"7"')


@pytest.mark.parametrize(("state", "ended"), [("claimed", False), ("coupled", False), ("dormant", False),
                                              ("uncoupled", True), ("deleted", True), ("lapsed", True)])  # fmt: skip
def test_tombstones(state: Any, ended: bool) -> None:
    """Uncoupled and deleted pairs have ended, every other one has not."""
    assert Coupling(ID, ("usmf", "1"), state).ended is ended


def test_coupling_without_a_number() -> None:
    """While the ERP has not numbered a record there is no index, and none can be inserted; its claim can be found."""
    coupling = Coupling(ID, None, "claimed", etag='W/"7"')
    assert coupling.index_key is None
    assert [write.key for write in coupling.insert()] == [coupling.key, f"n~{coupling.key}"]
    assert [write.key for write in coupling.removal()] == [coupling.key, f"n~{coupling.key}"]
    assert replace(coupling, erp=("usmf", "1")).numbered() == []
    with pytest.raises(AssertionError):
        coupling.insert_index()


def test_many_lines_fit() -> None:
    """A coupling of five hundred lines, all of them marked and parked, is still a row that Table Storage takes."""
    keys = [number.to_bytes(8, "big") for number in range(500)]
    agreed = Agreed(
        dict.fromkeys(keys, (bytes(8), bytes(8))),
        dict.fromkeys(keys[:250], "policy"),
        dict.fromkeys(keys[250:], Parked(bytes(8), bytes(8))),
        dict.fromkeys(keys, b"root"),
        dict.fromkeys(keys, (bytes(8), bytes(8))),
    )
    coupling = Coupling(ID, ("usmf", "1"), "coupled", agreed)
    assert read_coupling(row_of(coupling.insert()[0])).agreed == agreed


def test_roots() -> None:
    """Roots come back with the lines that they belong to; one that is not known stays so. Without them a row is read
    as an older release stored it, and that release reads the row.
    """
    first, second, third, fourth = (bytes([number] * 8) for number in range(1, 5))
    agreed = Agreed(
        {third: (first, first), first: (second, second)},
        {fourth: "erp", second: "policy"},
        roots={first: b"1111", second: b"2222", third: b"3333"},
    )
    row = row_of(Coupling(ID, ("usmf", "1"), "coupled", agreed).insert()[0])
    assert read_coupling(row).agreed == agreed
    assert read_coupling(row).agreed.roots == agreed.roots
    older = replace(row, cells={name: cell for name, cell in row.cells.items() if name != "roots"})
    assert (read_coupling(older).agreed, read_coupling(older).agreed.roots) == (agreed, {})


# -- intents and long texts


@pytest.mark.parametrize("alphabet", ["x", "ä", "💶", "abcdefghijklmnopqrstuvwxyz", "ÄÖÜäöüß€"])
@pytest.mark.parametrize("lengths", [(0,), (1, 0, 5), (30_000,), (60_000, 60_000, 60_000, 60_000)], ids=str)
def test_long_intents_come_back(lengths: tuple[int, ...], alphabet: str) -> None:
    """An intent is kept whole, however long its values are: its text is split where one cell is too small."""
    chance = Random(7)
    lines = tuple(
        IntendedLine(definition="00", name="SalesMemo", old="", source="", reason="edited",
                     new="".join(chance.choices(alphabet, k=length)))
        for length in lengths
    )  # fmt: skip
    row = row_of(Coupling(ID, ("usmf", "1"), "coupled", intent=intending(*lines)).insert()[0])
    assert read_coupling(row).intent == intending(*lines)


def intending(*lines: IntendedLine) -> Intent:
    """An intent that writes these lines to the ERP."""
    write = IntendedWrite(side="erp", action="update", lines=lines)
    return Intent(operation="op", attempt="1", expires="", kind="update", writes=(write,))


@pytest.mark.parametrize("size", [59_999, 60_000, 60_001, 120_000, 500_000])
def test_texts_are_split_over_cells(size: int) -> None:
    """A text that does not shrink is spread over as many cells as it needs, none above 64 KiB."""
    text = incompressible(size)
    cells = pack_text("value", text)
    assert list(cells) == [f"value{number}" for number in range(len(cells))]
    assert all(isinstance(cell, bytes) and len(cell) <= 60_000 for cell in cells.values())
    assert unpack_text("value", cells) == text


def incompressible(size: int) -> str:
    """So many printable characters without any pattern."""
    return "".join(Random(7).choices([chr(code) for code in range(32, 127)], k=size))


def test_no_text_at_all() -> None:
    """A text that was never stored is None."""
    assert unpack_text("value", {"other0": b"x"}) is None


@given(text=st.text(st.characters(exclude_categories=()), max_size=50))
def test_texts_come_back_even_if_they_are_none(text: str) -> None:
    """Halves of surrogate pairs survive."""
    assert unpack_text("value", pack_text("value", text)) == text


@pytest.mark.parametrize("value", ["\ud83d", "Fabrikam \ude00"])
def test_intents_hold_half_an_emoji(value: str) -> None:
    """A value that a server cut in the middle of an emoji can be intended like any other."""
    line = IntendedLine(definition="00", name="Name", old="", new=value, source=value, reason="edited")
    row = row_of(Coupling(ID, ("usmf", "1"), "coupled", intent=intending(line)).insert()[0])
    assert read_coupling(row).intent == intending(line)


def test_intents_too_long_to_be_kept() -> None:
    """A plan too long to be kept is refused in words of ours, so that its record is parked."""
    with pytest.raises(KoppelError):
        pack_text("intent", incompressible(1_000_000))


def test_rows_fit_however_long_their_values_are() -> None:
    """Conflicts, journal and what is set aside hold a part of what is too long, and a conflict says so."""
    long = incompressible(1_100_000)
    row = ConflictRow(ID, "00", "op", "Name", "erp", long, "y", (long, "y"), open=False, unsure=False, at="")
    lines = [{"line": f"{number}", "side": "erp", "old": long, "new": long, "reason": ""} for number in range(200)]
    entry = JournalEntry(ID, "operation", datetime(2026, 1, 1, tzinfo=UTC), "updated", lines, note=long)
    MemoryTables().apply("flow", [row.insert(), entry.insert()])
    assert read_conflict(row_of(row.insert())).cut
    short = replace(row, value="x", shown=("x", "y"))
    assert not read_conflict(row_of(short.insert())).cut


def test_of_many_creates_that_may_land_the_youngest_are_kept() -> None:
    """A cell holds 64 KiB, and a map may have any number of lines."""
    late: tuple[Late, ...] = ()
    for number in range(8):
        late = with_late(late, Late("erp", f"2026-01-0{number + 1}T00:00:00Z", (f"{number}" * 16 * 500,)))
    coupling = Coupling(ID, ("usmf", "1"), "coupled", late=late)
    MemoryTables().apply("flow", coupling.insert())
    assert read_coupling(row_of(coupling.insert()[0])).late == late[5:]


def test_texts_are_compressed() -> None:
    """What repeats itself takes little room."""
    cells = pack_text("value", "Fabrikam Robotics GmbH " * 10_000)
    assert sum(len(cell) for cell in cells.values() if isinstance(cell, bytes)) < 5_000


@pytest.mark.parametrize("text", ["", "text", "Fabrikam"])
def test_short_texts_are_readable_in_the_table(text: str) -> None:
    """What fits into a cell is kept as it is."""
    assert pack_text("value", text) == {"value": text}
    assert unpack_text("value", {"value": text}) == text


def test_damaged_texts_are_trouble() -> None:
    """A stored text that was tampered with is an error, never another text."""
    cells = dict(pack_text("value", "text" * 10_000))
    cells["value0"] = bytes(cells["value0"])[:-3]  # type: ignore[arg-type]
    with pytest.raises(zlib.error):
        unpack_text("value", cells)


def test_write_of_a_side() -> None:
    """An intent has at most one write for a side."""
    write = IntendedWrite(side="erp", action="create")
    intent = Intent(operation="op", attempt="1", expires="", kind="create", writes=(write,))
    assert intent.on("erp") is write
    assert intent.on("dataverse") is None


# -- hints, troubles, conflicts, journal

ITEMS = st.lists(
    st.dictionaries(st.sampled_from(("line", "code", "message", "value", "missing")), TEXT), max_size=4
).map(tuple)
ENDS = st.lists(st.text(max_size=10), min_size=1, max_size=3).map(erp_end) | st.uuids().map(lambda id_: f"d~{id_}")


@given(hint=st.builds(Hint, end=ENDS, side=SIDES, identity=st.lists(TEXT, min_size=1).map(tuple), source=TEXT,
                      at=MOMENTS.map(moment), due=MOMENTS.map(moment), tries=st.integers(0, 2**31 - 1)))  # fmt: skip
def test_hints_come_back(hint: Hint) -> None:
    """A hint is read as it was written; its identity as the system spells it."""
    row = row_of(Write("insert", hint.key, hint.cells()))
    assert read_hint(row) == Hint(**{**_fields(hint), "etag": row.etag})


def test_dropping_a_hint_is_conditional() -> None:
    """A hint is removed only at the version that was dealt with."""
    drop = Hint("d~1", "erp", ("1",), "", "", "", etag='W/"7"').drop()
    assert (drop.kind, drop.key, drop.etag) == ("delete", "h~d~1", 'W/"7"')


TROUBLES = st.builds(Trouble, kind=st.sampled_from(("waiting", "parked")), end=ENDS, side=SIDES,
                     identity=st.lists(TEXT, min_size=1).map(tuple), items=ITEMS, since=MOMENTS.map(moment),
                     due=st.just("") | MOMENTS.map(moment), tries=st.integers(0, 2**31 - 1))  # fmt: skip


@given(trouble=TROUBLES)
def test_troubles_come_back(trouble: Trouble) -> None:
    """A waiting or parked row is read as it was written."""
    row = row_of(Write("insert", trouble.key, trouble.cells()))
    assert read_trouble(row) == Trouble(**{**_fields(trouble), "etag": row.etag})


@given(trouble=TROUBLES, since=TEXT, tries=st.integers(0, 9), etag=TEXT)
def test_the_same_trouble_again(trouble: Trouble, since: str, tries: int, etag: str) -> None:
    """The same problems of the same record are the same trouble, whenever and however often it was met."""
    again = read_trouble(row_of(Write("insert", trouble.key, trouble.cells())))
    assert trouble.same_as(Trouble(**{**_fields(again), "since": since, "tries": tries, "etag": etag}))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "waiting"},
        {"end": "d~2"},
        {"items": ()},
        {"items": ({"code": "too_long", "line": "Name", "value": "y"},)},
    ],
)
def test_another_trouble(change: Mapping[str, Any]) -> None:
    """Another kind, record, problem or value is another trouble."""
    trouble = Trouble("parked", "d~1", "erp", ("1",), ({"code": "too_long", "line": "Name", "value": "x"},), "")
    assert not trouble.same_as(Trouble(**{**_fields(trouble), **change}))


@given(trouble=TROUBLES)
def test_cause_groups_troubles(trouble: Trouble) -> None:
    """The cause is code and line of the first problem, short enough for any cell."""
    first = trouble.items[0] if trouble.items else {}
    assert trouble.cause == f"{first.get('code', '')}:{first.get('line', '')}"[:200]


def test_long_causes_are_cut() -> None:
    """However long a code is, rows can be grouped by it."""
    trouble = Trouble("parked", "d~1", "erp", ("1",), ({"code": "x" * 100_000, "line": "Name"},), "")
    assert len(trouble.cause) == 200
    row_of(Write("insert", trouble.key, trouble.cells()))


@given(row=st.builds(ConflictRow, dataverse=st.uuids().map(str), definition=PRINT.map(bytes.hex),
                     operation=st.from_regex(r"[0-9a-f]{16}", fullmatch=True), line=TEXT, loser=SIDES, value=TEXT,
                     winner=TEXT, shown=st.tuples(TEXT, TEXT), open=st.booleans(), unsure=st.booleans(),
                     at=MOMENTS.map(moment)))  # fmt: skip
def test_conflicts_come_back(row: ConflictRow) -> None:
    """A conflict keeps the losing value and both values as shown, whether it is open or decided."""
    stored = row_of(row.insert())
    assert read_conflict(stored) == ConflictRow(**{**_fields(row), "etag": stored.etag})


def test_an_open_conflict_of_a_line_is_one_row() -> None:
    """Open conflicts of a line share a key whatever operation found them; decided ones each have their own."""

    def key(operation: str, *, is_open: bool) -> str:
        return ConflictRow(ID, "00", operation, "Name", "erp", "x", "y", ("x", "y"), is_open, False, "").key

    assert key("op1", is_open=True) == key("op2", is_open=True)
    assert key("op1", is_open=False) != key("op2", is_open=False)


LONG_VALUES = ["x" * 100_000, "💶" * 40_000]


@pytest.mark.parametrize("value", LONG_VALUES, ids=["text", "emoji"])
def test_long_losing_values_are_kept_whole(value: str) -> None:
    """A memo that loses a conflict is kept to its last character."""
    row = ConflictRow(ID, "00", "op1", "Memo", "erp", value, "", (value, ""), False, False, "")
    assert read_conflict(row_of(row.insert())).value == value


@given(
    at=MOMENTS,
    what=st.sampled_from(("create", "update", "delete")),
    lines=st.lists(st.dictionaries(TEXT, TEXT, max_size=4), max_size=3),
    job=TEXT,
    note=TEXT,
    versions=st.dictionaries(SIDES, st.tuples(TEXT, TEXT)),
    by=TEXT,
)
def test_journal_comes_back(
    at: datetime, what: str, lines: list[dict[str, str]], job: str, note: str,
    versions: dict[Side, tuple[str, str]], by: str,
) -> None:  # fmt: skip
    """A journal row tells what was written, when, by which operation, why and for whom, from which version to which."""
    entry = JournalEntry(ID, "0123456789abcdef", at, what, lines, job, note, versions, by)
    assert read_journal(row_of(entry.insert())) == {
        "record": ID, "at": moment(at), "what": what, "operation": "0123456789abcdef", "job": job, "note": note,
        "by": by, "lines": lines, "versions": {side: list(pair) for side, pair in versions.items()},
    }  # fmt: skip


@given(one=MOMENTS, apart=st.timedeltas(timedelta(milliseconds=1), timedelta(days=9000)))
def test_journal_is_newest_first(one: datetime, apart: timedelta) -> None:
    """Of two entries of a record the later one has the smaller key."""
    keys = [JournalEntry(ID, "0" * 16, at, "update").insert().key for at in (one, one + apart)]
    assert keys[1] < keys[0]


@given(at=MOMENTS)
def test_journal_entries_of_one_moment(at: datetime) -> None:
    """Two operations that write at the same moment have a row each."""
    keys = {JournalEntry(ID, operation, at, "update").insert().key for operation in ("a" * 16, "b" * 16)}
    assert len(keys) == 2


# -- time


@given(one=MOMENTS, two=MOMENTS)
def test_moments_sort_as_texts(one: datetime, two: datetime) -> None:
    """Earlier times are smaller texts."""
    assert (moment(one) < moment(two)) == (one < two)


def test_moments_are_utc() -> None:
    """A moment is written in UTC with microseconds."""
    assert moment(datetime(2026, 1, 5, 8, 0, 0, 1, tzinfo=UTC)) == "2026-01-05T08:00:00.000001Z"


def test_moments_of_other_time_zones() -> None:
    """A time of another zone is converted, not relabelled."""
    time = datetime(2026, 1, 5, 10, 0, tzinfo=timezone(timedelta(hours=2)))
    assert moment(time) == "2026-01-05T08:00:00.000000Z"


def _fields(record: Any) -> dict[str, Any]:
    """A record's fields by name."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
