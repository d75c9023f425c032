"""`./koppel status` and `./koppel down`: the local house of this checkout, seen and ended from another terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.emulator.azurite import SetUpError
from tests.emulator.local import HOST
from tests.emulator.options import PARSERS
from tests.emulator.running import RUNNING, end, lives, living


def main(arguments: Sequence[str], file: Path = RUNNING) -> int:
    """Tells, or ends. The exit code: 1 if there is no house to tell of, or it does not end."""
    command = arguments[0]
    PARSERS[command]().parse_args(arguments[1:])
    try:
        lines, code = _status(file) if command == "status" else _down(file)
    except SetUpError as problem:
        lines, code = [str(problem)], 1
    print("\n".join([f"koppel: {lines[0]}", *lines[1:]]))  # noqa: T201 - this is the command's answer
    return code


def _status(file: Path) -> tuple[list[str], int]:
    found = living(file)
    if found is None:
        return ["no local house of this checkout is running: ./koppel up starts one"], 1
    return [f"running: process {found.get('pid', '?')}: {found.get('command', 'just starting')}", *_parts(found)], 0


def _parts(found: Mapping[str, Any]) -> list[str]:
    ports = [f"  {name:10} http://{HOST}:{port}" for name, port in found.get("ports", {}).items()]
    children = found.get("children", {})
    living_ones = [f"{name} ({pid})" for name, pid in children.items() if lives(pid)]
    return [*ports, f"  processes  {', '.join(living_ones) or 'none yet'}"]


def _down(file: Path) -> tuple[list[str], int]:
    ended = end(file)
    if ended is None:
        return ["no local house of this checkout is running"], 0
    return [f"ended process {ended['pid']}: {ended['command']}"], 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
