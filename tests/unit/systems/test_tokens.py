"""Sign-in through the genuine azure-identity against the identity twin behind a real server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential, ManagedIdentityCredential

from functions.credentials import Federated, of_ledger, of_systems
from shared.errors import Denied, KoppelError, Throttled
from shared.settings import Settings
from shared.systems import IdentityTokens
from tests.emulator.faults import Gate
from tests.emulator.identity import APP_ID, APP_SECRET, TENANT, Identity
from tests.emulator.local import HOST, IDENTITY_HEADER
from tests.emulator.wire import asgi_app
from tests.unit.systems.worlds import answer, connection

RESOURCE = "https://contoso.crm4.dynamics.com"


@dataclass
class Entra:
    """The identity twin behind uvicorn, with fault orders in between."""

    identity: Identity
    gate: Gate
    url: str

    def audience(self, token: str) -> str | None:
        """For whom a token was issued; None if it is not good."""
        found = self.identity.verify(f"Bearer {token}", RESOURCE)
        return found.audience if found else None


@pytest.fixture(scope="module")
def server() -> Iterator[Entra]:
    """One server for all tests of this file."""
    identity = Identity(lambda: datetime.now(UTC))
    gate = Gate(identity, asyncio.sleep)
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        served = uvicorn.Server(uvicorn.Config(asgi_app(gate), log_level="critical", access_log=False))
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        while not served.started:
            time.sleep(0.01)
        yield Entra(identity, gate, f"http://{HOST}:{listener.getsockname()[1]}")
        served.should_exit = True
        thread.join()


@pytest.fixture
def entra(server: Entra, monkeypatch: pytest.MonkeyPatch) -> Entra:
    """The server as a Function app finds it, without fault orders of an earlier test."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    server.gate.orders.clear()
    server.identity.revoked_before = None
    return server


Make = Callable[[], IdentityTokens]


@pytest.fixture
async def managed(entra: Entra) -> AsyncIterator[Make]:  # noqa: ARG001 - the identity is that of its environment
    """Makes tokens of a managed identity; they are closed at the end."""
    made: list[IdentityTokens] = []

    def make() -> IdentityTokens:
        made.append(IdentityTokens(lambda: ManagedIdentityCredential(retry_total=0), RESOURCE))
        return made[-1]

    yield make
    for tokens in made:
        await tokens.close()


# -- managed identity


