"""Who signs in where: the app's identity to the ledger, always; to the systems it, or an app registration."""

from __future__ import annotations

from typing import Any, Final, Self

from azure import identity as sync
from azure.core.credentials import AccessToken, AccessTokenInfo, TokenCredential, TokenRequestOptions
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import ClientAssertionCredential, ClientSecretCredential, ManagedIdentityCredential

from shared.settings import Settings

EXCHANGE: Final = "api://AzureADTokenExchange/.default"
"""What a managed identity asks a token for that is to be exchanged for one of a registration, in whatever tenant
(learn.microsoft.com, Configure an application to trust a managed identity).
"""


class Federated:
    """An app registration that trusts a managed identity: the identity's token stands in place of a secret."""

    def __init__(self, identity: AsyncTokenCredential, tenant: str, client: str, **options: Any) -> None:
        self._identity = identity
        self._assertion = ""
        self._registration = ClientAssertionCredential(tenant, client, lambda: self._assertion, **options)

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token of the registration."""
        self._assertion = (await self._identity.get_token(EXCHANGE)).token
        return await self._registration.get_token(*scopes, **options)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """The same, with what is known of it."""
        self._assertion = (await self._identity.get_token(EXCHANGE)).token
        return await self._registration.get_token_info(*scopes, options=options)

    async def close(self) -> None:
        """Closes both."""
        await self._registration.close()
        await self._identity.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_problem: object) -> None:
        await self.close()


def of_ledger(chosen: Settings) -> AsyncTokenCredential:
    """Who signs in to the ledger, and to whatever else of ours: always a managed identity."""
    return ManagedIdentityCredential(client_id=chosen.ledger_client_id or None)


def of_systems(chosen: Settings) -> AsyncTokenCredential:
    """Who signs in to the systems: a registration if a tenant is named, else a managed identity."""
    if not chosen.entra_tenant_id:
        return ManagedIdentityCredential(client_id=chosen.entra_client_id or None)
    if secret := chosen.entra_client_secret.get_secret_value():
        return ClientSecretCredential(chosen.entra_tenant_id, chosen.entra_client_id, secret)
    return Federated(of_ledger(chosen), chosen.entra_tenant_id, chosen.entra_client_id)


def of_telemetry(chosen: Settings) -> TokenCredential:
    """The same as of the ledger, for what sends from a thread of its own."""
    return sync.ManagedIdentityCredential(client_id=chosen.ledger_client_id or None)
