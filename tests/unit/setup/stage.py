"""Both twins with demo data, the ledger in memory, and the set-up over them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from urllib.parse import urlsplit

import httpx

from functions.runtime import catalogue
from shared.ledger import Commits, Documents
from shared.mapping import Catalogue
from shared.settings import Settings
from shared.setup import Finding, Receiver, Report, Site, apply_webhooks, preflight
from shared.systems import Connection, Dataverse, Finops, Limiter, Patience
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.demo import demo_of
from tests.emulator.faults import Gate
from tests.emulator.finops import FinopsTwin
from tests.emulator.identity import Identity
from tests.emulator.tables import MemoryTables
from tests.emulator.wire import Request, Service, TwinTransport
from tests.unit.systems.worlds import IssuedTokens, Recorder, boundaries

ACCOUNTS, GROUPS, TERMS = (
    "dual_write.customers_v3_accounts",
    "dual_write.customer_groups",
    "dual_write.terms_of_payment",
)
APP = "https://koppel.example"
KEY = "key-of-the-dataverse-webhook"
QUICK = Patience(attempts=1, seconds=1, wait=0.001, default_pause=0.001)


def shipped(*names: str) -> Catalogue:
    """The maps as they are shipped: these, or all."""
    whole = catalogue(Settings(dataverse_url="https://a.example", finops_url="https://b.example"))
    return Catalogue({name: path for name, path in whole.files.items() if name in names or not names})


def prospects() -> Catalogue:
    """The maps of prospect to cash, under the names that were published."""
    return catalogue(Settings(dataverse_url="https://a.example", suites=("prospect_to_cash",)))


def three() -> Catalogue:
    """Customers, and the two flows that their lookups need first."""
    return shipped(ACCOUNTS, GROUPS, TERMS)


@dataclass(slots=True)
class Stage:
    """A house before its first synchronisation."""

    customers: int = 30
    companies: tuple[str, ...] = ()
    receiver: Receiver | None = field(default_factory=lambda: Receiver(url=APP, key=KEY))
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    dataverse: DataverseTwin = field(init=False)
    finops: FinopsTwin = field(init=False)
    identity: Identity = field(init=False)
    arrived: list[Recorder] = field(init=False)
    site: Site = field(init=False)
    maps: Catalogue = field(default_factory=three)
    suite: str = "dual_write"
    named: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.identity = Identity(lambda: self.now)
        self.dataverse = DataverseTwin(clock=lambda: self.now, identity=self.identity)
        self.finops = FinopsTwin(clock=lambda: self.now, identity=self.identity)
        data = demo_of([self.suite], self.customers)
        for table, found in data.dataverse.items():
            self.dataverse.load(table, found)
        for entity, found in data.finops.items():
            self.finops.load(entity, found)
        self.arrived = [Recorder(self.dataverse), Recorder(self.finops)]
        here = (self.dataverse.environment.url, self.finops.environment.url)
        self.site = Site(
            catalogue=self.maps,
            dataverse=Dataverse(self._connection(here[0], "/api/data/v9.2", self.arrived[0]), boundaries()),
            finops=Finops(self._connection(here[1], "/data", self.arrived[1]), boundaries()),
            documents=Documents(Commits(MemoryTables(), _nonces())),
            clock=lambda: self.now,
            companies=self.companies,
            receiver=self.receiver,
            named=lambda _flow: self.named or self.companies,
            units=lambda _flow: self.units,
        )

    def _connection(self, url: str, path: str, service: Service) -> Connection:
        transport = TwinTransport({urlsplit(url).netloc: Gate(service, asyncio.sleep)})
        client = httpx.AsyncClient(transport=transport)
        return Connection(client, url + path, IssuedTokens(self.identity, url), Limiter(), QUICK)

    async def register(self) -> None:
        """Everything that the webhooks need is there."""
        assert self.site.receiver is not None
        await apply_webhooks(self.site.dataverse, self.maps.sound(), self.site.receiver)

    async def report(self, *names: str) -> Report:
        return await preflight(self.site, names or None)

    @property
    def writes(self) -> list[Request]:
        """Every request that was not a read."""
        return [request for each in self.arrived for request in each.requests if request.method != "GET"]


def _nonces() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{next(numbers):016x}"


async def found(stage: Stage) -> list[Finding]:
    return list((await stage.report()).findings)
