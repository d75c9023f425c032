"""Both implementations of the tables port, empty, behind one fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.ledger import AzureTables, Tables
from tests.contract.ledger.places import client_of, new_table
from tests.emulator.local import Ports
from tests.emulator.tables import MemoryTables


@pytest.fixture
async def azure(azurite_ports: Ports) -> AsyncIterator[AzureTables]:
    """An empty table on Azurite."""
    async with client_of(azurite_ports, new_table()) as client:
        tables = AzureTables(client)
        await tables.ensure()
        yield tables


@pytest.fixture
def memory() -> MemoryTables:
    """Empty tables in memory."""
    return MemoryTables()


@pytest.fixture(params=["memory", "azure"])
def tables(request: pytest.FixtureRequest) -> Tables:
    """Each implementation in turn."""
    found: Tables = request.getfixturevalue(request.param)
    return found
