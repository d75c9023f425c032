"""The real Bicep compiler, and what it says would be deployed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.emulator.azurite import ROOT

INFRA: Final = ROOT / "infra"
FOUND: Final = os.environ.get("BICEP") or shutil.which("bicep")
needs_bicep: Final = pytest.mark.skipif(
    not FOUND, reason="the Bicep compiler is not here: set BICEP to it, or put bicep on the path"
)
BASE: Final = {
    "AZURE_ENV_NAME": "test",
    "AZURE_LOCATION": "westeurope",
    "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
    "FINOPS_URL": "https://contoso.operations.dynamics.com",
    "ALERT_EMAILS": "anna@contoso.com, ben@contoso.com",
}
"""What everybody has to say."""
_FINOPS: Final = {"FINOPS_URL": BASE["FINOPS_URL"]}
ALONE: Final[Mapping[str, Mapping[str, str]]] = {
    "dual_write": {"SUITES": "dual_write", **_FINOPS},
    "prospect_to_cash": {"SUITES": "prospect_to_cash", **_FINOPS, "PROSPECT_TO_CASH_COMPANY": "usmf"},
    "business_central": {
        "SUITES": "business_central",
        "BUSINESS_CENTRAL_URL": "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production",
        "BUSINESS_CENTRAL_COMPANIES": "66666666-0000-0000-0000-000000000000",
    },
}
"""What has to be said for one suite alone."""
WHERE: Final = [
    *("--subscription-id", "00000000-0000-0000-0000-000000000001"),
    *("--tenant-id", "00000000-0000-0000-0000-000000000002"),
    *("--location", "westeurope", "--deployment-name", "test"),
]


def expressions() -> dict[str, str]:
    """Where each parameter gets its value, each on one line, however the formatter has broken it."""
    values = (INFRA / "main.bicepparam").read_text("utf-8")
    return {
        name: re.sub(r"\(\s+|\s+(?=\))", lambda each: each.group().strip(), re.sub(r",\s+", ", ", text)).strip()
        for name, text in re.findall(r"^param (\w+) = (.+?)(?=^param |^//|\Z)", values, re.MULTILINE | re.DOTALL)
    }


def bicep(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the compiler, with nothing in the environment but what is said."""
    assert FOUND is not None
    known = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp")}  # noqa: S108 - where the compiler unpacks itself
    return subprocess.run(  # noqa: S603 - the compiler that the environment names
        [FOUND, *arguments], env=known | environment, capture_output=True, text=True, check=False, timeout=120
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What would be deployed. Values that only Azure knows stand there as the expressions that ask for them."""

    resources: list[dict[str, Any]]
    outputs: Mapping[str, Any]

    def of(self, kind: str) -> Iterator[dict[str, Any]]:
        """The resources of a kind."""
        return (each for each in self.resources if each["type"].casefold() == f"Microsoft.{kind}".casefold())

    def one(self, kind: str, end: str = "") -> dict[str, Any]:
        """The only resource of a kind whose name ends so."""
        (found,) = [each for each in self.of(kind) if each["name"].endswith(end)]
        return found

    @property
    def settings(self) -> dict[str, str]:
        """The app's settings."""
        found: dict[str, str] = self.one("Web/sites/config", "/appsettings")["properties"]
        return found


def snapshot(folder: Path, **environment: str) -> Snapshot:
    """What would be deployed with these values. Every worker of a run finds in `folder` what another has found out."""
    given = {name: value for name, value in (BASE | environment).items() if value}
    kept = folder / f"{_digest(json.dumps(given, sort_keys=True))}.json"
    if not kept.exists():
        work, done = _taken(folder, given)
        assert done.returncode == 0, done.stdout + done.stderr
        (work / "main.snapshot.json").replace(kept)
    found = json.loads(kept.read_text("utf-8"))
    return Snapshot(found["predictedResources"], found["outputs"])


def refused(folder: Path, **environment: str) -> str:
    """What somebody is told who gives too little. An empty value is left out."""
    _, done = _taken(folder, {name: value for name, value in (BASE | environment).items() if value})
    assert done.returncode != 0
    return done.stdout + done.stderr


def _taken(folder: Path, given: Mapping[str, str]) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Asks for a snapshot of the templates as they were compiled, and where it was to be written."""
    work = folder / f"work-{os.getpid()}"
    work.mkdir(exist_ok=True)
    shutil.copy(_compiled(folder), work / "main.json")
    parameters = (INFRA / "main.bicepparam").read_text("utf-8")
    (work / "main.bicepparam").write_text(parameters.replace("main.bicep'", "main.json'", 1), "utf-8")
    return work, bicep("snapshot", str(work / "main.bicepparam"), "--mode", "overwrite", *WHERE, **given)


def _compiled(folder: Path) -> Path:
    """The templates as the compiler writes them out for Azure: once in a run, which is half of its work."""
    kept = folder / f"{_digest('compiled')}.main.json"
    if not kept.exists():
        half = folder / f"half-{os.getpid()}.json"
        done = bicep("build", str(INFRA / "main.bicep"), "--outfile", str(half))
        assert done.returncode == 0, done.stdout + done.stderr
        half.replace(kept)
    return kept


def _digest(given: str) -> str:
    """Names what is deployed with these values: other templates are another thing."""
    texts = [path.read_bytes() for path in sorted(INFRA.rglob("*")) if path.is_file()]
    return hashlib.sha256(b"\0".join([given.encode(), *texts])).hexdigest()[:16]
