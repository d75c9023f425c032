"""The stage of a measurement: Azurite and both systems in processes of their own, Koppel and the floor in this one."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Final

import httpx
from azure.data.tables.aio import TableClient, TableServiceClient

from functions.runtime import BUSINESS_CENTRAL_API, DATAVERSE_API, FINOPS_API, Runtime
from functions.suites import configured
from shared.engine import House, set_state
from shared.systems import RESOURCE
from tests.bench.central_floor import CentralFloor
from tests.bench.floor import Floor
from tests.bench.plumbing import Web
from tests.bench.sales_floor import SalesFloor
from tests.emulator import azurite
from tests.emulator.demo.sales import SUITE as PROSPECT_TO_CASH
from tests.emulator.identity import APP_ID, APP_SECRET, TENANT
from tests.emulator.local import BUSINESS_CENTRAL, OF_SUITES, Ports
from tests.emulator.processes import Processes, processes

REFERENCES: Final = ("dual_write.terms_of_payment", "dual_write.customer_groups")
CUSTOMERS: Final = "dual_write.customers_v3_accounts"
SOLD: Final = ("prospect_to_cash.accounts", "prospect_to_cash.contacts", "prospect_to_cash.contacts_to_customers")
TRADED: Final = "business_central.customers"
BESIDE_TRADED: Final = tuple(
    f"{BUSINESS_CENTRAL}.{name}" for name in ("salespeople", "payment_terms", "shipment_methods")
)
DUAL_WRITE: Final = "dual_write"
RUNNING: Final = {
    DUAL_WRITE: (*REFERENCES, CUSTOMERS),
    PROSPECT_TO_CASH: SOLD,
    BUSINESS_CENTRAL: (*BESIDE_TRADED, TRADED),
}
"""The flows that are measured, by suite."""
COMPANY: Final = OF_SUITES[BUSINESS_CENTRAL]["BUSINESS_CENTRAL_COMPANIES"].partition(",")[0]
"""The company of Business Central whose customers are measured: one needs no column that names it."""
_OTHERWISE: Final = {BUSINESS_CENTRAL: {"BUSINESS_CENTRAL_COMPANIES": COMPANY, "BUSINESS_CENTRAL_CONNECTOR": "false"}}
"""Settings that differ from those of the local house, by suite."""


@dataclass(slots=True)
class Stage:
    """Fresh systems with customers on one side and none on the other, and a fresh ledger."""

    ports: Ports
    web: Web
    tables: TableServiceClient
    suite: str

    @asynccontextmanager
    async def koppel(self) -> AsyncIterator[House]:
        """Koppel's house as a Function would make it."""
        os.environ.update(self.ports.app_settings((self.suite,)) | _OTHERWISE.get(self.suite, {}))
        configured.cache_clear()  # an earlier stage of this process had other settings
        runtime = Runtime(configured())
        house = await runtime.house()
        for name in RUNNING[self.suite]:
            await set_state(house, name, "running")
        try:
            yield house
        finally:
            await runtime.close()

    async def floor(self) -> Floor:
        """The floor, on a table of its own."""
        return Floor(self.web, await self._table())

    async def sales_floor(self) -> SalesFloor:
        """The floor of prospect to cash."""
        return SalesFloor(self.web, await self._table())

    async def central_floor(self) -> CentralFloor:
        """The floor of Business Central."""
        return CentralFloor(self.web, await self._table(), COMPANY)

    async def _table(self) -> TableClient:
        table = self.tables.get_table_client("floor")
        await table.create_table()
        return table


@asynccontextmanager
async def stage(customers: int) -> AsyncIterator[Stage]:
    """Everything started, and stopped whatever happens."""
    with processes() as running:
        async with _stage(running, customers) as alone:
            yield alone


@asynccontextmanager
async def stages(customers: int, suite: str = DUAL_WRITE) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two stages that know nothing of each other."""
    with processes() as running:
        async with (
            _stage(running, customers, suite=suite) as one,
            _stage(running, customers, " by hand", suite=suite) as other,
        ):
            yield one, other


@asynccontextmanager
async def _stage(running: Processes, customers: int, whose: str = "", suite: str = DUAL_WRITE) -> AsyncIterator[Stage]:
    ports = free_ports()
    ledger, both = f"azurite{whose}", f"systems{whose}"
    running.start(ledger, azurite.command(ports.tables))
    systems = [sys.executable, "-m", "tests.bench.systems", "--customers", str(customers), "--suite", suite]
    erp, word = (ports.business_central, "business-central") if suite == BUSINESS_CENTRAL else (ports.finops, "finops")
    running.start(both, [*systems, "--dataverse-port", str(ports.dataverse), f"--{word}-port", str(erp)])
    for name, port in ((ledger, ports.tables), (both, ports.dataverse), (both, erp)):
        await asyncio.to_thread(running.wait_for, name, port, 300)
    async with (
        httpx.AsyncClient(timeout=300) as http,
        TableServiceClient.from_connection_string(ports.ledger_connection) as tables,
    ):
        yield Stage(ports, await _web(http, ports, suite), tables, suite)


async def _web(http: httpx.AsyncClient, ports: Ports, suite: str) -> Web:
    dataverse, finops = f"{ports.dataverse_url}{DATAVERSE_API}", f"{ports.finops_url}{FINOPS_API}"
    tokens = {dataverse: await _token(http, ports, ports.dataverse_url)}
    if suite == BUSINESS_CENTRAL:
        central = f"{ports.business_central_url}/v2.0/Sandbox{BUSINESS_CENTRAL_API}"
        return Web(http, dataverse, {**tokens, central: await _token(http, ports, RESOURCE)}, central=central)
    return Web(http, dataverse, {**tokens, finops: await _token(http, ports, ports.finops_url)}, finops)


async def _token(http: httpx.AsyncClient, ports: Ports, url: str) -> str:
    answer = await http.post(token_url(ports), data=token_form(url))
    return str(answer.raise_for_status().json()["access_token"])


def token_url(ports: Ports) -> str:
    """Where tokens for both systems are had."""
    return f"{ports.dataverse_url}/{TENANT}/oauth2/v2.0/token"


def token_form(url: str) -> dict[str, str]:
    """What is asked for a token for the system at a URL."""
    known = {"client_id": APP_ID, "client_secret": APP_SECRET}
    return {"grant_type": "client_credentials", **known, "scope": f"{url}/.default"}


def free_ports() -> Ports:
    """Ports that nobody listens on."""
    return Ports(*(_free() for _ in Ports().by_word()))


def _free() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
