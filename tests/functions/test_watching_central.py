"""Watching Business Central: its numbers are told, and what makes `ready` red over it makes the alert speak."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from tests.emulator.local import KEYS, OPERATOR_KEY
from tests.functions.heard import Heard
from tests.functions.stage import JSON, MASTER, keyed, the_host
from tests.simulation.central import CUSTOMERS
from tests.simulation.notified import Told, on_told

SYSTEM = "business_central"


@dataclass(slots=True)
class Watched:
    """The stage, and whoever watches it."""

    told: Told
    client: httpx.AsyncClient
    heard: Heard

    async def post(self, path: str, key: str = OPERATOR_KEY) -> int:
        answer = await self.client.post(path, content=b"", headers={**JSON, **keyed(path, key)})
        return answer.status_code

    async def look(self) -> set[tuple[str, str]]:
        """The pump runs when it is time to look at everything again. What is red then, for the alerts as for ready."""
        self.told.central.later(minutes=6)
        await self.post("/admin/functions/operations_pump", MASTER)
        red = self.heard.red()
        path = "/api/operations/ready"
        checks = (await self.client.get(path, headers=keyed(path, OPERATOR_KEY))).json()["checks"]
        assert red == {(each["alert"], each["check"]) for each in checks if not each["ok"]}
        return red


def on_watch(heard: Heard, story: Callable[[Watched], Awaitable[None]]) -> None:
    """Plays a story in which everything is well at first."""

    async def whole(told: Told) -> None:
        told.start(operator_key=OPERATOR_KEY, dataverse_webhook_key=KEYS["dataverse"])
        transport = httpx.ASGITransport(the_host().asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://koppel.example") as client:
            watched = Watched(told, client, heard)
            assert await watched.post("/api/operations/webhooks") == 200
            assert await watched.look() == set()
            await story(watched)

    asyncio.run(on_told(whole))


def test_its_numbers_are_told(heard: Heard) -> None:
    """By flow what waits, by system what was asked."""

    async def story(watched: Watched) -> None:
        told = watched.told
        await told.central.house.ledger(CUSTOMERS).store_hint("dataverse", ("1",), "update")
        told.central.later(minutes=5)
        await watched.post("/admin/functions/operations_pump", MASTER)
        values = heard.values()
        assert {dict(labels)["flow"] for labels in values["koppel.hints"]} == {*told.central.maps.names}
        assert values["koppel.calls"][frozenset({("system", SYSTEM)})] > 0
        assert values["koppel.throttles"][frozenset({("system", SYSTEM)})] == 0

    on_watch(heard, story)


def test_a_sign_in_that_fails(heard: Heard) -> None:
    """The app's card has been taken away, and is put back."""

    async def story(watched: Watched) -> None:
        behaviour = watched.told.central.erp.behaviour
        behaviour.application = "missing"
        assert ("sign_in", SYSTEM) in await watched.look()
        behaviour.application = "registered"
        assert ("sign_in", SYSTEM) not in await watched.look()

    on_watch(heard, story)


def test_subscriptions_that_are_gone(heard: Heard) -> None:
    """The app was stopped, and answers nobody: none can be made. Then it can be reached again."""

    async def story(watched: Watched) -> None:
        told = watched.told
        told.central.erp.forget_subscribers()
        told.stopped = True
        assert ("subscriptions", f"subscriptions {SYSTEM}") in await watched.look()
        told.stopped = False
        assert await watched.look() == set()

    on_watch(heard, story)
