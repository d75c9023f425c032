"""Service protection: requests and execution time per user over a sliding window, and the load of the server."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from tests.emulator.finops.environment import Environment
from tests.emulator.finops.refusal import Refusal

CONCURRENT_LIMIT = 52
_BUSY_SECONDS = 30


@dataclass(slots=True)
class _Usage:
    """What one user used: per whole second the requests and their operations."""

    seconds: deque[tuple[int, int, int]] = field(default_factory=deque)
    requests: int = 0
    operations: int = 0


class Protection:
    """Counts requests per user and refuses those who sent too many. A batch counts as one, and takes its time."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._users: dict[str, _Usage] = {}

    def admit(self, user: str, operations: int) -> None:
        """Counts a request, or refuses it with 429."""
        behaviour, now = self.environment.behaviour, self.environment.clock().timestamp()
        if behaviour.refuse_concurrent > 0:
            behaviour.refuse_concurrent -= 1
            raise self._too_many(f"Number of concurrent requests exceeded the limit of {CONCURRENT_LIMIT}.", 1)
        if behaviour.refuse_busy > 0:
            behaviour.refuse_busy -= 1
            raise self._too_many("Request could not be processed due to high resource utilization.", _BUSY_SECONDS)
        usage = self._current(user, now)
        window = f"over the time window of {behaviour.window_seconds} seconds."
        if usage.requests >= behaviour.request_limit:
            text = f"Number of requests exceeded the limit of {behaviour.request_limit} {window}"
            raise self._too_many(text, self._wait(usage, now))
        if usage.operations * behaviour.seconds_per_operation >= behaviour.execution_limit:
            text = f"Combined execution time of requests exceeded {behaviour.execution_limit:g} seconds {window}"
            raise self._too_many(text, self._wait(usage, now))
        usage.requests += 1
        usage.operations += operations
        usage.seconds.append((int(now), 1, operations))

    def _current(self, user: str, now: float) -> _Usage:
        usage = self._users.setdefault(user, _Usage())
        while usage.seconds and usage.seconds[0][0] <= now - self.environment.behaviour.window_seconds:
            _, requests, operations = usage.seconds.popleft()
            usage.requests -= requests
            usage.operations -= operations
        return usage

    def _wait(self, usage: _Usage, now: float) -> int:
        oldest = usage.seconds[0][0] if usage.seconds else now
        return max(1, math.ceil(oldest + self.environment.behaviour.window_seconds - now))

    def _too_many(self, text: str, wait: int) -> Refusal:
        headers = {"retry-after": str(wait)} if self.environment.behaviour.retry_after else {}
        return Refusal(429, text, headers=headers)
