"""The wires of a history: requests to the twins and to the ledger, with delays and faults drawn from the seed.

A request is carried out by the world, at some moment after it was sent, whether or not its sender still lives. What can
go wrong is drawn once per request: it never arrives, it arrives long after its sender gave up, its answer is lost, the
system is busy, or an error comes instead.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeVar

import httpx

from shared.errors import Throttled, Unanswered
from shared.ledger import Conflict, Stored, Write
from tests.emulator.tables import MemoryTables
from tests.emulator.wire import Answer, Request, Service
from tests.simulation.loop import VirtualLoop

Result = TypeVar("Result")

SYSTEM_FAULTS: Final = ("lost", "unanswered", "late", "busy", "error before", "error after", "html", "slow")
TABLE_FAULTS: Final = ("lost", "unanswered", "late", "repeated", "busy", "slow")
LATEST: Final = 300.0
"""Seconds after which a late request has arrived or is dead."""


@dataclass(slots=True)
class Weather:
    """How often requests go wrong, and how long they take (seconds). `seen` counts faults by place and kind."""

    random: Random
    chance: float = 0.0
    latency: float = 0.05
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fault(self, where: str, kinds: Sequence[str]) -> str:
        """What goes wrong with this request; empty if nothing does."""
        if self.random.random() >= self.chance:
            return ""
        kind = self.random.choice(kinds)
        self.seen[where, kind] += 1
        return kind

    def pause(self) -> float:
        return self.random.uniform(0.0, self.latency) if self.latency else 0.0


async def by_the_world(loop: VirtualLoop, work: Coroutine[Any, Any, Result]) -> Result:
    """Something that goes on even if whoever asked for it dies meanwhile."""
    return await asyncio.shield(loop.spawn(0, work))


class TwinWire(httpx.AsyncBaseTransport):
    """Connects a client to the twins over the weather. `services`: by `host:port`."""

    def __init__(
        self,
        loop: VirtualLoop,
        services: dict[str, Service],
        weather: Weather,
        note: Callable[[str, httpx.Request, str], None],
    ) -> None:
        self.loop, self.services, self.weather, self.note = loop, services, weather, note

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        where = request.url.netloc.decode()
        content = await request.aread()
        fault = self.weather.fault(f"{where} {request.method}", SYSTEM_FAULTS)
        self.note(where, request, fault)
        answer = await by_the_world(self.loop, self._carry_out(where, request, content, fault))
        if answer is None:
            raise httpx.ReadError("the connection was dropped", request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body, request=request)

    async def _carry_out(self, where: str, request: httpx.Request, content: bytes, fault: str) -> Answer | None:
        await asyncio.sleep(self.weather.pause() * (200.0 if fault == "slow" else 1.0))
        if fault == "late":
            self.loop.spawn(0, self._later(where, request, content))
        if fault in {"lost", "late"}:
            return None
        if fault == "busy":
            return Answer(429, {"retry-after": "2"}, b"")
        if fault == "error before":
            return Answer(503)
        answer = self._served(where, request, content)
        await asyncio.sleep(self.weather.pause())
        if fault == "unanswered":
            return None
        if fault == "error after":
            return Answer(500, {"content-type": "text/plain"}, b"internal error")
        if fault == "html":
            return Answer(502, {"content-type": "text/html"}, b"<html>Bad Gateway</html>")
        return answer

    async def _later(self, where: str, request: httpx.Request, content: bytes) -> None:
        await asyncio.sleep(self.weather.random.uniform(1.0, LATEST))
        self._served(where, request, content)

    def _served(self, where: str, request: httpx.Request, content: bytes) -> Answer:
        path, _, query = request.url.raw_path.decode().partition("?")
        headers = {name.decode().lower(): value.decode() for name, value in request.headers.raw}
        return self.services[where].handle(Request(request.method, path, query, headers, content))


class TableWire:
    """The ledger over the weather: the port `Tables`, as azure-data-tables behaves."""

    def __init__(self, loop: VirtualLoop, tables: MemoryTables, weather: Weather) -> None:
        self.loop, self.tables, self.weather = loop, tables, weather

    async def get(self, partition: str, key: str) -> Stored | None:
        await self._trouble("get")
        return await by_the_world(self.loop, self._get(partition, key))

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        async with contextlib.aclosing(self.tables.range(partition, start, end, columns)) as pages:  # type: ignore[type-var] # a generator
            async for page in pages:
                await self._trouble("range")
                yield page

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        fault = self.weather.fault("ledger commit", TABLE_FAULTS)
        if fault == "busy":
            raise Throttled("the ledger is busy")
        done = await by_the_world(self.loop, self._commit(partition, writes, fault))
        if fault in {"lost", "unanswered", "late"}:
            raise Unanswered("the ledger did not answer")
        if isinstance(done, Conflict):
            raise done
        return done

    async def _get(self, partition: str, key: str) -> Stored | None:
        await asyncio.sleep(self.weather.pause())
        return await self.tables.get(partition, key)

    async def _commit(self, partition: str, writes: Sequence[Write], fault: str) -> Sequence[str] | Conflict:
        await asyncio.sleep(self.weather.pause() * (200.0 if fault == "slow" else 1.0))
        if fault == "late":
            self.loop.spawn(0, self._later(partition, writes))
        if fault in {"lost", "late"}:
            return []
        try:
            done = self.tables.apply(partition, writes)
            if fault == "repeated":
                self.tables.apply(partition, writes)
        except Conflict as refused:
            return refused
        await asyncio.sleep(self.weather.pause())
        return done

    async def _later(self, partition: str, writes: Sequence[Write]) -> None:
        await asyncio.sleep(self.weather.random.uniform(1.0, LATEST))
        with contextlib.suppress(Conflict):
            self.tables.apply(partition, writes)

    async def _trouble(self, what: str) -> None:
        fault = self.weather.fault(f"ledger {what}", ("busy", "unanswered"))
        if fault:
            raise Unanswered("the ledger did not answer") if fault == "unanswered" else Throttled("the ledger is busy")
        await asyncio.sleep(self.weather.pause())
