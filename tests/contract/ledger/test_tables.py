"""The tables port: one suite over Azurite and over the tables in memory, which must never be the laxer of the two."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.ledger import AzureTables, Cells, Conflict, Stored, Tables, Write
from tests.contract.ledger.rows import FLOW, keys, rows, stored
from tests.emulator.tables import MemoryTables

NEVER = "W/\"datetime'2000-01-01T00%3A00%3A00.0000000Z'\""
_fresh = count()


# -- conditions


async def test_insert_of_a_row_that_is_there(tables: Tables) -> None:
    """An insert is refused if the row exists, and the row stays as it is."""
    etag = await stored(tables, "a", {"n": 1})
    with pytest.raises(Conflict) as refusal:
        await tables.commit(FLOW, [Write("insert", "a", {"n": 2})])
    assert refusal.value.index == 0
    assert await tables.get(FLOW, "a") == Stored("a", {"n": 1}, etag)


@pytest.mark.parametrize("kind", ["replace", "delete"])
async def test_write_to_a_row_that_is_not_there(tables: Tables, kind: str) -> None:
    """A replace or delete of a row that does not exist is refused, whatever ETag it names."""
    with pytest.raises(Conflict) as refusal:
        await tables.commit(FLOW, [Write(kind, "a", {"n": 1} if kind == "replace" else {}, NEVER)])  # type: ignore[arg-type]
    assert refusal.value.index == 0
    assert await tables.get(FLOW, "a") is None


async def test_unconditional_delete_of_a_row_that_is_not_there(tables: Tables) -> None:
    """Even a delete of any version fails with its transaction if the row is gone already."""
    with pytest.raises(Conflict) as refusal:
        await tables.commit(FLOW, [Write("insert", "b"), Write("delete", "a", etag="*")])
    assert refusal.value.index == 1
    assert await keys(tables) == []


@pytest.mark.parametrize("kind", ["replace", "delete"])
async def test_stale_etag(tables: Tables, kind: str) -> None:
    """A replace or delete at an ETag that is no longer current is refused."""
    first = await stored(tables, "a")
    (second,) = await tables.commit(FLOW, [Write("replace", "a", {"n": 2}, first)])
    with pytest.raises(Conflict) as refusal:
        await tables.commit(FLOW, [Write(kind, "a", {"n": 3} if kind == "replace" else {}, first)])  # type: ignore[arg-type]
    assert refusal.value.index == 0
    assert await tables.get(FLOW, "a") == Stored("a", {"n": 2}, second)


@pytest.mark.parametrize("place", [0, 1, 2, 7])
@pytest.mark.parametrize("kind", ["insert", "replace", "delete"])
async def test_all_or_nothing(tables: Tables, kind: str, place: int) -> None:
    """One refused write undoes every other of its transaction, before and behind it, and its place is told."""
    etag = await stored(tables, "kept", {"n": 1})
    doomed = await stored(tables, "doomed", {"n": 1})
    await stored(tables, "wrong", {"n": 1})
    wrong = Write(kind, "wrong", {} if kind == "delete" else {"n": 9}, "" if kind == "insert" else NEVER)  # type: ignore[arg-type]
    good = [
        Write("replace", "kept", {"n": 2}, etag),
        Write("delete", "doomed", etag=doomed),
        *(Write("insert", f"new{number}", {"n": 3}) for number in range(5)),
    ]
    with pytest.raises(Conflict) as refusal:
        await tables.commit(FLOW, [*good[:place], wrong, *good[place:]])
    assert refusal.value.index == place
    assert {row.key: row.cells for row in await rows(tables)} == {key: {"n": 1} for key in ("doomed", "kept", "wrong")}
    assert (await rows(tables, "kept", "kept~"))[0].etag == etag


async def test_transaction(tables: Tables) -> None:
    """Insert, replace and delete go together; the answer has the ETags in order, empty for deletes."""
    changed, gone = await stored(tables, "changed"), await stored(tables, "gone")
    any_version = await stored(tables, "any version")
    answer = await tables.commit(
        FLOW,
        [
            Write("insert", "new", {"n": 1}),
            Write("delete", "gone", etag=gone),
            Write("replace", "changed", {"m": 2}, changed),
            Write("delete", "any version", etag="*"),
        ],
    )
    new, changed_now = answer[0], answer[2]
    assert list(answer) == [new, "", changed_now, ""]
    assert await rows(tables) == [Stored("changed", {"m": 2}, changed_now), Stored("new", {"n": 1}, new)]
    assert any_version not in answer


async def test_replace_leaves_nothing_of_the_old_row(tables: Tables) -> None:
    """A replace is not a merge: cells that are not given are gone."""
    etag = await stored(tables, "a", {"kept": 1, "dropped": 2, "intent0": b"x"})
    await tables.commit(FLOW, [Write("replace", "a", {"kept": 1}, etag)])
    (row,) = await rows(tables)
    assert row.cells == {"kept": 1}


async def test_deleted_rows_may_come_back(tables: Tables) -> None:
    """A deleted row can be inserted again, and its old ETag stays dead."""
    old = await stored(tables, "a")
    await tables.commit(FLOW, [Write("delete", "a", etag=old)])
    new = await stored(tables, "a")
    assert new != old
    with pytest.raises(Conflict):
        await tables.commit(FLOW, [Write("delete", "a", etag=old)])


async def test_etags_never_repeat(tables: Tables) -> None:
    """Every write gives a new ETag, also one that changes nothing."""
    seen = [await stored(tables, "a", {"n": 1})]
    for _ in range(20):
        seen += await tables.commit(FLOW, [Write("replace", "a", {"n": 1}, seen[-1])])
    assert len(set(seen)) == len(seen)
    row = await tables.get(FLOW, "a")
    assert row is not None
    assert row.etag == seen[-1]


async def test_etags_of_get_and_range_are_the_same(tables: Tables) -> None:
    """Whichever way a row was read, its ETag is good for a write."""
    etag = await stored(tables, "a", {"n": 1, "m": 2})
    got = await tables.get(FLOW, "a")
    (narrow,) = await rows(tables, columns=["n"])
    assert got is not None
    assert got.etag == narrow.etag == etag
    await tables.commit(FLOW, [Write("replace", "a", {"n": 2}, narrow.etag)])


async def test_partitions_are_apart(tables: Tables) -> None:
    """The same key in another partition is another row."""
    await stored(tables, "a", {"n": 1})
    await tables.commit("other", [Write("insert", "a", {"n": 2})])
    found = [row.cells async for page in tables.range("other", " ", "~") for row in page]
    assert found == [{"n": 2}]
    assert [row.cells for row in await rows(tables)] == [{"n": 1}]


# -- ranges

ORDINAL = ["-", ".", "0", "9", "=41", "A", "Z", "_", "a", "a ", "a-b", "a.b", "a0", "aB", "aa", "a~", "b", "d~1", "z"]


async def test_order_is_ordinal(tables: Tables) -> None:
    """Rows come in the order of their characters' numbers, not in that of any language."""
    await tables.commit(FLOW, [Write("insert", key) for key in reversed(ORDINAL)])
    assert await keys(tables, " ", "~") == ORDINAL


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("b", "d", ["b", "c"]),
        ("b", "b", []),
        ("c", "b", []),
        ("b0", "c0", ["c"]),
        ("", "b", ["a"]),
        ("d", "\x7f", ["d"]),
        ("e", "~", []),
    ],
)
async def test_bounds(tables: Tables, start: str, end: str, found: list[str]) -> None:
    """A range begins with its start and ends before its end; neither must exist."""
    await tables.commit(FLOW, [Write("insert", key) for key in "abcd"])
    assert await keys(tables, start, end) == found


