"""Child processes of the local house: started together, watched, and never left behind."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from tests.emulator.azurite import ROOT, SetUpError
from tests.emulator.local import HOST
from tests.emulator.owners import told_of
from tests.emulator.running import RUNNING, clear_leftovers, held, read, terminate, write

LOGS: Final = ROOT / ".cache" / "logs"


class Processes:
    """The children of one run. Their output goes to a log file each. running: the file that this run holds, where
    others read its ports.
    """

    def __init__(self, running: IO[str], ports: Mapping[str, int]) -> None:
        self._running = running
        self._ports = ports
        self._tell({})
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
        self._tell({each: child.pid for each, child in self.children.items()})

    def _tell(self, children: Mapping[str, int]) -> None:
        said = {"pid": os.getpid(), "command": " ".join(sys.argv), "ports": self._ports, "children": children}
        write(self._running, said)

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
            terminate(child.pid)
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(5)
            if child.poll() is None:
                child.kill()
        for log in self._logs:
            log.close()
        write(self._running, {})


@contextlib.contextmanager
def processes(file: Path = RUNNING, ports: Mapping[str, int] | None = None) -> Iterator[Processes]:
    """Children that are stopped whatever happens. What an interrupted earlier run left behind is stopped first.

    Raises SetUpError, and touches nothing, while another run lives.
    """
    with held(file) as locked:
        clear_leftovers(read(locked))
        running = Processes(locked, ports or {})
        try:
            yield running
        finally:
            running.stop()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def demand_free(ports: Mapping[str, int]) -> None:
    """Raises SetUpError naming every port that is taken, and the option that changes it."""
    taken = [
        " ".join(filter(None, [f"port {port} is in use", told_of(port)])) + f"; or use --{name}-port"
        for name, port in ports.items()
        if listening(port)
    ]
    if taken:
        raise SetUpError("\n".join(taken))


def _tail(name: str, lines: int = 12) -> str:
    try:
        text = (LOGS / f"{name}.log").read_text("utf-8", "replace")
    except OSError:
        return "(no output)"
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:]) or "(no output)"
