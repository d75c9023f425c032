"""`./koppel setup`: an administrator's own sign-in, by the genuine azure-identity, against the twin behind a server."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from tests.emulator.administering import main
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.identity import APP_ID, COMMAND_LINE, Identity
from tests.emulator.local import HOST
from tests.emulator.wire import Answer, Request, asgi_app

BOTH = ("System Administrator", "System Customizer")
NOBODY = "33333333-0000-0000-0000-000000000000"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for az is a shell script")


@dataclass
class Front:
    """Where requests enter the twin. twice: of an address that ends so, the first one was sent by another, too."""

    twin: DataverseTwin
    twice: str = ""

    async def __call__(self, request: Request) -> Answer:
        if self.twice and request.path.endswith(self.twice) and request.method == "POST":
            self.twice = ""
            assert self.twin.handle(request).status == 204
        return self.twin.handle(request)


@dataclass
class Site:
    """An environment of Dataverse behind a server, and the machine of somebody with the Azure CLI."""

    twin: DataverseTwin
    identity: Identity
    url: str
    machine: Path
    front: Front
    token: str = field(default="", repr=False)

    def signs_in(self, name: str, *roles: str) -> str:
        """Somebody signs in with the Azure CLI; the object id of the account."""
        account = self.twin.person(name, *roles)
        self.token = self.identity.issue(self.url, COMMAND_LINE, account)
        self._says(self.token)
        return account

    def signs_in_as_the_app(self) -> None:
        self._says(self.identity.issue(self.url, APP_ID))

    def signs_out(self) -> None:
        self._writes("echo \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n")

    def _says(self, token: str) -> None:
        told = {"accessToken": token, "expires_on": 4_000_000_000, "expiresOn": "2096-10-02 07:06:40.000000",
                "subscription": NOBODY, "tenant": NOBODY, "tokenType": "Bearer"}  # fmt: skip
        self._writes(f"cat <<'END'\n{json.dumps(told)}\nEND\n")

    def _writes(self, script: str) -> None:
        file = self.machine / "az"
        file.write_text(f"#!/bin/sh\n{script}")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def app_roles(self) -> set[str]:
        """The names of the roles that the app's user has."""
        rows, roles = self.twin.rows("systemuserrolescollection"), {r["roleid"]: r for r in self.twin.rows("roles")}
        users = {row["systemuserid"] for row in self.twin.rows("systemusers") if row["applicationid"] == APP_ID}
        return {str(roles[row["roleid"]]["name"]) for row in rows if row["systemuserid"] in users}

    def app_user(self) -> str:
        rows = self.twin.rows("systemusers")
        return str(next(row["systemuserid"] for row in rows if row["applicationid"] == APP_ID))

    def made(self) -> list[tuple[str, str]]:
        """What was written over the Web API, by table and operation."""
        return [(change.table, change.operation) for change in self.twin.history]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A fresh environment. On the machine is nothing but the Azure CLI."""
    identity = Identity(lambda: datetime.now(UTC))
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        twin = DataverseTwin(clock=lambda: datetime.now(UTC), identity=identity, url=url)
        front = Front(twin)
        served = uvicorn.Server(uvicorn.Config(asgi_app(front), log_level="critical", access_log=False))
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        while not served.started:
            time.sleep(0.01)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        yield Site(twin, identity, url, tmp_path, front)
        served.should_exit = True
        thread.join()


def koppel(site: Site, capsys: pytest.CaptureFixture[str], *more: str, app: str = APP_ID) -> tuple[int, str]:
    """One run of the command: its exit code, and all that it said."""
    code = main(["--dataverse", site.url, "--app", app, *more])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_it_is_done_once(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The role is made, filled and given, tracking turned on; a second time nothing is written. No token is shown."""
    site.twin.take_role(site.app_user())
    site.signs_in("berta", *BOTH)
    code, said = koppel(site, capsys)
    assert (code, "nothing is left" in said) == (0, True), said
    assert "signed in as berta, System Administrator and System Customizer" in said
    assert "role: made the role Koppel Integration User" in said
    assert "turned on for" in said or "on for every table" in said
    assert site.app_roles() == {"Koppel Integration User"}
    written = len(site.twin.history)
    code, again = koppel(site, capsys)
    assert (code, "the role holds what it has to, and is given" in again) == (0, True)
    assert len(site.twin.history) == written
    assert site.token not in said + again


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        ((), "no System Administrator and no System Customizer"),
        (BOTH[:1], "no System Customizer"),
        (BOTH[1:], "no System Administrator"),
    ],
)
def test_who_is_no_administrator(
    site: Site, capsys: pytest.CaptureFixture[str], roles: tuple[str, ...], says: str
) -> None:
    """Both roles are checked before anything else is done, and the one that is missing is named."""
    site.signs_in("carl", *roles)
    code, said = koppel(site, capsys)
    assert (code, says in said) == (1, True), said
    assert site.made() == []


