"""One HTTP connection to a system: sign-in, limits, retries. Knows nothing of entities.

Only requests that cannot have done anything are repeated here: reads, and writes that the system refused unread (429).
A write without an answer is the engine's to recover.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import stamina

from shared.errors import Denied, Failed, NotTheService, Refused, Rejected, SignedOut, Throttled, TryLater, Unanswered
from shared.systems._answer import TooLarge, answer_to, place_of
from shared.systems._causes import AWAY
from shared.systems._health import Health
from shared.systems._limiter import Limiter
from shared.systems._tokens import Tokens

PROBE_SECONDS: Final = 20.0
"""So long the small request may take that tells whether a system is there."""
MEANT: Final = frozenset({401, 408, 412, 413, 414, 429})
"""Refusals that mean the same whoever says them, and in whatever words."""
ABSENT: Final = frozenset({404, 410})
"""What is refused so without a word is not there: F&O says it of a record."""
_OWN: Final = frozenset({"error", "Message"})
"""What a refusal of either service holds, one of them (reference: dataverse-web-api 6, finops-odata 5)."""
NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a request is tried: attempts, seconds in all, and the first wait between attempts.

    answer: seconds that one attempt may take, from its first byte to the last of its answer.
    default_pause: where a system asks for a pause and does not say how long. longest_pause: no answer stops us longer.
    """

    attempts: int = 8
    seconds: float = 60.0
    wait: float = 0.5
    answer: float = 120.0
    default_pause: float = 5.0
    longest_pause: float = 600.0


stamina.instrumentation.set_on_retry_hooks(())  # its own one logs what went wrong, with all that an error holds


class Connection:
    """Sends requests to one base URL. `calls` counts them by kind, `throttles` how often it was asked to wait.

    Cookies are neither kept nor sent: one of a parent domain would come from one system and go to the other. probe:
    what is asked for to see if the system is there at all; without it nobody finds out, and every request tries its own
    luck.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        base: str,
        tokens: Tokens,
        limiter: Limiter,
        patience: Patience | None = None,
        probe: str = "",
    ) -> None:
        self.client = client
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.base = base.rstrip("/")
        self.tokens = tokens
        self.limiter = limiter
        self.patience = patience or Patience()
        self.limiter.patience, self.limiter.name = self.patience.seconds, self.base
        self.calls: Counter[str] = Counter()
        self.throttles = 0
        self._origin = _origin(self.base)
        self._refused = ""
        self.probe = probe
        self.health = Health(self.base, self._is_there)

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

        Raises Throttled when patience ends, Unanswered for a write whose fate is unknown, NotTheService for an answer
        that is not the service's own, which is not asked for again here, Denied for sign-in trouble,
        Refused for an address that is not this system's, Rejected for one that cannot be asked for at all.
        """
        address, patience = self.address(url), self.patience
        attempts = stamina.retry_context(
            on=self._retries_all if reads else self._retries_unread,
            attempts=patience.attempts,
            timeout=patience.seconds,
            wait_initial=patience.wait,
            wait_max=20.0,
        )
        await self.health.admit()
        async with self._watched():
            async for attempt in attempts:
                with attempt:
                    return await self._once(method, address, headers, content, kind or method.lower())
        raise AssertionError("stamina either returns or raises")

    @property
    def away(self) -> bool:
        """True while the system as a whole does not answer, or asks everybody to wait."""
        return self.health.away or self.limiter.pause > 0

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """A request that comes to no answer puts the system in doubt; a small one decides."""
        began = asyncio.get_running_loop().time()
        try:
            yield
        except (Throttled, Unanswered):
            await self.health.failed(began)
            raise
        except asyncio.CancelledError:
            self.health.given_up(began)
            raise

    async def _is_there(self) -> bool:
        """Whether the small request is answered by the service itself, be it with a refusal."""
        if not self.probe:
            return True
        headers = {"Accept": "application/json"}
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                answer = await self._signed("GET", self.address(self.probe), headers, None, "probe")
        except Denied:
            return True
        except (TryLater, TimeoutError):
            return False
        return answer.status_code < 500 and not _is_foreign(self.probe, answer)

    def address(self, url: str) -> str:
        """A link or an address below the base, whole. Raises Refused if it leads away: our token goes with it."""
        try:
            if not urlsplit(url).netloc:
                return f"{self.base}/{url}"
            if _origin(url) == self._origin:
                return url
        except ValueError as problem:
            raise Refused(f"{place_of(url)} is no address: {problem}") from problem
        raise Refused(f"{place_of(url)} is not an address of {self.base}")

    async def _once(
        self, method: str, address: str, headers: Mapping[str, str], content: bytes | None, kind: str
    ) -> httpx.Response:
        async with self.limiter:
            response = await self._signed(method, address, headers, content, kind)
            pause = self._pause(response)
            if pause:
                self.limiter.throttled(min(pause, self.patience.longest_pause))
        if response.status_code == 429:
            self.health.answered()
            self.throttles += 1
            raise Throttled(f"{self.base} asks to wait {pause:g} s", pause)
        if response.status_code in AWAY:
            raise Unanswered(f"{self.base} answered {response.status_code} to {method} {place_of(address)}")
        if _is_foreign(address, response):
            raise NotTheService(f"not answered by the service: {response.status_code} to {method} {place_of(address)}")
        self.limiter.answered()
        if response.status_code < 500:
            self.health.answered()
        return response

    def _pause(self, response: httpx.Response) -> float:
        """How long a busy system wants to be left alone."""
        said = retry_after(response.headers) or 0.0
        if response.status_code == 429:
            return said or self.patience.default_pause
        return said if response.status_code in AWAY else 0.0

    async def _signed(
        self, method: str, address: str, headers: Mapping[str, str], content: bytes | None, kind: str
    ) -> httpx.Response:
        """With a token; a refused one is renewed once, by the first of those who were refused with it."""
        token = await self.tokens.token()
        response = await self._exchange(method, address, {**headers, **self._signing(token)}, content, kind)
        if response.status_code != 401:
            return response
        if token != self._refused:
            self._refused = token
            await self.tokens.renew()
        token = await self.tokens.token()
        response = await self._exchange(method, address, {**headers, **self._signing(token)}, content, kind)
        if response.status_code == 401:
            self._refused = ""
            raise SignedOut(
                f"{self.base} refuses the sign-in (401): check the app registration and its user in the system"
            )
        return response

    def _signing(self, token: str) -> dict[str, str]:
        return {"Authorization": f"{self.tokens.scheme} {token}"}

    async def _exchange(
        self, method: str, address: str, headers: Mapping[str, str], content: bytes | None, kind: str
    ) -> httpx.Response:
        self.calls[kind] += 1
        try:
            return await answer_to(self.client, method, address, headers, content, self.patience.answer)
        except NEVER_SENT as problem:
            raise Throttled(f"{self.base} cannot be reached: {problem!r}", self.patience.wait) from problem
        except (httpx.HTTPError, TimeoutError) as problem:
            raise Unanswered(f"{self.base} did not answer {method} {place_of(address)}: {problem!r}") from problem
        except httpx.InvalidURL as problem:
            raise Rejected(f"{place_of(address)} cannot be asked for: {problem}", code="address") from problem

    def _retries_unread(self, problem: Exception) -> bool | float:
        """Repeat only what was certainly not carried out, and only if the pause leaves time for it."""
        if not isinstance(problem, Throttled) or self.health.away:
            return False
        pause = problem.retry_after or 0.0
        return pause <= self.patience.seconds and (pause or True)

    def _retries_all(self, problem: Exception) -> bool | float:
        if isinstance(problem, Unanswered):
            return not isinstance(problem, (NotTheService, TooLarge)) and not self.health.away
        return self._retries_unread(problem)


