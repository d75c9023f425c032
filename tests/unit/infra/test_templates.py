"""Templates, parameters, sample and model name the same settings: read as text, without a compiler."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from functions.suites import setting_fields
from shared.settings import Settings
from tests.emulator.azurite import ROOT
from tests.unit.infra.compiler import expressions

INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
MAIN = (INFRA / "main.bicep").read_text("utf-8")
PLATFORM = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}
"""Settings of the Functions platform that the sample holds too."""
AZD = {"environmentName": "AZURE_ENV_NAME", "location": "AZURE_LOCATION"}
"""Parameters whose variables are azd's own."""


def sample() -> dict[str, str]:
    """The sample's settings, without those of the platform."""
    values: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    return {name: value for name, value in values.items() if name not in PLATFORM}


def declared(path: Path) -> dict[str, bool]:
    """The parameters of a file, and whether they have a default."""
    text = path.read_text("utf-8")
    return {name: bool(default) for name, default in re.findall(r"^param (\w+) \w+( =)?", text, re.MULTILINE)}


def variable(parameter: str) -> str:
    """The environment variable that sets a parameter."""
    return AZD.get(parameter) or re.sub(r"(?=[A-Z])", "_", parameter).upper()


def test_the_sample_lists_every_setting() -> None:
    """The sample and the model name the same settings."""
    assert set(sample()) == setting_fields().keys()


def test_the_sample_is_valid() -> None:
    """Whoever copies the sample has settings that can be used, as they are by default."""
    given = Settings.model_validate({name.lower(): value for name, value in sample().items()})
    changed = {name for name, field in Settings.model_fields.items() if getattr(given, name) != field.default}
    assert changed == {"dataverse_url", "finops_url", "ledger_connection"}


def test_the_templates_list_every_setting() -> None:
    """The app is deployed with every setting of the model, and with none that it does not know."""
    block = MAIN[MAIN.index("settings: {") :]
    assert set(re.findall(r"^      ([A-Z_]+):", block, re.MULTILINE)) == setting_fields().keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_parameters_are_described(path: Path) -> None:
    """A parameter says what it is for and whether it is needed."""
    text = path.read_text("utf-8")
    for name, optional in declared(path).items():
        said = re.search(rf"@description\('(\w+)\. [^\n]+'\)\n(?:@[^\n]+\n)*param {name} ", text)
        assert said is not None, name
        assert said[1] in ({"Optional", "Conditional"} if optional else {"Required"})


def test_every_parameter_has_its_variable() -> None:
    """A parameter is set by the environment variable of its name; one without a default demands it."""
    reads = expressions()
    assert reads.keys() == declared(INFRA / "main.bicep").keys()
    for name, optional in declared(INFRA / "main.bicep").items():
        found = re.search(r"readEnvironmentVariable\('(\w+)'(, )?", reads[name])
        assert found is not None, name
        assert (found[1], bool(found[2])) == (variable(name), optional)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_secret_is_a_parameter(path: Path) -> None:
    """Secrets stand in the key vault: no parameter holds one, so that no deployment history does."""
    assert "@secure" not in path.read_text("utf-8")


def test_a_slice_ends_before_the_platform_ends_it() -> None:
    """A timer leaves the rest to the next one long before the platform would cut it off."""
    hours, minutes, seconds = json.loads((ROOT / "host.json").read_text("utf-8"))["functionTimeout"].split(":")
    limit = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    assert Settings.model_fields["slice_seconds"].default * 2 <= limit
    assert re.search(rf"@maxValue\({limit // 2}\)\nparam sliceSeconds ", MAIN)
