"""One history: people, events, timers, instances that die or stand still, an operator, and bad weather; then quiet."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from functions.flow import follow
from shared.engine import House, pump, set_state, start_job, state_of, work_on
from shared.errors import KoppelError
from shared.ledger import HINT, Stored, Write, read_coupling
from shared.mapping import DATAVERSE, ERP, Side
from tests.emulator.wire import Request
from tests.simulation.budgets import PLENTY, budget_of, overspent
from tests.simulation.complaints import Complaints
from tests.simulation.instances import Instance
from tests.simulation.judge import Judge
from tests.simulation.kinds import Kind
from tests.simulation.nature import LONG_TEXTS, WHOLE_AMOUNTS, Nature
from tests.simulation.network import LATEST, NEVER_KNOWN
from tests.simulation.news import Ears, News
from tests.simulation.oddities import LAPTOP, MACHINES, Oddities
from tests.simulation.operators import Operator, differing_plans, insist, says_who_is_right
from tests.simulation.pauses import soon
from tests.simulation.people import People
from tests.simulation.postal import Post
from tests.simulation.sales_histories import keeper_of, upgraded
from tests.simulation.stewards import RESTORED, Stewards
from tests.simulation.temper import Temper, temper_of
from tests.simulation.told_by_itself import untold
from tests.simulation.trace import Trace
from tests.simulation.trade_temper import trading
from tests.simulation.world import World, found_unversioned, in_a_world

ORDERING = 0.4
"""How often two operators come after an edit, where they give every order that there is."""


@dataclass(slots=True)
class Played:
    """What came of a history."""

    seed: int
    lines: list[str]
    broken: list[str]
    edits: int
    requests: int
    restarts: int
    passed: Counter[str]
    seen: Counter[tuple[str, str]]
    orders: Counter[tuple[str, str]]


@dataclass(slots=True)
class History:
    """Whoever acts in one history."""

    world: World
    random: Random
    temper: Temper
    trace: Trace
    people: People = field(init=False)
    judge: Judge = field(init=False)
    nature: Nature = field(init=False)
    operator: Operator = field(init=False)
    post: Post = field(init=False)
    news: News | None = None
    stewards: Stewards | None = None
    oddities: Oddities = field(init=False)
    instances: list[Instance] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    restarts: int = 0
    busy: bool = True
    whims: Random = field(init=False)

    def __post_init__(self) -> None:
        self.whims = Random(str(self.temper))
        people = Random(self.random.getrandbits(64))
        self.people = self.temper.people(self.world, people, self.trace.tell)
        self.judge = Judge(self.world, rules=self.temper.rules)
        self.nature = self.temper.nature(self.world, Random(self.random.getrandbits(64)), self.trace)
        own = Random(f"{self.temper} {self.temper.oddities}")
        self.oddities = Oddities(self.world, own, self.trace, self.temper.oddities, lambda: self.busy)
        if not self.temper.faults and not self.temper.deaths:
            self.judge.pauses.patience = soon(self.temper.latency)
        if self.temper.is_calm:
            self.judge.patience = 4 * soon(self.temper.latency)
        does_all = self.temper.orders
        self.operator = Operator(Random(self.random.getrandbits(64)), self.judge, self.trace, does_all=does_all)
        self.post = Post(self.world, self.random, self.temper, self.trace, self._who_takes_events, self._run)

    @property
    def kinds(self) -> Sequence[Kind]:
        return self.temper.kinds

    # -- the whole of it

    async def play(self) -> None:
        world, temper = self.world, self.temper
        self._furnish()
        first = self._begin()
        await found_unversioned(first.house, temper.unversioned)
        if temper.loads:
            self.broken += await differing_plans(first.house)
        if temper.loads or temper.changing:
            await insist(first.house, self.trace, load=temper.loads)
        else:
            for name in temper.flows:
                await set_state(first.house, name, "running")
        world.dataverse.environment.listeners.append(self.post.from_dataverse)
        self._listen()
        world.weather.chance, world.weather.latency = temper.faults, temper.latency
        world.weather.even = temper.even
        for _ in range(temper.instances - 1):
            self._begin()
        self.oddities.begin()
        self._hire()
        if LAPTOP in temper.oddities:
            self._begin_apart()
        for number in range(temper.edits):
            await self._turn(number)
        await asyncio.sleep(self.random.uniform(0.0, 2 * temper.pace))
        if temper.loads and self.random.random() < 0.5:
            self._by(self.operator.take_back)
            await asyncio.sleep(self.random.uniform(0.0, 2 * temper.pace))
        await self.oddities.have_time()
        await self._quiet()

    async def _turn(self, number: int) -> None:
        """Somebody does something, and whatever else happens meanwhile."""
        await asyncio.sleep(self.random.uniform(0.0, 2 * self.temper.pace))
        self.people.act()
        await self._mischief()
        self.oddities.turn()
        if self.news is not None:
            self.news.turn()
        if self.stewards is not None:
            self.stewards.turn(number)
        if (earlier := self.temper.change_at(number)) is not None:
            self._change_the_map(earlier=earlier)

    def _listen(self) -> None:
        """Whoever tells of changes in the ERP."""
        self.news = self.temper.news(self.world, self.trace, self._who_hears)
        if self.news is not None:
            self.news.begin()
        else:
            self.world.finops.environment.listeners.append(self.post.from_finops)

    def _hire(self) -> None:
        """Whoever looks after the installation, if something happens to it."""
        if what := self.temper.happens:
            own, kinds = Random(f"{self.temper} {self.temper.more} at work"), {each.flow: each for each in self.kinds}
            self.stewards = Stewards(
                self.world, own, self.trace, self.judge, what, self.temper.edits, kinds, self._by, self._begin_anew
            )

    def _furnish(self) -> None:
        """What is there, and what the systems are like, before Koppel begins."""
        world, temper = self.world, self.temper
        temper.set_up(world)
        self.people.furnish(decimals=0 if WHOLE_AMOUNTS in temper.reworks else 2)
        self.nature.reworks(temper.reworks)
        for _ in range(4):
            self.people.act()
        if temper.loads:
            self.people.stock(9)
        if LONG_TEXTS in temper.reworks:
            self.people.copy_long_texts()
        if temper.moody:
            self.nature.character()
            self.nature.strict()
        self.nature.careless(temper.unversioned)
        world.dataverse.behaviour.max_page_size = world.finops.behaviour.max_page_size = temper.page

    async def _quiet(self) -> None:
        """The weather clears, whatever was under way ends, and one instance looks at everything once."""
        world, loop = self.world, self.world.loop
        self.trace.tell("quiet: nobody edits, nothing fails any more")
        self.busy = False
        world.weather.chance, world.weather.outage, world.weather.orders = 0.0, {}, {}
        self.nature.calm()
        self.oddities.calm()
        if self.news is not None:
            self.news.calm()
        for instance in self.instances:
            loop.thaw(instance.number)
        await asyncio.sleep(2 * LATEST)
        for instance in self.instances:
            loop.kill(instance.number)
        await asyncio.sleep(LATEST)
        self.broken += overspent(world, self.kinds, self.judge.undoing.deleted() + self.operator.released)
        world.deletes = PLENTY
        last = self._instance(0, world.house())
        if self.stewards is not None:
            await self.stewards.confirm(last.house)
        if self.temper.loads or self.temper.changing:
            await insist(last.house, self.trace, load=False)
        else:
            for name in self.temper.flows:
                await set_state(last.house, name, "running")
        if self.temper.sells:
            self.broken += await upgraded(last.house)
        if self.news is not None:
            told = await untold(self.judge, self.news, last.house, last.ears or Ears(last.house))
            self.broken += told if self.temper.is_told_in_time else []
        await self._settle(last.house)
        self.broken += await self.judge.verdict(last.house)
        before = self.judge.standing()
        self.trace.tell("a further compare pass")
        await self._compare(last.house)
        self.broken += self.judge.needless(before)
        await self._tidied(last.house)

    async def _tidied(self, house: House) -> None:
        """A person goes through the conflicts; what he was told is done is judged like all the rest."""
        if not self.broken and await self.operator.tidy_up(house):
            await self._see_off(house)
            self.broken += await self.judge.verdict(house)

    async def _settle(self, house: House) -> None:
        await pump(house, lambda: False)
        await self._compare(house)
        await self._see_off(house)
        await self._last_turns(house)

    async def _last_turns(self, house: House) -> None:
        """What a pass has hinted at last has its turn; so has a record without a partner to which visits have failed,
        for a pass at most makes it due again.
        """
        tables = [self.world.tables.partitions.get(name, {}) for name in self.temper.flows]
        hints = [(rows, key) for rows in tables for key in rows if key.startswith(HINT)]
        if any(key.removeprefix(HINT) not in rows for rows, key in hints):
            await asyncio.sleep(house.options.longest_wait.total_seconds())
        if hints:
            await pump(house, lambda: False)

    async def _see_off(self, house: House) -> None:
        """Whatever waits has its turns, and everything is looked at."""
        for _ in range(house.options.looks + 1):
            await asyncio.sleep(2 * house.options.longest_pause.total_seconds())
            await pump(house, lambda: False)
        await self._compare(house)  # what a dead worker's claim blocked, and what flows do to each other, has no event

    async def _compare(self, house: House) -> None:
        if self.temper.sells:
            await keeper_of(house).follow(lambda: False)
        started = await start_job(house, "compare", self.temper.flows)
        value = started
        for _ in range(20):
            value = await work_on(house, started["id"], lambda: False)
            if value["state"] != "running":
                break
        may_be_asked = MACHINES in self.temper.oddities or RESTORED in self.temper.happens
        if value["errors"] and may_be_asked and await self._finds_nothing_wrong(house):
            await self._compare(house)
        elif value["state"] == "running" or value["errors"]:
            self.broken.append(f"law 9: a compare pass in good weather does not end: {value['errors']}")

    async def _finds_nothing_wrong(self, house: House) -> bool:
        """Machines set back many records at once, and no event tells of it: a person has to say that they may."""
        return await says_who_is_right(house, self.trace, self.temper.flows)

    # -- people who get in between

    def applied(self, partition: str, writes: Sequence[Write]) -> None:
        """Sees every transaction of the ledger that is carried out, but for what a dry run keeps."""
        if partition.startswith("plan~"):
            return
        self.judge.watch(partition, writes)
        self.operator.seen.watch(partition, writes)
        for write in writes:
            if write.cells.get("busy"):
                self._interrupt(partition)
                coupling = read_coupling(Stored(write.key, write.cells, ""))
                self._provoke(partition, {ERP: coupling.erp[-1] if coupling.erp else "", DATAVERSE: coupling.dataverse})

    def _interrupt(self, flow: str) -> None:
        """Much is being written, and the operator does not like it."""
        if self.busy and self.whims.random() < self.temper.operator / 5:
            self._by(partial(self.operator.interrupt, name=flow))

    def requested(self, where: str, request: Request, fault: str, status: int) -> None:
        """Sees every request to a system, and what came of it."""
        self.trace.request(where, request, fault, status)
        if fault == "late" and request.method == "POST" and "$batch" not in request.path:
            self._doom(request)
        if fault in NEVER_KNOWN and request.method in {"PATCH", "DELETE"}:
            table, _, key = request.path.rpartition("/")[2].partition("(")
            kind = next((kind for kind in self.kinds if table in {kind.entity, kind.table}), None)
            if kind is not None:
                side: Side = DATAVERSE if table == kind.table else ERP
                _, _, code = key.partition(f"{kind.key}='")
                self._provoke(kind.flow, {side: code.partition("'")[0] if code else key.strip(")")})

    def _provoke(self, flow: str, names: Mapping[Side, str]) -> None:
        if self.busy and self.random.random() < self.temper.rivals:
            self.world.loop.spawn(0, self._get_in_between(flow, names))

    def _doom(self, request: Request) -> None:
        """What a request creates that is under way is created again by another one. Then somebody deletes it."""
        table, body = request.path.rpartition("/")[2], json.loads(request.body)
        kind = next((kind for kind in self.kinds if table in {kind.entity, kind.table}), None)
        if kind is None or not self.busy or self.random.random() >= self.temper.rivals:
            return
        side: Side = DATAVERSE if table == kind.table else ERP
        key = kind.named_by or kind.key if side == ERP else self.world.maps.map(kind.flow).dataverse.entity.id
        if body.get(key):
            self.world.loop.spawn(0, self._delete_soon(kind.flow, {side: str(body[key])}))

    async def _delete_soon(self, flow: str, names: Mapping[Side, str]) -> None:
        await asyncio.sleep(self.random.uniform(5.0, LATEST / 2))
        if self.busy:
            self.people.get_in_between(flow, names, "delete")

    async def _get_in_between(self, flow: str, names: Mapping[Side, str]) -> None:
        """Koppel is about to write a record, or does not know if it has; and so is somebody else."""
        await asyncio.sleep(self.random.uniform(0.0, 3 * self.temper.latency))
        if self.busy:
            self.people.get_in_between(flow, names)

    # -- instances

    def _begin(self) -> Instance:
        skew = timedelta(seconds=self.random.uniform(-self.temper.skew, self.temper.skew))
        house = self.world.house(skew)
        self.world.instances += 1
        instance = self._instance(self.world.instances, house)
        self.instances.append(instance)
        self.trace.tell(f"instance {instance.number} begins, its clock off by {skew.total_seconds():.0f} s")
        self.world.loop.spawn(instance.number, self._live(instance, Random(self.random.getrandbits(64))))
        return instance

    def _awake(self) -> list[Instance]:
        return [instance for instance in self.instances if instance.is_awake]

    def _who_takes_events(self) -> list[Instance]:
        """The instances that an event may reach: none once it is quiet."""
        return self._awake() if self.busy else []

    def _who_hears(self) -> tuple[int, Ears] | None:
        """An instance that hears what the ERP tells, and its number; None while all are frozen."""
        awake = self._awake()
        chosen = self.random.choice(awake) if awake else None
        return (chosen.number, chosen.ears) if chosen is not None and chosen.ears is not None else None

    def _begin_apart(self) -> None:
        """Somebody starts an earlier version on the same ledger, on a laptop: its timers run there."""
        self.trace.tell("another version begins on the same ledger")
        maps, self.world.maps = self.world.maps, self.temper.maps(earlier=True)
        self._begin().apart = True
        self.world.maps = maps

    def _instance(self, number: int, house: House) -> Instance:
        keeper = keeper_of(house) if self.temper.sells else None
        return Instance(number, house, keeper, Ears(house) if self.world.central else None)

    async def _live(self, instance: Instance, random: Random) -> None:
        """The timers of an instance."""
        while self.busy:
            await asyncio.sleep(random.uniform(1.0, 60.0))
            limit = self.world.loop.time() + random.choice((0.5, 30.0, 300.0))
            await self._function(self._timer(instance, random, limit))

    def _is_after(self, limit: float) -> bool:
        return self.world.loop.time() > limit

    async def _timer(self, instance: Instance, random: Random, limit: float) -> None:
        house, keeper = instance.house, instance.keeper
        what = random.choice(("pump", "pump", "pump", "catch up", "compare", *(["columns"] * 2 if keeper else [])))
        if keeper is not None and what == "columns":
            await keeper.follow(partial(self._is_after, limit))
        elif what == "pump":
            if instance.ears is not None:
                await instance.ears.keep()
            await pump(house, partial(self._is_after, limit))
        elif what == "catch up":
            await follow(house, random.choice(self.temper.flows), limit - self.world.loop.time())
        else:
            running = [name for name in self.temper.flows if (await state_of(house, name))["state"] == "running"]
            if running:
                await start_job(house, "compare", running)

    def _run(self, instance: Instance, work: Any) -> None:
        """An instance runs a function of the platform."""
        self.world.loop.spawn(instance.number, self._function(work))

    async def _function(self, work: Any) -> None:
        """A function of the platform: what it raises is logged, and it is called again another time."""
        try:
            await work
        except KoppelError as problem:
            self.trace.tell(f"a function ends with {type(problem).__name__}: {problem}")
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is a mistake of ours
            if not self.world.loop.is_closed():
                self.broken.append(f"bug: a function ends with {problem!r}")

    async def _mischief(self) -> None:
        """Instances die, stand still, come back; systems go away for a while; the operator has a look."""
        random = self.random
        if random.random() < self.temper.deaths:
            instance = random.choice(self.instances)
            if random.random() < 0.5:
                self._kill(instance)
            else:
                self.world.loop.spawn(0, self._suspend(instance))
        if random.random() < self.temper.faults / 2:
            where = random.choice(("dataverse", self.world.erp_name, "ledger"))
            self.trace.tell(f"{where} goes away for a while")
            self.world.weather.outage[where] = self.world.loop.time() + random.uniform(5.0, 90.0)
        if self.temper.faults and random.random() < self.temper.rivals / 2:
            self.world.weather.orders[random.choice((f"{self.world.erp_name} create", "dataverse create"))] = "late"
        if random.random() < (ORDERING if self.temper.orders else self.temper.operator):
            for _ in range(2 if self.temper.orders else 1):
                self._by(self.operator.decide)
        if random.random() < self.temper.moody:
            self.nature.mood()

    def _by(self, decide: Callable[[House], Any]) -> None:
        """The operator does something through one of the instances."""
        awake = self._awake()
        if awake:
            instance = self.random.choice(awake)
            self._run(instance, decide(instance.house))

    def _change_the_map(self, *, earlier: bool) -> None:
        """A new release: every instance is replaced, and an operator lets the changed map run."""
        self.trace.tell("the map of customers changes" + (" back" if earlier else ""))
        temper, before = self.temper, self.world.maps
        self.world.maps = temper.maps(earlier=earlier)
        for name in self.temper.flows:
            known = {(line.root, line.blank) for line in before.map(name).lines}
            new = [line.definition for line in self.world.maps.map(name).lines if (line.root, line.blank) not in known]
            self.judge.newer |= dict.fromkeys(new, self.world.loop.time() + LATEST)
        self._begin_anew()
        self._by(partial(insist, trace=self.trace, load=False))

    def _begin_anew(self) -> None:
        """Every instance is replaced."""
        for instance in list(self.instances):
            self._kill(instance)

    def _kill(self, instance: Instance) -> None:
        self.trace.tell(f"instance {instance.number} dies")
        self.world.loop.kill(instance.number)
        self.instances.remove(instance)
        self.restarts += 1
        self._begin()

    async def _suspend(self, instance: Instance) -> None:
        self.trace.tell(f"instance {instance.number} stands still")
        self.world.loop.freeze(instance.number)
        instance.frozen = True
        self.restarts += 1
        await asyncio.sleep(self.random.uniform(1.0, 2 * LATEST))
        self.trace.tell(f"instance {instance.number} goes on")
        instance.frozen = False
        self.world.loop.thaw(instance.number)


def play(seed: int, suite: str = "") -> Played:
    """Plays the history of a seed and judges it. suite: one whose histories have seeds of their own."""
    random = Random(f"{suite or 'history'} {seed}")
    temper = trading(random) if suite else temper_of(seed, random)
    histories: list[History] = []

    async def whole(world: World) -> None:
        trace = Trace(world.loop)
        world.deletes = budget_of(seed)
        trace.tell(f"seed {seed}: {temper}, {temper.more}, deletes: {world.deletes}")
        history = History(world, Random(random.getrandbits(64)), temper, trace)
        histories.append(history)
        world.on_request, world.on_commit, world.on_applied = history.requested, trace.commit, history.applied
        await history.play()

    with Complaints() as complaints:
        try:
            in_a_world(
                seed,
                whole,
                maps=temper.maps(earlier=temper.changing),
                latency=0.0,
                options=temper.options,
            )
        except Exception as problem:  # noqa: BLE001 - it is told with the seed, like any other
            complaints.append(f"the history ends with {problem!r}")
    (history,) = histories
    world = history.world
    broken = [*history.broken, *(f"bug: {text}" for text in complaints)]
    lines = [*history.trace.lines, *(f"BROKEN {text}" for text in broken)]
    return Played(seed, lines, broken, history.people.done, len(world.requests), history.restarts,
                  world.weather.passed, world.weather.seen, history.operator.counts)  # fmt: skip
