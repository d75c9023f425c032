"""The local host keeps what the real one promises: timers by their schedules, never twice at once, and its keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import azure.functions as func
import httpx
import pytest

from tests.emulator.host import LocalHost
from tests.simulation.loop import BEGIN, VirtualLoop, run

KEYS = {"_master": "master", "erp": "erp"}


def app_with(work: Callable[[], Coroutine[Any, Any, None]]) -> func.FunctionApp:
    """An app with one timer."""
    app = func.FunctionApp()

    @app.function_name("work")
    @app.timer_trigger(schedule="%SCHEDULE%", arg_name="timer")
    async def fire(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the platform hands it over by name
        await work()

    return app


def hosted(work: Callable[[], Coroutine[Any, Any, None]], schedule: str, seconds: float) -> None:
    """Runs the host, its timer on virtual time, for so long."""
    loop = VirtualLoop(Random(1))
    host = LocalHost(app_with(work), KEYS, {"SCHEDULE": schedule}, clock=loop.clock)

    async def whole() -> None:
        async with host._lifespan(host.asgi()):
            await asyncio.sleep(seconds)

    run(loop, whole)


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        ("0 * * * * *", [60, 120, 180]),
        ("*/20 * * * * *", [20, 40, 60, 80, 100, 120, 140, 160, 180]),
        ("30 1 8 * * *", [90]),
    ],
)
def test_schedules(schedule: str, seconds: list[float]) -> None:
    """Schedules have six fields, the first for seconds, and their times come from a setting."""
    fired: list[float] = []

    async def work() -> None:
        fired.append(round(asyncio.get_running_loop().time()))

    hosted(work, schedule, 185)
    assert BEGIN.hour == 8
    assert fired == seconds


def test_never_twice_at_once() -> None:
    """A timer that is still at work when its time comes again is not started a second time."""
    at_work, most = 0, 0

    async def work() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(150)
        at_work -= 1

    hosted(work, "0 * * * * *", 600)
    assert most == 1


def test_a_timer_that_fails() -> None:
    """A failure does not stop the timer."""
    fired: list[int] = []

    async def work() -> None:
        fired.append(1)
        raise RuntimeError

    hosted(work, "0 * * * * *", 185)
    assert len(fired) == 3


async def nothing() -> None:
    """Work that is done at once."""


@pytest.mark.parametrize(("key", "status"), [("master", 202), ("erp", 401), ("", 401)])
async def test_firing_by_hand_needs_the_master_key(key: str, status: int) -> None:
    """The key of a caller opens functions, not the host's own addresses."""
    host = LocalHost(app_with(nothing), KEYS, {"SCHEDULE": "0 * * * * *"})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host.asgi()), base_url="https://host") as client:
        answer = await client.post("/admin/functions/work", headers={"x-functions-key": key})
        assert answer.status_code == status
        missing = await client.post("/admin/functions/nobody", headers={"x-functions-key": "master"})
        assert missing.status_code == 404


def test_a_schedule_whose_setting_is_missing() -> None:
    """A missing setting is named together with the function that needs it."""
    host = LocalHost(app_with(nothing), KEYS, {})
    with pytest.raises(LookupError, match=r"work: the setting SCHEDULE"):
        host._schedule(host.functions["work"])
