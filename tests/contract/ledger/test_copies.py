"""A copy and its restore over both stores: every pair comes back once, across pages, whatever breaks off between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Final, cast
from uuid import UUID

import pytest

from shared.engine import House, work_on
from shared.engine.passes._orders import COPY, RESTORE, order
from shared.errors import SettingError
from shared.ledger import AzureTables, Commits, ConflictRow, Copies, Coupling, JournalEntry, Tables, Write
from shared.systems import System
from tests.contract.ledger.places import client_of, new_table
from tests.emulator.local import Ports
from tests.emulator.tables import MemoryTables
from tests.simulation.world import shipped_maps

FLOW: Final = "dual_write.customers_v3_accounts"
BEGIN: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
MANY: Final = 1_030
"""Pairs: more than a page of the service holds."""


def house(ledger: Tables, store: Tables) -> House:
    """A house that speaks with nobody: copies are made of what stands."""
    numbers = count(1)

    async def ready() -> None:
        return

    copies = Copies(Commits(store, lambda: f"copy{next(numbers)}"), ready, 3)
    nobody = cast("System", None)
    return House(shipped_maps(), {}, nobody, Commits(ledger, lambda: f"op{next(numbers)}"), lambda: BEGIN, Random(1),
                 copies=copies)  # fmt: skip


def coupling(number: int) -> Coupling:
    state = "uncoupled" if number % 100 == 0 else "coupled"
    return Coupling(str(UUID(int=number)), ("usmf", f"C-{number:05d}"), state, since="2026-01-01")  # type: ignore[arg-type] # one of its states


def rows_beside() -> list[Write]:
    """A value that lost, one that is undecided, and a row of the journal."""
    lost = ConflictRow(str(UUID(int=1)), "ab", "op", "A = b", "erp", "lost", "won", ("lost", "won"), open=False,
                       unsure=False, at="2026-01-02")  # fmt: skip
    return [
        lost.insert(),
        replace(lost, open=True).insert(),
        JournalEntry(str(UUID(int=1)), "operation", BEGIN, "created").insert(),
    ]


async def job(here: House, kind: str, copy: str = "") -> str:
    """A job of the kind is carried on, in slices of a page, until it is done; its id."""
    value = await order(here, kind, [FLOW], copy=copy)
    for _ in range(40):
        value = await work_on(here, value["id"], lambda: True)
        if value["state"] != "running":
            break
    assert (value["state"], value["errors"]) == ("done", {})
    return str(value["id"])


async def keys(tables: Tables) -> set[str]:
    return {row.key async for page in tables.range(FLOW, "!", "~") for row in page}


def committed(here: House, groups: Sequence[Sequence[Write]]) -> asyncio.Future[list[Sequence[str]]]:
    return asyncio.gather(*(here.commits.commit(FLOW, writes) for writes in groups))


async def test_all_of_it_is_back(tables: Tables) -> None:
    """Pairs, tombstones, values that lost and the journal; what is undecided is found again by a pass."""
    here = house(MemoryTables(), tables)
    await committed(here, [*(coupling(number).insert() for number in range(MANY)), rows_beside()])
    before = await keys(here.commits.tables)
    copy = await job(here, COPY)
    again = replace(here, commits=Commits(MemoryTables(), here.commits.operation))
    await job(again, RESTORE, copy=copy)
    back = await keys(again.commits.tables)
    assert {key for key in before if not key.endswith("~open")} == {key for key in back if not key.startswith("j~")} | {
        key for key in before if key.startswith("j~")
    }
    assert len([key for key in back if key.startswith("j~")]) == MANY + 1
    await job(again, RESTORE, copy=copy)
    assert await keys(again.commits.tables) == back


async def test_a_missing_table_is_told_by_its_setting(azurite_ports: Ports) -> None:
    """A person looks for the account of the copies, not for the ledger's."""
    async with client_of(azurite_ports, new_table()) as client:
        with pytest.raises(SettingError, match="LEDGER_COPY: the table is not there"):
            await AzureTables(client, "LEDGER_COPY").get("a", "b")
