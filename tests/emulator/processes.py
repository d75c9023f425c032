"""Child processes of the local house: started together, watched, and never left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from tests.emulator.azurite import ROOT, SetUpError
from tests.emulator.local import HOST

LOGS: Final = ROOT / ".cache" / "logs"
RUNNING: Final = ROOT / ".cache" / f"running.{ROOT.name}.json"
"""Who runs here, and its children. Whoever runs holds a lock on it; a cache may be shared by several checkouts."""


class Processes:
    """The children of one run. Their output goes to a log file each. running: the file that this run holds."""

    def __init__(self, running: IO[str]) -> None:
        self._running = running
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        try:
            LOGS.mkdir(parents=True, exist_ok=True)
            log = (LOGS / f"{name}.log").open("wb")
        except OSError as problem:
            raise SetUpError(f"{name} cannot be started: its log cannot be written: {problem}") from problem
        self._logs.append(log)
        self.children[name] = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        children = {each: child.pid for each, child in self.children.items()}
        _write(self._running, {"pid": os.getpid(), "command": " ".join(sys.argv), "children": children})

    def check(self) -> None:
        """Raises SetUpError if a child has died, with the end of what it said."""
        for name, child in self.children.items():
            if child.poll() is not None:
                raise SetUpError(f"{name} stopped by itself (exit code {child.returncode}):\n{_tail(name)}")

    def wait_for(self, name: str, port: int, seconds: float = 30) -> None:
        """Waits until a child listens."""
        end = time.monotonic() + seconds
        while not listening(port):
            self.check()
            if time.monotonic() > end:
                raise SetUpError(f"{name} does not listen on port {port} after {seconds:g} s:\n{_tail(name)}")
            time.sleep(0.05)

    def stop(self) -> None:
        for child in self.children.values():
            _end(child.pid)
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(5)
            if child.poll() is None:
                child.kill()
        for log in self._logs:
            log.close()
        _write(self._running, {})


@contextlib.contextmanager
def processes(file: Path = RUNNING) -> Iterator[Processes]:
    """Children that are stopped whatever happens. What an interrupted earlier run left behind is stopped first.

    Raises SetUpError, and touches nothing, while another run lives.
    """
    with _held(file) as held:
        _clear_leftovers(_read(held))
        running = Processes(held)
        try:
            yield running
        finally:
            running.stop()


@contextlib.contextmanager
def _held(file: Path) -> Iterator[IO[str]]:
    """The file, locked for as long as this process lives. Raises SetUpError naming whoever holds it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = file.open("a+", encoding="utf-8")
    except OSError as problem:
        raise SetUpError(f"{file} cannot be written: {problem}") from problem
    with opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetUpError(_alive(_read(opened))) from None
        yield opened


def _alive(other: Mapping[str, Any]) -> str:
    """What is said of another run that lives."""
    if "pid" not in other:
        return "another local house of this checkout is just starting or ending: try again in a moment"
    pid, command = other["pid"], other["command"]
    return (
        f"a local house of this checkout is running (process {pid}: {command}): end it first, with Ctrl-C or kill {pid}"
    )


def _read(opened: IO[str]) -> Mapping[str, Any]:
    opened.seek(0)
    try:
        found: Mapping[str, Any] = json.loads(opened.read() or "{}")
    except ValueError:
        return {}
    return found


def _write(opened: IO[str], value: Mapping[str, Any]) -> None:
    opened.truncate(0)
    opened.write(json.dumps(value))
    opened.flush()


def _clear_leftovers(left: Mapping[str, Any]) -> None:
    """Stops the children of a run that could not do so itself."""
    ours = [pid for pid in left.get("children", {}).values() if str(ROOT) in _command_of(pid)]
    for pid in ours:
        _end(pid)
    if ours:
        time.sleep(0.3)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def demand_free(ports: Mapping[str, int]) -> None:
    """Raises SetUpError naming every port that is taken, and the option that changes it."""
    taken = [
        f"port {port} is in use: stop what listens there, or use --{name}-port"
        for name, port in ports.items()
        if listening(port)
    ]
    if taken:
        raise SetUpError("\n".join(taken))


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)


def _tail(name: str, lines: int = 12) -> str:
    try:
        text = (LOGS / f"{name}.log").read_text("utf-8", "replace")
    except OSError:
        return "(no output)"
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:]) or "(no output)"
