"""Who runs in this checkout, and at which ports: one file with a lock on it, read without anything installed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from tests.emulator.azurite import ROOT, SetUpError

RUNNING: Final = ROOT / ".cache" / f"running.{ROOT.name}.json"
"""The run of this checkout, and its children. Whoever runs holds a lock on it; several checkouts may share a cache."""
PATIENCE: Final = 30.0
"""Seconds that a run has to end in."""


@contextlib.contextmanager
def held(file: Path) -> Iterator[IO[str]]:
    """The file, locked for as long as this process lives. Raises SetUpError naming whoever holds it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = file.open("a+", encoding="utf-8")
    except OSError as problem:
        raise SetUpError(f"{file} cannot be written: {problem}") from problem
    with opened:
        if not _locked(opened):
            raise SetUpError(_alive(read(opened)))
        yield opened


def living(file: Path = RUNNING) -> Mapping[str, Any] | None:
    """What the run that lives says of itself; None if none does."""
    try:
        with file.open("r+", encoding="utf-8") as opened:
            return None if _locked(opened) else read(opened)
    except FileNotFoundError:
        return None


def end(file: Path = RUNNING, patience: float = PATIENCE) -> Mapping[str, Any] | None:
    """Ends the run that lives, and returns what it said of itself; None if none lives. Children that a killed run
    left behind are ended, too. Raises SetUpError if it does not end.
    """
    found = living(file)
    if found is None:
        with contextlib.suppress(FileNotFoundError), file.open("r+", encoding="utf-8") as opened:
            clear_leftovers(read(opened))
        return None
    if "pid" not in found:
        raise SetUpError(_alive(found))
    with contextlib.suppress(ProcessLookupError):
        os.kill(found["pid"], signal.SIGTERM)
    until = time.monotonic() + patience
    while living(file) is not None:
        if time.monotonic() > until:
            raise SetUpError(f"process {found['pid']} does not end within {patience:g} s: kill -9 {found['pid']}")
        time.sleep(0.1)
    return found


def read(opened: IO[str]) -> Mapping[str, Any]:
    """What stands in the file; nothing if that cannot be read."""
    opened.seek(0)
    try:
        found: Mapping[str, Any] = json.loads(opened.read() or "{}")
    except ValueError:
        return {}
    return found


def write(opened: IO[str], value: Mapping[str, Any]) -> None:
    """Replaces what stands in the file."""
    opened.truncate(0)
    opened.write(json.dumps(value))
    opened.flush()


def clear_leftovers(left: Mapping[str, Any]) -> None:
    """Stops the children of a run that could not do so itself."""
    ours = [pid for pid in left.get("children", {}).values() if str(ROOT) in command_of(pid)]
    for pid in ours:
        terminate(pid)
    if ours:
        time.sleep(0.3)


def command_of(pid: int) -> str:
    """The command of a process, its words apart by blanks; empty if nobody can tell."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ").strip()
    except OSError:
        return ""


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def terminate(pid: int) -> None:
    """Asks a child and its own children to end."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)


def _locked(opened: IO[str]) -> bool:
    """Whether nobody else held the file: from now on we do."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(other: Mapping[str, Any]) -> str:
    """What is said of another run that lives."""
    if "pid" not in other:
        return "another local house of this checkout is just starting or ending: try again in a moment"
    return (
        f"a local house of this checkout is running (process {other['pid']}: {other['command']}): end it first, with "
        "./koppel down, or with ./koppel up --replace"
    )
