"""Gathering: what is asked in the same turn travels together, and everybody gets their own reply."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Gone, Throttled
from shared.systems._batching import PATIENCE, Batcher


class Courier:
    """Doubles numbers; a negative one fails by itself. `trips` is what travelled together."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.trips: list[list[int]] = []
        self.problem = problem

    async def __call__(self, asked: Sequence[int]) -> Sequence[int | Exception]:
        self.trips.append(list(asked))
        await asyncio.sleep(0)
        if self.problem:
            raise self.problem
        return [Gone(f"{ask} is not there") if ask < 0 else 2 * ask for ask in asked]


class Slow(Courier):
    """Comes back when the gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def __call__(self, asked: Sequence[int]) -> Sequence[int | Exception]:
        found = await super().__call__(asked)
        await self.gate.wait()
        return found


async def test_a_trip_that_hangs_holds_nobody_else_up() -> None:
    """Who asks meanwhile waits a moment for company, and goes then."""
    courier = Slow()
    batcher = Batcher(courier, 10)
    first = batcher.ask(1)
    await asyncio.sleep(0)
    others = [batcher.ask(2), batcher.ask(3)]
    await asyncio.sleep(2 * PATIENCE)
    assert courier.trips == [[1], [2, 3]]
    courier.gate.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6]


async def test_an_error_of_all() -> None:
    """If the trip fails, everybody who was on it learns why."""
    courier = Courier(Throttled("busy", 3.0))
    batcher = Batcher(courier, 10)
    found = await asyncio.gather(*(batcher.ask(number) for number in range(5)), return_exceptions=True)
    assert found == [courier.problem] * 5


async def test_an_error_of_one() -> None:
    """A reply that is an error is only that asker's."""
    batcher = Batcher(Courier(), 10)
    found = await asyncio.gather(*(batcher.ask(number) for number in (1, -2, 3)), return_exceptions=True)
    assert (found[0], type(found[1]), found[2]) == (2, Gone, 6)


async def test_trips_fail_apart() -> None:
    """A failing trip says nothing about the next."""
    courier = Courier(Throttled("busy"))
    batcher = Batcher(courier, 10)
    with pytest.raises(Throttled):
        await batcher.ask(1)
    courier.problem = None
    assert await batcher.ask(1) == 2


@pytest.mark.parametrize("replies", [[], [2], [2, 4, 6, 8]], ids=len)
async def test_replies_that_do_not_match(replies: list[int]) -> None:
    """If replies and asks do not match in number nobody can be sure whose is whose: an error for everybody."""

    async def careless(_asked: Sequence[int]) -> Sequence[int | Exception]:
        return replies

    batcher = Batcher(careless, 10)
    async with asyncio.timeout(5):
        found = await asyncio.gather(*(batcher.ask(number) for number in (1, 2, 3)), return_exceptions=True)
    assert all(isinstance(each, Exception) for each in found)


async def test_same_turn_same_trip() -> None:
    """Askers that are ready in the same turn travel together, later ones on the next trip."""
    courier = Courier()
    batcher = Batcher(courier, 10)

    async def asker(number: int, turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await batcher.ask(number)

    found = await asyncio.gather(*(asker(number, turns) for number, turns in ((1, 0), (2, 0), (3, 5), (4, 5))))
    assert found == [2, 4, 6, 8]
    assert courier.trips == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("asks", "size", "trips"), [(1, 10, [1]), (10, 10, [10]), (11, 10, [10, 1]), (25, 10, [10, 10, 5])]
)
async def test_chunks(asks: int, size: int, trips: list[int]) -> None:
    """No trip takes more than its size; the rest goes at the same time."""
    courier = Courier()
    batcher = Batcher(courier, size)
    assert await asyncio.gather(*(batcher.ask(number) for number in range(asks))) == [
        2 * number for number in range(asks)
    ]
    assert [len(trip) for trip in courier.trips] == trips


@pytest.mark.parametrize(
    ("late", "trips"),
    [(3, [3]), (10, [10]), (13, [10, 3])],
    ids=["few wait for a trip to end", "enough for a trip go at once", "both"],
)
async def test_gathering(late: int, trips: list[int]) -> None:
    """While a trip is under way, those who ask meanwhile gather for the next one."""
    courier = Slow()
    batcher = Batcher(courier, 10)
    early = [asyncio.ensure_future(batcher.ask(number)) for number in range(10)]
    await asyncio.sleep(0)
    waiting = []
    for number in range(late):
        waiting.append(asyncio.ensure_future(batcher.ask(number)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert [len(trip) for trip in courier.trips] == [10, *trips[: late // 10]]
    courier.gate.set()
    assert await asyncio.gather(*early, *waiting) == [2 * number for number in (*range(10), *range(late))]
    assert [len(trip) for trip in courier.trips] == [10, *trips]


@pytest.mark.parametrize("turns", range(4))
async def test_cancellation_of_one(turns: int) -> None:
    """Who stops waiting takes nothing from the others."""
    batcher = Batcher(Courier(), 10)

    async def asker(number: int) -> int:
        return await batcher.ask(number)

    tasks = [asyncio.create_task(asker(number)) for number in range(3)]
    for _ in range(turns):
        await asyncio.sleep(0)
    tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert (found[0], found[2]) == (0, 4)


async def test_asking_from_a_reply() -> None:
    """Who got a reply may ask again at once."""
    courier = Courier()
    batcher = Batcher(courier, 10)

    async def twice(number: int) -> int:
        return await batcher.ask(await batcher.ask(number))

    assert await asyncio.gather(*(twice(number) for number in range(4))) == [0, 4, 8, 12]
    assert len(courier.trips) == 2


@settings(deadline=None)
@given(asks=st.lists(st.integers(-5, 50), max_size=40), size=st.integers(1, 12))
async def test_everybody_gets_their_own(asks: list[int], size: int) -> None:
    """Each ask gets the reply of that ask, whatever else travels with it."""
    courier = Courier()
    batcher = Batcher(courier, size)
    found = await asyncio.gather(*(batcher.ask(ask) for ask in asks), return_exceptions=True)
    assert all(isinstance(each, Gone) if ask < 0 else each == 2 * ask for ask, each in zip(asks, found, strict=True))
    assert [ask for trip in courier.trips for ask in trip] == asks
    assert all(len(trip) <= size for trip in courier.trips)
