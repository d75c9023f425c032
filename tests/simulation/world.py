"""The world of one history: both twins, the ledger, the network, and the instances of the app that live in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from random import seed as seed_of_all
from typing import Any

import httpx

from functions.runtime import catalogue
from shared.engine import House, Options, Pairs, RecordAction, SuiteOptions, Upgrade
from shared.ledger import FLOWS, PREFLIGHT, Commits, Conflict, Copies, Versions, Write
from shared.mapping import SIDES, Catalogue, Printer, Side
from shared.settings import Settings
from shared.systems import (
    COMPANY_PING,
    PING,
    RESOURCE,
    WHO,
    BusinessCentral,
    Connection,
    Dataverse,
    Finops,
    Limiter,
    Patience,
    worked_out,
)
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.finops import FinopsTwin
from tests.emulator.identity import Identity
from tests.emulator.tables import MemoryTables
from tests.emulator.wire import Request, Service
from tests.simulation.central_erp import CentralErp
from tests.simulation.loop import BEGIN, VirtualLoop, run
from tests.simulation.network import CENTRAL, DATAVERSE, FINOPS, NAMES, TableWire, TwinClient, Weather
from tests.unit.maps.once import once


@dataclass(frozen=True, slots=True)
class TwinTokens:
    """Tokens straight from the twin of Entra ID."""

    identity: Identity
    audience: str
    scheme: str = "Bearer"

    async def token(self) -> str:
        return self.identity.issue(self.audience)

    async def renew(self) -> None:
        return

    @property
    def began(self) -> datetime:
        """When the history began."""
        return BEGIN

    async def close(self) -> None:
        return


@dataclass(slots=True)
class World:
    """Everything that is not an instance of the app. `maps` are the flows under attack.

    suites, upgrade, actions, pairs: what the settings, and the modules of suites and flows, say to every house. keys:
    of the fingerprints of houses made from now on. central: Business Central, where that is the ERP. loaded: rows of
    Dataverse that were there before everything, by table.
    """

    loop: VirtualLoop
    random: Random
    maps: Catalogue
    weather: Weather
    options: Options = field(default_factory=Options)
    deletes: int = 1000
    companies: tuple[str, ...] = ("usmf", "demf")
    suites: Mapping[str, SuiteOptions] = field(default_factory=dict)
    upgrade: Upgrade | None = None
    keys: tuple[bytes, ...] = ()
    identity: Identity = field(init=False)
    dataverse: DataverseTwin = field(init=False)
    finops: FinopsTwin = field(init=False)
    central: CentralErp | None = None
    loaded: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    tables: MemoryTables = field(default_factory=MemoryTables)
    copies: MemoryTables = field(default_factory=MemoryTables)
    requests: list[tuple[float, str, str, str]] = field(default_factory=list)
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    instances: int = 0
    actions: Callable[[str], Sequence[RecordAction]] = lambda _flow: ()
    pairs: Pairs | None = None
    on_request: Callable[[str, Request, str, int], None] = lambda *_: None
    on_commit: Callable[[str, Sequence[Write], str, Conflict | None], None] = lambda *_: None
    on_applied: Callable[[str, Sequence[Write]], None] = lambda *_: None

    def __post_init__(self) -> None:
        self.identity = Identity(self.loop.clock)
        self.identity.lifetime = timedelta(days=400)
        self.dataverse = DataverseTwin(clock=self.loop.clock, identity=self.identity, seed=1)
        self.finops = FinopsTwin(clock=self.loop.clock, identity=self.identity, seed=1)
        self.dataverse.behaviour.request_limit = 10**9
        self.dataverse.behaviour.execution_limit = 1e12
        self.finops.behaviour.request_limit = 10**9
        self.finops.behaviour.execution_limit = 1e12

    @property
    def erp(self) -> Any:
        """The ERP that the history is about: its twin, or what looks like one."""
        return self.central or self.finops

    @property
    def erp_name(self) -> str:
        """What the weather calls it."""
        return NAMES[CENTRAL if self.central else FINOPS]

    def house(self, skew: timedelta = timedelta()) -> House:
        """A new instance's house: its own clients, its own clock, the same world."""
        seed = self.random.getrandbits(64)
        chance = Random(seed)
        services: dict[str, Service] = {DATAVERSE: self.dataverse, FINOPS: self.finops}
        if self.central is not None:
            services = {DATAVERSE: self.dataverse, CENTRAL: self.central.front}
        client = TwinClient(self.loop, services, self.weather, self._note)
        self.clients.append(client)
        printer = Printer(self.keys)
        dataverse = Dataverse(
            self._connection(client, DATAVERSE, "/api/data/v9.2", WHO), lambda: f"{chance.getrandbits(64):016x}"
        )
        return House(
            catalogue=replace(self.maps, printer=printer, _maps={}) if self.keys else self.maps,
            erps=self._erps(client, dataverse, lambda: f"{chance.getrandbits(64):016x}"),
            dataverse=dataverse,
            commits=Commits(
                TableWire(self.loop, self.tables, self.weather, self.on_commit, self.on_applied),
                lambda: f"{chance.getrandbits(64):016x}",
                printer,
            ),
            clock=lambda: self.loop.clock() + skew,
            random=chance,
            options=self.options,
            companies=self.companies,
            suites=self.suites,
            upgrade=self.upgrade,
            deletes=self.deletes,
            actions=self.actions,
            pairs=self.pairs,
            copies=self._store_of_copies(lambda: f"{chance.getrandbits(64):016x}"),
        )

    def _erps(
        self, client: httpx.AsyncClient, dataverse: Dataverse, token: Callable[[], str]
    ) -> dict[str, Finops | BusinessCentral]:
        if self.central is None:
            return {"finops": Finops(self._connection(client, FINOPS, "/data", PING), token)}
        path = self.central.root.partition(CENTRAL)[2]
        connection = self._connection(client, CENTRAL, path, COMPANY_PING, RESOURCE)
        elsewhere = worked_out(dataverse.base_currency, self.loop.clock)
        return {"business_central": BusinessCentral(connection, token, elsewhere=elsewhere)}

    def _store_of_copies(self, operation: Callable[[], str]) -> Copies:
        """Another account than the ledger's, in the same weather."""

        async def ready() -> None:
            return

        return Copies(Commits(TableWire(self.loop, self.copies, self.weather), operation), ready, 2)

    def _connection(
        self, client: httpx.AsyncClient, where: str, path: str, probe: str, audience: str = ""
    ) -> Connection:
        tokens = TwinTokens(self.identity, audience or f"http://{where}")
        patience = Patience(attempts=3, seconds=1e9, wait=1.0)
        return Connection(client, f"http://{where}{path}", tokens, Limiter(), patience, probe)

    def _note(self, where: str, request: Request, fault: str, status: int) -> None:
        what = f"{request.method} {request.path}{'?' if request.query else ''}{request.query}"
        self.requests.append((self.loop.time(), where, what, fault))
        self.on_request(where, request, fault, status)

    def instance(self, work: Coroutine[Any, Any, Any]) -> tuple[int, asyncio.Task[Any]]:
        """Starts work as a new instance of the app; its number, to kill it by."""
        self.instances += 1
        return self.instances, self.loop.spawn(self.instances, work)

    @property
    def began(self) -> datetime:
        """When the history began."""
        return BEGIN

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()


