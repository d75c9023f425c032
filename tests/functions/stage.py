"""The whole app in one process and on virtual time: its own decorators behind the local host, the twins, the ledger."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import azure.functions as func
import httpx

from function_app import app
from functions.runtime import Runtime, runtime, suite_blueprints, use
from functions.suites import Configured, shipped, suites_on
from shared.mapping import Side
from shared.settings import Settings, SuiteSettings
from tests.emulator.host import LocalHost, Registered
from tests.emulator.local import KEYS, OPERATOR_KEY, Ports
from tests.simulation.network import Weather
from tests.simulation.rig import CUSTOMERS, Rig, furnished
from tests.simulation.world import World, in_a_world

PORTS: Final = Ports()
CONFIGURED: Final = {**PORTS.app_settings(), "ANSWER_SECONDS": "5"}
MASTER: Final = KEYS["_master"]
ADDRESS: Final = "/api/dual_write/customers_v3_accounts/dataverse"
"""Where Dataverse tells of accounts."""
JSON: Final = {"content-type": "application/json"}
PROBLEM: Final = {"type", "title", "status", "detail"}
"""The members that every refusal has."""


@dataclass(slots=True)
class Stage:
    """The app behind the local host, spoken to over HTTP."""

    rig: Rig
    client: httpx.AsyncClient

    @property
    def weather(self) -> Weather:
        return self.rig.world.weather

    async def get(self, path: str, key: str = OPERATOR_KEY) -> httpx.Response:
        return await self.client.get(path, headers=keyed(path, key))

    async def post(self, path: str, body: object = None, key: str = OPERATOR_KEY, **headers: str) -> httpx.Response:
        """Posts JSON, or bytes and text as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await self.client.post(path, content=content, headers={**JSON, **keyed(path, key), **headers})

    async def approve(self, place: str) -> httpx.Response:
        """Approves the last report of a flow, or of all flows of a suite, after a look at it."""
        (told, *_) = (await self.get(f"/api/operations/reports/{place}")).json()["reports"]
        return await self.post(f"/api/operations/reports/{place}/approve", {"report": told["report"]})

    async def event(self, body: object, flow: str = CUSTOMERS, source: str = "dataverse", **headers: str) -> Any:
        """An event of a system arrives; the answer."""
        return await self.post(f"/api/{flow.replace('.', '/')}/{source}", body, KEYS[source], **headers)

    async def outcome(self, body: object, path: str = ADDRESS, **headers: str) -> str:
        """What comes of an event that arrives. Its sender hears nothing of it; the log tells it in detail."""
        said: list[str] = []
        with listening("koppel.http", said):
            answer = await self.post(path, body, KEYS[path.rpartition("/")[2]], **headers)
        assert (answer.status_code, answer.content) == (202, b""), answer.text
        return said[-1].partition(": ")[2]

    async def fire(self, name: str) -> None:
        """A timer fires."""
        assert (await self.post(f"/admin/functions/{name}", key=MASTER)).status_code == 202

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def dies(self, side: Side, identity: tuple[str, ...], *, before: str) -> None:
        """Whoever visits a record dies before a request of that kind goes out. The app goes on in a process anew."""
        await self.rig.dies(side, identity, before=before)
        use(Runtime(runtime().configured, self.rig.house))


class _Ear(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def listening(name: str, said: list[str]) -> Iterator[None]:
    """What a logger says goes into a list, down to the details."""
    logger, ear = logging.getLogger(name), _Ear(said)
    level = logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(ear)


def keyed(path: str, key: str) -> dict[str, str]:
    """A key in the header where it belongs: that of operators, or a function key."""
    return {"x-koppel-key" if path.startswith("/api/operations/") else "x-functions-key": key}


def context(row_id: str, message: str = "Update", table: str = "account", **more: Any) -> dict[str, Any]:
    """A RemoteExecutionContext cut down to what every one has."""
    return {"PrimaryEntityName": table, "PrimaryEntityId": row_id, "MessageName": message, **more}


def data_event(*identity: str, message: str = "Update", **more: Any) -> dict[str, Any]:
    """A data event of a customer, with just its key."""
    names = ("dataAreaId", "CustomerAccount")
    attributes = [{"key": name, "value": value} for name, value in zip(names, identity, strict=True)]
    target = {"key": "Target", "value": {"Attributes": attributes}}
    return {"BusinessEventId": f"CustCustomerV3Entity_DataEvent_{message}", "InputParameters": [target], **more}


@cache
def every_function() -> Mapping[str, Registered]:
    """The functions of every suite that ships, by name: those of the app, and those of suites that are off in it."""
    app = func.FunctionApp()
    for each in suite_blueprints(name for name in shipped() if name not in suites_on()):
        app.register_functions(each)
    return {**the_host().functions, **LocalHost(app, KEYS, CONFIGURED).functions}


@contextmanager
def installed(runtime: Runtime) -> Iterator[None]:
    """The app uses this runtime."""
    use(runtime)
    try:
        yield
    finally:
        use(None)


@cache
def the_host() -> LocalHost:
    """The app behind the local host. Functions can be indexed only once."""
    return LocalHost(app, KEYS, CONFIGURED)


def on_stage(
    story: Callable[[Stage], Coroutine[Any, Any, None]],
    *,
    suites: Mapping[str, SuiteSettings] | None = None,
    **options: Any,
) -> None:
    """Plays a story with the whole app, its flows running and their references in place. suites: those that are on."""

    async def whole(world: World) -> None:
        rig = await furnished(world)
        settings = Settings.model_validate({name.lower(): value for name, value in CONFIGURED.items()})
        transport = httpx.ASGITransport(the_host().asgi())
        async with httpx.AsyncClient(transport=transport, base_url=PORTS.host_url) as client:
            with installed(Runtime(Configured(settings, suites or {}), rig.house)):
                await story(Stage(rig, client))

    in_a_world(1, whole, **options)


def problem_of(answer: httpx.Response, status: int, *words: str) -> Mapping[str, Any]:
    """The problem details of a refusal, their shape checked: RFC 9457, and every word said in the detail."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].partition(";")[0] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) >= PROBLEM
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert all(word in body["detail"] for word in words), body["detail"]
    return body
