"""Sends notifications as the job of the product does, and performs the handshake that a subscription needs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import httpx

from tests.emulator.business_central.notifications import Delivery
from tests.emulator.business_central.subscriptions import Handshake, handshake_url
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.sending import NO_ANSWER, Sender
from tests.emulator.wire import Answer, Port, Request

HANDSHAKE_SECONDS: Final = 5.0
Ask = Callable[[str], Awaitable[tuple[int, bytes]]]


class NotificationSender(Sender[Delivery]):
    """Posts the notifications whose time has come. What fails is sent again with what is newer, or ends its
    subscriptions; `failed` keeps every call that was not taken.
    """

    time_out = 30.0

    def __init__(
        self,
        twin: BusinessCentralTwin,
        post: Callable[[Delivery], Awaitable[int]],
        random: random.Random,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(twin, post, random, sleep)
        self._own = twin

    async def flush(self) -> None:
        self._own.notifications.due()
        await super().flush()

    async def _deliver(self, delivery: Delivery) -> None:
        status = await self._attempt(delivery)
        self._own.notifications.answered(delivery, status)
        if not 200 <= status < 300:
            self.failed.append(delivery)


class HandshakePort:
    """The wire before the twin: while a subscription is made or renewed, its receiver is asked for the token."""

    def __init__(self, twin: BusinessCentralTwin, ask: Ask, port: Port) -> None:
        self._twin = twin
        self._ask = ask
        self._port = port

    async def __call__(self, request: Request) -> Answer:
        url = self._twin.asks(request)
        if url:
            self._twin.shaken(url, await self._shake(url))
        return await self._port(request)

    async def _shake(self, url: str) -> Handshake:
        token = self._twin.environment.trace_id()
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                status, body = await self._ask(handshake_url(url, token))
        except (TimeoutError, OSError, httpx.TransportError):
            status, body = NO_ANSWER, b""
        return Handshake(token, status, body.decode(errors="replace"))
