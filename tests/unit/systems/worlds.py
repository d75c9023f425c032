"""What stands around a client in these tests: scripted servers, tokens, and clients over the twins."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from itertools import count
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from shared.errors import KoppelError
from shared.systems import Connection, Dataverse, Finops, Limiter, Patience
from tests.emulator.dataverse import probe as dataverse_probe
from tests.emulator.faults import Gate
from tests.emulator.finops import probe as finops_probe
from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request, Service, TwinTransport

BASE = "https://contoso.example/data"
QUICK = Patience(attempts=4, seconds=5, wait=0.001, default_pause=0.004)

Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Script:
    """A server that answers by a script, then with 200 and an empty object. `requests` is what arrived."""

    def __init__(self, *steps: Step) -> None:
        self.steps = deque(steps)
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.popleft() if self.steps else httpx.Response(200, json={})
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, httpx.Response) else step(request)

    @property
    def tokens(self) -> list[str]:
        return [request.headers["authorization"].removeprefix("Bearer ") for request in self.requests]


class CountedTokens:
    """Tokens `token-1`, `token-2`, ...: a new one after each renewal."""

    scheme = "Bearer"

    def __init__(self) -> None:
        self.renewals = 0
        self.closed = False

    async def token(self) -> str:
        return f"token-{self.renewals + 1}"

    async def renew(self) -> None:
        self.renewals += 1

    async def close(self) -> None:
        self.closed = True


Handler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def connection(
    handler: Handler | httpx.AsyncBaseTransport,
    *,
    base: str = BASE,
    patience: Patience = QUICK,
    limiter: Limiter | None = None,
    tokens: Any = None,
) -> Connection:
    """A connection to a fake. Nothing is open, so nothing needs closing."""
    transport = handler if isinstance(handler, httpx.AsyncBaseTransport) else httpx.MockTransport(handler)
    client = httpx.AsyncClient(transport=transport)
    return Connection(client, base, tokens or CountedTokens(), limiter or Limiter(), patience)


def boundaries() -> Callable[[], str]:
    """Boundaries 1, 2, ..."""
    numbers: Iterator[int] = count(1)
    return lambda: str(next(numbers))


def answer(status: int, headers: Mapping[str, str] | None = None, content: bytes = b"") -> httpx.Response:
    """An answer with these headers and this body."""
    return httpx.Response(status, headers=headers, content=content)


async def attempt(work: Awaitable[Any]) -> Any:
    """What comes of it, a refusal too."""
    try:
        return await work
    except KoppelError as problem:
        return problem


async def all_of(*works: Awaitable[Any]) -> list[Any]:
    """What comes of things asked for in the same turn."""
    return await asyncio.gather(*map(attempt, works))


# -- clients over the twins


class IssuedTokens:
    """Tokens of the identity twin for one system."""

    scheme = "Bearer"

    def __init__(self, identity: Identity, audience: str) -> None:
        self.identity = identity
        self.audience = audience
        self.renewals = 0
        self._token = identity.issue(audience)

    async def token(self) -> str:
        return self._token

    async def renew(self) -> None:
        self.renewals += 1
        self._token = self.identity.issue(self.audience)

    async def close(self) -> None:
        """There is nothing to let go of."""


TwinProbe = TypeVar("TwinProbe", dataverse_probe.Probe, finops_probe.Probe)


class Recorder:
    """A service that keeps what arrives at it, behind the fault orders."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.requests: list[Request] = []

    def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.service.handle(request)

    @property
    def lines(self) -> list[str]:
        """Methods and paths of what arrived."""
        return [f"{request.method} {request.decoded_path}" for request in self.requests]


class World(Generic[TwinProbe]):
    """What stands between a client and a twin: tokens, fault orders, and who wrote down what arrived."""

    def __init__(self, probe: TwinProbe, url: str, root: str, patience: Patience) -> None:
        self.probe: TwinProbe = probe
        self.arrived = Recorder(probe.twin)
        self.gate = Gate(self.arrived, asyncio.sleep)
        self.tokens = IssuedTokens(probe.identity, url)
        transport = TwinTransport({urlsplit(url).netloc: self.gate})
        self.connection = connection(transport, base=f"{url}{root}", patience=patience, tokens=self.tokens)

    @property
    def parts(self) -> list[str]:
        """Method and address of every request, those inside of batches one by one."""
        return [line for request in self.arrived.requests for line in _inside(request)]


class DataverseWorld(World[dataverse_probe.Probe]):
    """A client of Dataverse over its twin, with fault orders in between."""

    def __init__(self, patience: Patience = QUICK) -> None:
        super().__init__(dataverse_probe.Probe(), dataverse_probe.HOST, "/api/data/v9.2", patience)
        self.twin = self.probe.twin
        self.client = Dataverse(self.connection, boundaries())


class FinopsWorld(World[finops_probe.Probe]):
    """A client of F&O over its twin, with fault orders in between."""

    def __init__(self, patience: Patience = QUICK) -> None:
        super().__init__(finops_probe.Probe(), finops_probe.HOST, "/data", patience)
        self.twin = self.probe.twin
        self.client = Finops(self.connection, boundaries())


_REQUEST_LINE = re.compile(r"^(GET|POST|PATCH|DELETE) (\S+) HTTP/1\.1\r$", re.MULTILINE)


def _inside(request: Request) -> list[str]:
    if not request.path.endswith("/$batch"):
        return [f"{request.method} {request.path}?{request.query}"]
    return [f"{method} {url}" for method, url in _REQUEST_LINE.findall(request.body.decode())]
