"""The limiter: how many press on a system at once, pauses that all obey, and nobody forgotten in the queue."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Throttled
from shared.systems import Limiter

PAUSE = 0.015


class Doorman:
    """Watches who is inside."""

    def __init__(self, limiter: Limiter) -> None:
        self.limiter = limiter
        self.inside = 0
        self.most = 0
        self.order: list[str] = []

    async def visit(self, name: str, turns: int = 3) -> None:
        async with self.limiter:
            self.order.append(name)
            self.inside += 1
            self.most = max(self.most, self.inside)
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                self.inside -= 1


async def settle() -> None:
    """Lets everybody go as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("limit", "most"), [(1.0, 1), (1.9, 1), (4.0, 4), (16.0, 16)])
async def test_no_more_than_the_limit(limit: float, most: int) -> None:
    """No more go in at once than the limit allows, and everybody comes to their turn."""
    doorman = Doorman(Limiter(limit))
    await asyncio.gather(*(doorman.visit(str(number)) for number in range(50)))
    assert doorman.most == most
    assert len(doorman.order) == 50
    assert doorman.limiter.running == 0


async def test_a_failure_frees_its_place() -> None:
    """Who leaves with an error leaves."""
    limiter = Limiter(1.0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with limiter:
                raise ZeroDivisionError
    async with asyncio.timeout(1), limiter:
        assert limiter.running == 1


async def test_growth() -> None:
    """While the system answers, the limit grows by one a round of requests, up to its ceiling."""
    limiter = Limiter(4.0, ceiling=8.0)
    for _ in range(4):
        limiter.answered()
    assert 4.9 < limiter.limit <= 5.0
    for _ in range(100):
        limiter.answered()
    assert limiter.limit == 8.0


async def test_halving() -> None:
    """Every refusal halves the limit, but one may always go on."""
    limiter = Limiter(16.0)
    seen = []
    for _ in range(6):
        limiter.throttled(0)
        seen.append(limiter.limit)
    assert seen == [8.0, 4.0, 2.0, 1.0, 1.0, 1.0]


@given(history=st.lists(st.booleans(), max_size=200), start=st.floats(1, 16))
async def test_the_limit_stays_in_bounds(history: list[bool], start: float) -> None:
    """Whatever the system answers, at least one and at most the ceiling may go in."""
    limiter = Limiter(start, ceiling=16.0)
    for good in history:
        if good:
            limiter.answered()
        else:
            limiter.throttled(0)
        assert 1 <= int(limiter.limit) <= 16


async def test_growth_lets_the_next_in() -> None:
    """When the limit has grown by one, somebody who waits goes in without anybody leaving."""
    limiter = Limiter(1.0)
    doorman = Doorman(limiter)
    visits = [asyncio.create_task(doorman.visit(name, 200)) for name in ("first", "second")]
    await settle()
    assert doorman.order == ["first"]
    limiter.answered()
    await settle()
    assert doorman.order == ["first", "second"]
    await asyncio.gather(*visits)


# -- pauses


async def test_everybody_obeys_a_pause() -> None:
    """During a pause nobody goes in: neither who comes new nor who waits already."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(1.0)
    entered: list[float] = []

    async def visit() -> None:
        async with limiter:
            entered.append(loop.time())

    async with limiter:
        waiting = [asyncio.create_task(visit()) for _ in range(2)]
        await settle()
        limiter.throttled(PAUSE)
        end = loop.time() + PAUSE
    waiting.append(asyncio.create_task(visit()))
    await asyncio.gather(*waiting)
    assert len(entered) == 3
    assert min(entered) >= end - 0.001


@pytest.mark.parametrize("pauses", [(PAUSE, 0.0), (0.0, PAUSE), (PAUSE, PAUSE / 3)], ids=str)
async def test_the_longest_pause_counts(pauses: tuple[float, float]) -> None:
    """A later, shorter pause does not shorten the one that stands."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(4.0)
    begin = loop.time()
    for pause in pauses:
        limiter.throttled(pause)
    async with limiter:
        assert loop.time() - begin >= PAUSE - 0.001


async def test_a_pause_beyond_patience() -> None:
    """A pause that nobody has the patience for is told to those who wait and those who come; nobody keeps a place."""
    limiter = Limiter(1.0)
    limiter.patience = 1.0
    doorman = Doorman(limiter)
    async with limiter:
        waiting = [asyncio.create_task(doorman.visit(name)) for name in ("first", "second", "third")]
        await settle()
        limiter.throttled(60.0)
        waiting[1].cancel()
        await settle()
    found = await asyncio.gather(*waiting, doorman.visit("late"), return_exceptions=True)
    assert [type(each) for each in found] == [Throttled, asyncio.CancelledError, Throttled, Throttled]
    assert (doorman.order, limiter.running) == ([], 0)


async def test_fewer_go_on_after_a_pause() -> None:
    """After a pause half as many press on the system as before."""
    limiter = Limiter(8.0)
    limiter.throttled(PAUSE)
    doorman = Doorman(limiter)
    await asyncio.gather(*(doorman.visit(str(number)) for number in range(20)))
    assert doorman.most == 4


# -- the queue


async def test_first_come_first_served() -> None:
    """Who waits longest goes in first."""
    doorman = Doorman(Limiter(1.0))
    names = [f"{number:02d}" for number in range(10)]
    await asyncio.gather(*(doorman.visit(name) for name in names))
    assert doorman.order == names


async def test_nobody_starves() -> None:
    """Who comes again and again does not keep out who waits."""
    limiter = Limiter(1.0)
    rounds = 0

    async def greedy() -> None:
        nonlocal rounds
        for _ in range(200):
            async with limiter:
                rounds += 1
                await asyncio.sleep(0)

    async def patient() -> int:
        async with limiter:
            return rounds

    eager = asyncio.create_task(greedy())
    await asyncio.sleep(0)
    waited = await asyncio.create_task(patient())
    await eager
    assert waited < 10


@pytest.mark.parametrize("turns", range(6))
async def test_cancelled_in_the_queue(turns: int) -> None:
    """Who gives up waiting, even at the moment of being called, passes the turn on."""
    limiter = Limiter(1.0)
    doorman = Doorman(limiter)
    first = asyncio.create_task(doorman.visit("first"))
    await asyncio.sleep(0)
    second = asyncio.create_task(doorman.visit("second", 1))
    third = asyncio.create_task(doorman.visit("third", 1))
    for _ in range(turns):
        await asyncio.sleep(0)
    second.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(first, second, third, return_exceptions=True)
    assert doorman.order[-1] == "third"
    assert limiter.running == 0


async def test_cancelled_inside() -> None:
    """Who is cancelled inside leaves its place to the next."""
    doorman = Doorman(Limiter(1.0))
    first = asyncio.create_task(doorman.visit("first", 10_000))
    second = asyncio.create_task(doorman.visit("second"))
    await settle()
    first.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(first, second, return_exceptions=True)
    assert doorman.order == ["first", "second"]


async def test_cancelled_in_a_pause() -> None:
    """Who was called, met a pause and gives up passes the turn on: the others are not forgotten."""
    limiter = Limiter(1.0)
    doorman = Doorman(limiter)
    async with limiter:
        second = asyncio.create_task(doorman.visit("second"))
        third = asyncio.create_task(doorman.visit("third"))
        await settle()
        limiter.throttled(PAUSE)
    await settle()
    second.cancel()
    try:
        async with asyncio.timeout(5):
            await third
    finally:
        third.cancel()
    assert doorman.order == ["third"]


async def test_many_waiters_and_many_pauses() -> None:
    """With pauses and cancellations all over, whoever still waits comes in."""
    limiter = Limiter(2.0)
    doorman = Doorman(limiter)
    tasks = [asyncio.create_task(doorman.visit(str(number), number % 4)) for number in range(40)]
    for number in range(5):
        await asyncio.sleep(0)
        limiter.throttled(0.001 * number)
    async with asyncio.timeout(2):
        await asyncio.gather(*tasks)
    assert sorted(map(int, doorman.order)) == list(range(40))


async def test_no_more_in_a_while_than_the_system_counts() -> None:
    """Who comes too many waits until the first of them is long enough ago, and asks nobody before."""
    limiter, times = Limiter(5, 5, per=(3, PAUSE)), list[float]()

    async def visit() -> None:
        async with limiter:
            times.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(visit() for _ in range(7)))
    assert all(later - earlier >= PAUSE for earlier, later in zip(times, times[3:], strict=False))
    assert limiter.running == 0
