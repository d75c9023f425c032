"""Service protection: requests and execution time per user over a sliding window."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.refusal import Refusal

CONCURRENT_LIMIT = 52


@dataclass(slots=True)
class _Usage:
    """What one user used: per whole second the number of operations."""

    seconds: deque[tuple[int, int]] = field(default_factory=deque)
    operations: int = 0
    blocked_until: float = 0.0
    refusals: int = 0


class Protection:
    """Counts operations per user and refuses those who used too much; who keeps asking waits longer."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._users: dict[str, _Usage] = {}

    def admit(self, user_id: str, operations: int) -> None:
        """Counts operations, or refuses them with 429; a batch counts by what is in it."""
        behaviour = self.environment.behaviour
        usage, now = self._current(user_id)
        if behaviour.refuse_concurrent > 0:
            behaviour.refuse_concurrent -= 1
            raise _too_many("0x80072326", f"Number of concurrent requests exceeded the limit of {CONCURRENT_LIMIT}.", 1)
        spent = usage.operations * behaviour.seconds_per_operation
        exceeded = usage.operations >= behaviour.request_limit or spent >= behaviour.execution_limit
        if exceeded or now < usage.blocked_until:
            raise self._refusal(usage, now, by_time=spent >= behaviour.execution_limit)
        usage.refusals = 0
        usage.operations += operations
        usage.seconds.append((int(now), operations))

    def headers(self, user_id: str) -> dict[str, str]:
        """What is left, as the service writes it: the seconds carry a thousands separator."""
        behaviour = self.environment.behaviour
        usage, _ = self._current(user_id)
        left = behaviour.execution_limit - usage.operations * behaviour.seconds_per_operation
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(max(0, behaviour.request_limit - usage.operations)),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{max(0.0, left):,.2f}",
        }

    def _current(self, user_id: str) -> tuple[_Usage, float]:
        now = self.environment.clock().timestamp()
        usage = self._users.setdefault(user_id, _Usage())
        while usage.seconds and usage.seconds[0][0] <= now - self.environment.behaviour.window_seconds:
            usage.operations -= usage.seconds.popleft()[1]
        return usage, now

    def _refusal(self, usage: _Usage, now: float, *, by_time: bool) -> Refusal:
        behaviour = self.environment.behaviour
        usage.refusals += 1
        oldest = usage.seconds[0][0] if usage.seconds else now
        free = max(oldest + behaviour.window_seconds, now) if usage.operations else now
        usage.blocked_until = max(usage.blocked_until, free) + usage.refusals - 1
        wait = max(1, math.ceil(usage.blocked_until - now))
        window = f"over time window of {behaviour.window_seconds} seconds."
        if by_time:
            limit = int(behaviour.execution_limit * 1000)
            text = (
                f"Combined execution time of incoming requests exceeded limit of {limit} milliseconds {window} "
                "Decrease number of concurrent requests or reduce the duration of requests and try again later."
            )
            return _too_many("0x80072321", text, wait)
        text = f"Number of requests exceeded the limit of {behaviour.request_limit} {window}"
        return _too_many("0x80072322", text, wait)


def _too_many(code: str, text: str, wait: int) -> Refusal:
    return Refusal(429, code, text, {"retry-after": str(wait)})
