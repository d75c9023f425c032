"""The workflows: read as YAML, held to what they have to do."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.emulator.azurite import ROOT
from tests.emulator.checks import TESTS
from tests.functions.test_package import PYTHONS

FOLDER = ROOT / ".github" / "workflows"


def jobs(name: str) -> dict[str, Any]:
    """The jobs of a workflow."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))["jobs"]
    return found


def said(job: dict[str, Any]) -> str:
    """All that a job runs."""
    return "\n".join(str(step.get("run", "")) for step in job["steps"])


def test_everything_is_checked_on_every_python() -> None:
    """With the compiler; what turns red with the calendar stands by itself."""
    found = jobs("check.yml")
    assert tuple(found["test"]["strategy"]["matrix"]["python"]) == PYTHONS
    assert ".ci/run" in said(found["test"])
    assert "BICEP=" in said(found["test"])
    assert "bicepconfig.calendar.json" in said(found["calendar"])


def test_what_is_left_out_for_want_of_the_compiler_says_so() -> None:
    """`./koppel test`, which `.ci/run` is, prints why a test was skipped."""
    environment = {**os.environ, "BICEP": "", "PATH": ""}
    command = [sys.executable, *TESTS, "-n", "0", "-p", "no:cacheprovider", "tests/unit/infra/test_compiled.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert "the Bicep compiler is not here: set BICEP to it" in done.stdout


def test_production_comes_after_test_and_approval() -> None:
    """What would change is shown first; production waits for test, and its environment for a person."""
    found = jobs("deploy.yml")
    assert "azd provision --preview" in said(found["what-if"])
    assert (found["test"]["needs"], found["production"]["needs"]) == ("what-if", "test")
    assert [found[name]["environment"] for name in ("test", "production")] == ["test", "production"]
    assert all("azd up" in said(found[name]) for name in ("test", "production"))


@pytest.mark.parametrize("name", ["check.yml", "deploy.yml"])
def test_no_secret_is_used(name: str) -> None:
    """Workflows sign in by federation."""
    assert "secrets." not in (FOLDER / name).read_text("utf-8")