async def test_bounds_with_quotes(tables: Tables) -> None:
    """A quote in a bound is a character, not the end of the bound."""
    await tables.commit(FLOW, [Write("insert", key) for key in ("o'a", "o'b", "p")])
    assert await keys(tables, "o'b", "o'z") == ["o'b"]


async def test_partition_with_quotes(tables: Tables) -> None:
    """A quote in a partition is a character, too."""
    await tables.commit("it's", [Write("insert", "a")])
    assert [row.key async for page in tables.range("it's", " ", "~") for row in page] == ["a"]


async def test_empty_partition(tables: Tables) -> None:
    """A partition that nothing was ever stored in reads empty."""
    assert await keys(tables) == []
    assert await tables.get(FLOW, "a") is None


async def test_columns(tables: Tables) -> None:
    """Columns narrow the cells; a column that a row does not have is left out."""
    cells: Cells = {"state": "coupled", "ke": b"12345678", "agreed": b"x" * 100, "n": 0, "yes": False}
    await tables.commit(FLOW, [Write("insert", "a", cells), Write("insert", "b", {"agreed": b"y"})])
    found = await rows(tables, columns=["ke", "state", "n", "yes", "absent"])
    assert [row.cells for row in found] == [{"state": "coupled", "ke": b"12345678", "n": 0, "yes": False}, {}]


async def test_many_rows(tables: Tables) -> None:
    """More rows than a page holds come in order, all of them, once each, in pages of at most a thousand."""
    names = [f"k{number:05d}" for number in range(2050)]
    for at in range(0, len(names), 100):
        await tables.commit(FLOW, [Write("insert", name, {"n": at}) for name in names[at : at + 100]])
    pages = [[row.key for row in page] async for page in tables.range(FLOW, "k", "l", ["n"])]
    assert [name for page in pages for name in page] == names
    assert max(map(len, pages)) <= 1000
    assert len(pages) >= 3


async def test_empty_pages_stand_between_full_ones(memory: MemoryTables) -> None:
    """The tables in memory give an empty page now and then, as Azure may and Azurite does not: nobody stops at one."""
    for at in range(0, 1100, 100):
        await memory.commit(FLOW, [Write("insert", f"{at + number:05d}") for number in range(100)])
    assert [len(page) async for page in memory.range(FLOW, "0", "9")] == [1000, 0, 100]


