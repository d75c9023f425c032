"""Where the tables of the contract tests are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from azure.data.tables.aio import TableClient

from tests.emulator.local import Ports

_numbers: Iterator[int] = count(1)


def new_table() -> str:
    """A name that no other test uses."""
    return f"test{next(_numbers)}"


def client_of(ports: Ports, table: str, **options: Any) -> TableClient:
    """A client of one table of the session's Azurite, which does not wait long between its repeats."""
    patient = {"retry_backoff_factor": 0.001, "retry_backoff_max": 0.01, **options}
    return TableClient.from_connection_string(ports.ledger_connection, table, **patient)
