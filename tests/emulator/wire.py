"""The wire between a client and a twin: one request, one answer, no framework.

A twin is a plain object with a synchronous `handle`. It is mounted three ways: behind uvicorn (`asgi_app`), as an httpx
transport in the same process (`TwinTransport`), and in the simulation on virtual time (the same transport).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote

import httpx

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire: `path` and `query` still percent-encoded, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def decoded_path(self) -> str:
        return unquote(self.path)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is sent as it is."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Dropped(Exception):
    """The connection ends without an answer."""


class Service(Protocol):
    """What stands behind the wire."""

    def handle(self, request: Request) -> Answer: ...


class Port(Protocol):
    """A service with faults and delays in front of it."""

    async def __call__(self, request: Request) -> Answer: ...


def json_answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a compact JSON body in UTF-8."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, {"content-type": "application/json; odata.metadata=minimal", **(headers or {})}, content)


def direct(service: Service) -> Port:
    """A port without faults."""

    async def port(request: Request) -> Answer:
        return service.handle(request)

    return port


class TwinTransport(httpx.AsyncBaseTransport):
    """Connects an httpx client to ports in the same process, chosen by `host:port` of the URL."""

    def __init__(self, ports: Mapping[str, Port]) -> None:
        self.ports = ports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        port = self.ports.get(request.url.netloc.decode())
        if port is None:
            raise httpx.ConnectError(f"nothing listens on {request.url.netloc.decode()}", request=request)
        path, _, query = request.url.raw_path.decode().partition("?")
        headers = {name.decode().lower(): value.decode() for name, value in request.headers.raw}
        try:
            answer = await port(Request(request.method, path, query, headers, await request.aread()))
        except Dropped as gone:
            raise httpx.RemoteProtocolError("the connection was dropped", request=request) from gone
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


def asgi_app(port: Port) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Mounts a port behind an ASGI server such as uvicorn."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        raw_path = scope["raw_path"].decode("ascii").partition("?")[0]
        request = Request(scope["method"], raw_path, scope["query_string"].decode("ascii"), headers, body)
        try:
            answer = await port(request)
        except Dropped:
            # An ASGI server cannot hang up by itself: a body shorter than announced makes it do so.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            return
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        pairs.append((b"content-length", str(len(answer.body)).encode()))
        if answer.status in (204, 304):
            pairs.pop()
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": answer.body})

    return app
