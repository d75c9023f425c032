"""A stage for what Business Central tells: the app's own receiver, and the upkeep of its subscriptions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from functions.business_central.notifications import answered
from functions.business_central.subscriptions import PATH, Found, ear_of, last_found
from functions.operations.subscriptions import keep_subscriptions
from functions.runtime import Runtime, runtime, use
from functions.suites import Configured
from shared.engine import Pumped, pump, set_state
from shared.mapping import Catalogue
from shared.settings import Settings
from shared.setup import Ear
from shared.systems import Resource
from tests.emulator.business_central.sender import NotificationSender
from tests.emulator.local import NOTIFICATION_KEY
from tests.simulation.central import Central, shipped

_shipped: Final = cache(shipped)
APP: Final = "https://koppel.example"
URL: Final = f"{APP}{PATH}"
FORBIDDEN: Final = 403


def settings_with(**more: Any) -> Settings:
    """Settings of an app that Business Central can call."""
    given = {
        "dataverse_url": "https://twin", "suites": ("business_central",), "app_url": APP,
        "business_central_url": "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Sandbox",
        "business_central_notification_key": NOTIFICATION_KEY, "answer_seconds": 5,
    }  # fmt: skip
    return Settings(**{**given, **more})


@dataclass(slots=True)
class Told:
    """The stage. stopped: the app is, and answers 403 to everything. calls: status of each notification."""

    central: Central
    stopped: bool = False
    calls: list[int] = field(default_factory=list)
    sender: NotificationSender = field(init=False)

    def __post_init__(self) -> None:
        self.central.called = self._shaken
        self.sender = NotificationSender(self.central.erp, self._post, Random(1), _at_once)
        self.start()

    def start(self, **settings: Any) -> None:
        """The app is started: a process that has seen nothing yet."""
        self.stopped = False
        self.central.house = self.central.new_house()
        use(Runtime(Configured(settings_with(**settings), {}), self.central.house))

    @property
    def names(self) -> list[str]:
        """The lists that somebody is told of, as the service knows it."""
        return sorted(each.page.name for each in self.central.erp.subscriptions.alive())

    async def found(self) -> Found:
        return await last_found(self.central.house)

    async def ear(self) -> Ear:
        found = await ear_of(self.central.house, runtime().settings)
        assert found is not None
        return found

    async def keep(self) -> None:
        """The upkeep comes by, a minute after it was there last."""
        self.central.later(minutes=1)
        await keep_subscriptions(self.central.house)

    async def run(self) -> Pumped:
        """A run of the pump, as the timer makes it."""
        await self.keep()
        return await pump(self.central.house, lambda: False)

    async def tell(self) -> None:
        """Half a minute later Business Central tells what has changed."""
        self.central.later(seconds=31)
        await self.sender.flush()

    async def call(self, url: str, body: bytes = b"", method: str = "POST") -> func.HttpResponse:
        """A call to the app's receiver."""
        parts = urlsplit(url)
        request = func.HttpRequest(method, url, params=dict(parse_qsl(parts.query)), body=body)
        return await answered(request)

    async def notify(self, *items: Mapping[str, Any]) -> int:
        """Somebody posts these items; the answer's status."""
        answer = await self.call(URL, json.dumps({"value": items}).encode())
        return int(answer.status_code)

    async def item(self, kind: str, row_id: str, name: str = "customers", **more: Any) -> dict[str, Any]:
        """An item as Business Central would send it."""
        resource = Resource("v2.0", self.central.company, name)
        about = f"{resource.address[1:]}({row_id})" if row_id else resource.address[1:]
        state = (await self.ear()).state(resource)
        return {"subscriptionId": "0" * 32, "clientState": state, "resource": about, "changeType": kind, **more}

    def hints(self, name: str = "business_central.customers") -> int:
        return len(self.central.kept("h~", name))

    async def _shaken(self, url: str) -> tuple[int, bytes]:
        if self.stopped:
            return FORBIDDEN, b""
        answer = await self.call(url)
        return answer.status_code, answer.get_body()

    async def _post(self, delivery: Any) -> int:
        status = FORBIDDEN if self.stopped else (await self.call(delivery.url, delivery.body)).status_code
        self.calls.append(status)
        return status


async def _at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


@contextmanager
def _put_in_place() -> Iterator[None]:
    try:
        yield
    finally:
        use(None)


async def on_told(
    story: Callable[[Told], Coroutine[Any, Any, None]],
    running: Sequence[str] = ("business_central.customers",),
    maps: Catalogue | None = None,
) -> None:
    """Plays a story with these flows running."""
    with _put_in_place():
        told = Told(Central(maps or _shipped()))
        for name in running:
            await set_state(told.central.house, name, "running")
        await story(told)
