"""The wires of a history: requests to the twins and to the ledger, with delays and faults drawn from the seed.

A request is carried out by the world, at some moment after it was sent, whether or not its sender still lives. What can
go wrong is drawn once per request: it never arrives, it arrives long after its sender gave up, its answer is lost, the
system is busy, or an error comes instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random
from typing import Any, Final, TypeVar

import httpx

from shared.errors import Throttled, Unanswered
from shared.ledger import Conflict, Stored, Write
from tests.emulator import mixed_up
from tests.emulator.tables import MemoryTables
from tests.emulator.wire import Answer, Request, Service
from tests.simulation.loop import INSTANCE, VirtualLoop

Result = TypeVar("Result")

DATAVERSE: Final = "127.0.0.1:7081"
FINOPS: Final = "127.0.0.1:7082"
CENTRAL: Final = "127.0.0.1:7083"
NAMES: Final[Mapping[str, str]] = {DATAVERSE: "dataverse", FINOPS: "finops", CENTRAL: "business_central"}

SYSTEM_FAULTS: Final = (
    "lost", "unanswered", "late", "busy", "error before", "error after", "html", "truncated", "slow", "sign-in",
)  # fmt: skip
CENTRAL_FAULTS: Final = ("throttled", "maintenance", "timed out after", "stopped")
"""What Business Central does beside: it says nothing of how long to wait, or says it though it is no throttle; its
gateway gives up on what is carried out all the same; it ends in the middle of a batch, or before anything else.
"""
NEVER_KNOWN: Final = frozenset(
    {"lost", "unanswered", "late", "error after", "html", "truncated", "timed out after", "stopped"}
)
"""Faults after which the sender of a write does not know if it was carried out."""
TABLE_FAULTS: Final = ("lost", "unanswered", "late", "repeated", "busy", "slow")
TOGETHER: Final = ("batch", "create many")
"""Steps whose answer holds those to many requests: it can be mixed up."""
READ_FAULTS: Final = ("unanswered", "busy", "slow")
PAGES: Final = (502, 302, 400, 403, 404, 405, 200)
"""Statuses that come with a page of a gateway, one after the other."""
LATEST: Final = 300.0
"""Seconds after which a late request has arrived or is dead."""
SLOWER: Final = 200.0


_RISK: Final[Mapping[str, float]] = {
    **dict.fromkeys(("get", "range", "feeds", "jobs", "flows", "reports"), 0.5),
    **dict.fromkeys(("create", "update", "delete", "claim", "intend", "settle", "release", "set aside"), 2.0),
    **dict.fromkeys(("decide", "owners", "budget", "journal"), 4.0),
    **dict.fromkeys(("batch", "create many"), 16.0),
}
"""How much more often than others the steps go wrong that are few, and matter."""


@dataclass(slots=True)
class Weather:
    """How often requests go wrong, and how long they take (seconds): at most, or, if they are even, all of them.

    passed, seen: how many requests of each step there were, and how many of them went wrong in which way. outage: until
    then (virtual seconds) every request to these places is refused: with 503 if the second is odd, else throttled.
    strike: called before every request that somebody
    sends; true if the sender dies of it and the request with it. heard: called with every answer; true if the sender
    dies before it hears it. orders: what goes wrong with the next request of a step, or, as "", with the next of all,
    whatever the chances. creates: where, when it was sent, and when it was carried out. gate: what a request waits for
    before it is carried out: by sender, step, and subject; it may say what goes wrong with the request then.
    """

    random: Random
    chance: float = 0.0
    latency: float = 0.05
    even: bool = False
    passed: Counter[str] = field(default_factory=Counter)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    outage: dict[str, float] = field(default_factory=dict)
    strike: Callable[[str], bool] | None = None
    heard: Callable[[str, object], bool] | None = None
    orders: dict[str, str] = field(default_factory=dict)
    creates: list[tuple[str, float, float]] = field(default_factory=list)
    gate: Callable[[int, str, str], Awaitable[str | None]] | None = None

    def fault(self, step: str, kinds: Sequence[str], now: float = 0.0) -> str:
        """What goes wrong with this request; empty if nothing does."""
        self.passed[step] += 1
        kind = self.orders.pop(step, "") or self.orders.pop("", "")
        place = step.partition(" ")[0]
        if not kind and self.outage and (until := self.outage.get(place, 0.0)) > now:
            kind = "error before" if place != "ledger" and until % 2 >= 1 else "busy"
        elif not kind and self.random.random() >= (1.0 - self.chance) ** _RISK.get(step.partition(" ")[2], 1.0):
            kind = self.random.choice(kinds)
        if kind:
            self.seen[step, kind] += 1
        return kind

    def pause(self) -> float:
        if self.even or not self.latency:
            return self.latency
        return self.random.uniform(0.0, self.latency)

    async def send_off(self, loop: VirtualLoop, step: str) -> None:
        """The moment before a request leaves its sender."""
        if self.strike is not None and self.strike(step):
            loop.kill(INSTANCE.get())
            await loop.create_future()

    async def way(self, sender: int, step: str, what: str, fault: str) -> str:
        """The way of a request to whoever carries it out; what goes wrong with it in the end."""
        if self.gate is not None and sender:
            fault = await self.gate(sender, step, what) or fault
        await asyncio.sleep(self.pause() * (SLOWER if fault == "slow" else 1.0))
        return fault

    async def arrive(self, loop: VirtualLoop, step: str, answer: object) -> None:
        """The moment before the sender hears the answer."""
        if self.heard is not None and self.heard(step, answer):
            loop.kill(INSTANCE.get())
            await loop.create_future()


async def by_the_world(loop: VirtualLoop, work: Coroutine[Any, Any, Result]) -> Result:
    """Something that goes on even if whoever asked for it dies meanwhile."""
    return await asyncio.shield(loop.spawn(0, work))


@lru_cache(8192)
def _address(url: str) -> tuple[str, str, str]:
    """Host, path and query of a URL as they go over the wire."""
    parsed = httpx.URL(url)
    path, _, query = parsed.raw_path.decode().partition("?")
    return parsed.netloc.decode(), path, query


def step_of(method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """What a request to a system is for."""
    name = path.rpartition("/")[2]
    if method == "PATCH":
        return "update"
    if method == "DELETE":
        return "delete"
    if method == "POST":
        return "batch" if name == "$batch" else "create many" if "CreateMultiple" in name else "create"
    if "(" in name:
        return "read"
    prefer = headers.get("prefer", headers.get("Prefer", ""))
    if "deltatoken" in query or "track-changes" in prefer:
        return "changes" if "deltatoken" in query else "page"
    return "page" if "orderby" in query else "find"


class TwinClient(httpx.AsyncClient):
    """A client of the twins over the weather. `services`: by `host:port`.

    What lies below httpx's own interface is left out: a history is thousands of requests, and their bytes are the same.
    """

    def __init__(
        self, loop: VirtualLoop, services: Mapping[str, Service], weather: Weather, note: Callable[..., None]
    ) -> None:
        super().__init__(trust_env=False, transport=httpx.AsyncBaseTransport())
        self.loop, self.services, self.weather, self.note = loop, services, weather, note

    @contextlib.asynccontextmanager
    async def stream(self, method: str, url: Any, **options: Any) -> AsyncIterator[httpx.Response]:
        yield await self._answer(method, url, **options)

    async def _answer(self, method: str, url: Any, **options: Any) -> httpx.Response:
        where, path, query = _address(str(url))
        headers = {name.lower(): value for name, value in options["headers"].items()}
        request = Request(method, path, query, headers, options.get("content") or b"")
        step = f"{NAMES[where]} {step_of(method, path, query, headers)}"
        await self.weather.send_off(self.loop, step)
        fault = self.weather.fault(step, _kinds(where, step), self.loop.time())
        sent = self._carry_out(where, request, fault, INSTANCE.get(), step)
        answer = await (sent if method == "GET" else by_the_world(self.loop, sent))
        await self.weather.arrive(self.loop, step, answer)
        self.note(where, request, fault, answer.status if answer else 0)
        if answer is None:
            raise httpx.ReadError("the connection was dropped")
        about: Any = _Sent(str(url))
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body, request=about)

    async def _carry_out(self, where: str, request: Request, fault: str, sender: int, step: str) -> Answer | None:
        sent = self.loop.time()
        fault = await self.weather.way(sender, step, request.path, fault)
        if fault == "late":
            self.loop.spawn(0, self._later(where, request, sent))
        if fault in {"lost", "late"}:
            return None
        if fault in _BEFORE:
            return _BEFORE[fault]
        answer = self._handle(where, _first_half(request) if fault == "stopped" else request, sent)
        await asyncio.sleep(self.weather.pause())
        if fault == "unanswered":
            return None
        if fault == "truncated" and answer.status < 300:
            return Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        if fault in mixed_up.KINDS:
            return mixed_up.mixed_up(answer, fault, self.weather.random.randrange(100))
        if fault == "html":
            return _page(PAGES[self.weather.seen[step, fault] % len(PAGES)])
        return _AFTER.get(fault, answer)

    async def _later(self, where: str, request: Request, sent: float) -> None:
        await asyncio.sleep(self.weather.random.uniform(1.0, LATEST))
        self._handle(where, request, sent)

    def _handle(self, where: str, request: Request, sent: float) -> Answer:
        if request.method == "POST":
            self.weather.creates.append((where, sent, self.loop.time()))
        return self.services[where].handle(request)


@dataclass(frozen=True, slots=True)
class _Sent:
    """All that anybody asks of a request that was answered."""

    url: str


_LATER: Final = Answer(503, {"retry-after": "5"})
_BEFORE: Final[Mapping[str, Answer]] = {
    "busy": Answer(429, {"retry-after": "2"}),
    "error before": Answer(503),
    "sign-in": Answer(401),
    "throttled": Answer(429),
    "maintenance": _LATER,
}
_AFTER: Final[Mapping[str, Answer]] = {
    "error after": Answer(500, {"content-type": "text/plain"}, b"internal error"),
    "timed out after": Answer(504, {"content-type": "text/html"}, b"<html>Gateway Timeout</html>"),
    "stopped": _LATER,
}


def _kinds(where: str, step: str) -> Sequence[str]:
    """What can go wrong with a request there."""
    own = CENTRAL_FAULTS if where == CENTRAL else ()
    return (*SYSTEM_FAULTS, *own, *(mixed_up.KINDS * 4 if step.endswith(TOGETHER) else ()))


def _first_half(request: Request) -> Request:
    """A batch as far as it was carried out when its service ended: the first half of its parts, of one the whole."""
    if not request.path.endswith("$batch"):
        return request
    parts = json.loads(request.body)["requests"]
    return replace(request, body=json.dumps({"requests": parts[: (len(parts) + 1) // 2]}).encode())


def _page(status: int) -> Answer:
    """What stands before a service answers in its place."""
    return Answer(status, {"content-type": "text/html"}, b"<html>We will be back soon</html>")


class TableWire:
    """The ledger over the weather: the port `Tables`, as azure-data-tables behaves.

    note: hears of every transaction that is sent; applied: only of what is carried out, when it is.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        tables: MemoryTables,
        weather: Weather,
        note: Callable[..., None] = lambda *_: None,
        applied: Callable[[str, Sequence[Write]], None] = lambda *_: None,
    ) -> None:
        self.loop, self.tables, self.weather, self.note, self.applied = loop, tables, weather, note, applied

    async def get(self, partition: str, key: str) -> Stored | None:
        await self._trouble("ledger get")
        stored = await self._get(partition, key, INSTANCE.get())
        await self.weather.arrive(self.loop, "ledger get", stored)
        return stored

    async def range(
        self, partition: str, start: str, end: str, columns: Sequence[str] | None = None
    ) -> AsyncIterator[Sequence[Stored]]:
        if self.weather.gate is not None and INSTANCE.get():
            await self.weather.gate(INSTANCE.get(), "ledger range", f"{partition} {start}")
        async with contextlib.aclosing(self.tables.range(partition, start, end, columns)) as pages:  # type: ignore[type-var] # a generator
            async for page in pages:
                await self._trouble("ledger range")
                await self.weather.arrive(self.loop, "ledger range", page)
                yield page

    async def commit(self, partition: str, writes: Sequence[Write]) -> Sequence[str]:
        step = f"ledger {purpose(partition, writes)}"
        await self.weather.send_off(self.loop, step)
        fault = self.weather.fault(step, TABLE_FAULTS, self.loop.time())
        if fault == "busy":
            self.note(partition, writes, fault, None)
            raise Throttled("the ledger is busy")
        done = await by_the_world(self.loop, self._commit(partition, writes, fault, INSTANCE.get()))
        await self.weather.arrive(self.loop, step, done)
        if isinstance(done, Conflict | Unanswered):
            raise done
        return done

    async def _get(self, partition: str, key: str, sender: int) -> Stored | None:
        await self.weather.way(sender, "ledger get", f"{partition} {key}", "")
        return await self.tables.get(partition, key)

    async def _commit(
        self, partition: str, writes: Sequence[Write], fault: str, sender: int
    ) -> Sequence[str] | Conflict | Unanswered:
        step, what = f"ledger {purpose(partition, writes)}", f"{partition} {writes[0].key}"
        fault = await self.weather.way(sender, step, what, fault)
        if fault == "late":
            self.loop.spawn(0, self._later(partition, writes))
        if fault in {"lost", "late"}:
            self.note(partition, writes, fault, None)
            return Unanswered("the ledger did not answer")
        done = self._applied(partition, writes, fault)
        if fault == "repeated" and not isinstance(done, Conflict):
            done = self._applied(partition, writes, fault)
        await asyncio.sleep(self.weather.pause())
        return Unanswered("the ledger did not answer") if fault == "unanswered" else done

    async def _later(self, partition: str, writes: Sequence[Write]) -> None:
        await asyncio.sleep(self.weather.random.uniform(1.0, LATEST))
        self._applied(partition, writes, "late")

    def _applied(self, partition: str, writes: Sequence[Write], fault: str) -> Sequence[str] | Conflict:
        try:
            done = self.tables.apply(partition, writes)
        except Conflict as refused:
            self.note(partition, writes, fault, refused)
            return refused
        self.note(partition, writes, fault, None)
        self.applied(partition, writes)
        return done

    async def _trouble(self, step: str) -> None:
        await self.weather.send_off(self.loop, step)
        fault = self.weather.fault(step, READ_FAULTS, self.loop.time())
        if fault in {"busy", "unanswered"}:
            raise Unanswered("the ledger did not answer") if fault == "unanswered" else Throttled("the ledger is busy")
        await asyncio.sleep(self.weather.pause() * (SLOWER if fault == "slow" else 1.0))


def purpose(partition: str, writes: Sequence[Write]) -> str:
    """What a transaction is for: the step of the protocol it carries out."""
    if partition.startswith("plan~"):
        return "rehearse"
    if partition in {"feeds", "flows", "jobs", "budget", "owners", "environment", "reports"}:
        return partition
    kinds = {_PURPOSES[write.key[:2]] for write in writes if write.key[:2] in _PURPOSES}
    couplings = [write for write in writes if write.key.startswith("d~")]
    for write in couplings:
        if write.cells.get("busy"):
            return "claim" if write.kind == "insert" and write.cells["state"] == "claimed" else "intend"
    if couplings:
        return "settle" if couplings[0].kind != "delete" or len(couplings) > 1 else "release"
    return min(kinds, default="other")


_PURPOSES: Final = {"h~": "hint", "w~": "set aside", "p~": "set aside", "c~": "decide", "j~": "journal"}
