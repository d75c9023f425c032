"""A stage for Business Central: both twins, one house, calm weather, a clock that people move."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from functions.runtime import actions_of, catalogue, pairs_of
from shared.engine import (
    House,
    Outcome,
    SuiteOptions,
    Tally,
    Wake,
    catch_up,
    set_state,
    start_job,
    visit,
    work_on,
)
from shared.ledger import PARKED, WAITING, Commits, Coupling, Stored, read_coupling, read_trouble
from shared.mapping import DATAVERSE, ERP, Catalogue, Side
from shared.settings import Settings
from shared.systems import COMPANY_PING, RESOURCE, WHO, BusinessCentral, Connection, Dataverse, Limiter, worked_out
from tests.emulator.business_central.sender import Ask, HandshakePort
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.faults import Gate
from tests.emulator.identity import Identity
from tests.emulator.tables import MemoryTables
from tests.emulator.wire import TwinTransport
from tests.simulation.world import TwinTokens
from tests.unit.maps.once import once
from tests.unit.systems.worlds import QUICK

CUSTOMERS: Final = "business_central.customers"
DE: Final = "CRONUS DE"
US: Final = "CRONUS US"
BEGIN: Final = datetime(2026, 11, 30, 8, tzinfo=UTC)


def shipped() -> Catalogue:
    """The maps of the suite as shipped."""
    return with_words("person")


def with_words(*words: str) -> Catalogue:
    """The maps of the suite as shipped, where its settings switch on these words: read once in a process."""
    house = Settings(dataverse_url="https://twin", suites=("business_central",))
    return once(("business_central", words), lambda: catalogue(house, words={"business_central": words}))


async def nobody(_url: str) -> tuple[int, bytes]:
    """At an address where nobody is."""
    return 404, b""


@dataclass(slots=True)
class Central:
    """Everything there is. The gates take fault orders on the way to a system. called: who answers when Business
    Central calls an address for a handshake. companies: names of those to sync, the first of which has the rows that
    say nothing.
    """

    maps: Catalogue = field(default_factory=shipped)
    now: datetime = BEGIN
    identity: Identity = field(init=False)
    dataverse: DataverseTwin = field(init=False)
    erp: BusinessCentralTwin = field(init=False)
    gates: dict[Side, Gate] = field(init=False)
    house: House = field(init=False)
    tables: MemoryTables = field(default_factory=MemoryTables)
    currency: str = field(init=False)
    called: Ask = nobody
    companies: Sequence[str] = (DE,)

    def __post_init__(self) -> None:
        self.identity = Identity(self.clock)
        self.identity.lifetime = timedelta(days=400)
        self.dataverse = DataverseTwin(clock=self.clock, identity=self.identity, seed=1)
        self.erp = BusinessCentralTwin(clock=self.clock, identity=self.identity, seed=1)
        self.gates = {ERP: Gate(self.erp, _at_once), DATAVERSE: Gate(self.dataverse, _at_once)}
        self.house = self.new_house()
        (base,) = (row for row in self.dataverse.rows("transactioncurrencies") if row["isocurrencycode"] == "EUR")
        self.currency = str(base["transactioncurrencyid"])

    def clock(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        """Time passes."""
        self.now += timedelta(**by)

    @property
    def company(self) -> str:
        return self.erp.company(DE).id

    @property
    def company_ids(self) -> tuple[str, ...]:
        return tuple(self.erp.company(name).id for name in self.companies)

    async def _call(self, url: str) -> tuple[int, bytes]:
        return await self.called(url)

    def new_house(self) -> House:
        """A house as a process that has just been started has it, over what stands in the ledger."""
        shaking = HandshakePort(self.erp, self._call, self.gates[ERP])
        transport = TwinTransport({"127.0.0.1:7081": self.gates[DATAVERSE], urlsplit(self.erp.base).netloc: shaking})
        client, chance = httpx.AsyncClient(transport=transport), Random(1)

        def token() -> str:
            return f"{chance.getrandbits(64):016x}"

        def connection(base: str, audience: str, probe: str) -> Connection:
            return Connection(client, base, TwinTokens(self.identity, audience), Limiter(5, 5), QUICK, probe)

        root = self.erp.base.removesuffix("/v2.0")
        dataverse = Dataverse(connection("http://127.0.0.1:7081/api/data/v9.2", "http://127.0.0.1:7081", WHO), token)
        elsewhere = worked_out(dataverse.base_currency, self.clock)
        central = BusinessCentral(connection(root, RESOURCE, COMPANY_PING), token, elsewhere=elsewhere)
        return House(
            catalogue=self.maps,
            erps={"business_central": central},
            dataverse=dataverse,
            commits=Commits(self.tables, token),
            clock=self.clock,
            random=chance,
            actions=actions_of,
            pairs=pairs_of,
            suites={"business_central": SuiteOptions(companies=self.company_ids, writer=self.company)},
        )

    # -- people

    def customer(self, number: str = "C100", **values: Any) -> tuple[str, str]:
        """A customer that somebody enters; its identity."""
        row = {"number": number, "displayName": "Adatum", "postalCode": "1010", **values}
        return self.company, str(self.erp.create(DE, "customers", row)["id"])

    def coded(self, set_name: str, code: str, **values: Any) -> tuple[str, str]:
        """A record that is called by a code; its identity."""
        return self.company, str(self.erp.create(DE, set_name, {"code": code, **values})["id"])

    def account(self, **values: Any) -> str:
        """An account that somebody enters; its id."""
        row = {"name": "Adatum", "customertypecode": 3, "address1_postalcode": "1010",
               "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})", **values}  # fmt: skip
        return self.dataverse.create("accounts", row)

    # -- what stands there

    def row(self, identity: tuple[str, str]) -> Mapping[str, Any]:
        found = self.erp.row(identity[0], "customers", identity[1])
        assert found is not None
        return found

    def rows(self) -> list[Mapping[str, Any]]:
        return list(self.erp.rows(DE, "customers"))

    def accounts(self) -> list[Mapping[str, Any]]:
        return list(self.dataverse.rows("accounts"))

    def kept(self, prefix: str, name: str = CUSTOMERS) -> list[Stored]:
        """Rows of a flow's ledger."""
        partition = self.tables.partitions.get(name, {})
        return [row for key, row in sorted(partition.items()) if key.startswith(prefix)]

    def couplings(self, name: str = CUSTOMERS) -> list[Coupling]:
        return [read_coupling(row) for row in self.kept("d~", name)]

    def troubles(self, name: str = CUSTOMERS) -> list[tuple[str, str]]:
        """Cause and words of all that is set aside."""
        rows = [read_trouble(row) for prefix in (PARKED, WAITING) for row in self.kept(prefix, name)]
        return [(str(item["code"]), str(item["message"])) for row in rows for item in row.items]

    # -- operators

    async def visit(
        self, side: Side, identity: tuple[str, ...], *, creates: Any = None, name: str = CUSTOMERS
    ) -> Outcome:
        """One record is hinted at and visited."""
        flow = self.house.flow(name, creates=creates)
        return await visit(flow, Wake(side, identity, await flow.ledger.store_hint(side, identity, "event")))

    async def compare(self, name: str = CUSTOMERS) -> Tally:
        """A compare pass that nothing stops."""
        job: Mapping[str, Any] = await start_job(self.house, "compare", [name])
        while job["state"] == "running":
            job = await work_on(self.house, job["id"], lambda: False)
        assert not job["errors"], job["errors"]
        return Tally.from_json(job["tallies"][name])

    async def catch_up(self, name: str = CUSTOMERS) -> Tally:
        """A catch-up pass that nothing stops."""
        tally = Tally()
        assert await catch_up(self.house, name, lambda: False, tally)
        return tally


async def _at_once(_seconds: float) -> None:
    """Nobody waits here."""


async def on_stage(
    story: Callable[[Central], Coroutine[Any, Any, None]],
    maps: Catalogue | None = None,
    companies: Sequence[str] = (DE,),
) -> None:
    """Plays a story."""
    central = Central(maps or shipped(), companies=companies)
    for name in central.maps.names:
        await set_state(central.house, name, "running")
    await story(central)
