"""Sending webhooks: one more attempt at most, and whatever disorder was ordered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import httpx
import pytest

from tests.emulator.dataverse import Delivery
from tests.emulator.dataverse.probe import Probe
from tests.emulator.dataverse.sender import WebhookSender
from tests.emulator.sending import Disorder


class Receiver:
    """Answers calls with prepared statuses, 200 when there are none left, and counts time."""

    def __init__(self, *statuses: int | Exception) -> None:
        self.statuses = list(statuses)
        self.heard: list[str] = []
        self.slept = 0.0

    async def post(self, delivery: Delivery) -> int:
        self.heard.append(delivery.row_id)
        status = self.statuses.pop(0) if self.statuses else 200
        if isinstance(status, Exception):
            raise status
        return status

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds


def queued(count: int) -> tuple[Probe, list[str]]:
    """A twin with calls to make, and the rows they are about."""
    probe = Probe()
    probe.webhook("Create", "account")
    return probe, [probe.created("accounts") for _ in range(count)]


def sender(probe: Probe, receiver: Receiver, seed: int = 1) -> WebhookSender:
    return WebhookSender(probe.twin, receiver.post, random.Random(seed), receiver.sleep)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
async def test_success(status: int) -> None:
    """Any 2xx is a success."""
    probe, rows = queued(2)
    receiver = Receiver(status, status)
    sending = sender(probe, receiver)
    await sending.flush()
    assert receiver.heard == rows
    assert probe.twin.outbox == sending.failed == []
    await sending.flush()
    assert receiver.heard == rows


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("second", [200, 503, 500])
async def test_one_more_attempt(status: int, second: int) -> None:
    """A busy receiver gets exactly one more attempt."""
    probe, rows = queued(1)
    receiver = Receiver(status, second)
    sending = sender(probe, receiver)
    await sending.flush()
    assert receiver.heard == rows * 2
    assert [delivery.attempts for delivery in sending.failed] == ([] if second == 200 else [[status, second]])


@pytest.mark.parametrize(
    "status", [301, 400, 401, 404, 429, 500, 501, OSError(), TimeoutError(), httpx.ConnectError("no")]
)
async def test_no_second_attempt(status: int | Exception) -> None:
    """Everything else is dropped at once, and what follows goes on."""
    probe, rows = queued(2)
    receiver = Receiver(status)
    sending = sender(probe, receiver)
    await sending.flush()
    assert receiver.heard == rows
    assert [delivery.row_id for delivery in sending.failed] == rows[:1]


async def test_slow_receivers() -> None:
    """A receiver that takes too long has failed."""
    probe, _ = queued(1)

    async def post(_delivery: Delivery) -> int:
        await asyncio.sleep(10)
        return 200

    sending = WebhookSender(probe.twin, post, random.Random(1), asyncio.sleep)
    sending.time_out = 0.01
    await sending.flush()
    assert [delivery.attempts for delivery in sending.failed] == [[0]]


async def heard(disorder: Disorder, seed: int = 1) -> tuple[list[int], float]:
    """Places of the calls as they arrived out of 40, and the time it took."""
    probe, rows = queued(40)
    receiver = Receiver()
    sending = sender(probe, receiver, seed)
    sending.disorder = disorder
    await sending.flush()
    return [rows.index(row) for row in receiver.heard], receiver.slept


@pytest.mark.parametrize(
    ("disorder", "judge"),
    [
        (Disorder(lose=0.5), lambda places: 0 < len(places) < 40 and places == sorted(places)),
        (Disorder(lose=1.0), lambda places: places == []),
        (Disorder(duplicate=0.5), lambda places: len(places) > 40 and set(places) == set(range(40))),
        (Disorder(reorder=0.5), lambda places: sorted(places) == list(range(40)) and places != sorted(places)),
        (Disorder(delay=0.5), lambda places: sorted(places) == list(range(40)) and places != sorted(places)),
    ],
)
async def test_disorder(disorder: Disorder, judge: Callable[[list[int]], bool]) -> None:
    """Calls are lost, doubled, reordered or late as ordered, the same way for the same seed."""
    places, slept = await heard(disorder)
    assert judge(places)
    assert (places, slept) == await heard(disorder)
    assert (0 < slept <= disorder.latest) if disorder.delay else slept == 0


async def test_calls_queued_meanwhile_wait() -> None:
    """What a call causes is sent with the next flush."""
    probe, rows = queued(1)
    seen: list[str] = []

    async def post(delivery: Delivery) -> int:
        seen.append(delivery.row_id)
        if len(seen) == 1:
            probe.created("accounts")
        return 200

    sending = WebhookSender(probe.twin, post, random.Random(1), asyncio.sleep)
    await sending.flush()
    assert seen == rows
    await sending.flush()
    assert len(seen) == 2
