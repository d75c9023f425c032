"""`./koppel setup`: what an administrator of Dataverse sets up with his own sign-in, on his own machine.

The sign-in is that of the Azure CLI. A token is asked for when it is needed, and nothing of it is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from random import SystemRandom
from typing import Final

import httpx
from azure.identity.aio import AzureCliCredential

from functions.runtime import DATAVERSE_API, catalogue, deadline
from functions.suites import setup_file, suite
from shared.errors import KoppelError, SignedOut
from shared.settings import Settings, environment_address
from shared.setup import OURS, Declared, as_administrator, read_declared
from shared.systems import WHO, Connection, Dataverse, IdentityTokens, Limiter

PATIENCE: Final = 1800.0
"""Seconds that setting up takes at most: the index of an alternate key over many rows takes its time."""
SIGN_IN: Final = "Install the Azure CLI, and sign in as a System Administrator of this environment: az login"
Say = Callable[[str], None]


async def set_up_as_administrator(
    address: str, application: str, suites: Sequence[str], say: Say, *, columns: bool = False
) -> int:
    """Sets up an environment for suites; each thing is said as it is done. The exit code: 0 if nothing is left.

    address: of the environment of Dataverse. application: the client id that the app signs in with. columns: also the
    columns, keys and form entries of these suites.
    """
    try:
        url = environment_address(address)
    except ValueError as problem:
        say(f"--dataverse {address or '(empty)'} {problem}")
        return 2
    try:
        settings = Settings(dataverse_url=url, suites=tuple(suites))
        flows = catalogue(settings, words=_words(suites)).sound()
        declared = [each for name in suites for each in _declared(name)] if columns else []
        async with _Session(url) as dataverse:
            whole = await as_administrator(dataverse, flows, declared, application, say, deadline(PATIENCE))
    except SignedOut as problem:
        say(f"{problem}. {SIGN_IN}")
        return 1
    except KoppelError as problem:
        say(str(problem))
        return 1
    say(
        "nothing is left"
        if whole
        else "see what is left above; what was done stays, and running it again does the rest"
    )
    return 0 if whole else 1


def _words(suites: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Everything that their settings might switch on: the role is to do for all of it."""
    return {name: suite(name).words for name in suites}


def _declared(name: str) -> list[Declared]:
    file = setup_file(name)
    return [read_declared(file, OURS)] if file else []


class _Session:
    """A client of Dataverse in the name of whoever is signed in with the Azure CLI."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tokens = IdentityTokens(AzureCliCredential, url)
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(120, connect=10))

    async def __aenter__(self) -> Dataverse:
        random = SystemRandom()
        base = self._url + DATAVERSE_API
        connection = Connection(self._http, base, self._tokens, Limiter(), probe=WHO)
        return Dataverse(connection, lambda: f"{random.getrandbits(64):016x}")

    async def __aexit__(self, *_problem: object) -> None:
        await self._tokens.close()
        await self._http.aclose()


def run(address: str, application: str, suites: Sequence[str], *, columns: bool) -> int:
    """The same, from a command line."""
    return asyncio.run(set_up_as_administrator(address, application, suites, print, columns=columns))