def test_the_administrators_own_account(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """It is refused as the app's user, by whatever id it is named; so is an app that signs in for itself."""
    account = site.signs_in("berta", *BOTH)
    user = next(row["systemuserid"] for row in site.twin.rows("systemusers") if row["fullname"] == "berta")
    for own in (account, str(user), account.upper()):
        code, said = koppel(site, capsys, app=own)
        assert (code, "is the account that has signed in (berta)" in said) == (1, True), said
    site.signs_in_as_the_app()
    site.twin.give_role(site.app_user(), "System Customizer")
    code, said = koppel(site, capsys)
    assert (code, "the app needs a user of its own" in said) == (1, True), said
    assert site.made() == []


def test_an_app_that_has_no_user_yet(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """It gets one, with that role and no other; what is no client id is told."""
    site.signs_in("berta", *BOTH)
    code, said = koppel(site, capsys, app=NOBODY)
    assert (code, f"made the app's user {NOBODY}" in said) == (0, True), said
    (row,) = [row for row in site.twin.rows("systemusers") if row["applicationid"] == NOBODY]
    roles = [
        each for each in site.twin.rows("systemuserrolescollection") if each["systemuserid"] == row["systemuserid"]
    ]
    assert len(roles) == 1
    assert koppel(site, capsys, app="koppel")[1].strip().endswith("it looks like 00000000-0000-0000-0000-000000000000")


def test_a_disabled_user(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody disabled it on purpose, so it is left alone and told."""
    site.signs_in("berta", *BOTH)
    site.twin.update("systemusers", site.app_user(), {"isdisabled": True})
    code, said = koppel(site, capsys)
    assert (code, "# Koppel is disabled: enable it" in said) == (1, True), said


def test_columns(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """They are made if asked for, and what cannot be done is told with its remedy and an exit code."""
    site.signs_in("berta", *BOTH)
    code, said = koppel(site, capsys, "--columns")
    assert (code, "columns: made column account koppel_company" in said) == (0, True), said
    site.twin.install()
    code, said = koppel(site, capsys, "--columns", "--suites", "prospect_to_cash")
    assert (code, "columns: left vendor msdynce" in said) == (1, True), said


def test_nobody_is_signed_in(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a sign-in, or without the Azure CLI, that is what is said."""
    site.signs_out()
    code, said = koppel(site, capsys)
    assert (code, "az login" in said) == (1, True), said
    monkeypatch.setenv("PATH", "/nowhere")
    code, said = koppel(site, capsys)
    assert (code, "Install the Azure CLI, and sign in" in said) == (1, True), said
    assert "Traceback" not in said


def test_addresses_and_suites(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """An address that is not secure is refused, and a suite that there is not."""
    assert main(["--dataverse", "http://contoso.example", "--app", APP_ID]) == 2
    assert "write https://" in capsys.readouterr().out
    assert main(["--dataverse", "", "--app", APP_ID]) == 2
    assert "--dataverse (empty) is no address" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        koppel(site, capsys, "--suites", "moon")


def test_somebody_is_faster(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Two administrators at once: the second finds the role given, and that is no trouble."""
    site.signs_in("berta", *BOTH)
    site.front.twice = "systemuserroles_association/$ref"
    code, said = koppel(site, capsys)
    assert (code, "nothing is left" in said, site.front.twice) == (0, True, ""), said