# -- cells

TEXTS = {
    "empty": "",
    "blanks": "  lead and trail  ",
    "line ends": "one\r\ntwo\nthree\rfour\u2028five\u2029",
    "control characters": "\x00\x01\x08\x0b\x1f\x7f\x85",
    "quotes": "\"'`\\",
    "markup": '<a href="x">&amp;</a><!--]]>',
    "emoji": "👩‍👩‍👧‍👦🇩🇪💶",
    "combining": "e\u0301 n\u0303 \u0061\u0328\u0301",
    "composed": "\u00e9 \u00f1",
    "right to left": "\u202eabc\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "not characters": "\ufffe\uffff\ufffd",
    "byte order mark": "\ufefftext",
    "looks like a date": "2026-01-05T08:00:00Z",
    "looks like a number": "010",
    "looks like an id": "b1f2c3d4-5e6f-ef11-a671-000d3a33cc10",
    "30,000 characters": "x" * 30_000,
    "30,000 umlauts": "ü" * 30_000,
    "as long as can be": "x" * 32_768,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_texts_come_back_as_they_were(tables: Tables, text: str) -> None:
    """Any text comes back character by character, and as text."""
    await stored(tables, "a", {"text": text})
    row = await tables.get(FLOW, "a")
    assert row is not None
    assert row.cells == {"text": text}
    assert type(row.cells["text"]) is str


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=20))
async def test_no_text_is_special(azure: AzureTables, texts: list[str]) -> None:
    """Whatever characters a text holds, Table Storage gives it back."""
    partition = f"p{next(_fresh)}"
    cells = {f"text{number}": text for number, text in enumerate(texts)}
    await azure.commit(partition, [Write("insert", "a", cells)])
    row = await azure.get(partition, "a")
    assert row is not None
    assert row.cells == cells


@pytest.mark.parametrize(
    "cell", [0, 1, -1, 2**31 - 1, -(2**31), True, False, b"", b"\x00\xff", bytes(range(256)) * 256], ids=repr
)
async def test_types_come_back_as_they_were(tables: Tables, cell: int | bool | bytes) -> None:
    """Whole numbers, booleans and bytes keep value and type; True is not 1."""
    await stored(tables, "a", {"cell": cell})
    row = await tables.get(FLOW, "a")
    (listed,) = await rows(tables, columns=["cell"])
    assert row is not None
    for found in (row.cells["cell"], listed.cells["cell"]):
        assert (type(found), found) == (type(cell), cell)


async def test_stored_rows_are_no_longer_the_callers(tables: Tables) -> None:
    """Changing a dictionary after it was stored changes no row."""
    cells: dict[str, str | int | bool | bytes] = {"n": 1}
    await tables.commit(FLOW, [Write("insert", "a", cells)])
    cells["n"] = 2
    row = await tables.get(FLOW, "a")
    assert row is not None
    assert row.cells == {"n": 1}


# -- both implementations side by side

NAMES = st.sampled_from(["a", "b", "c", "d~1", "e~USMF~1"])
STEPS = st.tuples(st.sampled_from(["insert", "replace", "delete"]), st.sampled_from(["current", "first", "never", "*"]))
TRANSACTIONS = st.lists(st.dictionaries(NAMES, STEPS, min_size=1, max_size=4), min_size=1, max_size=8)


class _Player:
    """Plays transactions against one implementation, whose ETags are its own."""

    def __init__(self, tables: Tables, partition: str) -> None:
        self.tables = tables
        self.partition = partition
        self.etags: dict[str, list[str]] = {}

    async def play(self, transaction: dict[str, tuple[str, str]]) -> object:
        """What came of it: the rows afterwards, or the place that was refused."""
        writes = [self._write(key, kind, at) for key, (kind, at) in transaction.items()]
        try:
            etags = await self.tables.commit(self.partition, writes)
        except Conflict as conflict:
            return conflict.index
        for write, etag in zip(writes, etags, strict=True):
            assert (etag == "") == (write.kind == "delete")
            self.etags.setdefault(write.key, []).append(etag or NEVER)
        return [(row.key, row.cells) async for page in self.tables.range(self.partition, " ", "~") for row in page]

    def _write(self, key: str, kind: str, at: str) -> Write:
        seen = self.etags.get(key) or [NEVER]
        etag = {"current": seen[-1], "first": seen[0], "never": NEVER, "*": "*"}[at]
        if kind == "insert":
            return Write("insert", key, {"n": len(seen)})
        if kind == "delete":
            return Write("delete", key, etag=etag)
        return Write("replace", key, {"n": len(seen)}, etag if etag != "*" else seen[-1])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=TRANSACTIONS)
async def test_side_by_side(azure: AzureTables, transactions: list[dict[str, tuple[str, str]]]) -> None:
    """Any history of transactions leaves the same rows and the same refusals in memory and on Azurite."""
    players = [_Player(each, f"p{next(_fresh)}") for each in (azure, MemoryTables())]
    for transaction in transactions:
        first, second = [await player.play(transaction) for player in players]
        assert first == second
