"""Crash points: a story is cut off at every moment of it, another instance goes on, and the laws are asked.

What a dead process leaves behind are the requests that it has sent. So its death is tried before each request leaves;
after it was carried out, before its answer is heard; with the request still under way, to arrive when somebody else has
taken over; and, to be thorough, before each single step of its code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Literal, Protocol

from shared.engine import Flow, House
from shared.errors import KoppelError
from shared.mapping import Catalogue
from tests.simulation.complaints import Complaints
from tests.simulation.judge import Judge, Rules, no_rules
from tests.simulation.listed import conflicts
from tests.simulation.loop import INSTANCE
from tests.simulation.rig import furnished
from tests.simulation.world import World, in_a_world


class Stage(Protocol):
    """Where a story is played: a house in a world, and what its timers do."""

    world: World
    house: House

    async def pump(self) -> None:
        """What an instance does when its time has come."""

    async def compare(self, *names: str) -> object:
        """A compare pass over these flows."""

    def writes(self) -> int:
        """How many changes the app itself has made."""

    def flow(self) -> Flow:
        """The flow whose conflicts a person decides."""


Story = Callable[[Any], Coroutine[Any, Any, Any]]
Stand = Callable[[Any], Coroutine[Any, Any, Mapping[str, Any]]]
Fate = Literal["unsent", "unheard", "late", "step"]

FATES: Final[tuple[Fate, ...]] = ("unsent", "unheard", "late")
"""What becomes of the request at which a process dies."""
READS: Final = frozenset({"read", "find", "page", "changes", "get", "range"})
PAUSES: Final = (130, 300, 300, 900, 3700, 3700)
"""Seconds between the pumps of whoever goes on: past the life of an intent, and past every pause."""
AGES: Final = 100_000.0
FEW: Final = 2
"""Deaths of a scenario that the short form tries."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. prepare: what was there before; act: what is cut off; stand: what is to be seen afterwards.

    end: how it ends if nothing cuts it off; ends: how it may end besides, if something does. flows: those that the laws
    are asked about, if not all. told: every change was told by an event, so that no pass is needed; decides: the act is
    a person's decision about all conflicts; judged: the laws are asked too, not only how it ends. stage: where it is
    played; rules: what the judge asks beyond the laws.
    """

    name: str
    maps: Callable[[], Catalogue]
    prepare: Story
    act: Story
    stand: Stand
    end: Mapping[str, Any]
    ends: Sequence[Mapping[str, Any]] = ()
    flows: Sequence[str] = ()
    told: bool = True
    decides: bool = False
    judged: bool = True
    stage: Callable[[World], Coroutine[Any, Any, Stage]] = furnished
    rules: Rules = no_rules


@dataclass(frozen=True, slots=True)
class Cut:
    """A moment: the `at`-th request, or step, of an instance, and what becomes of it."""

    fate: Fate
    at: int

    def __str__(self) -> str:
        return f"at step {self.at}" if self.fate == "step" else f"at request {self.at} ({self.fate})"


NEVER: Final = Cut("unsent", 0)


@dataclass(slots=True)
class Life:
    """An instance at work, until it is done or dies. steps, requests: how far it came; writes: those that were."""

    world: World
    cut: Cut
    instance: int = 0
    requests: int = 0
    steps: int = 0
    writes: dict[int, str] = field(default_factory=dict)
    died: asyncio.Future[None] = field(init=False)

    async def live(self, work: Coroutine[Any, Any, Any]) -> None:
        """Lets the instance work, and ends it in any case."""
        world = self.world
        self.died = world.loop.create_future()
        self.instance, task = world.instance(_function(work))
        world.weather.strike, world.weather.heard, world.loop.before = self._strike, self._heard, self._step
        try:
            await asyncio.wait({task, self.died}, timeout=AGES, return_when=asyncio.FIRST_COMPLETED)
        finally:
            world.weather.strike, world.weather.heard, world.loop.before = None, None, None
            world.loop.kill(self.instance)
        if task.done():
            task.result()

    def _strike(self, step: str) -> bool:
        if INSTANCE.get() != self.instance:
            return False
        self.requests += 1
        if is_write(step):
            self.writes[self.requests] = step
        if self.cut == Cut("late", self.requests):
            self.world.weather.orders[""] = "late"
        return self._dies(Cut("unsent", self.requests))

    def _heard(self, _step: str, _answer: object) -> bool:
        mine = INSTANCE.get() == self.instance
        return mine and (self._dies(Cut("unheard", self.requests)) or self._dies(Cut("late", self.requests)))

    def _step(self, instance: int) -> None:
        if instance == self.instance:
            self.steps += 1
            if self._dies(Cut("step", self.steps)):
                self.world.loop.kill(instance)

    def _dies(self, here: Cut) -> bool:
        if self.cut != here:
            return False
        if not self.died.done():
            self.died.set_result(None)
        return True


async def _function(work: Coroutine[Any, Any, Any]) -> None:
    """A function of the platform: what it raises is logged, and it is called again another time."""
    try:
        await work
    except KoppelError:
        return


@dataclass(slots=True)
class Played:
    """What came of one play. lives: how far each instance came."""

    broken: list[str]
    lives: list[Life]


async def go_on(rig: Stage) -> None:
    """What the timers of an instance do for some hours."""
    for pause in PAUSES:
        await asyncio.sleep(pause)
        await rig.pump()


def play(scenario: Scenario, *cuts: Cut, seed: int = 1) -> Played:
    """Plays a scenario: the first cut ends whoever acts, the second whoever goes on; then somebody ends the work."""

    async def whole(world: World) -> Played:
        judge = Judge(world, rules=scenario.rules)
        world.on_applied = judge.watch
        rig = await scenario.stage(world)
        await scenario.prepare(rig)
        if scenario.decides:
            await decided(rig, judge)
        lives = [Life(world, cut) for cut in cuts or (NEVER,)]
        for life, work in zip(lives, (scenario.act, go_on), strict=False):
            rig.house = world.house()
            await life.live(work(rig))
        rig.house = world.house()
        return Played(await _judged(rig, judge, scenario, cut=bool(cuts)), lives)

    with Complaints() as complaints:
        played: Played = in_a_world(seed, whole, maps=scenario.maps())
    played.broken += [f"bug: {text}" for text in complaints]
    return played


async def decided(rig: Stage, judge: Judge) -> None:
    """A person takes every conflict from the list."""
    async for row in conflicts(rig.flow().ledger):
        judge.decided(row)


async def _judged(rig: Stage, judge: Judge, scenario: Scenario, *, cut: bool) -> list[str]:
    """What is wrong when all is quiet, and stays wrong or is written again by passes."""
    await go_on(rig)
    if not scenario.told:
        await rig.compare(*rig.house.catalogue.names)
        await go_on(rig)
    stands = await scenario.stand(rig)
    ends = [scenario.end, *(scenario.ends if cut else ())]
    broken = [] if any(_as_it_should(end, stands) for end in ends) else [f"it ends otherwise: {stands}"]
    if not scenario.judged:
        return broken
    broken += await judge.verdict(rig.house, scenario.flows)
    return broken + await passes_rest(rig, judge)


async def passes_rest(rig: Stage, judge: Judge) -> list[str]:
    """What is wrong with two more passes when all is quiet: the first may write to no system, the second nothing."""
    writes = rig.writes()
    await rig.compare(*rig.house.catalogue.names)
    broken = ["a pass had to write to a system: a hint was lost"] if rig.writes() != writes else []
    before = judge.standing()
    await rig.compare(*rig.house.catalogue.names)
    return broken + judge.needless(before)


def _as_it_should(end: Mapping[str, Any], stands: Mapping[str, Any]) -> bool:
    return all(stands[name] == value for name, value in end.items())


# -- every moment


@dataclass(slots=True)
class Survey:
    """What came of many plays of one scenario. broken: what was wrong, by the moments of death."""

    scenario: Scenario
    plays: int = 0
    broken: dict[tuple[Cut, ...], list[str]] = field(default_factory=dict)

    def add(self, *cuts: Cut) -> None:
        """Plays it once more, cut off there."""
        self.plays += 1
        if broken := play(self.scenario, *cuts).broken:
            self.broken[cuts] = broken

    def told(self) -> list[str]:
        """One line for each play that went wrong."""
        return [f"{' and '.join(map(str, cuts))}: {'; '.join(broken)}" for cuts, broken in self.broken.items()]


def whole(scenario: Scenario) -> Life:
    """The act without a death. Raises AssertionError if it goes wrong by itself."""
    played = play(scenario)
    assert not played.broken, f"{scenario.name}, not cut off: {played.broken}"
    return played.lives[0]


def in_short(scenario: Scenario) -> Survey:
    """A few of the deaths that leave something else behind, spread over the whole of the act, the same each time."""
    survey, random = Survey(scenario), Random(scenario.name)
    cuts = list(leavings(whole(scenario).writes))
    few = min(FEW, len(cuts))
    for at in range(few):
        survey.add(random.choice(cuts[at * len(cuts) // few : (at + 1) * len(cuts) // few]))
    return survey


def in_full(scenario: Scenario) -> Survey:
    """Every request with each of its fates, and every step of the code."""
    survey, act = Survey(scenario), whole(scenario)
    for fate in FATES:
        for at in range(act.requests):
            survey.add(Cut(fate, at + 1))
    for at in range(act.steps):
        survey.add(Cut("step", at + 1))
    return survey


def twice(scenario: Scenario) -> Survey:
    """Whoever goes on dies, too: every death that leaves something else behind, after every other."""
    survey = Survey(scenario)
    for first in leavings(whole(scenario).writes):
        for second in leavings(play(scenario, first, NEVER).lives[1].writes):
            survey.add(first, second)
    return survey


def is_write(step: str) -> bool:
    return step.split()[1] not in READS


def leavings(writes: Mapping[int, str]) -> Iterator[Cut]:
    """Deaths that leave something else behind. writes: what an instance has written, by the numbers of its requests.

    Reads leave nothing behind, so a death between two writes is the same wherever it comes.
    """
    for at, step in writes.items():
        yield Cut("unsent", at)
        if not step.startswith("ledger"):
            yield Cut("late", at)
    if writes:
        yield Cut("unheard", max(writes))
