"""The one command, before there is anything but a Python: what it says when it cannot go on, and that it can then."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulator.azurite import ROOT

COMMANDS = ("up", "status", "down", "setup", "test", "check", "bench", "simulate")
OLD = ("python3.10", "python3.9", "python3.8", "python2")

BARE = getattr(sys, "_base_executable", sys.executable)
"""The Python that the environment was made of, without what was installed there."""


@pytest.fixture(scope="session")
def old() -> str:
    """A Python older than Koppel supports, on the path or kept by pyenv."""
    kept = sorted(str(path) for path in Path.home().glob(".pyenv/versions/3.[89].*/bin/python"))
    for name in (*filter(None, map(shutil.which, OLD)), *kept):
        asked = [name, "-c", "import sys; print(sys.executable)"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode == 0:
            return done.stdout.strip()
    pytest.skip("no Python older than 3.11 is on this machine")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the command and what it reads."""
    for name in ("koppel", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    emulator = tmp_path / "tests" / "emulator"
    emulator.mkdir(parents=True)
    for file in (ROOT / "tests" / "emulator").glob("*.py"):
        shutil.copy(file, emulator / file.name)
    return tmp_path


def run(clone: Path, *arguments: str, python: str = sys.executable, **environment: str) -> tuple[int, str]:
    """One run of the command: its exit code, and all that it printed. It sees no other Python than its own."""
    done = subprocess.run(  # noqa: S603 - our own command
        [python, "koppel", *arguments],
        cwd=clone,
        env={"PATH": str(clone / "bin"), "HOME": str(clone), "PIP_CONFIG_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--help",), 0), (("dance",), 2)])
def test_usage(clone: Path, arguments: tuple[str, ...], code: int) -> None:
    """Without a command, and for one that does not exist, the commands are listed, and nothing is installed."""
    returned, said = run(clone, *arguments)
    assert returned == code
    assert all(f"  {command} " in said for command in COMMANDS)
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_needs_nothing(clone: Path, command: str) -> None:
    """The options of a command are listed before anything is installed."""
    code, said = run(clone, command, "--help", python=BARE, **UNREACHABLE)
    assert (code, f"usage: koppel {command}" in said) == (0, True), said
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--version",), 0, "koppel 0.1.0, Python 3."),
        (("status",), 1, "no local house of this checkout is running"),
        (("down",), 0, "no local house of this checkout is running"),
        (("down", "now"), 2, "unrecognized arguments: now"),
    ],
)
def test_what_needs_nothing_installed(clone: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    """Version, status and down answer at once."""
    returned, said = run(clone, *arguments, python=BARE, **UNREACHABLE)
    assert (returned, says in said) == (code, True), said
    assert not (clone / ".venv").exists()


UNREACHABLE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}


def test_no_network(clone: Path) -> None:
    """An index that cannot be reached is told as that; what was begun does not count as an installation."""
    code, said = run(clone, "check", **UNREACHABLE)
    assert code == 1
    assert "is the package index reachable?" in said
    assert "run the same command again" in said
    assert "Traceback" not in said
    assert not (clone / ".venv" / "koppel-installed").exists()


def test_another_python_gets_a_folder_of_its_own(clone: Path) -> None:
    """An environment that another Python has made is left alone."""
    (clone / ".venv").mkdir()
    (clone / ".venv" / "pyvenv.cfg").write_text("version = 3.9.1\n")
    run(clone, "check", **UNREACHABLE)
    assert [path.name for path in (clone / ".venv").iterdir()] == ["pyvenv.cfg"]
    assert (clone / ".venv-{}.{}".format(*sys.version_info)).is_dir()


def test_a_folder_that_cannot_hold_it(clone: Path) -> None:
    """Where no environment can be made, that is said, with what stood in the way."""
    (clone / ".venv").write_text("a file where a folder should be")
    code, said = run(clone, "check")
    assert (code, "Traceback" in said) == (1, False)
    assert "the virtual environment cannot be made" in said


def test_a_link_is_not_emptied(clone: Path, tmp_path: Path) -> None:
    """Where the environment is a link and out of date, nothing is emptied behind it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    (clone / ".venv").symlink_to(elsewhere)
    code, said = run(clone, "check", **UNREACHABLE)
    assert (code, "remove the link" in said) == (1, True), said
    assert (elsewhere / "kept").exists()


def test_too_old(clone: Path, old: str) -> None:
    """A Python that is too old says which ones will do."""
    code, said = run(clone, "up", python=old)
    assert code == 1
    assert "3.11, 3.12, 3.13" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has no shell scripts without an ending")
def test_a_python_that_only_pretends(clone: Path, old: str) -> None:
    """A name on the path behind which no Python runs is passed over."""
    (clone / "bin").mkdir()
    (clone / "bin" / "python3.11").write_text("#!/bin/sh\necho no such version >&2\nexit 127\n")
    (clone / "bin" / "python3.11").chmod(0o755)
    (clone / "bin" / "python3.12").symlink_to(sys.executable)
    code, said = run(clone, "check", python=old, **UNREACHABLE)
    assert code == 1
    assert "is the package index reachable?" in said


PIP = """Looking in links: /opt/wheels
Ignoring colorama: markers 'sys_platform == "win32"' don't match your environment
Processing /opt/wheels/idna-3.20-py3-none-any.whl (from -r requirements-dev.txt (line 3))
Collecting httpx==0.28.1 (from -r requirements-dev.txt (line 6))
  Downloading httpx-0.28.1-py3-none-any.whl (134 kB)
Installing collected packages: idna, httpx
Successfully installed httpx-0.28.1 idna-3.20"""


def test_how_far_pip_is(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Packages count wherever they come from, those for other machines do not, and what is installed is told last."""
    pinned = "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:00\nhttpx==0.28.1 \\\nidna==3.20 \\\n"
    (clone / "requirements-dev.txt").write_text(pinned)
    packages = runpy.run_path(str(clone / "koppel"))["Packages"]()
    for line in PIP.splitlines():
        packages.shown = 0
        packages(line)
    said = capsys.readouterr().err.splitlines()
    assert said[-2:] == ["koppel: 2 of 2 packages fetched", "koppel: installing 2 packages"]
