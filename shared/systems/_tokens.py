"""Sign-in. Tokens come from azure-identity; the local twins answer the same requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError

from shared.errors import Denied, Throttled


class Tokens(Protocol):
    """Gives the bearer token of one system."""

    async def token(self) -> str:
        """A token that is good now. Raises Denied if sign-in is refused, Throttled if it cannot be reached."""

    async def renew(self) -> None:
        """The last token was refused: forget it."""

    async def close(self) -> None:
        """Lets go of connections."""


class IdentityTokens:
    """Tokens for one resource from a credential of azure-identity, which caches and refreshes them.

    `credential` makes a new one; renewing drops the old with its cache.
    """

    def __init__(self, credential: Callable[[], AsyncTokenCredential], resource: str) -> None:
        self._make = credential
        self._scope = f"{resource}/.default"
        self._credential: AsyncTokenCredential | None = None

    async def token(self) -> str:
        if self._credential is None:
            self._credential = self._make()
        try:
            return (await self._credential.get_token(self._scope)).token
        except ClientAuthenticationError as problem:
            raise Denied(f"sign-in for {self._scope} was refused: {problem.message}") from problem
        except AzureError as problem:
            raise Throttled(f"sign-in for {self._scope} cannot be reached: {problem.message}") from problem

    async def renew(self) -> None:
        await self.close()

    async def close(self) -> None:
        if self._credential is not None:
            await self._credential.close()
            self._credential = None
