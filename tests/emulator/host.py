"""A local Functions host: serves the app's own decorators over HTTP, fires its timers, checks its keys.

What it imitates is documented for the real host: routes below `/api`, keys in `x-functions-key` or `code`, 401 without
a body for a missing or wrong key, 404 for an unknown route or method, `%SETTING%` in schedules, no timer running twice
at once, and `POST /admin/functions/{name}` to fire a function by hand, which needs the master key.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import azure.functions as func
from cronsim import CronSim
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

log: Final = logging.getLogger("koppel.host")
MASTER: Final = "_master"


@dataclass(frozen=True, slots=True)
class Registered:
    """One function of the app: its name, its trigger as indexed, and the code behind it."""

    name: str
    trigger: Mapping[str, Any]
    call: Callable[..., Awaitable[Any]]


@dataclass(slots=True)
class LocalHost:
    """Serves a function app. keys: name to key; every named key opens every function, `_master` also `/admin`."""

    app: func.FunctionApp
    keys: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    closing: Callable[[], Awaitable[None]] | None = None
    functions: dict[str, Registered] = field(init=False)
    _running: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        found = (_registered(function) for function in self.app.get_functions())
        self.functions = {each.name: each for each in found}

    def asgi(self) -> Starlette:
        """The host as an ASGI app; its timers run while the app does."""
        routes = [self._route(each) for each in self.functions.values() if each.trigger["type"] == "httpTrigger"]
        routes.append(Route("/admin/functions/{name}", self._admin, methods=["POST"]))
        return Starlette(routes=routes, lifespan=self._lifespan, exception_handlers={405: _unknown})

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        timers = [asyncio.create_task(self._tick(each)) for each in self.functions.values() if _is_timer(each)]
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()
            await asyncio.gather(*timers, return_exceptions=True)
            if self.closing is not None:
                await self.closing()

    # -- HTTP

    def _route(self, registered: Registered) -> Route:
        async def serve(request: Request) -> Response:
            level = getattr(registered.trigger["authLevel"], "value", registered.trigger["authLevel"])
            if str(level).lower() != "anonymous" and not self._opens(request):
                return Response(status_code=401)
            return await self._invoke(registered, request)

        methods = [getattr(method, "value", method) for method in registered.trigger["methods"]]
        return Route(f"/api/{registered.trigger['route']}", serve, methods=methods)

    def _opens(self, request: Request, *, master: bool = False) -> bool:
        given = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        keys = [self.keys[MASTER]] if master else list(self.keys.values())
        return sum(hmac.compare_digest(given.encode(), key.encode()) for key in keys) > 0

    async def _invoke(self, registered: Registered, request: Request) -> Response:
        sent = func.HttpRequest(
            method=request.method,
            url=str(request.url),
            headers=dict(request.headers),
            params=dict(request.query_params),
            route_params={name: str(value) for name, value in request.path_params.items()},
            body=await request.body(),
        )
        try:
            answer = await registered.call(**{registered.trigger["name"]: sent})
        except Exception:
            log.exception("%s failed", registered.name)
            return Response(status_code=500)
        return Response(answer.get_body(), answer.status_code, dict(answer.headers), answer.mimetype)

    async def _admin(self, request: Request) -> Response:
        if not self._opens(request, master=True):
            return Response(status_code=401)
        registered = self.functions.get(request.path_params["name"])
        if registered is None or not _is_timer(registered):
            return Response(status_code=404)
        await self.fire(registered.name)
        return Response(status_code=202)

    # -- timers

    async def fire(self, name: str) -> None:
        """Runs a timer function now, unless it is running already."""
        if name in self._running:
            return
        self._running.add(name)
        registered = self.functions[name]
        try:
            await registered.call(**{registered.trigger["name"]: _Timer()})
        except Exception:
            log.exception("%s failed", name)
        finally:
            self._running.discard(name)

    async def _tick(self, registered: Registered) -> None:
        schedule = self._schedule(registered)
        for moment in CronSim(schedule, self.clock()):
            await asyncio.sleep(max(0.0, (moment - self.clock()).total_seconds()))
            await self.fire(registered.name)

    def _schedule(self, registered: Registered) -> str:
        """The NCRONTAB expression, `%SETTING%` replaced. Raises LookupError naming the setting if it is missing."""
        written = str(registered.trigger["schedule"])
        setting = re.fullmatch(r"%(\w+)%", written)
        if setting is None:
            return written
        if setting[1] not in self.environment:
            raise LookupError(f"{registered.name}: the setting {setting[1]} of its schedule is missing")
        return self.environment[setting[1]]


class _Timer(func.TimerRequest):
    """What a timer function is handed."""

    def __init__(self) -> None:
        self._past_due = False

    @property
    def past_due(self) -> bool:
        return self._past_due

    @property
    def schedule_status(self) -> dict[str, Any]:
        return {}

    @property
    def schedule(self) -> dict[str, Any]:
        return {}


async def _unknown(_request: Request, _problem: Exception) -> Response:
    """The real host does not tell a wrong method from a wrong address."""
    return Response(status_code=404)


def _is_timer(registered: Registered) -> bool:
    return bool(registered.trigger["type"] == "timerTrigger")


def _registered(function: Any) -> Registered:
    trigger = function.get_trigger().get_dict_repr()
    plain = json.loads(json.dumps(trigger, default=lambda value: getattr(value, "value", str(value))))
    return Registered(function.get_function_name(), plain, function.get_user_function())
