"""One HTTP connection to a system: sign-in, limits, retries. Knows nothing of entities.

Only requests that cannot have done anything are repeated here: reads, and writes that the system refused unread (429).
A write without an answer is the engine's to recover.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import stamina

from shared.errors import Denied, Throttled, TryLater, Unanswered
from shared.systems._limiter import Limiter
from shared.systems._tokens import Tokens

BUSY: Final = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a request is tried: attempts, seconds in all, and the first wait between attempts."""

    attempts: int = 8
    seconds: float = 60.0
    wait: float = 0.5
    default_pause: float = 5.0


class Connection:
    """Sends requests to one base URL. `calls` counts them by kind."""

    def __init__(
        self, client: httpx.AsyncClient, base: str, tokens: Tokens, limiter: Limiter, patience: Patience | None = None
    ) -> None:
        self.client = client
        self.base = base.rstrip("/")
        self.tokens = tokens
        self.limiter = limiter
        self.patience = patience or Patience()
        self.calls: Counter[str] = Counter()

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        *,
        reads: bool = False,
        kind: str = "",
    ) -> httpx.Response:
        """One request, patiently. `reads`: carrying it out twice is harmless.

        Raises Throttled when patience ends, Unanswered for a write whose fate is unknown, Denied for sign-in trouble.
        """
        patience = self.patience
        retried: Any = _retry_all if reads else _retry_unread
        attempts = stamina.retry_context(
            on=retried, attempts=patience.attempts, timeout=patience.seconds, wait_initial=patience.wait, wait_max=20.0
        )
        async for attempt in attempts:
            with attempt:
                return await self._once(method, url, headers, content, kind or method.lower())
        raise AssertionError("stamina either returns or raises")

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, kind: str
    ) -> httpx.Response:
        async with self.limiter:
            response = await self._signed(method, url, headers, content, kind)
            if response.status_code == 401:
                await self.tokens.renew()
                response = await self._signed(method, url, headers, content, kind)
        if response.status_code == 401:
            raise Denied(
                f"{self.base} refuses the sign-in (401): check the app registration and its user in the system"
            )
        if response.status_code == 429:
            pause = retry_after(response.headers) or self.patience.default_pause
            self.limiter.throttled(pause)
            raise Throttled(f"{self.base} asks to wait {pause:g} s", pause)
        if response.status_code in BUSY:
            raise Unanswered(f"{self.base} answered {response.status_code} to {method} {url}")
        self.limiter.answered()
        return response

    async def _signed(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, kind: str
    ) -> httpx.Response:
        token = await self.tokens.token()
        self.calls[kind] += 1
        address = url if url.startswith("http") else f"{self.base}/{url}"
        try:
            return await self.client.request(
                method, address, headers={**headers, "Authorization": f"Bearer {token}"}, content=content
            )
        except httpx.ConnectError as problem:
            raise Throttled(f"{self.base} cannot be reached: {problem}", self.patience.wait) from problem
        except httpx.HTTPError as problem:
            raise Unanswered(f"{self.base} did not answer {method} {url}: {problem!r}") from problem


def _retry_unread(problem: Exception) -> bool | float:
    """Repeat only what was certainly not carried out."""
    if isinstance(problem, Throttled):
        return problem.retry_after or True
    return False


def _retry_all(problem: Exception) -> bool | float:
    if isinstance(problem, Throttled):
        return problem.retry_after or True
    return isinstance(problem, TryLater)


def retry_after(headers: httpx.Headers) -> float | None:
    """The pause a system asked for, in seconds, if it said so in a form we understand."""
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def parsed(response: httpx.Response) -> Any:
    """The JSON body, numbers with decimals as text. Raises Unanswered if it is not JSON."""
    return parse_json(response.content, f"{response.status_code} from {response.request.url}")


def parse_json(content: bytes, what: str) -> Any:
    """JSON with exact decimals. Raises Unanswered: a broken answer tells nothing about what was done."""
    try:
        return json.loads(content, parse_float=str)
    except ValueError as problem:
        raise Unanswered(f"{what} is not JSON: {content[:80]!r}") from problem
