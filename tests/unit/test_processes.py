"""Child processes of the local house: what is alive is left alone, what a dead run left behind is ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.emulator.azurite import ROOT, SetUpError
from tests.emulator.local import HOST
from tests.emulator.processes import demand_free, processes
from tests.emulator.running import end, held, living
from tests.emulator.standing import main as standing

SLEEPS_ELSEWHERE = ["/bin/sleep", "60"]
SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that names this checkout in its command, as our own do."""
    command = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)", str(ROOT)]
    started = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    assert started.stdout is not None
    started.stdout.readline()
    yield started
    started.kill()
    started.wait()
    started.stdout.close()


def ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        return process.wait(5) is not None
    except subprocess.TimeoutExpired:
        return False


def test_a_live_house_is_named_and_left_alone(tmp_path: Path) -> None:
    """A second one is refused with the first one's process, and the first one's children live on."""
    file = tmp_path / "running.json"
    with processes(file) as first:
        first.start("twins", SLEEPS)
        with pytest.raises(SetUpError, match=f"process {os.getpid()}.*end it first"), processes(file):
            pass
        first.check()
    assert ended(first.children["twins"])
    with processes(file) as second:
        assert second.children == {}


def test_a_house_that_is_just_starting(tmp_path: Path) -> None:
    """Before anything is started there is nobody to name: wait."""
    file = tmp_path / "running.json"
    with held(file), pytest.raises(SetUpError, match="try again in a moment"), processes(file):
        pass


def test_what_a_killed_house_left_behind(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    """Its children are ended by the next one."""
    file = tmp_path / "running.json"
    file.write_text(json.dumps({"pid": 1, "command": "up", "children": {"twins": child.pid}}))
    with processes(file):
        assert ended(child)


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1, "command": "up", "children": {"twins": %d}}'])
def test_what_is_not_ours_is_not_ended(tmp_path: Path, text: str) -> None:
    """A process that only has the number of a child, and a file that cannot be read, hold nothing up."""
    stranger = subprocess.Popen(SLEEPS_ELSEWHERE)  # noqa: S603 - our own command
    try:
        (tmp_path / "running.json").write_text(text % stranger.pid if "%d" in text else text)
        with processes(tmp_path / "running.json"):
            time.sleep(0.1)
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


HOUSE = """
import sys
from pathlib import Path
from tests.emulator.processes import processes
from tests.emulator.up import _interrupted
import signal, time
signal.signal(signal.SIGTERM, _interrupted)
try:
    with processes(Path(sys.argv[1]), {"host": 7999}) as running:
        running.start("twins", [sys.executable, "-c", "import time; time.sleep(60)"])
        print(running.children["twins"].pid, flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    pass
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A house in a process of its own, and its file."""
    file = tmp_path / "running.json"
    started = subprocess.Popen([sys.executable, "-c", HOUSE, str(file)], cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    assert started.stdout is not None
    started.stdout.readline()
    yield file, started
    started.kill()
    started.wait()
    started.stdout.close()


def test_status_and_down(house: tuple[Path, subprocess.Popen[bytes]], capsys: pytest.CaptureFixture[str]) -> None:
    """Another terminal is told who runs and where, and ends it; after that there is nobody."""
    file, process = house
    assert standing(["status"], file) == 0
    said = capsys.readouterr().out
    assert f"running: process {process.pid}" in said
    assert "http://127.0.0.1:7999" in said
    assert "twins (" in said
    assert standing(["down"], file) == 0
    assert f"ended process {process.pid}" in capsys.readouterr().out
    assert ended(process)
    assert standing(["status"], file) == 1
    assert "./koppel up starts one" in capsys.readouterr().out
    assert standing(["down"], file) == 0
    assert "no local house of this checkout is running" in capsys.readouterr().out


def test_a_house_that_does_not_end(tmp_path: Path) -> None:
    """It is named, with what ends it in any case."""
    file = tmp_path / "running.json"
    code = HOUSE.replace("_interrupted)", "signal.SIG_IGN)")
    stubborn = subprocess.Popen([sys.executable, "-c", code, str(file)], cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    assert stubborn.stdout is not None
    try:
        child = int(stubborn.stdout.readline())
        with pytest.raises(SetUpError, match=f"process {stubborn.pid} does not end within 0.2 s: kill -9"):
            end(file, patience=0.2)
        assert living(file) is not None
    finally:
        stubborn.kill()
        stubborn.wait()
        stubborn.stdout.close()
        os.kill(child, 9)


def test_down_ends_what_a_killed_house_left_behind(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    """Its children keep no port."""
    file = tmp_path / "running.json"
    file.write_text(json.dumps({"pid": 1, "command": "up", "children": {"twins": child.pid}}))
    assert end(file) is None
    assert ended(child)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells who listens")
@pytest.mark.parametrize(
    ("module", "says"),
    [("tests.emulator.x", f"by a local house of {ROOT} .*: ./koppel down there ends it"), ("http", "by process ")],
)
def test_a_port_in_use_names_its_owner(module: str, says: str) -> None:
    """A local house by its checkout, any other process by its command; and the option that takes another port."""
    port = free_port()
    code = f"import socket, time; s = socket.create_server(('{HOST}', {port})); print(1, flush=True); time.sleep(60)"
    owner = subprocess.Popen([sys.executable, "-c", code, module], cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    assert owner.stdout is not None
    try:
        owner.stdout.readline()
        with pytest.raises(SetUpError, match=f"port {port} is in use {says}.*{owner.pid if 'x' not in module else ''}"):
            demand_free({"host": port})
    finally:
        owner.kill()
        owner.wait()
        owner.stdout.close()
