"""What is deployed: its files, and that they install, index and answer on every Python that is supported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from functions.suites import shipped
from tests.emulator.azurite import ROOT
from tests.functions.package import packed

PYTHONS = ("3.11", "3.12", "3.13")
LEAST = {"function_app.py", "host.json", "requirements.txt", "functions/flow.py"}
MESS = (
    ".venv/pyvenv.cfg", ".venv-3.13/lib/x.py", "venv/x.py", "koppel_env/pyvenv.cfg", "deploy_env/lib/x.py", "env/x.py",
    "functions/__pycache__/x.pyc", ".cache/azurite/x.js", ".mypy_cache/x.json", ".git/config", ".azure/test/.env",
    "local.settings.json", "build/lib/x.py", "koppel.egg-info/PKG-INFO", "tests/x.py", "infra/main.bicep",
    "docs/maps.md",
)  # fmt: skip
ASKED = """
import asyncio, json, resource, time
began, spent = time.perf_counter(), time.process_time()
import azure.functions as func
from function_app import app
functions = {each.get_function_name(): each for each in app.get_functions()}
indexed, work = time.perf_counter() - began, time.process_time() - spent
health = functions["operations_health"].get_user_function()
answer = asyncio.run(health(func.HttpRequest("GET", "/api/operations/health", body=b"")))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"status": answer.status_code, "functions": len(functions), "seconds": round(indexed, 2),
                  "of work": round(work, 2), "MB": memory}))
"""


def test_the_package_holds_the_app_and_nothing_else() -> None:
    """Whatever lies about beside it: environments, caches, local settings. Packages that were brought along stay in."""
    tracked = run("git", "ls-files", folder=ROOT)
    found = packed([*tracked.splitlines(), *MESS, ".python_packages/lib/site-packages/x.py"])
    assert set(found) >= LEAST
    assert ".python_packages/lib/site-packages/x.py" in found
    assert not set(found) & set(MESS)
    assert {name.partition("/")[0] for name in found} == {
        "function_app.py", "functions", "shared", "host.json", "requirements.txt",
        ".python_packages",
    }  # fmt: skip


def found(version: str) -> str | None:
    """A Python of that version that runs: a version manager may only pretend to have one."""
    candidates = [Path(folder) / f"python{version}" for folder in os.environ["PATH"].split(os.pathsep)]
    return next((str(each) for each in candidates if os.access(each, os.X_OK) and runs(str(each))), None)


def runs(python: str) -> bool:
    done = subprocess.run([python, "-c", ""], capture_output=True, check=False)  # noqa: S603 - what the path names
    return done.returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("version", PYTHONS)
def test_the_package_runs(tmp_path: Path, version: str) -> None:
    """Installed as the platform does, in an environment of its own, it indexes its functions and is alive."""
    python = found(version)
    if python is None:
        pytest.skip(f"there is no python{version} on this machine")
    tracked = run("git", "ls-files", folder=ROOT)
    with zipfile.ZipFile(tmp_path / "app.zip", "w", zipfile.ZIP_DEFLATED) as package:
        for name in packed(tracked.splitlines()):
            package.write(ROOT / name, name)
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        package.extractall(tmp_path / "app")
    environment = tmp_path / "own"
    run(python, "-m", "venv", str(environment))
    own = str(environment / "bin" / "python")
    run(own, "-m", "pip", "install", "-q", "-r", "requirements.txt", folder=tmp_path / "app")
    told = json.loads(run(own, "-c", ASKED, folder=tmp_path / "app"))
    size = (tmp_path / "app.zip").stat().st_size // 1024
    sys.stdout.write(f"\nPython {version}: package {size} KB, {told}\n")
    assert (told["status"], told["functions"] > 40) == (200, True)


@pytest.mark.long
def test_azd_can_restore(tmp_path: Path) -> None:
    """Where there is a pyproject.toml the tool installs the project: that goes through, and installs no module."""
    for name in ("pyproject.toml", "requirements.txt", "function_app.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("functions", "shared", "infra"):
        (tmp_path / name).mkdir()
    run(sys.executable, "-m", "venv", str(tmp_path / "own"))
    own = str(tmp_path / "own" / "bin" / "python")
    run(own, "-m", "pip", "install", "-q", ".", folder=tmp_path)
    listed = run(own, "-m", "pip", "show", "-f", "koppel")
    assert "functions" not in listed.partition("Files:")[2]


def run(*command: str, folder: Path | None = None) -> str:
    """Runs a command; what it says."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "SUITES": ",".join(shipped())}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
