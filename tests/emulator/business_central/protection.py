"""Limits per user: requests over a sliding window, too many at once, and too long in the queue."""

from __future__ import annotations

from collections import deque
from typing import Final

from tests.emulator.business_central.environment import Environment
from tests.emulator.business_central.refusal import Refusal

_CONNECTIONS: Final = 100
_QUEUE_MINUTES: Final = 8


class Protection:
    """Counts requests per user and refuses those who sent too many (reference: business-central-api 10)."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._sent: dict[str, deque[tuple[float, int]]] = {}

    def admit(self, user: str, weight: int) -> None:
        """Counts a request, or refuses it."""
        behaviour, now = self.environment.behaviour, self.environment.clock().timestamp()
        if behaviour.refuse_concurrent > 0:
            behaviour.refuse_concurrent -= 1
            raise self._too_many(f"Too many requests at the same time: at most {_CONNECTIONS} connections are allowed.")
        if behaviour.refuse_busy > 0:
            behaviour.refuse_busy -= 1
            text = f"The request has been waiting for {_QUEUE_MINUTES} minutes."
            raise Refusal(503, "Internal_ServerError", text, {"retry-after": str(behaviour.retry_after)})
        sent = self._sent.setdefault(user, deque())
        while sent and sent[0][0] <= now - behaviour.window_seconds:
            sent.popleft()
        if sum(each for _, each in sent) + weight > behaviour.request_limit:
            raise self._too_many(f"Too many requests reached. Actual (0). Maximum ({behaviour.request_limit}).")
        sent.append((now, weight))

    def _too_many(self, text: str) -> Refusal:
        """429: how long to wait is not said."""
        after = self.environment.behaviour.retry_after_limit
        return Refusal(429, "Application_TooManyRequests", text, {} if after is None else {"retry-after": str(after)})
