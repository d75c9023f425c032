"""The real compiler: the files build without a warning, are formatted, and demand what has no default."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.infra.compiler import ALONE, INFRA, bicep, needs_bicep, refused

pytestmark = needs_bicep


@pytest.mark.parametrize("name", ["main.bicep", "main.bicepparam"])
def test_there_is_no_warning(name: str) -> None:
    """A warning fails: of the compiler, and of the rules that bicepconfig.json turns on."""
    done = bicep("lint", str(INFRA / name), **_demanded())
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (0, "", "")


def test_a_warning_would_be_seen(tmp_path: Path) -> None:
    """The rules are on: a template that gives a secret away is told."""
    (tmp_path / "bicepconfig.json").write_text((INFRA / "bicepconfig.json").read_text("utf-8"), "utf-8")
    (tmp_path / "main.bicep").write_text("@secure()\nparam key string\noutput key string = key\n", "utf-8")
    done = bicep("lint", str(tmp_path / "main.bicep"))
    assert "outputs-should-not-contain-secrets" in done.stdout + done.stderr


def test_the_files_are_formatted(tmp_path: Path) -> None:
    """As the compiler's own formatter writes them."""
    shutil.copytree(INFRA, tmp_path / "infra")
    for pattern in ("**/*.bicep", "*.bicepparam"):
        assert bicep("format", "--pattern", str(tmp_path / "infra" / pattern)).returncode == 0
    files = [path.relative_to(INFRA) for path in INFRA.rglob("*") if path.suffix in {".bicep", ".bicepparam"}]
    changed = [str(each) for each in files if (INFRA / each).read_bytes() != (tmp_path / "infra" / each).read_bytes()]
    assert not changed


CENTRAL = ALONE["business_central"]
DEMANDS = [
    ({"DATAVERSE_URL": ""}, "DATAVERSE_URL"),
    ({"FINOPS_URL": ""}, "azd env set FINOPS_URL"),
    ({"SUITES": "dual_write, prospect_to_cash"}, "azd env set PROSPECT_TO_CASH_COMPANY"),
    ({**CENTRAL, "BUSINESS_CENTRAL_URL": ""}, "azd env set BUSINESS_CENTRAL_URL"),
    ({**CENTRAL, "BUSINESS_CENTRAL_COMPANIES": ""}, "BUSINESS_CENTRAL_COMPANIES is needed by business_central"),
    ({**CENTRAL, "BUSINESS_CENTRAL_USER": "u"}, "BUSINESS_CENTRAL_USER and BUSINESS_CENTRAL_KEY_NAME belong together"),
    ({"ENTRA_TENANT_ID": "t"}, "ENTRA_TENANT_ID and ENTRA_CLIENT_ID belong together"),
    ({"ALERT_EMAILS": " , "}, "azd env set ALERT_EMAILS"),
    ({"ENTRA_SECRET_NAME": "s"}, "ENTRA_SECRET_NAME needs both"),
    ({"SIGN_IN_CLIENT_ID": "c"}, "SIGN_IN_CLIENT_ID and SIGN_IN_GROUP belong together"),
    ({"MONTHLY_BUDGET": "100"}, "BUDGET_START is needed with MONTHLY_BUDGET"),
]


@pytest.mark.parametrize(("given", "told"), DEMANDS, ids=lambda value: str(value)[:40])
def test_what_is_missing_is_named(compiled: Path, given: dict[str, str], told: str) -> None:
    """Nobody provisions half an installation: what is missing names itself before anything is made."""
    assert told in refused(compiled, **given)


def _demanded() -> dict[str, str]:
    """What the parameter file cannot be read without."""
    return {
        "AZURE_ENV_NAME": "test",
        "AZURE_LOCATION": "westeurope",
        "DATAVERSE_URL": "https://contoso.crm4.dynamics.com",
    }
