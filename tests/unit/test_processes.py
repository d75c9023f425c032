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

from tests.emulator.azurite import ROOT, SetUpError
from tests.emulator.processes import processes

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
    with processes(file), pytest.raises(SetUpError, match="try again in a moment"), processes(file):
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