def _is_foreign(address: str, response: httpx.Response) -> bool:
    """Whether something in front of the service has answered in its place.

    By a redirection, a page, or a refusal that has not the shape of the service's own. With a page, too, the front of
    F&O refuses an address for what is escaped in it (reference: public reports on keys with `&` or `%`).
    """
    status, content = response.status_code, response.content.lstrip()
    if status in MEANT or status >= 500:
        return False
    if content.startswith(b"<") and not (status == 200 and _is_xml(response)):
        return status != 400 or "%" not in urlsplit(address).path
    return status >= 300 and not (status in ABSENT and not content) and not _is_a_refusal(content)


def _is_xml(response: httpx.Response) -> bool:
    """Whether it is what a service says of itself (CSDL), and no page for people."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower() in {"application/xml", "text/xml"}


def _is_a_refusal(content: bytes) -> bool:
    try:
        return not _OWN.isdisjoint(parse_json(content, "a refusal"))
    except Failed:
        return False


def _origin(url: str) -> tuple[str, str, int | None, bool]:
    """What two addresses of the same server share. Raises ValueError if it is no address."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port, "@" in parts.netloc


def retry_after(headers: httpx.Headers) -> float | None:
    """The pause a system asked for, in seconds, if it said so in a form we understand."""
    try:
        seconds = float(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parsed(response: httpx.Response) -> dict[str, Any]:
    """The JSON body, numbers with decimals as text. Raises Failed if it is no JSON object."""
    return parse_json(response.content, f"{response.status_code} from {response.request.url}")


def parse_json(content: bytes, what: str) -> dict[str, Any]:
    """A JSON object with exact decimals. Raises Failed: a broken answer tells nothing about what was done."""
    try:
        found = json.loads(content, parse_float=str)
    except (ValueError, RecursionError) as problem:
        raise Failed(f"{what} is not JSON: {content[:80]!r}") from problem
    if not isinstance(found, dict):
        raise Failed(f"{what} is not a JSON object: {content[:80]!r}")
    return found
