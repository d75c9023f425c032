"""Histories of business_central: people work in both systems, Business Central tells what it will, and instances die.

An ERP without a feed for deletes, whose notifications come late, twice or never, and whose subscriptions end while the
app is stopped; with ids that it gives itself, or that are ours; and a second company, which nobody may touch.
The judge (`trade_judge.py`) knows who wrote what, and nothing of how the engine decides.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from random import Random
from random import seed as seed_of_all
from typing import Any, Final

from functions.business_central.notifications import taken
from functions.business_central.subscriptions import PATH, Keeper
from functions.events import Event
from functions.flow import receive
from shared.engine import House, Options, SuiteOptions, catch_up, pump, set_state, start_job, state_of, work_on
from shared.errors import KoppelError
from shared.ledger import Commits
from shared.mapping import DATAVERSE, Catalogue
from shared.setup import Ear
from shared.systems import (
    COMPANY_PING,
    RESOURCE,
    TAG,
    WHO,
    BusinessCentral,
    Connection,
    Dataverse,
    Limiter,
    Patience,
    worked_out,
)
from tests.emulator.business_central.subscriptions import Handshake
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.identity import Identity
from tests.emulator.tables import MemoryTables
from tests.emulator.wire import Answer, Request
from tests.simulation.central import with_words
from tests.simulation.loop import INSTANCE, VirtualLoop, run
from tests.simulation.network import CENTRAL, LATEST, TableWire, TwinClient, Weather
from tests.simulation.network import DATAVERSE as DATAVERSE_HOST
from tests.simulation.overlays import with_overlays
from tests.simulation.trade_judge import Judge
from tests.simulation.traders import CUSTOMERS, DE, Traders
from tests.simulation.world import TwinTokens

APP: Final = "https://koppel.example"
FORBIDDEN, UNAVAILABLE, ACCEPTED, NO_ANSWER = 403, 503, 202, 0
POLICIES: Final = (
    "policy: {creates: both, conflict: park, delete: park}",
    "policy: {creates: both, conflict: park, delete: propagate}",
    "policy: {creates: both, conflict: erp_wins, master: erp, delete: propagate}",
    "policy: {creates: both, conflict: dataverse_wins, master: dataverse, delete: uncouple}",
)
"""What an overlay says of customers: as shipped but for creates, and otherwise."""
DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Plot:
    """What kind of history it is. connector: its pages are used, and keep the ids that they are given. pace: seconds
    between what people do, at most. lost: how often an event of Dataverse does not come. stops: how often the app is
    stopped for a while.
    """

    connector: bool
    policy: str
    edits: int
    pace: float
    faults: float
    deaths: float
    lost: float
    stops: float
    instances: int
    doubles: bool
    latency: float

    @classmethod
    def drawn(cls, random: Random) -> Plot:
        return cls(
            connector=random.random() < 0.4,
            policy=random.choice(POLICIES),
            edits=random.choice((8, 15, 25)),
            pace=random.choice((2.0, 40.0, 400.0)),
            faults=random.choice((0.0, 0.0, 0.02, 0.06)),
            deaths=random.choice((0.0, 0.0, 0.01, 0.03)),
            lost=random.choice((0.0, 0.3, 1.0)),
            stops=random.choice((0.0, 0.1, 0.25)),
            instances=random.choice((1, 2)),
            doubles=random.random() < 0.2,
            latency=random.choice((0.05, 1.0)),
        )


@cache
def maps_of(policy: str, *, connector: bool) -> Catalogue:
    """The shipped maps with what a history says of customers."""
    return with_overlays(with_words(*(("connector",) if connector else ())), {CUSTOMERS: [policy]})


@dataclass(slots=True)
class Front:
    """Business Central as it is called: while a subscription is made or renewed, it calls the app. reached: it can."""

    twin: BusinessCentralTwin
    reached: bool = True

    def handle(self, request: Request) -> Answer:
        if url := self.twin.asks(request):
            status = 200 if self.reached and url == f"{APP}{PATH}" else FORBIDDEN
            self.twin.shaken(url, Handshake("token", status, "token"))
        return self.twin.handle(request)


@dataclass(slots=True)
class Process:
    """An instance of the app: its house, and what keeps its subscriptions."""

    house: House
    keeper: Keeper


@dataclass(slots=True)
class Trade:
    """One history. told_to: how far the events of Dataverse are told."""

    loop: VirtualLoop
    random: Random
    plot: Plot
    weather: Weather
    lines: list[str]
    identity: Identity = field(init=False)
    dataverse: DataverseTwin = field(init=False)
    erp: BusinessCentralTwin = field(init=False)
    front: Front = field(init=False)
    people: Traders = field(init=False)
    judge: Judge = field(init=False)
    tables: MemoryTables = field(default_factory=MemoryTables)
    processes: list[Process] = field(default_factory=list)
    clients: list[TwinClient] = field(default_factory=list)
    instances: int = 0
    told_to: int = 0

    def __post_init__(self) -> None:
        self.identity = Identity(self.loop.clock)
        self.identity.lifetime = timedelta(days=400)
        self.dataverse = DataverseTwin(clock=self.loop.clock, identity=self.identity, seed=1)
        self.erp = BusinessCentralTwin(clock=self.loop.clock, identity=self.identity, seed=1)
        self.dataverse.behaviour.request_limit = self.erp.behaviour.request_limit = 10**9
        self.dataverse.behaviour.execution_limit = 1e12
        self.erp.behaviour.connector = self.plot.connector
        self.front = Front(self.erp)
        self.people = Traders(self.dataverse, self.erp, self.random, self.loop.time, doubles=self.plot.doubles)
        self.judge = Judge(self.dataverse, self.erp, self.tables, self.people, maps_of(**self._maps()))

    def _maps(self) -> dict[str, Any]:
        return {"policy": self.plot.policy, "connector": self.plot.connector}

    async def begin(self) -> None:
        """The app is started, and its flow is let run."""
        await self._start()
        await set_state(self.processes[0].house, CUSTOMERS, "running")

    async def work(self) -> None:
        """People work, and the app with them, in whatever weather there is."""
        self.weather.chance = self.plot.faults
        for _ in range(self.plot.edits):
            self.tell(self.people.act())
            await asyncio.sleep(self.random.uniform(0.0, self.plot.pace))
            await self._something_of_the_app()

    async def end(self) -> list[str]:
        """What is broken when all is quiet."""
        broken = await self._settle()
        broken += await self.judge.verdict(self.processes[0].house)
        before = self.judge.standing()
        await self.compare()
        await self._catch_up(self.processes[0])
        broken += self.judge.needless(before)
        for client in self.clients:
            await client.aclose()
        return broken

    # -- instances

    async def _start(self) -> None:
        """All processes are new ones."""
        self.processes = [await self._process() for _ in range(self.plot.instances)]

    async def _process(self) -> Process:
        house = self._house(Random(self.random.getrandbits(64)))
        ear = Ear(f"{APP}{PATH}", b"k" * 32, await house.erps["business_central"].environment())
        return Process(house, Keeper(house, ear))

    def _house(self, chance: Random) -> House:
        client = TwinClient(
            self.loop, {DATAVERSE_HOST: self.dataverse, CENTRAL: self.front}, self.weather, lambda *_: None
        )
        self.clients.append(client)
        wire = TableWire(self.loop, self.tables, self.weather, lambda *_: None, self.judge.watch)

        def token() -> str:
            return f"{chance.getrandbits(64):016x}"

        def connection(base: str, audience: str, probe: str) -> Connection:
            patience = Patience(attempts=3, seconds=1e9, wait=1.0)
            return Connection(client, base, TwinTokens(self.identity, audience), Limiter(), patience, probe)

        root, company = self.erp.base.removesuffix("/v2.0"), self.erp.company(DE).id
        whose = f"http://{DATAVERSE_HOST}"
        dataverse = Dataverse(connection(f"{whose}/api/data/v9.2", whose, WHO), token)
        elsewhere = worked_out(dataverse.base_currency, self.loop.clock)
        central = BusinessCentral(connection(root, RESOURCE, COMPANY_PING), token, elsewhere=elsewhere)
        return House(
            catalogue=maps_of(**self._maps()),
            erps={"business_central": central},
            dataverse=dataverse,
            commits=Commits(wire, token),
            clock=self.loop.clock,
            random=chance,
            options=Options(long_dead=timedelta(seconds=2 * LATEST + 300)),
            suites={"business_central": SuiteOptions(companies=(company,), writer=company)},
            deletes=1000,
        )

    async def _by_an_instance(self, process: Process, work: Coroutine[Any, Any, Any], patience: float = 3600.0) -> Any:
        """What came of a piece of work; None if it was refused for now, or whoever did it died of it."""
        self.instances += 1
        number, task = self.instances, self.loop.spawn(self.instances, _tried(work))
        await asyncio.wait({task}, timeout=patience)
        if task.done():
            return task.result()
        self.loop.kill(number)
        if process in self.processes:
            self.processes[self.processes.index(process)] = await self._process()
        return None

    # -- what the app does

    async def _something_of_the_app(self) -> None:
        """Events arrive, timers fire; some at once, in different instances. Now and then it is stopped for a while."""
        if self.random.random() < self.plot.stops:
            await self._stop_for_a_while()
        works = [self.events(), self.notifications()]
        if self.random.random() < 0.5:
            works.append(self.pump(self.random.choice(self.processes)))
        if self.random.random() < 0.15:
            works.append(self._catch_up(self.random.choice(self.processes)))
        if self.random.random() < 0.05:
            works.append(self.compare())
        self.random.shuffle(works)
        await asyncio.gather(*works)

    async def _stop_for_a_while(self) -> None:
        """Whoever calls it gets 403, upon which Business Central forgets who wanted to hear."""
        self.tell("the app is stopped")
        self.front.reached = False
        for _ in range(self.random.randint(1, 3)):
            self.tell(self.people.act())
            await asyncio.sleep(self.random.uniform(0.0, 100.0))
            await self.notifications()
        self.told_to = len(self.dataverse.history)
        self.front.reached = True
        await self._start()

    async def events(self) -> None:
        """Dataverse tells of what people did to accounts, unless its event is lost."""
        changes, self.told_to = self.dataverse.history[self.told_to :], len(self.dataverse.history)
        for change in changes:
            if change.table != "accounts" or change.tag == TAG or self.random.random() < self.plot.lost:
                continue
            event = Event(DATAVERSE, (change.id,), change.operation)
            process = self.random.choice(self.processes)
            await self._by_an_instance(process, receive(process.house, CUSTOMERS, event, 5.0), 60.0)

    async def notifications(self) -> None:
        """Business Central tells whoever has subscribed."""
        self.erp.notifications.due()
        calls, self.erp.outbox[:] = list(self.erp.outbox), []
        for call in calls:
            status = await self._called(json.loads(call.body)["value"]) if self.front.reached else FORBIDDEN
            self.erp.notifications.answered(call, status)

    async def _called(self, items: Sequence[Mapping[str, Any]]) -> int:
        process = self.random.choice(self.processes)
        work = taken(process.house, process.keeper.ear, items, 5.0)
        return ACCEPTED if await self._by_an_instance(process, work, 30.0) else UNAVAILABLE

    async def pump(self, process: Process) -> None:
        await self._by_an_instance(process, self._pumped(process))

    async def _pumped(self, process: Process) -> None:
        with suppress(KoppelError):
            await process.keeper.keep()
        await pump(process.house, lambda: False)

    async def _catch_up(self, process: Process) -> None:
        await self._by_an_instance(process, catch_up(process.house, CUSTOMERS, lambda: False))

    async def compare(self) -> None:
        """A compare pass in slices, which any instance carries on."""
        process = self.random.choice(self.processes)
        started = await self._by_an_instance(process, start_job(process.house, "compare", [CUSTOMERS]))
        for _ in range(40 if started else 0):
            process = self.random.choice(self.processes)
            work = work_on(process.house, started["id"], lambda: self.random.random() < 0.3)
            end = await self._by_an_instance(process, work)
            if end is not None and end["state"] != "running":
                return
            await asyncio.sleep(150)

    # -- when all is quiet

    async def _settle(self) -> list[str]:
        """The weather is fine, nobody dies, and time passes. What was told and caught up with shows before a compare
        pass comes by; that pass finds the deletes. What has not shown by then.
        """
        self.tell("all is quiet")
        self.weather.chance, self.weather.strike = 0.0, None
        await asyncio.sleep(2 * LATEST + 400)
        await self._start()
        for _ in range(4):
            await self.notifications()
            await self.pump(self.processes[0])
            await asyncio.sleep(70)
        calm = not (self.plot.faults or self.plot.deaths)
        missed = self.judge.untold() if calm else []
        await self._catch_up(self.processes[0])
        missed += self.judge.missed()
        for _ in range(3):
            await self.compare()
            await asyncio.sleep(DAY)
            await self.pump(self.processes[0])
            if (await state_of(self.processes[0].house, CUSTOMERS))["state"] != "running":
                self.tell("the flow is paused: resumed")
                await self.processes[0].house.budget.refill(CUSTOMERS)
                await set_state(self.processes[0].house, CUSTOMERS, "running")
        await self.compare()
        return missed

    def tell(self, text: str) -> None:
        self.lines.append(f"{self.loop.time():10.2f}  {text}")


async def _tried(work: Coroutine[Any, Any, Any]) -> Any:
    """What a function of the platform does: it fails, and is called again another time."""
    try:
        return await work
    except KoppelError:
        return None


def play(seed: int) -> tuple[Plot, list[str], list[str]]:
    """Plays the history of a seed: what kind it was, what is broken, and its story."""
    random = Random(f"trade {seed}")
    plot, lines, deaths = Plot.drawn(random), list[str](), Random(random.getrandbits(64))

    async def whole(trade: Trade) -> list[str]:
        trade.weather.strike = lambda _step: INSTANCE.get() > 0 and deaths.random() < plot.deaths
        await trade.begin()
        await trade.work()
        return await trade.end()

    return plot, in_trade(random, plot, lines, whole), lines


def in_trade(
    random: Random, plot: Plot, lines: list[str], story: Callable[[Trade], Coroutine[Any, Any, list[str]]]
) -> list[str]:
    """Plays a story of business_central on virtual time."""
    seed_of_all(random.getrandbits(64))  # the retries of our clients draw their pauses from the common source
    loop = VirtualLoop(Random(random.getrandbits(64)))

    async def whole() -> list[str]:
        weather = Weather(Random(random.getrandbits(64)), 0.0, plot.latency)
        return await story(Trade(loop, Random(random.getrandbits(64)), plot, weather, lines))

    return run(loop, whole)