def shipped_maps() -> Catalogue:
    """The maps as shipped, built once in a process."""
    return once("shipped", lambda: catalogue(Settings(dataverse_url="https://twin", finops_url="https://twin")))


def in_a_world(
    seed: int,
    story: Callable[[World], Coroutine[Any, Any, Any]],
    *,
    maps: Catalogue | None = None,
    chance: float = 0.0,
    latency: float = 0.05,
    options: Options | None = None,
    keys: tuple[bytes, ...] = (),
) -> Any:
    """Runs a story in a world of its own, on virtual time, and returns what it returns."""
    random = Random(seed)
    seed_of_all(random.getrandbits(64))  # the retries of our clients draw their pauses from the common source
    loop = VirtualLoop(Random(random.getrandbits(64)))

    async def whole() -> Any:
        weather = Weather(Random(random.getrandbits(64)), chance, latency)
        world = World(loop, Random(random.getrandbits(64)), maps or shipped_maps(), weather, options or Options())
        world.keys = keys
        try:
            return await story(world)
        finally:
            await world.close()

    return run(loop, whole)


async def found_unversioned(house: House, places: Collection[tuple[Side, str]]) -> None:
    """A preflight has found, in some process, that these entities do not enforce `If-Match`."""
    found: Versions = {side: {name: False for where, name in places if where == side} for side in SIDES}
    await house.documents.change(FLOWS, PREFLIGHT, lambda before: {**before, "versions": found})


def company(world: World, code: str) -> str:
    """The Dataverse id of a company, created if need be."""
    for row in world.dataverse.rows("cdm_companies"):
        if str(row["cdm_companycode"]).lower() == code:
            return str(row["cdm_companyid"])
    return world.dataverse.create("cdm_companies", {"cdm_companycode": code.upper(), "cdm_name": code})


def rows_by(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, Mapping[str, Any]]:
    """Rows by the value of one column."""
    return {str(row[name]): row for row in rows}
