"""Sending events: three retries, the error list, and whatever disorder was ordered."""

from __future__ import annotations

import random
from collections.abc import Callable

import httpx
import pytest

from tests.emulator.finops import Delivery
from tests.emulator.finops.probe import Probe
from tests.emulator.finops.sender import EventSender
from tests.emulator.sending import Disorder


class Receiver:
    """Answers calls with prepared statuses, 202 when there are none left, and counts time."""

    def __init__(self, *statuses: int | Exception) -> None:
        self.statuses = list(statuses)
        self.heard: list[str] = []
        self.slept: list[float] = []

    async def post(self, delivery: Delivery) -> int:
        self.heard.append(str(delivery.key["CustomerGroupId"]))
        status = self.statuses.pop(0) if self.statuses else 202
        if isinstance(status, Exception):
            raise status
        return status

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def queued(count: int) -> tuple[Probe, list[str]]:
    """A twin with calls to make, and the groups they are about."""
    probe = Probe()
    probe.twin.activate("CustomerGroups", "http://127.0.0.1:7071/hook")
    codes = [str(number) for number in range(10, 10 + count)]
    for code in codes:
        probe.twin.create("CustomerGroups", {"CustomerGroupId": code})
    return probe, codes


def sender(probe: Probe, receiver: Receiver, seed: int = 1) -> EventSender:
    return EventSender(probe.twin, receiver.post, random.Random(seed), receiver.sleep)


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_success(status: int) -> None:
    """Any 2xx is a success; what was sent is not sent again."""
    probe, codes = queued(2)
    receiver = Receiver(status, status)
    sending = sender(probe, receiver)
    await sending.flush()
    await sending.flush()
    assert receiver.heard == codes
    assert probe.twin.outbox == sending.failed == []
    assert receiver.slept == []


@pytest.mark.parametrize(
    "status", [301, 400, 401, 404, 429, 500, 503, OSError(), TimeoutError(), httpx.ConnectError("")]
)
async def test_retries(status: int | Exception) -> None:
    """Whatever is no success is tried three times more, a second apart, then what follows goes on."""
    probe, (first, second) = queued(2)
    receiver = Receiver(*[status] * 4)
    sending = sender(probe, receiver)
    await sending.flush()
    assert receiver.heard == [first] * 4 + [second]
    assert receiver.slept == [1.0] * 3
    code = status if isinstance(status, int) else 0
    assert [delivery.attempts for delivery in sending.failed] == [[code] * 4]


async def test_success_at_last() -> None:
    """A retry that succeeds ends it."""
    probe, codes = queued(1)
    receiver = Receiver(503, 500, OSError())
    sending = sender(probe, receiver)
    await sending.flush()
    assert receiver.heard == codes * 4
    assert sending.failed == []


async def test_resend() -> None:
    """The error list is sent again when somebody says so; what fails again stays on it."""
    probe, (first, second) = queued(2)
    receiver = Receiver(*[500] * 8)
    sending = sender(probe, receiver)
    await sending.flush()
    assert [delivery.key["CustomerGroupId"] for delivery in sending.failed] == [first, second]
    receiver.statuses = [200, *[500] * 4]
    await sending.resend()
    assert [delivery.key["CustomerGroupId"] for delivery in sending.failed] == [second]
    await sending.resend()
    assert sending.failed == []


@pytest.mark.parametrize(
    ("disorder", "holds"),
    [
        (Disorder(), lambda heard, codes, _: heard == codes),
        (Disorder(lose=1.0), lambda heard, _, __: heard == []),
        (Disorder(lose=0.5), lambda heard, codes, _: 0 < len(heard) < len(codes) and set(heard) < set(codes)),
        (Disorder(duplicate=1.0), lambda heard, codes, _: heard == [code for code in codes for _ in range(2)]),
        (Disorder(reorder=0.5), lambda heard, codes, _: heard != codes and sorted(heard) == sorted(codes)),
        (
            Disorder(delay=0.5, latest=10.0),
            lambda heard, codes, slept: heard != codes and sorted(heard) == sorted(codes) and 0 < slept <= 10,
        ),
    ],
)
async def test_disorder(disorder: Disorder, holds: Callable[[list[str], list[str], float], bool]) -> None:
    """Events are lost, doubled, late and overtaken as ordered."""
    probe, codes = queued(40)
    receiver = Receiver()
    sending = sender(probe, receiver)
    sending.disorder = disorder
    await sending.flush()
    assert holds(receiver.heard, codes, sum(receiver.slept))


async def test_same_seed_same_disorder() -> None:
    """The same seed gives the same disorder."""
    heard = []
    for seed in (5, 5, 6):
        probe, _ = queued(40)
        receiver = Receiver()
        sending = sender(probe, receiver, seed)
        sending.disorder = Disorder(0.2, 0.2, 0.2, 10.0, 0.2)
        await sending.flush()
        heard.append(receiver.heard)
    assert heard[0] == heard[1] != heard[2]
