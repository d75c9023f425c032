"""Sign-in. Tokens come from azure-identity; the local twins answer the same requests."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError

from shared.errors import KoppelError, SignedOut, Throttled

_REFUSALS: Final = frozenset({400, 401, 403, 404})
_TOKEN: Final = re.compile(r"[!-~]+")
"""Visible ASCII: what no header can hold would stand in the HTTP client's complaint about it."""


class Tokens(Protocol):
    """Gives the token of one system."""

    @property
    def scheme(self) -> str:
        """What stands before the token."""

    async def token(self) -> str:
        """A token that is good now. Raises SignedOut if sign-in is refused, Throttled if it cannot be reached."""

    async def renew(self) -> None:
        """The last token was refused: forget it."""

    async def close(self) -> None:
        """Lets go of connections."""


@dataclass(slots=True)
class _SignIn:
    """A credential and how many wait for a token of it. Retired, it is closed by the last of them."""

    credential: AsyncTokenCredential
    users: int = 0
    retired: bool = False

    async def token(self, scope: str) -> str:
        self.users += 1
        try:
            return (await self.credential.get_token(scope)).token
        finally:
            self.users -= 1
            if self.retired:
                await self.retire()

    async def retire(self) -> None:
        self.retired = True
        if not self.users:
            await self.credential.close()


class KeyTokens:
    """A user and a key, for an installation that knows no tokens (RFC 7617)."""

    scheme = "Basic"

    def __init__(self, user: str, key: str) -> None:
        self._token = b64encode(f"{user}:{key}".encode()).decode()

    async def token(self) -> str:
        return self._token

    async def renew(self) -> None:
        """There is no other one: who is refused again is signed out."""

    async def close(self) -> None:
        """There is nothing to let go of."""


class IdentityTokens:
    """Tokens for one resource from a credential of azure-identity, which caches and refreshes them.

    `credential` makes a new one; renewing drops the old with its cache. Whoever is signing in with it is served first.
    """

    scheme = "Bearer"

    def __init__(self, credential: Callable[[], AsyncTokenCredential], resource: str) -> None:
        self._make = credential
        self._scope = f"{resource}/.default"
        self._sign_in: _SignIn | None = None

    async def token(self) -> str:
        if self._sign_in is None:
            self._sign_in = _SignIn(self._make())
        try:
            token = await self._sign_in.token(self._scope)
        except AzureError as problem:
            raise self._error(problem) from problem
        if not _TOKEN.fullmatch(token):
            raise SignedOut(f"sign-in for {self._scope} gave something that is no token: check where it signs in")
        return token

    def _error(self, problem: AzureError) -> KoppelError:
        """Only a refusal by the service itself is one; a service that is busy or broken has refused nobody."""
        status = getattr(problem, "status_code", None)
        if isinstance(problem, ClientAuthenticationError) and (status is None or status in _REFUSALS):
            return SignedOut(f"sign-in for {self._scope} was refused: {problem.message}")
        return Throttled(f"sign-in for {self._scope} cannot be reached: {problem.message}")

    async def renew(self) -> None:
        await self.close()

    async def close(self) -> None:
        retired, self._sign_in = self._sign_in, None
        if retired is not None:
            await retired.retire()
