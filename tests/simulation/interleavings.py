"""Interleavings: the real engine, two instances at once, in every order of what they ask of systems and ledger.

An instance runs until everything it does waits for an answer. Then it is chosen which request is carried out next, or
whether somebody edits a record, an instance dies, an answer is lost, or time passes. Each history is played anew up to
the point where it differs from those before. Two that come to the same state of the systems and the ledger, and in
which both instances have heard the same answers, go on alike: the second ends there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, Final

from shared.engine import set_state
from shared.errors import KoppelError
from shared.mapping import Catalogue
from tests.emulator.tables import MemoryTables
from tests.simulation.complaints import Complaints
from tests.simulation.crashes import Stage, Story, decided, passes_rest
from tests.simulation.judge import Judge, Rules, no_rules
from tests.simulation.loop import INSTANCE
from tests.simulation.rig import CUSTOMERS, Rig
from tests.simulation.world import World, company, in_a_world

Option = tuple[str, Callable[[], None]]
PAUSES: Final = (130, 300, 900, 3700)
"""Seconds between the pumps of whoever goes on when all is over."""
RECORDS: Final = (f"{CUSTOMERS} ", "/CustomersV3", "/accounts", "$batch")
EXPIRY: Final = 121.0
"""Seconds after which an intent or a lease counts as abandoned."""


async def _furnished(world: World) -> Rig:
    """The rig with a company, a currency and a customer group on both sides; only the flow of customers runs."""
    world.options = replace(world.options, unseen=timedelta())
    rig = Rig(world, world.house())
    rig.companies = {"usmf": company(world, "usmf")}
    rig.currency = rig.new_currency("USD")
    world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "10"})
    group = {"msdyn_groupid": "10", "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
    world.dataverse.create("msdyn_customergroups", group)
    await set_state(rig.house, CUSTOMERS, "running")
    return rig


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two instances at work on the same things. prepare: what was there before; workers: what each of them does.

    people: what is done meanwhile, by several people who each do one thing after the other. deaths: how many instances
    may die, their last requests on their way; faults: how many writes may be carried out and never answered; lapses:
    how often so much time passes that everything expires. told: events tell of every edit, so that no pass is needed.
    decides: one of the workers decides all conflicts. right: more that has to be so at the end. about: what both of
    them look at; when one of them uses what the other does not, does not matter.
    stage: where it is played; rules: what the judge asks beyond the laws.
    """

    name: str
    maps: Callable[[], Catalogue]
    prepare: Story
    workers: Sequence[Story]
    people: Sequence[Sequence[Story]] = ()
    deaths: int = 0
    faults: int = 0
    lapses: int = 0
    told: bool = True
    decides: bool = False
    right: Callable[[Any], bool] = lambda _rig: True
    about: Sequence[str] = RECORDS
    stage: Callable[[World], Coroutine[Any, Any, Stage]] = _furnished
    rules: Rules = no_rules


