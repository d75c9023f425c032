"""What every test may count on: one kind of event loop, an environment without a cloud in it, one Azurite a session."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from functions.suites import configured, setting_fields
from tests.emulator import azurite
from tests.emulator.local import HOST, Ports
from tests.emulator.processes import listening

CLOUD = ("AZURE_", "AZUREWEBJOBS", "FUNCTIONS_", "IDENTITY_", "IMDS_", "MSI_", "WEBSITE_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
OURS = tuple(setting_fields())

hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")


LONG = "long"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`./koppel test --all` plays the long forms, too."""
    parser.addoption("--all", action="store_true", help="long forms too: all mutants, crash points, orders, more seeds")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked as long is left out unless it is asked for."""
    if config.getoption("--all"):
        return
    long = [item for item in items if item.get_closest_marker(LONG)]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker(LONG)]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded and collected stays: the collector of garbage need not look at it time after time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the Functions worker does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting, sign-in or proxy of the machine reaches a test, and no setting of a test reaches the next."""
    for name in list(os.environ):
        if name.upper().startswith(CLOUD) or name.upper() in (*PROXIES, *OURS):
            monkeypatch.delenv(name)
    configured.cache_clear()
    yield
    configured.cache_clear()


@pytest.fixture(scope="session")
def azurite_ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    """The addresses of the local house, with an Azurite that belongs to this session and keeps nothing."""
    azurite.fetch()
    ports = Ports(tables=free_port())
    log = tmp_path_factory.mktemp("azurite") / "azurite.log"
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - our own command
            azurite.command(ports.tables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _wait_for(child, ports.tables, log)
            yield ports
        finally:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(10)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 30
    while not listening(port):
        assert child.poll() is None, f"Azurite stopped by itself:\n{log.read_text()}"
        assert time.monotonic() < end, f"Azurite does not listen after 30 s:\n{log.read_text()}"
        time.sleep(0.02)


@pytest.fixture
def unused_ports() -> Ports:
    """Addresses at which nobody listens."""
    return Ports(
        host=free_port(),
        tables=free_port(),
        dataverse=free_port(),
        finops=free_port(),
        business_central=free_port(),
    )
