"""What the tables refuse, those in memory never less than Azurite, and trouble in words of the port."""

from __future__ import annotations

from http.client import HTTPException

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables.aio import TableClient

from shared.errors import Denied, KoppelError, Refused, Rejected, TryLater, Unanswered
from shared.ledger import AzureTables, Cells, Conflict, Tables, Write
from tests.contract.ledger.places import client_of, new_table
from tests.contract.ledger.rows import FLOW, keys, rows, stored
from tests.emulator.local import Ports
from tests.emulator.tables import MemoryTables, TablesRefusal

REFUSED = (TablesRefusal, HttpResponseError, HTTPException, TypeError, ValueError, Refused, Rejected)
"""A request that is wrong in itself: refused by the service, or by its SDK before it is sent."""


# -- what is refused

KEYS = ["a/b", "a\\b", "a#b", "a?b", "a\x00b", "a\x1fb", "a\x7fb", "a\x9fb", "a\tb", "a\nb", "k" * 513]


@pytest.mark.parametrize("key", KEYS, ids=ascii)
async def test_forbidden_keys(tables: Tables, key: str) -> None:
    """A key with a character that Table Storage forbids, or one too long, is refused."""
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, [Write("insert", "fine"), Write("insert", key)])
    assert await keys(tables) == []


async def test_longest_key(tables: Tables) -> None:
    """A key of 512 characters is fine."""
    await stored(tables, "k" * 512)
    assert await keys(tables) == ["k" * 512]


async def test_a_row_twice_in_one_transaction(tables: Tables) -> None:
    """A transaction names every row at most once."""
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, [Write("insert", "a"), Write("insert", "b"), Write("insert", "a")])
    assert await keys(tables) == []


async def test_too_many_writes(tables: Tables) -> None:
    """A transaction holds at most a hundred writes."""
    writes = [Write("insert", f"k{number:03d}") for number in range(101)]
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, writes)
    assert await keys(tables) == []
    assert len(await tables.commit(FLOW, writes[:100])) == 100


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_too_large_a_transaction(tables: Tables) -> None:
    """A transaction holds at most four megabytes."""
    part = {f"part{number}": b"x" * 60_000 for number in range(12)}
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, [Write("insert", f"k{number}", part) for number in range(6)])
    assert await keys(tables) == []


@pytest.mark.parametrize(
    "cell", ["x" * 32_769, b"x" * 65_537, 2**31, -(2**31) - 1], ids=["text", "bytes", "number", "negative number"]
)
async def test_too_large_a_cell(tables: Tables, cell: str | int | bytes) -> None:
    """A cell holds at most 64 KiB, a number 32 bits."""
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, [Write("insert", "a", {"cell": cell})])
    assert await keys(tables) == []


async def test_emoji_count_twice(tables: Tables) -> None:
    """A cell's size is counted in UTF-16, where an emoji takes two places."""
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, [Write("insert", "a", {"cell": "💶" * 16_385})])


@pytest.mark.parametrize("kind", ["replace", "delete"])
async def test_no_write_without_a_condition(tables: Tables, kind: str) -> None:
    """A replace or delete that forgot its ETag is refused before it does harm."""
    await stored(tables, "a", {"n": 1})
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, [Write(kind, "a", {})])  # type: ignore[arg-type]
    assert [row.cells for row in await rows(tables)] == [{"n": 1}]


async def test_no_unconditional_replace(tables: Tables) -> None:
    """A replace of any version is refused: nobody knows what it would overwrite."""
    await stored(tables, "a", {"n": 1})
    with pytest.raises(REFUSED):
        await tables.commit(FLOW, [Write("replace", "a", {"n": 2}, "*")])
    assert [row.cells for row in await rows(tables)] == [{"n": 1}]


# -- where Azurite takes what Azure refuses, the tables in memory must be the stricter ones

