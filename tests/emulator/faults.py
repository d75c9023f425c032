"""Fault orders: what may go wrong between a client and a twin, on request.

An order names which requests it hits and how often. The twin itself stays truthful: a fault before the commit means
that the twin never saw the request; a fault after it means that the change is made and the answer is lost.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulator import mixed_up
from tests.emulator.wire import Answer, Dropped, Port, Request, Service

KINDS = ("delay", "answer", "answer_after", "drop", "drop_after", "html", "truncate", *mixed_up.KINDS)


@dataclass(slots=True)
class Order:
    """One fault order.

    kind: delay (seconds, then as usual); answer (this status instead of the service); answer_after (the service acts,
    then this status); drop, drop_after (no answer, before or after the service acts); html (an HTML page of a gateway
    with `status`); truncate (half of the service's answer); those of `mixed_up` (the answers to requests that travelled
    together, the one at `place` amiss).
    """

    kind: str
    method: str = ".*"
    path: str = ".*"
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    status: int = 503
    retry_after: str | None = None
    body: bytes = b""
    place: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r} is not one of {', '.join(KINDS)}")

    def hits(self, request: Request) -> bool:
        """True if this order applies to the request; counts down `skip`, then `times`."""
        if self.times <= 0 or not re.fullmatch(self.method, request.method):
            return False
        if not re.search(self.path, request.decoded_path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Gate:
    """Stands before a service and carries out fault orders, one per request, in the order they were given."""

    def __init__(self, service: Service, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.service = service
        self.orders: list[Order] = []
        self._sleep = sleep

    def order(self, kind: str, **options: Any) -> Order:
        order = Order(kind, **options)
        self.orders.append(order)
        return order

    async def __call__(self, request: Request) -> Answer:
        order = next((candidate for candidate in self.orders if candidate.hits(request)), None)
        if order is None:
            return self.service.handle(request)
        self.orders = [each for each in self.orders if each.times > 0]
        return await self._carry_out(order, request)

    async def _carry_out(self, order: Order, request: Request) -> Answer:
        if order.seconds:
            await self._sleep(order.seconds)
        if order.kind == "drop":
            raise Dropped
        if order.kind == "answer":
            return _refusal(order)
        if order.kind == "html":
            return Answer(
                order.status, {"content-type": "text/html"}, b"<html><body><h1>Bad Gateway</h1></body></html>"
            )
        answer = self.service.handle(request)
        if order.kind == "drop_after":
            raise Dropped
        if order.kind == "answer_after":
            return _refusal(order)
        if order.kind == "truncate":
            return Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        if order.kind in mixed_up.KINDS:
            return mixed_up.mixed_up(answer, order.kind, order.place)
        return answer


def _refusal(order: Order) -> Answer:
    headers: Mapping[str, str] = {"retry-after": order.retry_after} if order.retry_after is not None else {}
    return Answer(order.status, headers, order.body)


def gated(service: Service, sleep: Callable[[float], Awaitable[None]]) -> tuple[Gate, Port]:
    """A gate and its port; both are the same object, typed for the two who use it."""
    gate = Gate(service, sleep)
    return gate, gate
