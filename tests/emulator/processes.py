"""Child processes of the local house: started together, watched, and never left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from tests.emulator.azurite import ROOT, SetUpError
from tests.emulator.local import HOST

LOGS: Final = ROOT / ".cache" / "logs"
PIDS: Final = ROOT / ".cache" / "running.json"


class Processes:
    """The children of one run. Their output goes to a log file each."""

    def __init__(self) -> None:
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
        PIDS.write_text(json.dumps({each: child.pid for each, child in self.children.items()}))

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
        if self.children:
            PIDS.unlink(missing_ok=True)


@contextlib.contextmanager
def processes() -> Iterator[Processes]:
    """Children that are stopped whatever happens. What an interrupted earlier run left behind is stopped first."""
    clear_leftovers()
    running = Processes()
    try:
        yield running
    finally:
        running.stop()


def clear_leftovers() -> None:
    """Stops the children of a run that could not do so itself."""
    try:
        left = json.loads(PIDS.read_text())
    except (OSError, ValueError):
        return
    for pid in left.values():
        if str(ROOT) in _command_of(pid):
            _end(pid)
    PIDS.unlink(missing_ok=True)
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