async def test_refused(managed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """An identity that is refused stops with a word on what for and why."""
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    with pytest.raises(Denied, match=rf"{RESOURCE}/\.default.*X-IDENTITY-HEADER does not match"):
        await managed().token()


@pytest.mark.parametrize("token", ["s3cr3t\r\nX-Evil: 1", "s3cr3t\n", "s3cr3t token", "s3cr3t\u00e9", "", "s3cr3t\x00"])
async def test_what_is_no_token(token: str) -> None:
    """What no header can hold is never sent, and does not stand in the complaint."""

    class Odd:
        async def get_token(self, *_: str, **__: Any) -> AccessToken:
            return AccessToken(token, int(time.time()) + 3600)

        async def close(self) -> None:
            """Nothing to let go of."""

    with pytest.raises(Denied, match="no token") as problem:
        await IdentityTokens(Odd, RESOURCE).token()  # type: ignore[arg-type] # a credential as far as it is used
    assert "s3cr3t" not in "".join(traceback.format_exception(problem.value))


async def test_nobody_listens(managed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign-in service that cannot be reached is a reason to come later, not to stop."""
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://{HOST}:{unused.getsockname()[1]}/msi/token")
    with pytest.raises(Throttled, match="cannot be reached"):
        await managed().token()


async def test_connection_dropped(entra: Entra, managed: Make) -> None:
    """A sign-in whose connection ends is a reason to come later."""
    entra.gate.order("drop", times=9)
    with pytest.raises(Throttled):
        await managed().token()


@pytest.mark.parametrize("order", [{"kind": "answer", "status": 429}, {"kind": "answer", "status": 500},
                                   {"kind": "answer", "status": 503}, {"kind": "html", "status": 502},
                                   {"kind": "truncate"}], ids=str)  # fmt: skip
async def test_sign_in_service_in_trouble(entra: Entra, managed: Make, order: dict[str, Any]) -> None:
    """A sign-in service that is busy or broken is a reason to come later: nobody's sign-in was refused."""
    entra.gate.order(**order, times=9)
    with pytest.raises(Throttled):
        await managed().token()


async def test_token(entra: Entra, managed: Make) -> None:
    """The token is for the resource, and is kept as long as it is good."""
    tokens = managed()
    token = await tokens.token()
    assert entra.audience(token) == RESOURCE
    entra.gate.order("answer", status=503, times=9)
    assert await tokens.token() == token


async def test_renewal(entra: Entra, managed: Make) -> None:
    """After a renewal comes another token, and the old one is forgotten."""
    tokens = managed()
    old = await tokens.token()
    entra.identity.revoke_all()
    await tokens.renew()
    new = await tokens.token()
    assert (entra.audience(old), entra.audience(new)) == (None, RESOURCE)


async def test_closed(entra: Entra, managed: Make) -> None:
    """Tokens can be closed twice, before they were used and after, and used again."""
    tokens = managed()
    await tokens.close()
    await tokens.token()
    await tokens.close()
    await tokens.close()
    assert entra.audience(await tokens.token()) == RESOURCE


async def test_many_at_once(entra: Entra, managed: Make) -> None:
    """Many who need a token at once all get a good one."""
    tokens = managed()
    found = await asyncio.gather(*(tokens.token() for _ in range(10)))
    assert {entra.audience(token) for token in found} == {RESOURCE}


# -- app registration


class Rerouted(AioHttpTransport):  # type: ignore[misc] # the SDK loads it late, so its type is not known
    """Carries requests for Microsoft's own address to the twin: azure-identity insists on https, the twin has none."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def send(self, request: Any, **options: Any) -> Any:
        request.url = request.url.replace("https://login.microsoftonline.com", self.url)
        return await super().send(request, **options)


@pytest.fixture
async def registered(entra: Entra) -> AsyncIterator[Callable[[str, str], IdentityTokens]]:
    """Makes tokens of an app registration; they are closed at the end."""
    made: list[IdentityTokens] = []

    def make(app_id: str, secret: str) -> IdentityTokens:
        def credential() -> ClientSecretCredential:
            return ClientSecretCredential(TENANT, app_id, secret, transport=Rerouted(entra.url), retry_total=0)

        made.append(IdentityTokens(credential, RESOURCE))
        return made[-1]

    yield make
    for tokens in made:
        await tokens.close()


@pytest.mark.parametrize(
    ("app_id", "secret", "code"),
    [(APP_ID, "wrong-secret", "AADSTS7000215"), ("11111111-2222-4333-8444-555555555555", APP_SECRET, "AADSTS700016")],
)
async def test_app_refused(registered: Any, app_id: str, secret: str, code: str) -> None:
    """A wrong secret or app is refused with Microsoft's own code, which people search for."""
    with pytest.raises(Denied, match=code) as denied:
        await registered(app_id, secret).token()
    assert secret not in "".join(traceback.format_exception(denied.value))


async def test_app(entra: Entra, registered: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An app registration signs in with its secret; neither secret nor token shows in a log."""
    caplog.set_level(logging.DEBUG)
    tokens = registered(APP_ID, APP_SECRET)
    token = await tokens.token()
    assert entra.audience(token) == RESOURCE
    assert token not in caplog.text
    assert APP_SECRET not in caplog.text + repr(tokens)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_app_while_sign_in_is_in_trouble(entra: Entra, registered: Any, status: int) -> None:
    """Microsoft's sign-in being busy or broken is a reason to come later."""
    entra.gate.order("answer", status=status, times=9)
    with pytest.raises(Throttled):
        await registered(APP_ID, APP_SECRET).token()


def test_no_sign_in_without_tls() -> None:
    """azure-identity sends no secret to an address without TLS: the twin cannot stand in by an address alone."""
    with pytest.raises(ValueError, match="https"):
        ClientSecretCredential(TENANT, APP_ID, APP_SECRET, authority="http://127.0.0.1:7081")


# -- federated credential


@pytest.fixture
async def federated(entra: Entra) -> AsyncIterator[Callable[[str], IdentityTokens]]:
    """Makes tokens of an app registration that trusts the managed identity; they are closed at the end."""
    made: list[IdentityTokens] = []

    def make(app_id: str) -> IdentityTokens:
        def credential() -> Federated:
            identity = ManagedIdentityCredential(retry_total=0)
            return Federated(identity, TENANT, app_id, transport=Rerouted(entra.url), retry_total=0)

        made.append(IdentityTokens(credential, RESOURCE))
        return made[-1]

    yield make
    for tokens in made:
        await tokens.close()


async def test_a_registration_that_trusts_the_identity(entra: Entra, federated: Any) -> None:
    """An app registration of any tenant signs in without a secret: by a token of the app's own identity."""
    assert entra.audience(await federated(APP_ID).token()) == RESOURCE


async def test_a_registration_that_trusts_nobody(federated: Any) -> None:
    """Where the registration does not know the identity the refusal carries Microsoft's own code."""
    with pytest.raises(Denied, match="AADSTS700016"):
        await federated("11111111-2222-4333-8444-555555555555").token()


def test_who_signs_in_where() -> None:
    """The ledger knows managed identities only; the systems a registration, by secret or trust, if one is set."""
    here = {"dataverse_url": RESOURCE, "ledger_client_id": "ours"}
    registration = {"entra_tenant_id": TENANT, "entra_client_id": APP_ID}
    secret = registration | {"entra_client_secret": APP_SECRET}
    kinds = [
        (of_systems(Settings.model_validate(here)), ManagedIdentityCredential),
        (of_systems(Settings.model_validate(here | registration)), Federated),
        (of_systems(Settings.model_validate(here | secret)), ClientSecretCredential),
        (of_ledger(Settings.model_validate(here | secret)), ManagedIdentityCredential),
    ]
    assert all(isinstance(found, kind) for found, kind in kinds)


@pytest.mark.parametrize("cloud", ["", "login.microsoftonline.us", "https://login.chinacloudapi.cn"])
async def test_a_registration_signs_in_at_the_cloud_of_the_app(cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """bc-021: the deployment says which one that is; the worldwide cloud where nobody does."""
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", cloud) if cloud else monkeypatch.delenv("AZURE_AUTHORITY_HOST", False)
    asked: list[str] = []

    def send(_self: object, request: Any, **_options: Any) -> None:
        asked.append(request.url)
        raise ServiceRequestError("nobody answers here")

    monkeypatch.setattr("azure.core.pipeline.AsyncPipeline.run", send)
    registration = {"entra_tenant_id": TENANT, "entra_client_id": APP_ID, "entra_client_secret": APP_SECRET}
    credential = of_systems(Settings.model_validate({"dataverse_url": RESOURCE, **registration}))
    with pytest.raises(ServiceRequestError):
        await credential.get_token(f"{RESOURCE}/.default")
    host = cloud.removeprefix("https://") or "login.microsoftonline.com"
    assert asked
    assert {urlsplit(each).netloc for each in asked} == {host}
    await credential.close()


# -- credentials that misbehave


class Credential:
    """A credential that takes a turn of the loop for everything, and breaks like a closed session of aiohttp."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.closed = False

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        await asyncio.sleep(0)
        assert not self.closed
        return AccessToken(f"token-{self.number}-for-{scopes[0]}", 0)

    async def close(self) -> None:
        self.closed = True
        await asyncio.sleep(0)


def numbered() -> tuple[IdentityTokens, list[Credential]]:
    """Tokens whose credentials are numbered."""
    made: list[Credential] = []

    def make() -> Any:
        made.append(Credential(len(made) + 1))
        return made[-1]

    return IdentityTokens(make, RESOURCE), made


async def test_one_credential_for_all() -> None:
    """A credential is made when the first token is needed, and once."""
    tokens, made = numbered()
    assert made == []
    await asyncio.gather(*(tokens.token() for _ in range(5)))
    assert len(made) == 1
    assert await tokens.token() == f"token-1-for-{RESOURCE}/.default"


async def test_old_credentials_are_closed() -> None:
    """Renewing lets go of the old credential's connections."""
    tokens, made = numbered()
    for _ in range(3):
        await tokens.token()
        await tokens.renew()
    assert [each.closed for each in made] == [True] * 3


async def test_token_during_a_renewal() -> None:
    """Who asks for a token while it is being renewed gets a new one, not the closed credential."""
    tokens, _ = numbered()
    await tokens.token()
    renewing = asyncio.create_task(tokens.renew())
    await asyncio.sleep(0)
    assert (await tokens.token()).startswith("token-2")
    await renewing


async def test_renewal_while_others_sign_in() -> None:
    """A renewal takes nothing from those who wait for a token: they get one, or an error of ours."""
    tokens, _ = numbered()
    waiting = asyncio.create_task(tokens.token())
    await asyncio.sleep(0)
    await tokens.renew()
    with contextlib.suppress(KoppelError):
        await waiting


async def test_many_refused_at_once() -> None:
    """When a token is revoked in the midst of work, every request under way is answered in the end."""
    tokens, _ = numbered()
    turns = count()

    async def system(request: httpx.Request) -> httpx.Response:
        for _ in range(next(turns)):
            await asyncio.sleep(0)
        return answer(401 if "token-1" in request.headers["authorization"] else 200)

    link = connection(system, tokens=tokens)
    found = await asyncio.gather(*(link.send("GET", "accounts", {}, reads=True) for _ in range(4)))
    assert [each.status_code for each in found] == [200] * 4