LAX: dict[str, Cells] = {
    "a decimal number": {"n": 1.5},  # type: ignore[dict-item]
    "null": {"n": None},  # type: ignore[dict-item]
    "a name that begins with a digit": {"1n": 1},
    "a name with a blank": {"a b": 1},
    "a name with a hyphen": {"a-b": 1},
    "a name of 256 characters": {"n" * 256: 1},
    "253 cells": {f"n{number}": number for number in range(253)},
    "a row above 1 MiB": {f"n{number}": b"x" * 60_000 for number in range(18)},
}


@pytest.mark.parametrize("cells", LAX.values(), ids=LAX.keys())
async def test_stricter_than_azurite(memory: MemoryTables, cells: Cells) -> None:
    """Azurite takes these cells, Azure (or our port) does not: the tables in memory refuse them."""
    with pytest.raises(TablesRefusal):
        await memory.commit(FLOW, [Write("insert", "a", cells)])


async def test_no_empty_transaction_in_memory(memory: MemoryTables) -> None:
    """An empty transaction confuses Azurite: the tables in memory refuse it."""
    with pytest.raises(TablesRefusal):
        await memory.commit(FLOW, [])


@pytest.mark.parametrize("name", ["PartitionKey", "RowKey", "Timestamp"])
async def test_names_of_the_keys_are_taken(memory: MemoryTables, name: str) -> None:
    """A cell named like a key would replace that key on its way to Azurite: the tables in memory refuse it."""
    with pytest.raises(TablesRefusal):
        await memory.commit(FLOW, [Write("insert", "a", {name: "elsewhere"})])


async def test_half_a_character_in_memory(memory: MemoryTables) -> None:
    """Half of a surrogate pair cannot be written in UTF-8: Azurite takes it, the tables in memory refuse it."""
    with pytest.raises(TablesRefusal):
        await memory.commit(FLOW, [Write("insert", "a", {"text": "\ud83d"})])


# -- trouble


async def test_ensure_twice(azure: AzureTables) -> None:
    """Making a table that is there does nothing."""
    await stored(azure, "a")
    await azure.ensure()
    assert await keys(azure) == ["a"]


async def test_read_of_a_missing_table(azurite_ports: Ports) -> None:
    """A missing table is trouble in words of ours, never an empty ledger."""
    async with client_of(azurite_ports, new_table()) as client:
        tables = AzureTables(client)
        with pytest.raises(KoppelError, match="table specified does not exist"):
            await tables.get(FLOW, "a")
        with pytest.raises(KoppelError, match="table specified does not exist"):
            await keys(tables)


async def test_write_to_a_missing_table(azurite_ports: Ports) -> None:
    """A write to a missing table is no conflict: nobody moved a row."""
    async with client_of(azurite_ports, new_table()) as client:
        with pytest.raises(KoppelError) as trouble:
            await AzureTables(client).commit(FLOW, [Write("insert", "a")])
        assert not isinstance(trouble.value, Conflict)


async def test_nobody_listens(unused_ports: Ports) -> None:
    """If the storage account cannot be reached, nobody knows what became of a request."""
    async with client_of(unused_ports, new_table(), retry_total=1) as client:
        tables = AzureTables(client)
        with pytest.raises(TryLater):
            await tables.get(FLOW, "a")
        with pytest.raises(TryLater):
            await keys(tables)
        with pytest.raises(Unanswered):
            await tables.commit(FLOW, [Write("insert", "a")])
        with pytest.raises(TryLater):
            await tables.ensure()


async def test_wrong_key(azurite_ports: Ports) -> None:
    """A wrong account key is refused sign-in, in so many words."""
    connection = azurite_ports.ledger_connection.replace("AccountKey=Eby8", "AccountKey=AAAA")
    async with TableClient.from_connection_string(connection, new_table(), retry_total=0) as client:
        tables = AzureTables(client)
        for attempt in (tables.get(FLOW, "a"), tables.commit(FLOW, [Write("insert", "a")]), tables.ensure()):
            with pytest.raises(Denied, match="Table Storage"):
                await attempt
