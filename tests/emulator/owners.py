"""Who listens on a port of this machine, as far as the system tells (Linux only)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.emulator.running import command_of

LISTENS: Final = "0A"
"""The state of a listening socket (proc(5), /proc/net/tcp)."""


def told_of(port: int) -> str:
    """Whose port it is: a local house is named by its checkout, any other process by its command. Empty if unknown."""
    pid = next(_listeners(port), None)
    if pid is None:
        return ""
    command = command_of(pid)
    where = _folder_of(pid)
    if where is not None and (where / "koppel").is_file() and ("tests.emulator" in command or "azurite" in command):
        return f"by a local house of {where} (process {pid}): ./koppel down there ends it"
    return f"by process {pid} ({command[:100]})"


def _listeners(port: int) -> Iterator[int]:
    inodes = set(_inodes(port))
    if not inodes:
        return
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(link.readlink()) in inodes:
                yield int(link.parts[2])


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
                words = line.split()
                if words[1].endswith(f":{port:04X}") and words[3] == LISTENS:
                    yield f"socket:[{words[9]}]"


def _folder_of(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