class OrderedTables(MemoryTables):
    """Versions count by row: what is written to one row says nothing about when another was written."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[tuple[str, str], int] = {}

    def _version(self, partition: str, key: str) -> int:
        self._rows[partition, key] = self._rows.get((partition, key), 0) + 1
        return self._rows[partition, key]


@dataclass(slots=True)
class Request:
    """A request on its way, or the next thing that one of the people does."""

    sender: int
    step: str
    what: str
    go: asyncio.Future[str]

    def __str__(self) -> str:
        return f"[{self.sender}] {self.step} {self.what}"

    @property
    def reads(self) -> bool:
        """True if it leaves nothing behind."""
        return self.step.split()[1] in READS


@dataclass(slots=True)
class Table:
    """Where it is chosen what comes next in one history. choices: what was chosen; width: among how many.

    known: states from which everything was tried, or is going to be.
    """

    meeting: Meeting
    rig: Any
    prefix: Sequence[int]
    known: set[int]
    choices: list[int] = field(default_factory=list)
    width: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    pending: list[Request] = field(default_factory=list)
    heard: dict[int, int] = field(default_factory=dict)
    tasks: dict[int, asyncio.Task[Any]] = field(default_factory=dict)
    at: list[int] = field(default_factory=list)
    acting: asyncio.Task[Any] | None = None
    deaths: int = 0
    faults: int = 0
    lapses: int = 0
    seen_before: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def world(self) -> World:
        world: World = self.rig.world
        return world

    # -- what is hooked into the wires

    async def gate(self, sender: int, step: str, what: str) -> str:
        """A request waits until it is chosen, and whether it is answered. What is its own is answered at once."""
        if not any(each in what for each in self.meeting.about):
            return ""
        request = Request(sender, step, what, self.world.loop.create_future())
        self.pending.append(request)
        return await request.go

    def listen(self, step: str, answer: object) -> bool:
        """What an instance hears makes what it does next."""
        who = INSTANCE.get()
        if who:
            self.heard[who] = hash((self.heard.get(who, 0), step, repr(answer)))
        return False

    # -- the choice

    def idle(self) -> bool:
        """Everybody waits: one thing is chosen, and everybody runs on. False if there is nothing to choose."""
        if self.over.is_set() or not self._acted():
            return False
        options = self._options()
        if not options:
            if self._living():
                return False
            self.over.set()
        elif len(self.choices) >= len(self.prefix) and len(options) > 1 and self._came_here_before():
            self.seen_before = True
            self.over.set()
        else:
            self._choose(options)
        return True

    def _acted(self) -> bool:
        """What one of the people began is done, and went well."""
        if self.acting is not None and self.acting.done():
            self.acting.result()
            self.acting = None
        return self.acting is None

    def bugs(self) -> list[str]:
        """What the functions of the instances ended with, if that is not an answer of theirs."""
        ended = [task.exception() for task in self.tasks.values() if task.done()]
        return [f"bug: a function ends with {problem!r}" for problem in ended if problem is not None]

    def _came_here_before(self) -> bool:
        state = self._state()
        before = state in self.known
        self.known.add(state)
        return before

    def _choose(self, options: Sequence[Option]) -> None:
        depth = len(self.choices)
        choice = self.prefix[depth] if depth < len(self.prefix) else 0
        self.choices.append(choice)
        self.width.append(len(options))
        what, act = options[choice]
        self.told.append(what)
        act()

    def _options(self) -> list[Option]:
        """Everything that can come next, always in the same order. When all are done, time and death mean nothing."""
        self.pending = [each for each in self.pending if not each.go.done()]  # whoever asked has been called off
        requests = sorted(self.pending, key=lambda each: each.sender)
        options: list[Option] = [(str(each), partial(self._carry_out, each)) for each in requests]
        for place, (script, at) in enumerate(zip(self.meeting.people, self.at, strict=True)):
            options += [(f"somebody {script[at].__name__}", partial(self._act, place))] if at < len(script) else []
        if (requests or self._living()) and self.lapses < self.meeting.lapses:
            options.append(("time passes", self._lapse))
        if self.deaths < self.meeting.deaths:
            options += [(f"[{who}] dies", partial(self._die, who)) for who in self._living()]
        return options + (self._unanswered(requests) if self.faults < self.meeting.faults else [])

    def _unanswered(self, requests: Sequence[Request]) -> list[Option]:
        """Writes of which the sender does not hear that they were carried out."""
        doubtful = [each for each in requests if not each.reads and each.sender in self._living()]
        return [
            (f"{each} is carried out, and its answer is lost", partial(self._carry_out_unheard, each))
            for each in doubtful
        ]

    def _living(self) -> list[int]:
        return [who for who, task in self.tasks.items() if who not in self.world.loop.dead and not task.done()]

    def _carry_out(self, request: Request, fault: str = "") -> None:
        self.pending.remove(request)
        request.go.set_result(fault)

    def _carry_out_unheard(self, request: Request) -> None:
        self.faults += 1
        self._carry_out(request, "unanswered")

    def _act(self, place: int) -> None:
        work = self.meeting.people[place][self.at[place]](self.rig)
        self.at[place] += 1
        self.acting = self.world.loop.spawn(0, work)

    def _lapse(self) -> None:
        self.lapses += 1
        self.world.loop.pass_time(EXPIRY)

    def _die(self, who: int) -> None:
        """What it has sent is still on its way; what it wanted to read nobody asks any more."""
        self.deaths += 1
        self.world.loop.kill(who)
        self.pending = [each for each in self.pending if each.sender != who or not each.reads]

    def _state(self) -> int:
        """Everything that what comes next depends on."""
        world = self.world
        rows = tuple(
            (partition, key, row.etag, repr(row.cells))
            for partition, found in sorted(world.tables.partitions.items())
            for key, row in sorted(found.items())
        )
        writes = tuple(
            tuple(repr((each.operation, each.sent, each.after)) for each in twin.history)
            for twin in (world.finops, world.dataverse)
        )
        ways = tuple(sorted((each.sender, each.step) for each in self.pending))
        heard = tuple(sorted((who, heard) for who, heard in self.heard.items() if who not in world.loop.dead))
        bounds = (self.deaths, self.faults, self.lapses)
        return hash((rows, writes, ways, heard, tuple(self.at), bounds, world.loop.time()))


READS: Final = frozenset({"read", "find", "page", "changes", "get", "range"})


@dataclass(slots=True)
class Found:
    """What one search came to. histories: those played to their end; ends: those of them that ended differently.

    broken: what was wrong, and the story that led there.
    """

    name: str
    histories: int = 0
    replays: int = 0
    states: int = 0
    steps: int = 0
    ends: int = 0
    whole: bool = True
    broken: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def told(self) -> list[str]:
        """The histories that went wrong: what was wrong, and how it came about."""
        return [
            "; ".join(broken) + "".join(f"\n      {number + 1}. {what}" for number, what in enumerate(story))
            for broken, story in self.broken
        ]


def explore(meeting: Meeting, most: int = 10**9) -> Found:
    """Searches all orders, or as many as are asked for, here and there; stops at the third that breaks a law.

    Goes on beyond that until two of them are played to their end: many replays of some meetings soon come to a state
    that is known.
    """
    found, known, ends, random = Found(meeting.name), set[int](), set[int](), Random(1)
    stack: list[list[int]] = [[]]
    while stack and len(found.broken) < 3:
        if found.replays >= most and found.histories > 1:
            found.whole = False
            break
        place = random.randrange(len(stack))
        stack[place], stack[-1] = stack[-1], stack[place]
        prefix = stack.pop()
        table, broken = play(meeting, prefix, known, ends)
        found.replays += 1
        found.histories += not table.seen_before
        found.steps = max(found.steps, len(table.choices))
        for depth in range(len(prefix), len(table.choices)):
            stack += [[*table.choices[:depth], other] for other in range(1, table.width[depth])]
        if broken:
            found.broken.append((broken, table.told))
    found.states, found.ends = len(known), len(ends)
    return found


def play(meeting: Meeting, prefix: Sequence[int], known: set[int], ends: set[int]) -> tuple[Table, list[str]]:
    """Plays one history: as chosen, and then whatever comes first. What is broken at its end, if it is a new one."""

    async def whole(world: World) -> tuple[Table, list[str]]:
        judge = Judge(world, rules=meeting.rules)
        world.on_applied = judge.watch
        world.tables, world.loop.choose = OrderedTables(), _first
        rig = await meeting.stage(world)
        await meeting.prepare(rig)
        if meeting.decides:
            await decided(rig, judge)
        await asyncio.sleep(1)
        table = Table(meeting, rig, prefix, known, at=[0] * len(meeting.people))
        await _meet(table)
        state = table._state() if not table.seen_before else 0
        if table.seen_before or state in ends:
            return table, table.bugs()
        ends.add(state)
        rig.house = world.house()
        return table, [*table.bugs(), *await _judged(rig, judge, meeting)]

    with Complaints() as complaints:
        table, broken = in_a_world(1, whole, maps=meeting.maps(), latency=0.0)
    return table, [*broken, *(f"bug: {text}" for text in complaints)]


def _first(_ready: int) -> int:
    """Who is ready goes on in the order in which they came: what matters is chosen elsewhere."""
    return 0


async def _meet(table: Table) -> None:
    """Both instances work, as it is chosen."""
    world = table.world
    world.weather.gate, world.weather.heard, world.loop.idle = table.gate, table.listen, table.idle
    for work in table.meeting.workers:
        instance, task = world.instance(_function(work(replace(table.rig, house=world.house()))))
        table.tasks[instance] = task
    await table.over.wait()
    world.weather.gate, world.weather.heard, world.loop.idle = None, None, None
    for instance in table.tasks:
        world.loop.kill(instance)


async def _function(work: Coroutine[Any, Any, Any]) -> None:
    """A function of the platform: what it raises is logged, and it is called again another time."""
    try:
        await work
    except KoppelError:
        return


async def _judged(rig: Stage, judge: Judge, meeting: Meeting) -> list[str]:
    """What is wrong when all is quiet."""
    for pause in PAUSES:
        await asyncio.sleep(pause)
        await rig.pump()
    if not meeting.told:
        await rig.compare(*rig.house.catalogue.names)
        await rig.pump()
    broken = await judge.verdict(rig.house)
    if not meeting.right(rig):
        broken.append("it ends otherwise")
    return broken + await passes_rest(rig, judge)
